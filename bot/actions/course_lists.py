"""Lists of courses: finding them, showing a page, and which course a message means."""

from __future__ import annotations

from rasa_sdk.events import EventType

from bot.actions.base import Turn
from bot.actions.conversation import Item, Query, RunningSearch, answered, message_text
from bot.actions.views import course_view, filters_view
from knowledge_base.recommend.profile import RecommendationFilters
from knowledge_base.search import Hit, SearchResult, Verdict

_SEARCH_DEPTH = 25
# Share of the best score; what has less is about something else, and stays out of a list
# that is narrowed down.
_CLOSE = 0.4


def find_courses(turn: Turn, text: str | None = None) -> tuple[RunningSearch, float]:
    """Search for courses.

    Args:
        turn: the turn.
        text: what to search for; the message by default.

    Returns:
        The search, nothing of it shown yet, and the probability that its best course is what
        was asked for.
    """
    query = message_text(turn.tracker) if text is None else text
    result = turn.knowledge_base.search_courses(query, turn.query_locale, _SEARCH_DEPTH)
    items = tuple(Item("course", hit.target) for hit in result.hits)
    found = items[: len(_close(result))]
    search = RunningSearch(items, found=found, query=Query(query, turn.query_locale))
    return search, result.probability


def find_again(
    turn: Turn, search: RunningSearch, filters: RecommendationFilters
) -> RunningSearch | None:
    """Search for the same, among the courses that have what is wanted now.

    Args:
        turn: the turn.
        search: the list.
        filters: what is wanted.

    Returns:
        The search, nothing of it shown yet; None when no such course is about it, or when the
        list was not searched for.
    """
    query = search.query
    if query is None:
        return None
    result = turn.knowledge_base.search_courses(query.text, query.locale, _SEARCH_DEPTH, filters)
    # Among few courses the best one is not necessarily about it.
    if turn.verdict(result) is not Verdict.ANSWERS:
        return None
    left = [hit.target for hit in _close(result) if hit.target not in search.rejected]
    items = [Item("course", target) for target in left]
    return search.with_items(items, filters=filters) if items else None


def _close(result: SearchResult) -> list[Hit]:
    return [hit for hit in result.hits if hit.score >= _CLOSE * result.hits[0].score]


def courses_of(turn: Turn, search: RunningSearch) -> list[Item]:
    """Return the items of a list that are courses of the catalogue."""
    known = turn.knowledge_base.catalogue.courses
    return [item for item in search.items if item.kind == "course" and item.id in known]


def show_courses(
    turn: Turn, response: str, search: RunningSearch, start: int, **facts: object
) -> list[EventType]:
    """Show a page of courses and store the search.

    Args:
        turn: the turn.
        response: message above the list.
        search: the search, its new page already counted as shown.
        start: position of the page's first course, from 0.
        facts: further facts for the wording.
    """
    page = search.items[start : search.shown]
    turn.reply(
        response,
        courses=[course_view(turn.knowledge_base, item.id, turn.locale) for item in page],
        start=start,
        more=search.has_more,
        only=filters_view(search.filters),
        **facts,
    )
    return [search.to_event(), *answered()]
