"""From Rasa's events to turns: what was asked for and what came of it, without any text."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta, timezone
from enum import Enum
from typing import Any

from connectors.chat_identity import chat_key

_INDIA = timezone(timedelta(hours=5, minutes=30))
_CHATS = 20_000
_COURSES = 10
_FORGET = "action_confirm_forget"
_SILENT_ACTIONS = frozenset({"action_listen", "action_session_start", "action_restart"})


class Outcome(str, Enum):
    """What came of a question."""

    ANSWERED = "answered"
    GUESSED = "guessed"
    NOTHING = "nothing"
    OUT_OF_SCOPE = "out_of_scope"
    FAULT = "fault"


_OUTCOMES = {
    **dict.fromkeys(
        (
            "utter_courses_found",
            "utter_courses_for_competency",
            "utter_content_source",
            "utter_faq_source",
            "utter_competency_source",
            "utter_role_competencies",
            "utter_competency_levels",
            "utter_role_level",
            "utter_role_needs_not",
            "utter_roles_needing",
            "utter_roles_needing_none",
            "utter_course_builds",
            "utter_course_builds_none",
            "utter_recommend_popular",
            "utter_recommend_for_interest",
            "utter_recommend_for_role",
            "utter_recommend_personal",
        ),
        Outcome.ANSWERED,
    ),
    "utter_not_sure": Outcome.GUESSED,
    "utter_not_in_courses": Outcome.GUESSED,
    "utter_not_found": Outcome.NOTHING,
    "utter_out_of_scope": Outcome.OUT_OF_SCOPE,
    **dict.fromkeys(
        ("utter_search_unavailable", "utter_platform_unavailable", "utter_technical_problem"),
        Outcome.FAULT,
    ),
}
# Actions after which a person has the conversation, or is about to.
RELAY = "action_relay_to_human"
_HAND_OFFS = frozenset({"action_contact_human", "action_complaint", RELAY})


def day_of(moment: float) -> date:
    """Return the day in India of a moment in seconds since 1970."""
    return datetime.fromtimestamp(moment, _INDIA).date()


@dataclass
class Turn:
    """A message and what came of it; the names are those of the table of turns."""

    chat_key: str
    channel: str
    started_on: float
    starts_conversation: bool = False
    locale: str | None = None
    intent: str | None = None
    intent_confidence: float | None = None
    action: str | None = None
    response: str | None = None
    outcome: str | None = None
    answer_confidence: float | None = None
    courses: list[str] = field(default_factory=list)
    hand_off: bool = False
    milliseconds: int = 0

    def to_row(self) -> dict[str, Any]:
        """Return the row of the table."""
        return {**asdict(self), "day": day_of(self.started_on)}

    def to_event(self) -> dict[str, Any]:
        """Return what is passed on to other systems; ``sender_id`` is the keyed hash."""
        facts = asdict(self)
        return {"event": "turn", "sender_id": facts.pop("chat_key"), **facts}


@dataclass(frozen=True)
class Forgotten:
    """Somebody had their data deleted: what is known of their chat goes, too."""

    chat_key: str

    def to_event(self) -> dict[str, Any]:
        """Return what is passed on to other systems."""
        return {"event": "forget", "sender_id": self.chat_key}


@dataclass
class _Chat:
    is_new: bool = False
    turn: Turn | None = None


class TurnReader:
    """Put the events of conversations together to turns.

    Args:
        secret: key of the hash that stands for a chat, see ``connectors.chat_identity``.
    """

    def __init__(self, secret: str) -> None:
        self._secret = secret
        self._chats: OrderedDict[str, _Chat] = OrderedDict()

    def read(self, event: Mapping[str, Any]) -> Turn | Forgotten | None:
        """Take the next event of a conversation.

        Args:
            event: as Rasa publishes it, ``sender_id`` included.

        Returns:
            The turn that ends with it, or whom to forget, or None.
        """
        sender, kind = event.get("sender_id") or "", event.get("event")
        chat = self._chats.setdefault(sender, _Chat())
        self._chats.move_to_end(sender)
        if len(self._chats) > _CHATS:
            self._chats.popitem(last=False)
        if kind == "session_started":
            chat.is_new = True
        elif kind == "user":
            chat.turn = self._begin(event, sender, chat)
        elif chat.turn is not None:
            return self._continue(chat, chat.turn, event)
        return None

    def _begin(self, event: Mapping[str, Any], sender: str, chat: _Chat) -> Turn:
        parsed = event.get("parse_data") or {}
        intent = parsed.get("intent") or {}
        channel = event.get("input_channel") or ""
        turn = Turn(
            chat_key(self._secret, channel, sender),
            channel,
            float(event.get("timestamp") or 0.0),
            chat.is_new,
            intent=intent.get("name"),
            intent_confidence=intent.get("confidence"),
        )
        for entity in parsed.get("entities") or []:
            if entity.get("entity") == "locale":
                turn.locale = entity.get("value")
        chat.is_new = False
        return turn

    def _continue(
        self, chat: _Chat, turn: Turn, event: Mapping[str, Any]
    ) -> Turn | Forgotten | None:
        kind = event.get("event")
        if kind == "action":
            name = event.get("name")
            if name == _FORGET:
                chat.turn = None
                return Forgotten(turn.chat_key)
            if name == "action_listen":
                chat.turn = None
                return turn
            _note_action(turn, name)
        elif kind == "undo":
            # The helpdesk has passed the message back: the turn begins here.
            turn.action, turn.response, turn.hand_off = None, None, False
        elif kind == "bot":
            _note_reply(turn, event)
        elif kind == "slot" and event.get("name") == "search":
            _note_courses(turn, event.get("value"))
        elapsed = float(event.get("timestamp") or 0.0) - turn.started_on
        turn.milliseconds = max(turn.milliseconds, round(elapsed * 1000))
        return None


def _note_action(turn: Turn, name: str | None) -> None:
    if name in _SILENT_ACTIONS:
        return
    turn.action = turn.action or name
    turn.hand_off = turn.hand_off or name in _HAND_OFFS


def _note_reply(turn: Turn, event: Mapping[str, Any]) -> None:
    response = (event.get("metadata") or {}).get("utter_action")
    custom = (event.get("data") or {}).get("custom") or {}
    turn.response = turn.response or response
    outcome = _OUTCOMES.get(response or "")
    if outcome is not None and turn.outcome is None:
        turn.response, turn.outcome = response, outcome.value
    turn.locale = turn.locale or custom.get("locale")
    if turn.answer_confidence is None:
        turn.answer_confidence = custom.get("confidence")


def _note_courses(turn: Turn, search: Any) -> None:
    items = search.get("items", ()) if isinstance(search, dict) else ()
    # Items of other kinds, like certificates, belong to a person.
    courses = [item["id"] for item in items if item.get("kind") == "course"]
    turn.courses = courses[:_COURSES]
