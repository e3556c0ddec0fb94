"""A ticket in plain text, for people at a desk elsewhere. It is in English, as agents work."""

from __future__ import annotations

from collections.abc import Sequence

from connectors.helpdesk.records import Sender, SystemNote, Ticket, TicketMessage
from knowledge_base.languages import registry

_NAMES = {
    Sender.LEARNER: "Learner",
    Sender.BOT: "Sathi",
    Sender.AGENT: "Helpdesk",
    Sender.SYSTEM: "Note",
}
_NOTES = {
    SystemNote.LEARNER_LEFT: "The learner went back to Sathi; the ticket is still open.",
    SystemNote.HOLD_LAPSED: "Nobody wrote in time, and Sathi answers again.",
    SystemNote.ASKED_AGAIN: "The learner asks for a person again.",
}


def subject_line(ticket: Ticket) -> str:
    """Return what a ticket is about in one line, with its number."""
    return f"[{ticket.number}] {ticket.subject.replace('_', ' ').capitalize()}"


def language_name(locale: str) -> str:
    """Return a locale's English name: "Hindi", or "Hindi (Latin letters)"."""
    name = registry.languages()[registry.language_of(locale)].name
    return f"{name} (Latin letters)" if registry.is_romanised(locale) else name


def facts(ticket: Ticket) -> dict[str, str]:
    """Return what an agent has to know of a ticket, by name; nothing that is not known."""
    known = {
        "ticket": ticket.number,
        "subject": ticket.subject,
        "priority": ticket.priority.value,
        "language": language_name(ticket.locale),
        "channel": ticket.channel,
        "learner": ticket.learner_id,
        "course": ticket.course_id,
        "intent": ticket.intent,
    }
    return {name: value for name, value in known.items() if value}


def transcript(ticket: Ticket) -> str:
    """Return what was known when a ticket was opened, the conversation, and what Sathi tried."""
    parts = [
        subject_line(ticket),
        "\n".join(f"{name.capitalize()}: {value}" for name, value in facts(ticket).items()),
    ]
    if ticket.summary:
        said = [f"{_NAMES[line.sender]}: {line.text}" for line in ticket.summary]
        parts.append("\n".join(["Conversation:", *said]))
    if ticket.attempts:
        tried = [
            f"- {attempt.intent} ({attempt.confidence:.2f})"
            + "".join(f"; {source}" for source in attempt.sources)
            for attempt in ticket.attempts
        ]
        parts.append("\n".join(["What Sathi tried:", *tried]))
    return "\n\n".join(parts)


def wording(message: TicketMessage) -> str:
    """Return a message's text; what happened is put into words."""
    if message.sender is Sender.SYSTEM:
        return _NOTES[SystemNote(message.text)]
    return message.text


def said(messages: Sequence[TicketMessage]) -> str:
    """Return messages with who wrote them, a line each."""
    return "\n".join(f"{_NAMES[message.sender]}: {wording(message)}" for message in messages)
