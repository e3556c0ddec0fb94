"""Naming a language: for the replies, or for the courses of a list."""

from __future__ import annotations

from rasa_sdk.events import EventType

from bot.actions.base import SathiAction, Turn
from bot.actions.language_wish import Wish, grant


class ActionChooseLanguage(SathiAction):
    """Reply in the language the user names, from now on."""

    def name(self) -> str:
        """Return the name of the action."""
        return "action_choose_language"

    def act(self, turn: Turn) -> list[EventType]:
        """Set the language, or offer those there are."""
        return grant(turn, Wish.REPLIES)


class ActionCoursesInLanguage(SathiAction):
    """Narrow the shown list to courses that exist in a language."""

    def name(self) -> str:
        """Return the name of the action."""
        return "action_courses_in_language"

    def act(self, turn: Turn) -> list[EventType]:
        """Narrow the list; without one, search, or change the language of the replies."""
        return grant(turn, Wish.COURSES)
