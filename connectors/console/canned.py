"""Answers that agents give often, by language."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Engine, delete, insert, select, update

from connectors.console.audit import AuditLog
from connectors.platform.database import transaction
from connectors.platform.schema import canned_answers


@dataclass(frozen=True)
class CannedAnswer:
    """An answer to send as it is or to start from."""

    id: int
    title: str
    locale: str
    text: str


class CannedAnswers:
    """Keep canned answers.

    All methods raise ``PlatformUnavailableError`` when the database fails.

    Args:
        engine: the migrated database.
        audit: writes changes down.
    """

    def __init__(self, engine: Engine, audit: AuditLog) -> None:
        self._engine = engine
        self._audit = audit

    def all(self, locale: str | None = None) -> list[CannedAnswer]:
        """Return all answers, or those in a locale, by title."""
        query = select(canned_answers).order_by(canned_answers.c.title, canned_answers.c.id)
        if locale is not None:
            query = query.where(canned_answers.c.locale == locale)
        with transaction(self._engine) as connection:
            return [CannedAnswer(**row) for row in connection.execute(query).mappings()]

    def find(self, answer_id: int) -> CannedAnswer | None:
        """Return an answer, or None."""
        query = select(canned_answers).where(canned_answers.c.id == answer_id)
        with transaction(self._engine) as connection:
            row = connection.execute(query).mappings().first()
        return CannedAnswer(**row) if row else None

    def save(self, answer_id: int | None, title: str, locale: str, text: str, by: int) -> bool:
        """Add an answer, or change one.

        Args:
            answer_id: which one to change, None for a new one.
            title: what agents choose it by.
            locale: language of the text.
            text: the answer.
            by: id of the agent.

        Returns:
            Whether there was one to change.
        """
        row = {"title": title, "locale": locale, "text": text}
        with transaction(self._engine) as connection:
            if answer_id is None:
                done = connection.execute(insert(canned_answers), row)
                answer_id = done.inserted_primary_key[0]
                self._audit.record(connection, by, "canned.add", f"canned answer {answer_id}")
                return True
            own = canned_answers.c.id == answer_id
            changed = connection.execute(update(canned_answers).where(own).values(row))
            if changed.rowcount:
                self._audit.record(connection, by, "canned.change", f"canned answer {answer_id}")
        return bool(changed.rowcount)

    def delete(self, answer_id: int, by: int) -> bool:
        """Delete an answer; tell whether there was one."""
        with transaction(self._engine) as connection:
            own = canned_answers.c.id == answer_id
            gone = connection.execute(delete(canned_answers).where(own))
            if gone.rowcount:
                self._audit.record(connection, by, "canned.delete", f"canned answer {answer_id}")
        return bool(gone.rowcount)
