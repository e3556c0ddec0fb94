"""When Sathi does not know: say so, offer choices, then a person."""

from __future__ import annotations

from rasa_sdk.events import EventType, SlotSet

from bot.actions.base import SathiAction, Turn
from bot.actions.conversation import Item, Pending, RunningSearch, answered, pending
from bot.actions.free_text import FreeTextAction
from bot.actions.views import item_titles
from knowledge_base.languages.script import has_letters

_FAILURES_BEFORE_HUMAN = 2
_GUESSES = 3


def count_failure(turn: Turn) -> list[EventType]:
    """Count a question without an answer, and offer a person after the second."""
    failures = int(turn.tracker.get_slot("failures") or 0) + 1
    if failures < _FAILURES_BEFORE_HUMAN:
        return [SlotSet("failures", float(failures)), pending(Pending.NOTHING)]
    turn.reply("utter_offer_human")
    return [SlotSet("failures", 0.0), pending(Pending.HUMAN)]


def not_answered(turn: Turn, guesses: list[Item] | None = None) -> list[EventType]:
    """Say that nothing answers, with guesses if there are any, and count the failure."""
    if not guesses:
        turn.reply("utter_not_found")
        return count_failure(turn)
    search = RunningSearch(tuple(guesses), len(guesses))
    titles = item_titles(turn.knowledge_base, guesses, turn.locale)
    turn.reply("utter_not_sure", items=titles, start=0)
    return [search.to_event(), *count_failure(turn)]


class ActionFallback(FreeTextAction):
    """Take what was not understood: search first, answer only when sure, else offer choices."""

    def name(self) -> str:
        """Return the name of the action."""
        return "action_fallback"

    def act_on_text(self, turn: Turn) -> list[EventType]:
        """Answer, suggest, or say what is wrong with the message."""
        from bot.actions.answer_actions import answer_anything

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
        return answer_anything(turn)


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
        turn.reply("utter_out_of_scope")
        return count_failure(turn)


class ActionContactHuman(FreeTextAction):
    """Tell how to reach a person."""

    may_be_topic = False

    def name(self) -> str:
        """Return the name of the action."""
        return "action_contact_human"

    def act_on_text(self, turn: Turn) -> list[EventType]:
        """Give the contact."""
        turn.reply("utter_contact_human", contact=turn.settings.helpdesk_contact)
        return answered()


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
        """Empty the search and greet anew."""
        turn.reply("utter_start_over")
        cleared = [SlotSet("search", None), SlotSet("quiz", None), SlotSet("quiz_running", False)]
        return [*cleared, *answered()]
