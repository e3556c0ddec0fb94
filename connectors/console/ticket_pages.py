"""The queue, and a ticket with its conversation and what agents do with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sanic.response import HTTPResponse

from connectors.console.accounts import Agent, Role
from connectors.console.admin_pages import identifier
from connectors.console.canned_pages import LONGEST_TEXT
from connectors.console.faq_pages import LONGEST_ANSWER, LONGEST_QUESTION, Row, show_form
from connectors.console.pages import Call, PageError, Pages, not_found
from connectors.helpdesk import records as helpdesk
from connectors.helpdesk.desk import TicketClosedError, TicketTakenError, TicketUnknownError
from connectors.helpdesk.records import Sender, Ticket, TicketQuery, TicketStatus
from connectors.helpdesk.transcript import wording
from connectors.log_redaction import redact
from connectors.platform.records import Learner, PlatformError
from knowledge_base.knowledge_base import KnowledgeBase
from knowledge_base.languages import registry
from knowledge_base.languages.script import dominant_script

_PREFIX = "console:"
_PAGE = 50
_LAST_PAGE = 1000
_LONGEST_NOTE = 4000
_UNCLOSED = (TicketStatus.OPEN, TicketStatus.HELD, TicketStatus.PENDING)


@dataclass(frozen=True)
class Shown:
    """A line of a conversation as the page shows it.

    Attributes:
        author: name of the agent who wrote it.
        is_note: whether only agents see it.
        was_sent: whether it went out to the learner's chat.
        sent_on: when, if that is known.
        locale: locale of the text, as far as its script tells.
        gloss: English of what the learner wrote, where there is one.
    """

    sender: Sender
    text: str
    author: str | None = None
    is_note: bool = False
    was_sent: bool = True
    sent_on: datetime | None = None
    locale: str | None = None
    gloss: str | None = None


def desk_agent(agent: Agent) -> helpdesk.Agent:
    """Return an agent of the console as the helpdesk knows them."""
    return helpdesk.Agent(f"{_PREFIX}{agent.id}", agent.name)


def add_ticket_pages(pages: Pages) -> None:
    """Add the pages."""

    @pages.get("/", Role.AGENT)
    def queue(call: Call) -> HTTPResponse:
        wanted = call.argument("number").upper()
        if wanted:
            return _found_by_number(call, wanted)
        query, chosen = _query(call)
        tickets = call.services.desk.tickets(query)
        page = query.offset // _PAGE
        total = call.services.desk.count(query)
        return call.render(
            "queue.html",
            tickets=[(ticket, _may_open(call.agent, ticket)) for ticket in tickets],
            names=_names(call.services.accounts.all()),
            chosen=chosen,
            competencies=_competencies(call.services.knowledge_base),
            statuses=list(TicketStatus),
            page=page,
            has_more=(page + 1) * _PAGE < total,
            total=total,
        )

    @pages.get("/tickets/<number:str>", Role.AGENT)
    def ticket(call: Call, number: str) -> HTTPResponse:
        found = _find(call, number)
        everybody = call.services.accounts.all()
        colleagues = [a for a in everybody if a.active and desk_agent(a).id != found.held_by]
        answers = call.services.canned.all()
        used = call.argument("canned")
        draft = next((a.text for a in answers if used and a.id == identifier(used)), "")
        language = registry.language_of(found.locale)
        before, messages = _conversation(call, found)
        return call.render(
            "ticket.html",
            ticket=found,
            before=before,
            messages=messages,
            learner=_learner(call, found),
            course=_course(call, found),
            is_mine=_may_act(call.agent, found),
            may_take=found.held_by != desk_agent(call.agent).id
            or found.status in (TicketStatus.OPEN, TicketStatus.PENDING),
            holder=found.held_by if found.status is TicketStatus.HELD else None,
            colleagues=colleagues,
            names=_names(everybody),
            is_romanised=registry.is_romanised(found.locale),
            answers=sorted(answers, key=lambda a: registry.language_of(a.locale) != language),
            draft=draft,
        )

    @pages.post("/tickets/<number:str>/<act:str>", Role.AGENT)
    def change_ticket(call: Call, number: str, act: str) -> HTTPResponse:
        if act not in _ACTS:
            raise not_found()
        found = _find_to_take(call, number) if act == "take" else _find(call, number)
        if act != "take" and not _may_act(call.agent, found):
            raise PageError(409, "Take the conversation first.")
        try:
            done = _ACTS[act](call, found)
        except TicketClosedError as error:
            raise PageError(409, "The ticket was closed meanwhile.") from error
        except TicketTakenError as error:
            names = _names(call.services.accounts.all())
            name = names.get(error.held_by or "", "Somebody else")
            raise PageError(409, f"{name} has taken the conversation meanwhile.") from error
        except TicketUnknownError as error:
            # The learner has just had everything deleted.
            raise not_found() from error
        target = f"ticket {found.number}"
        if act == "hand":
            target += f" to agent {call.field('agent')}"
        call.services.audit.note(call.agent.id, f"ticket.{act}", target)
        mine = act != "hand" or call.agent.role >= Role.LEAD
        return call.to(f"/tickets/{found.number}" if mine else "/", done)

    @pages.get("/tickets/<number:str>/faq", Role.AGENT)
    def faq_of_ticket(call: Call, number: str) -> HTTPResponse:
        found = _find(call, number)
        said = call.services.desk.messages(found.number)
        replies = [m.id for m in said if m.sender is Sender.AGENT and not m.is_note]
        # What was asked before the last reply; a thank-you after it is no question.
        asked = [
            m.text
            for m in said
            if m.sender is Sender.LEARNER and (not replies or m.id < replies[-1])
        ]
        asked = asked or [line.text for line in found.summary if line.sender is Sender.LEARNER]
        answered = [m.text for m in said if m.sender is Sender.AGENT and not m.is_note]
        # What is written to an agent is kept as it is; an entry is for everybody.
        question, answer = (redact(texts[-1]) if texts else "" for texts in (asked, answered))
        locale = registry.language_of(found.locale)
        row = Row(locale, question[:LONGEST_QUESTION], "", answer[:LONGEST_ANSWER])
        return show_form(call, [row])


def _may_open(agent: Agent, ticket: Ticket) -> bool:
    """Tell whether an agent may read a ticket: what is free, what is theirs, leads all."""
    free = ticket.status is TicketStatus.OPEN
    return agent.role >= Role.LEAD or free or ticket.held_by == desk_agent(agent).id


def _may_act(agent: Agent, ticket: Ticket) -> bool:
    return agent.role >= Role.LEAD or ticket.held_by == desk_agent(agent).id


def _find(call: Call, number: str) -> Ticket:
    try:
        found = call.services.desk.ticket(number)
    except TicketUnknownError as error:
        raise not_found() from error
    if not _may_open(call.agent, found):
        raise not_found()
    return found


def _names(everybody: Sequence[Agent]) -> dict[str, str]:
    """Return the names of agents by the id that the helpdesk knows them by."""
    return {desk_agent(agent).id: agent.name for agent in everybody}


def _found_by_number(call: Call, number: str) -> HTTPResponse:
    try:
        return call.to(f"/tickets/{_find(call, number).number}")
    except PageError as error:
        raise PageError(404, "You can see no ticket of this number.") from error


def _find_to_take(call: Call, number: str) -> Ticket:
    """Find a ticket that somebody wants to take, who may have seen it while it was free."""
    try:
        return _find(call, number)
    except PageError as error:
        raise PageError(
            404, "There is no such ticket that you may take. A colleague may have been quicker."
        ) from error


def _query(call: Call) -> tuple[TicketQuery, dict[str, str]]:
    chosen = {
        name: call.argument(name) for name in ("status", "language", "competency", "mine", "page")
    }
    statuses: Sequence[TicketStatus] = _UNCLOSED
    if chosen["status"] == "all":
        statuses = ()
    elif chosen["status"]:
        if chosen["status"] not in set(TicketStatus):
            raise not_found()
        statuses = (TicketStatus(chosen["status"]),)
    locales: tuple[str, ...] = ()
    if chosen["language"]:
        if chosen["language"] not in registry.languages():
            raise not_found()
        locales = (chosen["language"], chosen["language"] + registry.ROMANISED_SUFFIX)
    courses: tuple[str, ...] = ()
    if chosen["competency"]:
        base = call.services.knowledge_base
        if chosen["competency"] not in _competencies(base):
            raise not_found()
        courses = tuple(
            key
            for key, course in base.catalogue.courses.items()
            if chosen["competency"] in course.competencies
        )
        # No course, no ticket; without a condition all of them would be shown.
        courses = courses or ("",)
    page = min(identifier(chosen["page"]), _LAST_PAGE) if chosen["page"] else 0
    mine = desk_agent(call.agent).id if chosen["mine"] else None
    return TicketQuery(statuses, locales, courses, mine, _PAGE, page * _PAGE), chosen


def _competencies(base: KnowledgeBase) -> dict[str, str]:
    """Return the names of competencies that courses have, by id, in alphabetical order."""
    used = {key for course in base.catalogue.courses.values() for key in course.competencies}
    named = {key: base.competencies.name(key, registry.DEFAULT_LOCALE).name for key in used}
    return dict(sorted(named.items(), key=lambda item: item[1]))


def _conversation(call: Call, ticket: Ticket) -> tuple[list[Shown], list[Shown]]:
    """Return what was said before the ticket and since, the learner's words in English, too."""
    before = [
        Shown(line.sender, line.text, locale=_written_in(line.text, ticket.locale))
        for line in ticket.summary
    ]
    since = [
        Shown(
            *(m.sender, wording(m), m.author, m.is_note, m.was_sent, m.sent_on),
            locale=None if m.sender is Sender.SYSTEM else _written_in(m.text, ticket.locale),
        )
        for m in call.services.desk.messages(ticket.number)
    ]
    lines = [*before, *since]
    asked = [i for i, line in enumerate(lines) if line.sender is Sender.LEARNER]
    glosses = call.services.translator.gloss([(lines[i].text, lines[i].locale) for i in asked])
    for position, gloss in zip(asked, glosses, strict=True):
        lines[position] = replace(lines[position], gloss=gloss)
    return lines[: len(before)], lines[len(before) :]


