"""Switching reminders on and off."""

from __future__ import annotations

from rasa_sdk.events import EventType

from bot.actions.base import LinkedAction, SathiAction, Turn
from bot.actions.conversation import answered
from bot.actions.fallback_actions import ActionStartOver


class ActionRemindersOn(LinkedAction):
    """Remind the learner in this chat."""

    unlinked_response = "utter_link_for_reminders"

    def name(self) -> str:
        """Return the name of the action."""
        return "action_reminders_on"

    def act_for(self, turn: Turn, learner_id: str) -> list[EventType]:
        """Subscribe, and say what comes when and how it ends."""
        services = turn.services
        chat_key = services.links.chat_key(turn.chat)
        services.reminders.subscribe(chat_key, turn.chat, learner_id, turn.locale)
        turn.reply("utter_reminders_on")
        return answered()


class ActionRemindersOff(SathiAction):
    """Remind no more; the word for it also ends a quiz."""

    def name(self) -> str:
        """Return the name of the action."""
        return "action_reminders_off"

    def act(self, turn: Turn) -> list[EventType]:
        """Unsubscribe; where there is nothing to end, "stop" is meant for the running quiz."""
        chat_key = turn.services.links.chat_key(turn.chat)
        if turn.services.reminders.unsubscribe(chat_key):
            turn.reply("utter_reminders_off")
            return answered()
        if turn.tracker.get_slot("quiz_running"):
            return ActionStartOver().act(turn)
        turn.reply("utter_reminders_were_off")
        return answered()
