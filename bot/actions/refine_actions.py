"""Changing the shown list: shorter courses, courses in a language, one more or less like it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from rasa_sdk.events import EventType

from bot.actions.base import SathiAction, Turn
from bot.actions.conversation import Item, RunningSearch, answered, entity_values, message_text
from bot.actions.course_actions import item_meant, show_courses
from bot.actions.language_actions import choose_language
from bot.actions.recommending import EVERYTHING, profile_of, recommend, suggest
from connectors.platform.feedback import Opinion
from knowledge_base.languages import registry

_SEARCH_DEPTH = 25
# "in Tamil please": with so few further words no topic is named.
_WORDS_WITHOUT_TOPIC = 3


def _minutes(turn: Turn, course_id: str) -> int:
    return math.ceil(turn.knowledge_base.catalogue.courses[course_id].duration_seconds / 60)


def _courses(turn: Turn, search: RunningSearch) -> list[Item]:
    known = turn.knowledge_base.catalogue.courses
    return [item for item in search.items if item.kind == "course" and item.id in known]


def _narrow(
    turn: Turn,
    search: RunningSearch,
    response: str,
    fits: Callable[[str], bool],
    wanted: dict[str, Any],
    **facts: str,
) -> list[EventType] | None:
    """Show those courses of the list that fit; recommendations are made anew.

    Args:
        turn: the turn.
        search: the running search.
        response: message above the list.
        fits: tells by its id whether a course fits.
        wanted: the same as fields of ``Filters``.
        facts: further facts for the wording.

    Returns:
        Events, or None when nothing fits.
    """
    if search.filters is not None:
        profile, _ = profile_of(turn)
        filters = replace(search.filters, **wanted)
        found = recommend(turn, profile, filters)
        if not found:
            return None
        return suggest(turn, response, found, profile.role_id, filters, **facts)
    kept = [item for item in _courses(turn, search) if fits(item.id)]
    if not kept:
        return None
    narrowed = RunningSearch(tuple(kept)).next_page(turn.settings.page_size)
    return show_courses(turn, response, narrowed, start=0, **facts)


class ActionShorterCourses(SathiAction):
    """Narrow the shown list to shorter courses."""

    def name(self) -> str:
        """Return the name of the action."""
        return "action_shorter_courses"

    def act(self, turn: Turn) -> list[EventType]:
        """Keep what is within the time that is named, else shorter than the longest shown."""
        search = RunningSearch.of(turn.tracker)
        items = _courses(turn, search)
        said = entity_values(turn.tracker, "minutes")
        if not items:
            if not said:
                turn.reply("utter_no_running_search")
                return []
            # "what can I learn in half an hour" needs no list.
            search = RunningSearch(filters=EVERYTHING)
        page = items[: turn.settings.page_size]
        limit = said[0] if said else max(_minutes(turn, item.id) for item in page) - 1
        events = _narrow(
            turn,
            search,
            "utter_shorter",
            lambda course_id: _minutes(turn, course_id) <= limit,
            {"max_minutes": limit},
        )
        if events is None:
            turn.reply("utter_nothing_shorter")
            return []
        return events


class ActionCoursesInLanguage(SathiAction):
    """Narrow the shown list to courses that exist in a language."""

    def name(self) -> str:
        """Return the name of the action."""
        return "action_courses_in_language"

    def act(self, turn: Turn) -> list[EventType]:
        """Narrow the list; without one, search, or change the language of the replies."""
        codes = [
            code
            for code in entity_values(turn.tracker, "language_name")
            if code in registry.languages()
        ]
        if not codes:
            return choose_language(turn)
        code = codes[0]
        search = RunningSearch.of(turn.tracker)
        if not _courses(turn, search):
            found = self._search(turn)
            if found is None:
                return choose_language(turn)
            search = found
        language = registry.languages()[code].endonym
        offered = turn.knowledge_base.catalogue.course_languages
        facts = {"language": language, "language_code": code}
        events = _narrow(
            turn,
            search,
            "utter_courses_in_language",
            lambda course_id: code in offered(course_id),
            {"language": code},
            **facts,
        )
        if events is None:
            turn.reply("utter_none_in_language", **facts)
            return []
        return events

    @staticmethod
    def _search(turn: Turn) -> RunningSearch | None:
        """Return what the message searches for, None when it names a language only."""
        text = message_text(turn.tracker)
        if text.startswith("/") or len(text.split()) <= _WORDS_WITHOUT_TOPIC:
            return None
        result = turn.knowledge_base.search_courses(text, turn.query_locale, _SEARCH_DEPTH)
        if result.probability < turn.settings.suggest_threshold:
            return RunningSearch(filters=EVERYTHING)
        return RunningSearch(tuple(Item("course", hit.target) for hit in result.hits))


class _OpinionAction(SathiAction):
    """Keep what is thought of a course of the list."""

    opinion: Opinion
    response: str

    def act(self, turn: Turn) -> list[EventType]:
        """Find out which course is meant, and keep the opinion."""
        search = RunningSearch.of(turn.tracker)
        item = item_meant(turn, search)
        if item is None and search.items:
            turn.reply("utter_which_item", count=search.shown)
            return []
        if item is None or item.kind != "course":
            turn.reply("utter_no_running_search")
            return []
        chat_key = turn.services.links.chat_key(turn.chat)
        turn.services.feedback.add(chat_key, turn.learner_id, item.id, self.opinion)
        turn.reply(self.response)
        return self.go_on(turn, search, item)

    def go_on(self, turn: Turn, search: RunningSearch, item: Item) -> list[EventType]:
        """Do what follows from the opinion."""
        return answered()


class ActionLikeItem(_OpinionAction):
    """Keep that a course is liked, so that more like it is suggested."""

    opinion = Opinion.LIKED
    response = "utter_item_liked"

    def name(self) -> str:
        """Return the name of the action."""
        return "action_like_item"


class ActionRejectItem(_OpinionAction):
    """Take a course out of the list and never suggest it again."""

    opinion = Opinion.DISLIKED
    response = "utter_item_rejected"

    def name(self) -> str:
        """Return the name of the action."""
        return "action_reject_item"

    def go_on(self, turn: Turn, search: RunningSearch, item: Item) -> list[EventType]:
        """Show the list without the course."""
        rest = search.without(item)
        if not rest.items:
            return [rest.to_event(), *answered()]
        events = None
        if search.filters is not None:
            events = _narrow(turn, search, "utter_courses_more", lambda _: True, {})
        if events is not None:
            return events
        return show_courses(
            turn, "utter_courses_more", rest.next_page(turn.settings.page_size), start=0
        )
