"""When Sathi does not know: say so, offer choices, then a person."""

from __future__ import annotations

import logging

from rasa_sdk.events import EventType, SlotSet

from bot.actions.base import SathiAction, Turn
from bot.actions.conversation import (
    Item,
    Pending,
    RunningSearch,
    answered,
    entity_values,
    message_text,
    pending,
)
from bot.actions.free_text import FreeTextAction
from bot.actions.language_wish import grant_unclear
from bot.actions.views import item_titles
from connectors.platform.records import PlatformError
from knowledge_base.languages.script import has_letters

logger = logging.getLogger(__name__)
_FAILURES_BEFORE_HUMAN = 2
_GUESSES = 3
_UNREADABLE = ("voice", "photo", "sticker", "document", "location", "contact")


def count_failure(turn: Turn) -> list[EventType]:
    """Count a question without an answer, and offer a person after the second."""
    failures = int(turn.tracker.get_slot("failures") or 0) + 1
    if failures < _FAILURES_BEFORE_HUMAN:
        return [SlotSet("failures", float(failures)), pending(Pending.NOTHING)]
    turn.reply("utter_offer_human")
    return [SlotSet("failures", 0.0), pending(Pending.HUMAN)]


def keep_question(turn: Turn) -> None:
    """Keep the question for those who can write an answer; a fault does not hurt the reply."""
    text = message_text(turn.tracker)
    # Buttons are no questions, and in a group people speak among themselves.
    if turn.chat.is_group or not has_letters(text) or text.startswith("/"):
        return
    try:
        key = turn.services.links.chat_key(turn.chat)
        turn.services.unanswered.add(key, turn.query_locale, text)
    except PlatformError as error:
        logger.warning("an unanswered question is not kept: %s", type(error).__name__)


def not_answered(
    turn: Turn, guesses: list[Item] | None = None, response: str = "utter_not_sure"
) -> list[EventType]:
    """Say that nothing answers, with guesses if there are any, and count the failure.

    Args:
        turn: the turn.
        guesses: what may be meant, or come near.
        response: words above the guesses.
    """
    keep_question(turn)
    if not guesses:
        turn.reply("utter_not_found")
        return count_failure(turn)
    search = RunningSearch(tuple(guesses), len(guesses))
    titles = item_titles(turn.knowledge_base, guesses, turn.locale)
    turn.reply(response, items=titles, start=0)
    return [search.to_event(), *count_failure(turn)]


class ActionFallback(FreeTextAction):
    """Take what was not understood: search first, answer only when sure, else offer choices."""

    may_narrow = True

    def name(self) -> str:
        """Return the name of the action."""
        return "action_fallback"

    def act_on_text(self, turn: Turn) -> list[EventType]:
        """Answer, suggest, or say what is wrong with the message."""
        from bot.actions.answer_actions import answer_anything
        from bot.actions.narrowing import search_instead

        text = turn.tracker.latest_message.get("text") or ""
        limit = turn.settings.max_message_characters
        if not text.strip():
            turn.reply("utter_empty_message")
            return []
        if len(text) > limit:
            turn.reply("utter_message_too_long", limit=limit)
            return []
        if not has_letters(text):
            turn.reply("utter_no_words")
            return []
        # A topic in a few words beside a list corrects the search.
        for go_on in (grant_unclear, search_instead):
            events = go_on(turn)
            if events is not None:
                return events
        return answer_anything(turn)


class ActionUnsupportedMessage(SathiAction):
    """Say what to do instead of sending a voice message, a picture and the like."""

    def name(self) -> str:
        """Return the name of the action."""
        return "action_unsupported_message"

    def act(self, turn: Turn) -> list[EventType]:
        """Say it in the words for that kind of message."""
        kinds = [kind for kind in entity_values(turn.tracker, "kind") if kind in _UNREADABLE]
        turn.reply(f"utter_unsupported_{kinds[0]}" if kinds else "utter_unsupported_message")
        return []


class ActionOutOfScope(FreeTextAction):
    """Decline what Sathi is not for, unless the content answers it after all."""

    def name(self) -> str:
        """Return the name of the action."""
        return "action_out_of_scope"

    def act_on_text(self, turn: Turn) -> list[EventType]:
        """Search first; decline when nothing answers."""
        from bot.actions.answer_actions import answer_surely

        events = answer_surely(turn)
        if events is not None:
            return events
        keep_question(turn)
        turn.reply("utter_out_of_scope")
        return count_failure(turn)


class ActionDeclineHuman(SathiAction):
    """Go on without a person."""

    def name(self) -> str:
        """Return the name of the action."""
        return "action_decline_human"

    def act(self, turn: Turn) -> list[EventType]:
        """Acknowledge."""
        turn.reply("utter_human_declined")
        return answered()


class ActionStartOver(SathiAction):
    """Forget the running search."""

    def name(self) -> str:
        """Return the name of the action."""
        return "action_start_over"

    def act(self, turn: Turn) -> list[EventType]:
        """Empty the search and greet anew; a level alone is no new start."""
        from bot.actions.narrowing import narrow_by_message

        events = narrow_by_message(turn)
        if events is not None:
            return events
        turn.reply("utter_start_over")
        cleared = [SlotSet("search", None), SlotSet("quiz", None), SlotSet("quiz_running", False)]
        return [*cleared, *answered()]
