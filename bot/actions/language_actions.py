"""Changing the language of the replies."""

from __future__ import annotations

import logging

from rasa_sdk.events import EventType, SlotSet

from bot.actions.base import SathiAction, Turn
from bot.actions.conversation import RunningSearch, entity_values
from connectors.platform.records import PlatformError
from knowledge_base.languages import registry

logger = logging.getLogger(__name__)


class ActionChooseLanguage(SathiAction):
    """Reply in the language the user names, from now on."""

    def name(self) -> str:
        """Return the name of the action."""
        return "action_choose_language"

    def act(self, turn: Turn) -> list[EventType]:
        """Set the language, or offer those there are."""
        return choose_language(turn)


def choose_language(turn: Turn) -> list[EventType]:
    """Reply in the language that the message names, or offer those there are."""
    for code in entity_values(turn.tracker, "language_name"):
        locale = registry.known_locale(code)
        if locale == registry.language_of(turn.query_locale):
            # Who asks for Hindi in Latin letters wants Hindi as they type it.
            locale = turn.query_locale
        if locale:
            _remind_in(turn, locale)
            courses = any(item.kind == "course" for item in RunningSearch.of(turn.tracker).items)
            turn.reply("utter_language_changed", chosen_locale=locale, has_courses=courses)
            return [SlotSet("chosen_locale", locale)]
    turn.reply("utter_choose_language")
    return []


def _remind_in(turn: Turn, locale: str) -> None:
    """Word the chat's reminders in the language, too; its replies change in any case."""
    try:
        turn.services.reminders.set_locale(turn.services.links.chat_key(turn.chat), locale)
    except PlatformError as error:
        logger.warning("reminders keep their language: %s", type(error).__name__)
