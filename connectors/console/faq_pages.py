"""Platform questions: written by agents, reviewed by leads, live at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sanic.response import HTTPResponse

from connectors.console.accounts import Role
from connectors.console.admin_pages import identifier
from connectors.console.faq import FaqError, FaqStatus, FaqText, WrittenEntry
from connectors.console.pages import Call, PageError, Pages, not_found
from knowledge_base.languages import registry

LONGEST_QUESTION = 300
_LONGEST_VARIANTS = 3000
LONGEST_ANSWER = 3000
_MOST_QUESTIONS = 300
# Of the field that holds their ids.
LONGEST_NUMBERS = 6000


@dataclass(frozen=True)
class Row:
    """One language of the form, as it was typed."""

    locale: str = registry.DEFAULT_LOCALE
    question: str = ""
    variants: str = ""
    answer: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether nothing was typed."""
        return not (self.question or self.variants or self.answer)


def add_faq_pages(pages: Pages) -> None:
    """Add the pages."""

    @pages.get("/faq", Role.AGENT)
    def faq(call: Call) -> HTTPResponse:
        wanted = call.argument("status") or FaqStatus.LIVE.value
        if wanted not in set(FaqStatus):
            raise not_found()
        entries = call.services.faq.with_status(FaqStatus(wanted))
        entries = [entry for entry in entries if _may_see(call, entry)]
        return call.render(
            "faq.html", entries=entries, status_shown=wanted, statuses=list(FaqStatus)
        )

    @pages.get("/faq/new", Role.AGENT)
    def new_entry(call: Call) -> HTTPResponse:
        return show_form(call, [Row()])

    @pages.get("/faq/<entry:str>", Role.AGENT)
    def entry(call: Call, entry: str) -> HTTPResponse:
        found = _find(call, entry)
        is_reviewer = call.agent.role >= Role.LEAD and found.author_id != call.agent.id
        return call.render("faq_entry.html", entry=found, is_reviewer=is_reviewer)

    @pages.get("/faq/<entry:str>/edit", Role.AGENT)
    def edit_entry(call: Call, entry: str) -> HTTPResponse:
        found = _find(call, entry)
        replaces: int | None = found.id
        if found.status is FaqStatus.REJECTED and found.author_id == call.agent.id:
            replaces = _still_live(call, found.replaces_id)
        elif found.status is not FaqStatus.LIVE:
            raise not_found()
        rows = [
            Row(locale, text.question, "\n".join(text.variants), text.answer)
            for locale, text in found.texts.items()
        ]
        return show_form(call, rows, replaces)

    @pages.post("/faq", Role.AGENT)
    def propose(call: Call) -> HTTPResponse:
        rows = _typed_rows(call)
        replaces = call.field("replaces")
        questions = question_numbers(call.field("questions", LONGEST_NUMBERS))
        if questions and call.agent.role < Role.LEAD:
            # Agents do not see those questions, and must not make them vanish.
            raise not_found()
        number = identifier(replaces) if replaces else None
        if number is not None:
            _find(call, replaces)
        if call.field("more"):
            return show_form(call, [*rows, Row()], number, questions)
        try:
            call.services.faq.propose(_texts(rows), call.agent, number, questions)
        except FaqError as error:
            return show_form(call, rows or [Row()], number, questions, problem=str(error))
        return call.to("/faq?status=review", "proposed")

    @pages.post("/faq/<entry:str>/<verdict:str>", Role.LEAD)
    def review(call: Call, entry: str, verdict: str) -> HTTPResponse:
        found, service = _find(call, entry), call.services.faq
        verdicts = {
            "approve": (service.approve, "approved"),
            "reject": (service.reject, "rejected"),
            "retire": (service.retire, "retired"),
        }
        if verdict not in verdicts:
            raise not_found()
        decide, done = verdicts[verdict]
        try:
            decide(found.id, call.agent)
        except FaqError as error:
            raise PageError(409, f"Nothing was changed: {error}.") from error
        return call.to(f"/faq/{found.id}", done)


def show_form(
    call: Call,
    rows: Sequence[Row],
    replaces: int | None = None,
    questions: Sequence[int] = (),
    problem: str = "",
) -> HTTPResponse:
    """Show the form for an entry.

    Args:
        call: the request.
        rows: what is filled in, a language each.
        replaces: the live entry it is a new version of.
        questions: unanswered questions it answers.
        problem: what is wrong with what was typed.
    """
    return call.render(
        "faq_form.html",
        status=400 if problem else 200,
        rows=rows,
        replaces=replaces,
        questions=questions,
        problem=problem,
    )


def _may_see(call: Call, entry: WrittenEntry) -> bool:
    own = entry.author_id == call.agent.id
    return own or entry.status is FaqStatus.LIVE or call.agent.role >= Role.LEAD


def _find(call: Call, entry: str) -> WrittenEntry:
    found = call.services.faq.find(identifier(entry))
    if found is None or not _may_see(call, found):
        raise not_found()
    return found


def _typed_rows(call: Call) -> list[Row]:
    rows = []
    for position in range(len(registry.languages())):
        row = Row(
            call.field(f"language_{position}"),
            call.field(f"question_{position}", LONGEST_QUESTION),
            call.field(f"variants_{position}", _LONGEST_VARIANTS),
            call.field(f"answer_{position}", LONGEST_ANSWER),
        )
        if not row.is_empty:
            rows.append(row)
    return rows


def _texts(rows: Sequence[Row]) -> dict[str, FaqText]:
    texts: dict[str, FaqText] = {}
    for row in rows:
        if row.locale in texts:
            raise FaqError("a language is there twice")
        variants = tuple(line.strip() for line in row.variants.splitlines() if line.strip())
        texts[row.locale] = FaqText(row.question, row.answer, variants)
    return texts


def _still_live(call: Call, number: int | None) -> int | None:
    found = call.services.faq.find(number) if number is not None else None
    return found.id if found is not None and found.status is FaqStatus.LIVE else None


def question_numbers(text: str) -> list[int]:
    """Return the ids of unanswered questions that a form holds, separated by commas.

    Raises:
        PageError: one of them is none.
    """
    return [identifier(part) for part in text.split(",") if part][:_MOST_QUESTIONS]
