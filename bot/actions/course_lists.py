"""Lists of courses: finding them, showing a page, and which course a message means."""

from __future__ import annotations

from rasa_sdk.events import EventType

from bot.actions.base import Turn
from bot.actions.conversation import Item, RunningSearch, answered, message_text
from bot.actions.views import course_view, filters_view

_SEARCH_DEPTH = 25
# Share of the best score; what has less is about something else, and stays out of a list
# that is narrowed down.
_CLOSE = 1 / 3


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
    close = [hit for hit in result.hits if hit.score >= _CLOSE * result.hits[0].score]
    return RunningSearch(items, found=items[: len(close)]), result.probability


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
