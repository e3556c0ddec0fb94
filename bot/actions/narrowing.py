"""Narrowing a list of courses: by level, provider, duty, language and time."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

from rasa_sdk.events import EventType

from bot.actions.base import Turn
from bot.actions.conversation import RunningSearch, entity_values, message_text
from bot.actions.course_lists import courses_of, find_again, find_courses, show_courses
from bot.actions.recommending import EVERYTHING, profile_of, recommend, suggest
from bot.actions.views import filters_view
from knowledge_base.passages import course_facts
from knowledge_base.recommend.profile import RecommendationFilters

# "no, I meant data" goes on from the list; who writes more begins anew.
_WORDS_OF_FOLLOW_UP = 5


def is_follow_up(turn: Turn) -> bool:
    """Tell whether the message is so short that it may go on from the running list."""
    return len(message_text(turn.tracker).split()) <= _WORDS_OF_FOLLOW_UP


def minutes_of(turn: Turn, course_id: str) -> int:
    """Return the learning time of a course in minutes, rounded up, 0 when it is not known."""
    return math.ceil(turn.knowledge_base.catalogue.courses[course_id].duration_seconds / 60)


def narrow(
    turn: Turn, search: RunningSearch, response: str, wanted: dict[str, Any], **facts: object
) -> list[EventType] | None:
    """Show those courses of the list that fit, or search for some; recommendations are made anew.

    Args:
        turn: the turn.
        search: the running search.
        response: message above the list.
        wanted: fields of ``RecommendationFilters``; what was wanted before stays.
        facts: further facts for the wording.

    Returns:
        Events, or None when nothing fits.
    """
    filters = replace(search.filters or EVERYTHING, **wanted)
    if search.is_recommended:
        profile, _ = profile_of(turn)
        found = recommend(turn, profile, filters)
        if not found:
            return None
        return suggest(turn, response, found, profile.role_id, filters, **facts)
    narrowed = _kept(turn, search, filters)
    if narrowed is None:
        # What fits may stand far behind what was found first.
        narrowed = find_again(turn, search, filters)
    if narrowed is None:
        return None
    return show_courses(
        turn, response, narrowed.next_page(turn.settings.page_size), start=0, **facts
    )


def _kept(
    turn: Turn, search: RunningSearch, filters: RecommendationFilters
) -> RunningSearch | None:
    """Return those courses of a list that fit, None when there are none."""
    pool = tuple(search.found or search.items)
    catalogue = turn.knowledge_base.catalogue
    kept = [
        item
        for item in courses_of(turn, search.with_items(pool))
        if filters.accept(course_facts(catalogue, catalogue.courses[item.id]))
    ]
    return search.with_items(kept, found=pool, filters=filters) if kept else None


def narrow_or_say(turn: Turn, search: RunningSearch, wanted: dict[str, Any]) -> list[EventType]:
    """Narrow the list, or say that nothing in it fits; without a list all courses are one."""
    if not courses_of(turn, search):
        search = RunningSearch(filters=EVERYTHING)
    events = narrow(turn, search, "utter_narrowed", wanted)
    if events is None:
        turn.reply("utter_none_fits")
        return []
    return events


def narrow_by_message(turn: Turn) -> list[EventType] | None:
    """Narrow the running list when the message names level, provider or duty and nothing else.

    Returns:
        Events, or None when it means something else or there is no list.
    """
    wanted, search = turn.filters_named, RunningSearch.of(turn.tracker)
    if not wanted or not courses_of(turn, search) or entity_values(turn.tracker, "item_number"):
        return None
    return None if turn.topic_words else narrow_or_say(turn, search, wanted)


def search_instead(turn: Turn) -> list[EventType] | None:
    """Search for the topic that is meant instead, and keep what was wanted of the courses.

    Returns:
        Events, or None when there is no running list, or no other topic in a few words.
    """
    if not courses_of(turn, RunningSearch.of(turn.tracker)) or not is_follow_up(turn):
        return None
    topic = " ".join(turn.topic_words)
    if not topic:
        return None
    found, probability = find_courses(turn, topic)
    if probability < turn.settings.suggest_threshold:
        return None
    return show_found(turn, found, probability, turn.filters_named, keeps_filters=True)


def show_found(
    turn: Turn,
    found: RunningSearch,
    probability: float,
    wanted: dict[str, Any],
    keeps_filters: bool,
) -> list[EventType]:
    """Show what was found, narrowed to what is wanted; say so when nothing fits.

    Args:
        turn: the turn.
        found: the new search.
        probability: that its best course is what was asked for.
        wanted: fields of ``RecommendationFilters`` that the message names.
        keeps_filters: whether what was wanted of the running list is wanted of this one.
    """
    before = RunningSearch.of(turn.tracker).filters if keeps_filters else None
    if before is not None:
        # Likeness to a course and a competency are topics themselves.
        wanted = {**_lasting(before), **wanted}
    response = "utter_courses_found"
    events = narrow(turn, found, response, wanted, confidence=probability) if wanted else None
    if events is not None:
        return events
    page = found.next_page(turn.settings.page_size)
    unmet = filters_view(replace(EVERYTHING, **wanted))
    return show_courses(turn, response, page, start=0, confidence=probability, unmet=unmet)


def _lasting(filters: RecommendationFilters) -> dict[str, Any]:
    fields = ("language", "max_minutes", "level", "provider", "mandatory")
    values = {field: getattr(filters, field) for field in fields}
    return {field: value for field, value in values.items() if value is not None}
