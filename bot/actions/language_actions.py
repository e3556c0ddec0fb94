"""Changing the language of the replies."""

from __future__ import annotations

from rasa_sdk.events import EventType, SlotSet

from bot.actions.base import SathiAction, Turn
from bot.actions.conversation import entity_values
from knowledge_base.languages import registry


class ActionChooseLanguage(SathiAction):
    """Reply in the language the user names, from now on."""

    def name(self) -> str:
        """Return the name of the action."""
        return "action_choose_language"

    def act(self, turn: Turn) -> list[EventType]:
        """Set the language, or offer those there are."""
        for code in entity_values(turn.tracker, "language_name"):
            locale = registry.known_locale(code)
            if locale == registry.language_of(turn.query_locale):
                # Who asks for Hindi in Latin letters wants Hindi as they type it.
                locale = turn.query_locale
            if locale:
                turn.reply("utter_language_changed", chosen_locale=locale)
                return [SlotSet("chosen_locale", locale)]
        turn.reply("utter_choose_language")
        return []
