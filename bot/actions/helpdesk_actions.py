"""People at the helpdesk: handing over, passing messages on, and tickets."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from rasa_sdk.events import ActionReverted, EventType, SlotSet

from bot.actions.base import SathiAction, Turn
from bot.actions.cold_start import last_action
from bot.actions.conversation import (
    Pending,
    answered,
    entity_values,
    message_text,
    typed_text,
)
from bot.actions.free_text import FreeTextAction
from bot.actions.handoff import SLOT, open_ticket, since_last_message
from bot.actions.learner_views import day, local_title
from connectors.helpdesk.desk import HelpdeskError
from connectors.helpdesk.records import (
    Conversing,
    Line,
    Priority,
    Sender,
    Ticket,
)
from connectors.platform.records import PlatformError

logger = logging.getLogger(__name__)
# Channels that neither fetch messages nor can be written to: they get them with an answer.
_WITH_ANSWERS = ("rest", "cmdline")
# Under which the conversation holds the number of a message from the outbox.
_OUTBOX_ID = "outbox"
# Probability above which words mean that the learner wants Sathi back.
_SURE = 0.7
_BACK = ("start_over", "restart")
_STOP = "reminders_off"
_YES_OR_NO = ("affirm", "deny")
# What a typed thumb is read as -> how it rates the help.
_THUMBS = {"like_item": 1, "reject_item": 0}
# Their answers name the ticket themselves.
_ABOUT_TICKETS = ("talk_to_human", "complaint", "ticket_status")
_TICKETS_SHOWN = 5


def _hand_over(
    turn: Turn, subject: str, response: str, priority: Priority = Priority.NORMAL
) -> list[EventType]:
    """Open a ticket that a person answers in this chat; else say whom to write to."""
    contact = turn.settings.helpdesk_contact
    if not turn.chat.is_private:
        turn.reply("utter_contact_human", contact=contact)
        return answered()
    try:
        number = open_ticket(turn, subject, converses=True, priority=priority)
    except PlatformError as error:
        logger.warning("no ticket: %s", type(error).__name__)
        turn.reply("utter_contact_human", contact=contact)
        return answered()
    now = turn.services.clock()
    hours = turn.services.helpdesk.hours
    closes, opens = hours.closes(now), hours.opens(now)
    turn.reply(
        response,
        ticket=number,
        closes=closes and closes.isoformat(),
        opens=opens and opens.isoformat(),
    )
    return answered()


class ActionContactHuman(FreeTextAction):
    """Hand the conversation over to a person."""

    may_be_topic = False

    def name(self) -> str:
        """Return the name of the action."""
        return "action_contact_human"

    def act_on_text(self, turn: Turn) -> list[EventType]:
        """Open a ticket and say that somebody will answer here."""
        return _hand_over(turn, _subject(turn), "utter_handed_over")


def _subject(turn: Turn) -> str:
    """Return what a ticket that was asked for, or said yes to, is about."""
    if turn.tracker.get_slot("pending") != Pending.HUMAN:
        return "human_requested"
    is_feedback = last_action(turn.tracker) == "action_feedback"
    return "feedback" if is_feedback else "not_answered"


class ActionComplaint(FreeTextAction):
    """Take a complaint."""

    may_be_topic = False

    def name(self) -> str:
        """Return the name of the action."""
        return "action_complaint"

    def act_on_text(self, turn: Turn) -> list[EventType]:
        """Apologise and open an urgent ticket."""
        return _hand_over(turn, "complaint", "utter_complaint_taken", Priority.HIGH)


class ActionRelayToHuman(SathiAction):
    """Pass a message on to the helpdesk, or back to Sathi when no person holds the chat.

    Where Sathi is to answer, the action undoes itself, so that the message is treated as if
    it had just come.
    """

    def name(self) -> str:
        """Return the name of the action."""
        return "action_relay_to_human"

    def act(self, turn: Turn) -> list[EventType]:
        """Do what the state of the chat asks for."""
        key = turn.services.links.chat_key(turn.chat)
        try:
            if turn.chat.channel in _WITH_ANSWERS:
                _hand_in(turn, key)
            return self._relay(turn, key)
        except PlatformError as error:
            logger.warning("not passed on: %s", type(error).__name__)
            turn.reply("utter_relay_failed")
            return []

    def _relay(self, turn: Turn, key: str) -> list[EventType]:
        holding = turn.services.helpdesk.desk.holding(key)
        number = holding.number
        if holding.state is Conversing.HELD and number is not None:
            return self._to_agent(turn, key, number)
        if holding.state is Conversing.LAPSED and number is not None:
            if turn.services.helpdesk.desk.lapse(number, tell=False):
                minutes = round(turn.services.helpdesk.hold.total_seconds() / 60)
                turn.reply("utter_hold_lapsed", ticket=number, minutes=minutes)
        elif holding.state is Conversing.WAITING and number is not None:
            _append(turn, number, since_last_message(turn.tracker))
            if not holding.was_followed and _intent(turn) not in _ABOUT_TICKETS:
                turn.reply("utter_passed_on", ticket=number)
        elif _is_shorthand(turn) and _intent(turn) in _THUMBS:
            score = _THUMBS[_intent(turn)]
            # The last thing that the learner was asked is whether it helped.
            if turn.services.helpdesk.desk.rate(key, score):
                turn.reply("utter_rated_good" if score else "utter_rated_bad")
                return [SlotSet(SLOT, holding.state is not Conversing.FREE), *answered()]
        return _as_if_it_had_just_come(holding.state is not Conversing.FREE)

    def _to_agent(self, turn: Turn, key: str, number: str) -> list[EventType]:
        if _intent(turn) in _BACK and _confidence(turn) >= _SURE:
            turn.services.helpdesk.desk.leave(number)
            turn.reply("utter_back_with_sathi", ticket=number)
            return []
        asked = turn.tracker.get_slot("pending") not in (None, Pending.NOTHING)
        typed = typed_text(turn.tracker)
        if typed.startswith("/") or (asked and _intent(turn) in _YES_OR_NO):
            # Buttons and commands are Sathi's, as is the answer to its own question.
            return _as_if_it_had_just_come(True)
        if not typed:
            return _as_if_it_had_just_come(True)
        if not _append(turn, number, [Line(Sender.LEARNER, typed)]):
            # It has just been closed.
            return self._relay(turn, key)
        if _is_shorthand(turn) and _intent(turn) == _STOP:
            # Who wants no more reminders gets none, whoever else has read it.
            return _as_if_it_had_just_come(True)
        # Says nothing, and says so to the channel, which would take no message for a fault.
        turn.dispatcher.utter_message(json_message={"silent": True, "ticket": number})
        return []


def _as_if_it_had_just_come(is_followed: bool) -> list[EventType]:
    return [ActionReverted(), SlotSet(SLOT, is_followed)]


def _intent(turn: Turn) -> str | None:
    return (turn.tracker.latest_message.get("intent") or {}).get("name")


def _confidence(turn: Turn) -> float:
    return (turn.tracker.latest_message.get("intent") or {}).get("confidence") or 0.0


def _is_shorthand(turn: Turn) -> bool:
    """Tell whether a thumb or a stop word was typed, which is read as a command."""
    read = message_text(turn.tracker)
    return read.startswith("/") and read != typed_text(turn.tracker)


def _append(turn: Turn, number: str, lines: Sequence[Line]) -> bool:
    """Add lines to a ticket; not to one that has just been closed."""
    try:
        turn.services.helpdesk.desk.append(number, lines, turn.locale)
    except HelpdeskError:
        return False
    return True


def _hand_in(turn: Turn, key: str) -> None:
    """Give what the helpdesk has written since together with the answer."""
    events = turn.tracker.events
    shown = {_outbox_id(event) for event in events if event["event"] == "bot"} - {None}
    since = datetime.fromtimestamp(events[0]["timestamp"], UTC)
    for number, message in turn.services.outbox.claim_of(key, shown, since):
        turn.dispatcher.utter_message(
            text=message.get("text"),
            buttons=message.get("buttons"),
            json_message={**message["custom"], _OUTBOX_ID: number},
        )


def _outbox_id(event: Mapping[str, Any]) -> int | None:
    return ((event.get("data") or {}).get("custom") or {}).get(_OUTBOX_ID)


class ActionTicketStatus(SathiAction):
    """Say how the tickets stand."""

    def name(self) -> str:
        """Return the name of the action."""
        return "action_ticket_status"

    def act(self, turn: Turn) -> list[EventType]:
        """List the newest tickets of the chat and of its learner."""
        if not turn.chat.is_private:
            turn.reply("utter_private_chat_only")
            return []
        key = turn.services.links.chat_key(turn.chat)
        tickets = turn.services.helpdesk.desk.tickets_of(key, turn.learner_id)
        if not tickets:
            turn.reply("utter_tickets_none")
            return answered()
        views = [_ticket_view(turn, ticket) for ticket in tickets[:_TICKETS_SHOWN]]
        turn.reply("utter_tickets", tickets=views)
        return answered()


def _ticket_view(turn: Turn, ticket: Ticket) -> dict[str, str | None]:
    course = ticket.course_id and local_title(turn, ticket.course_id, "")
    return {
        "number": ticket.number,
        "subject": ticket.subject,
        "status": ticket.status.value,
        "course": course or None,
        "date": day(ticket.closed_on or ticket.opened_on),
    }


class ActionRateHelp(SathiAction):
    """Keep whether the helpdesk helped."""

    def name(self) -> str:
        """Return the name of the action."""
        return "action_rate_help"

    def act(self, turn: Turn) -> list[EventType]:
        """Thank for the opinion; who was not helped can ask again."""
        scores = [value for value in entity_values(turn.tracker, "score") if value in (0, 1)]
        if not scores:
            turn.reply("utter_not_found")
            return []
        turn.services.helpdesk.desk.rate(turn.services.links.chat_key(turn.chat), scores[0])
        turn.reply("utter_rated_good" if scores[0] else "utter_rated_bad")
        return answered()
