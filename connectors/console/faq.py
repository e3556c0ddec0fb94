"""Platform questions that agents write: reviewed by a second person, then live at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, Engine, insert, select, update

from connectors.console.accounts import Agent, Role
from connectors.console.audit import AuditLog
from connectors.platform.database import transaction
from connectors.platform.schema import (
    agents,
    faq_entries,
    faq_texts,
    faq_version,
    unanswered_questions,
)
from knowledge_base.catalogue import FaqEntry
from knowledge_base.languages import registry
from knowledge_base.live_faq import LiveEntries

_PREFIX = "live-"
# Each is one text more to encode and to compare with every question.
MOST_VARIANTS = 30


class FaqStatus(StrEnum):
    """Where an entry stands."""

    REVIEW = "review"
    LIVE = "live"
    REJECTED = "rejected"
    RETIRED = "retired"


@dataclass(frozen=True)
class FaqText:
    """A question with its answer in one language.

    Attributes:
        variants: other wordings of the question.
    """

    question: str
    answer: str
    variants: tuple[str, ...] = ()


@dataclass(frozen=True)
class WrittenEntry:
    """An entry as the console shows it.

    Attributes:
        author: name of who wrote it.
        replaces_id: the live entry it is a new version of.
        texts: by locale.
    """

    id: int
    status: FaqStatus
    author_id: int
    author: str
    replaces_id: int | None
    created_on: datetime
    reviewed_on: datetime | None
    texts: Mapping[str, FaqText] = field(default_factory=dict)


class FaqError(ValueError):
    """An entry cannot be changed so; the message says why."""


class FaqService:
    """Write, review and publish entries.

    All methods raise ``PlatformUnavailableError`` when the database fails.

    Args:
        engine: the migrated database.
        audit: writes changes down.
        clock: returns the current moment with its time zone.
    """

    def __init__(self, engine: Engine, audit: AuditLog, clock: Callable[[], datetime]) -> None:
        self._engine = engine
        self._audit = audit
        self._clock = clock

    def propose(
        self,
        texts: Mapping[str, FaqText],
        author: Agent,
        replaces_id: int | None = None,
        questions: Iterable[int] = (),
    ) -> int:
        """Write an entry down for review.

        Args:
            texts: by locale, at least one.
            author: who writes it.
            replaces_id: the live entry it is a new version of.
            questions: ids of the unanswered questions it answers.

        Returns:
            Id of the entry.

        Raises:
            FaqError: a text is missing, there are too many, a language is unknown, or what it
                replaces is not live.
        """
        _check(texts)
        with transaction(self._engine) as connection:
            if replaces_id is not None and _status(connection, replaces_id) is not FaqStatus.LIVE:
                raise FaqError("only a live entry can be changed")
            row = {
                "status": FaqStatus.REVIEW.value,
                "author_id": author.id,
                "replaces_id": replaces_id,
                "created_on": self._clock(),
            }
            number = connection.execute(insert(faq_entries), row).inserted_primary_key[0]
            rows = [
                {
                    "entry_id": number,
                    "locale": locale,
                    "question": text.question,
                    "variants": list(text.variants),
                    "answer": text.answer,
                }
                for locale, text in texts.items()
            ]
            connection.execute(insert(faq_texts), rows)
            taken = unanswered_questions.c.id.in_(list(questions))
            taken &= unanswered_questions.c.faq_id.is_(None)
            connection.execute(update(unanswered_questions).where(taken).values(faq_id=number))
            self._audit.record(connection, author.id, "faq.propose", f"faq {number}")
        return number

    def approve(self, entry_id: int, reviewer: Agent) -> None:
        """Publish an entry; the one it replaces goes.

        Raises:
            FaqError: it does not wait for review, the reviewer may not review it, or what it
                replaces has another new version already.
        """
        with transaction(self._engine) as connection:
            self._review(connection, entry_id, reviewer, FaqStatus.LIVE)
            _retire_replaced(connection, entry_id)
            _count_up(connection)

    def reject(self, entry_id: int, reviewer: Agent) -> None:
        """Send an entry back; its questions are unanswered again.

        Raises:
            FaqError: it does not wait for review, or the reviewer may not review it.
        """
        with transaction(self._engine) as connection:
            self._review(connection, entry_id, reviewer, FaqStatus.REJECTED)
            _free_questions(connection, entry_id)

    def retire(self, entry_id: int, by: Agent) -> None:
        """Take a live entry out of the search; its questions are unanswered again.

        Raises:
            FaqError: it is not live.
        """
        with transaction(self._engine) as connection:
            live = (faq_entries.c.id == entry_id) & (faq_entries.c.status == FaqStatus.LIVE.value)
            retired = update(faq_entries).where(live).values(status=FaqStatus.RETIRED.value)
            if not connection.execute(retired).rowcount:
                raise FaqError("the entry is not live")
            _free_questions(connection, entry_id)
            _count_up(connection)
            self._audit.record(connection, by.id, "faq.retire", f"faq {entry_id}")

    def _review(
        self, connection: Connection, entry_id: int, reviewer: Agent, status: FaqStatus
    ) -> None:
        if reviewer.role < Role.LEAD:
            raise FaqError("a lead or an admin reviews")
        waiting = (faq_entries.c.id == entry_id) & (faq_entries.c.status == FaqStatus.REVIEW.value)
        # Also those who changed an entry themselves are its authors.
        others = waiting & (faq_entries.c.author_id != reviewer.id)
        values = {
            "status": status.value,
            "reviewer_id": reviewer.id,
            "reviewed_on": self._clock(),
        }
        if not connection.execute(update(faq_entries).where(others).values(values)).rowcount:
            if connection.execute(select(faq_entries.c.id).where(waiting)).first():
                raise FaqError("somebody else than the author reviews an entry")
            raise FaqError("the entry does not wait for review")
        self._audit.record(connection, reviewer.id, f"faq.{status.value}", f"faq {entry_id}")

    def find(self, entry_id: int) -> WrittenEntry | None:
        """Return an entry, or None."""
        found = self._entries(faq_entries.c.id == entry_id)
        return found[0] if found else None

    def with_status(self, status: FaqStatus) -> list[WrittenEntry]:
        """Return the entries that stand somewhere, newest first."""
        return self._entries(faq_entries.c.status == status.value)

    def _entries(self, condition) -> list[WrittenEntry]:
        query = (
            select(faq_entries, agents.c.name)
            .join_from(faq_entries, agents, faq_entries.c.author_id == agents.c.id)
            .where(condition)
            .order_by(faq_entries.c.id.desc())
        )
        with transaction(self._engine) as connection:
            rows = connection.execute(query).all()
            texts = _texts(connection, [row.id for row in rows])
        return [
            WrittenEntry(
                row.id,
                FaqStatus(row.status),
                row.author_id,
                row.name,
                row.replaces_id,
                row.created_on,
                row.reviewed_on,
                texts.get(row.id, {}),
            )
            for row in rows
        ]

    def version(self) -> int:
        """Return a number that grows with every change of what is live."""
        with transaction(self._engine) as connection:
            return connection.execute(select(faq_version.c.version)).scalar_one()

    def live(self) -> LiveEntries:
        """Return the live entries as the search takes them, with their version."""
        live = faq_entries.c.status == FaqStatus.LIVE.value
        with transaction(self._engine) as connection:
            version = connection.execute(select(faq_version.c.version)).scalar_one()
            numbers = connection.execute(select(faq_entries.c.id).where(live)).scalars().all()
            texts = _texts(connection, numbers)
        found: dict[str, dict[str, FaqEntry]] = {}
        for number, by_locale in texts.items():
            for locale, text in by_locale.items():
                key = f"{_PREFIX}{number}"
                found.setdefault(locale, {})[key] = FaqEntry(
                    id=key, question=text.question, variants=text.variants, answer=text.answer
                )
        return LiveEntries(version, found)


def _check(texts: Mapping[str, FaqText]) -> None:
    if not texts:
        raise FaqError("write the question and its answer in at least one language")
    for locale, text in texts.items():
        if locale not in registry.languages():
            raise FaqError(f"there is no language {locale!r}")
        if len(text.variants) > MOST_VARIANTS:
            raise FaqError(f"at most {MOST_VARIANTS} other wordings of a question are searched")
        if not text.question.strip() or not text.answer.strip():
            raise FaqError(
                f"question and answer in {registry.languages()[locale].name} must both be there"
            )


def _status(connection: Connection, entry_id: int) -> FaqStatus | None:
    query = select(faq_entries.c.status).where(faq_entries.c.id == entry_id)
    status = connection.execute(query).scalar()
    return FaqStatus(status) if status else None


def _texts(connection: Connection, numbers: Sequence[int]) -> dict[int, dict[str, FaqText]]:
    query = (
        select(faq_texts)
        .where(faq_texts.c.entry_id.in_(numbers))
        .order_by(faq_texts.c.entry_id, faq_texts.c.locale)
    )
    found: dict[int, dict[str, FaqText]] = {}
    for row in connection.execute(query):
        text = FaqText(row.question, row.answer, tuple(row.variants))
        found.setdefault(row.entry_id, {})[row.locale] = text
    return found


def _retire_replaced(connection: Connection, entry_id: int) -> None:
    """Retire what an entry replaces, whose unanswered questions are the new entry's now."""
    query = select(faq_entries.c.replaces_id).where(faq_entries.c.id == entry_id)
    old = connection.execute(query).scalar_one()
    if old is None:
        return
    live = faq_entries.c.status == FaqStatus.LIVE.value
    retired = update(faq_entries).where(faq_entries.c.id == old, live)
    if not connection.execute(retired.values(status=FaqStatus.RETIRED.value)).rowcount:
        siblings = (faq_entries.c.replaces_id == old) & (faq_entries.c.id != entry_id) & live
        if connection.execute(select(faq_entries.c.id).where(siblings)).first():
            raise FaqError("there is another new version by now; write this one anew from that")
    of_old = unanswered_questions.c.faq_id == old
    connection.execute(update(unanswered_questions).where(of_old).values(faq_id=entry_id))


def _count_up(connection: Connection) -> None:
    connection.execute(update(faq_version).values(version=faq_version.c.version + 1))


def _free_questions(connection: Connection, entry_id: int) -> None:
    own = unanswered_questions.c.faq_id == entry_id
    connection.execute(update(unanswered_questions).where(own).values(faq_id=None))
