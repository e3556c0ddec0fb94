"""What a ticket carries of a conversation, and how a ticket is opened."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet

from bot.actions.base import Turn
from bot.actions.conversation import RunningSearch
from connectors.helpdesk.records import Attempt, Line, Priority, Sender, TicketRequest
from connectors.log_redaction import redact

# While it is true every message goes by ``action_relay_to_human`` (bot/policies).
SLOT = "held_by_human"
_LINES = 20
_LONGEST_LINE = 500
_ATTEMPTS = 10
# Asking for a person says nothing of what the trouble is.
_ASKING = ("talk_to_human", "complaint", "affirm", "ticket_status", None)
_ITEMS_WITH_COURSE = ("course", "enrolment")
# What runs besides the actions that answer.
_FRAME = ("action_listen", "action_session_start", "action_relay_to_human")


@dataclass
class _Exchange:
    """A message of the learner with what came of it."""

    line: Line
    intent: str | None
    confidence: float
    actions: list[str] = field(default_factory=list)
    answers: list[Line] = field(default_factory=list)
    sources: list[str] = field(default_factory=list)


def open_ticket(
    turn: Turn,
    subject: str,
    course_id: str | None = None,
    converses: bool = False,
    priority: Priority = Priority.NORMAL,
) -> str:
    """Open a ticket for whoever writes and return its number.

    Args:
        turn: the turn.
        subject: key of the problem.
        course_id: the course it is about; where a person is to answer, it is the one that the
            learner has opened.
        converses: whether a person is to answer in the chat.
        priority: how soon.

    Raises:
        PlatformUnavailableError: the database failed.
    """
    exchanges = list(_exchanges(turn.tracker.events))
    intents = [exchange.intent for exchange in exchanges if exchange.intent not in _ASKING]
    number = turn.services.helpdesk.desk.open(
        TicketRequest(
            chat=turn.chat,
            chat_key=turn.services.links.chat_key(turn.chat),
            subject=subject,
            locale=turn.locale,
            converses=converses,
            priority=priority,
            learner_id=turn.learner_id,
            course_id=_open_course(turn.tracker) if converses else course_id,
            intent=intents[-1] if intents else None,
            summary=_summary(exchanges),
            attempts=_attempts(exchanges),
        )
    )
    turn.events.append(SlotSet(SLOT, True))
    return number


def since_last_message(tracker: Tracker) -> list[Line]:
    """Return the last message with what Sathi has said since the one before it."""
    said = [i for i, event in enumerate(tracker.events) if event["event"] == "user"][-2:]
    *before, last = _exchanges(tracker.events[said[0] :])
    return [*(before[-1].answers if before else ()), last.line]


def _summary(exchanges: Sequence[_Exchange]) -> list[Line]:
    lines = [line for exchange in exchanges for line in (exchange.line, *exchange.answers)]
    return lines[-_LINES:]


def _attempts(exchanges: Sequence[_Exchange]) -> list[Attempt]:
    tried = [exchange for exchange in exchanges if exchange.intent is not None]
    return [
        Attempt(x.intent or "", x.confidence, tuple(x.actions), tuple(x.sources))
        for x in tried[-_ATTEMPTS:]
    ]


def _open_course(tracker: Tracker) -> str | None:
    item = RunningSearch.of(tracker).opened
    return item.id if item is not None and item.kind in _ITEMS_WITH_COURSE else None


def _exchanges(events: Sequence[Mapping[str, Any]]) -> Iterator[_Exchange]:
    """Yield the learner's messages with what followed each, oldest first."""
    current: _Exchange | None = None
    for event in events:
        if event["event"] == "user":
            if current is not None:
                yield current
            current = _exchange(event)
        elif current is None:
            continue
        elif event["event"] == "bot":
            custom = (event.get("data") or {}).get("custom") or {}
            # What agents write is in the ticket already.
            if event.get("text") and not custom.get("agent"):
                current.answers.append(Line(Sender.BOT, _plain(event["text"])))
            for block in (custom, *(custom.get("further") or ())):
                if block.get("source"):
                    current.sources.append(_plain(block["source"]))
        elif event["event"] == "action" and event.get("name") not in _FRAME:
            current.actions.append(event.get("name") or "")
    if current is not None:
        yield current


def _exchange(event: Mapping[str, Any]) -> _Exchange:
    intent = (event.get("parse_data") or {}).get("intent") or {}
    name = intent.get("name")
    text = event.get("text") or ""
    if text.startswith("/"):
        # What a button sends; it may hold a token.
        text = f"({name})"
    line = Line(Sender.LEARNER, _plain(text))
    return _Exchange(line, name, float(intent.get("confidence") or 0.0))


def _plain(text: str) -> str:
    """Return a text without what could be personal, cut to a length for people to read."""
    return redact(text)[:_LONGEST_LINE]