def _written_in(text: str, conversation: str) -> str | None:
    """Return the locale of a line, None where its script does not tell.

    People change the script within a conversation: its own locale is that of a line in its
    script only.
    """
    script, language = dominant_script(text), registry.language_of(conversation)
    own = registry.languages()[language].script
    if script in (None, "Latn" if registry.is_romanised(conversation) else own):
        return conversation
    if script == "Latn":
        return None
    return language if script == own else registry.script_language(script)


def _learner(call: Call, ticket: Ticket) -> Learner | None:
    if ticket.learner_id is None:
        return None
    try:
        return call.services.platform.learner(ticket.learner_id)
    except PlatformError:
        return None


def _course(call: Call, ticket: Ticket) -> str | None:
    if ticket.course_id is None:
        return None
    course = call.services.knowledge_base.catalogue.courses.get(ticket.course_id)
    return course.title if course else ticket.course_id


def _take(call: Call, ticket: Ticket) -> str:
    # Only whom the page named, so that of two who take it at once one finds it taken.
    instead_of = call.field("instead_of") or None
    call.services.desk.take(ticket.number, desk_agent(call.agent), instead_of)
    return "taken"


def _reply(call: Call, ticket: Ticket) -> str:
    text = call.needed("text", LONGEST_TEXT)
    sent = call.services.desk.reply(ticket.number, desk_agent(call.agent), text)
    return "replied" if sent else "not-sent"


def _note(call: Call, ticket: Ticket) -> str:
    text = call.needed("text", _LONGEST_NOTE)
    call.services.desk.note(ticket.number, desk_agent(call.agent), text)
    return "noted"


def _close(call: Call, ticket: Ticket) -> str:
    call.services.desk.close(ticket.number)
    return "closed"


def _release(call: Call, ticket: Ticket) -> str:
    call.services.desk.release(ticket.number)
    return "returned"


def _hand(call: Call, ticket: Ticket) -> str:
    other = call.services.accounts.find(identifier(call.needed("agent")))
    if other is None or not other.active:
        raise PageError(400, "There is no such colleague.")
    call.services.desk.take(ticket.number, desk_agent(other), ticket.held_by)
    return "handed"


_ACTS = {
    "take": _take,
    "reply": _reply,
    "note": _note,
    "close": _close,
    "release": _release,
    "hand": _hand,
}
