"""Facts of one course, and several courses side by side."""

from __future__ import annotations

from dataclasses import replace

from rasa_sdk.events import EventType

from bot.actions.base import Turn
from bot.actions.competency_answers import explain_course
from bot.actions.conversation import (
    Item,
    RunningSearch,
    answered,
    entity_values,
    message_text,
)
from bot.actions.course_actions import (
    chosen_item,
    items_numbered,
    names_of,
    open_or_only,
)
from bot.actions.course_aspects import COMPETENCIES, FROM_HELP, UNKNOWN
from bot.actions.course_lists import courses_of, find_courses
from bot.actions.free_text import FreeTextAction
from bot.actions.naming import find_by_name, named_among
from bot.actions.narrowing import narrow_by_message
from bot.actions.views import course_detail_view, faq_view

_MOST_COMPARED = 4
# Facts that a source may leave open, by the view's key.
_TOLD_BY = {"duration": "minutes", "level": "level", "mandatory": "mandatory"}
# Lists so short are compared as a whole.
_SHORT_LIST = 3


def course_meant(turn: Turn, asked: str | None) -> str | None:
    """Return the course that the message is about.

    It is the one named or numbered in the shown list, else one named otherwise, else the open
    one, else the best that a search finds; beside a list, that one only if words of its name
    are said.

    Args:
        turn: the turn.
        asked: which fact of the course the message asks for, None when it cannot be told.
    """
    search = RunningSearch.of(turn.tracker)
    chosen = _course_id(turn, chosen_item(turn, search))
    if chosen is not None or items_numbered(turn, search):
        return chosen
    named = courses_named(turn)
    if named:
        return named[0]
    opened = _course_id(turn, open_or_only(search))
    if opened is not None and asked == COMPETENCIES:
        # "Competencies" is what is asked for, not the title of another course.
        return opened
    found = _best_found(turn)
    if found is None or not search.items:
        return found or opened
    names = names_of(turn, [Item("course", key) for key in (found, opened) if key])
    return found if found != opened and find_by_name(turn, names) == 0 else opened


def courses_named(turn: Turn) -> list[str]:
    """Return the courses whose names the message gives, one for each name."""
    known = turn.knowledge_base.catalogue.courses
    by_place = {
        entity["start"]: entity["value"]
        for entity in reversed(turn.tracker.latest_message.get("entities") or [])
        if entity["entity"] == "course"
        and isinstance(entity["value"], str)
        and entity["value"] in known
    }
    return list(dict.fromkeys(by_place[start] for start in sorted(by_place)))


def _course_id(turn: Turn, item: Item | None) -> str | None:
    """Return the id of an item that is a course of the catalogue."""
    if item is None or item.kind not in ("course", "enrolment"):
        return None
    return item.id if item.id in turn.knowledge_base.catalogue.courses else None


def _best_found(turn: Turn) -> str | None:
    # Without a topic a search finds what resembles the question, not what it is about.
    if message_text(turn.tracker).startswith("/") or not turn.topic_words:
        return None
    found, probability = find_courses(turn)
    if probability < turn.settings.suggest_threshold or not found.items:
        return None
    return found.items[0].id


class ActionCourseDetails(FreeTextAction):
    """Answer a question about one course from the catalogue."""

    may_be_topic = False

    def name(self) -> str:
        """Return the name of the action."""
        return "action_course_details"

    def act_on_text(self, turn: Turn) -> list[EventType]:
        """Give the fact that is asked for, and all else; ask when no course can be told."""
        search = RunningSearch.of(turn.tracker)
        # "And for beginners?" is about the list as long as no course is open.
        events = narrow_by_message(turn) if open_or_only(search) is None else None
        if events is not None:
            return events
        asked = self._asked(turn)
        course_id = course_meant(turn, asked)
        if course_id is None:
            if search.items:
                turn.reply("utter_which_item", count=search.shown)
            else:
                turn.reply("utter_course_which")
            return []
        view = course_detail_view(turn.knowledge_base, course_id, turn.locale)
        if asked == UNKNOWN or (asked in _TOLD_BY and not view[_TOLD_BY[asked]]):
            turn.reply("utter_course_fact_unknown", course=view["title"])
        elif asked == COMPETENCIES:
            explain_course(turn, course_id)
        elif asked in FROM_HELP:
            faq = faq_view(turn.knowledge_base, FROM_HELP[asked], turn.locale)
            turn.reply("utter_faq_source", faq=faq)
        elif asked is not None:
            turn.reply("utter_course_fact", course=view, asked=asked)
        turn.reply("utter_course_details", course=view)
        item = Item("course", course_id)
        if item not in search.items[: search.shown]:
            search = RunningSearch((item,), shown=1)
        return [replace(search, opened=item).to_event(), *answered()]

    @staticmethod
    def _asked(turn: Turn) -> str | None:
        if entity_values(turn.tracker, "language_name"):
            # "Is it there in Punjabi?"
            return "languages"
        if entity_values(turn.tracker, "mandatory"):
            return "mandatory"
        text = message_text(turn.tracker)
        return None if text.startswith("/") else turn.services.course_aspects.asked(text)


class ActionCompareCourses(FreeTextAction):
    """Set courses against each other."""

    may_be_topic = False

    def name(self) -> str:
        """Return the name of the action."""
        return "action_compare_courses"

    def act_on_text(self, turn: Turn) -> list[EventType]:
        """Compare the courses that are meant, or ask which."""
        search = RunningSearch.of(turn.tracker)
        meant = courses_compared(turn, search)[:_MOST_COMPARED]
        if len(meant) < 2:  # noqa: PLR2004 - one course is no comparison
            turn.reply("utter_compare_which")
            return []
        items = [Item("course", course_id) for course_id in meant]
        shown = list(search.items[: search.shown])
        if not set(items) <= set(shown):
            search = RunningSearch(tuple(items), shown=len(items))
            shown = items
        turn.reply(
            "utter_compared",
            courses=[course_detail_view(turn.knowledge_base, c, turn.locale) for c in meant],
            numbers=[shown.index(item) + 1 for item in items],
        )
        return [search.to_event(), *answered()]


def courses_compared(turn: Turn, search: RunningSearch) -> list[str]:
    """Return the courses that the message compares, as far as they can be told.

    Args:
        turn: the turn.
        search: the running search.
    """
    shown = [item.id for item in courses_of(turn, _shown(search))]
    numbered = [item.id for item in items_numbered(turn, search) if item.id in shown]
    named = courses_named(turn)
    both = list(dict.fromkeys((*numbered, *named)))
    if len(both) > 1:
        return both
    opened = _course_id(turn, search.opened)
    if both and opened is not None and opened not in both:
        # "How is it different from number 3?"
        return [opened, *both]
    count = _count_named(turn)
    if numbered and 1 < count <= min(_MOST_COMPARED, len(shown)):
        # "These two", "all three".
        return shown[:count]
    among = named_among(turn, names_of(turn, [Item("course", course) for course in shown]))
    if len(among) > 1:
        return [shown[position] for position in among]
    if 1 < len(shown) <= _SHORT_LIST:
        return shown
    return both or _first_found(turn, bool(shown))


def _shown(search: RunningSearch) -> RunningSearch:
    return replace(search, items=search.items[: search.shown])


def _count_named(turn: Turn) -> int:
    values = [v for v in entity_values(turn.tracker, "item_number") if isinstance(v, int)]
    return values[0] if len(values) == 1 else 0


def _first_found(turn: Turn, has_list: bool) -> list[str]:
    """Return the two best of a search for what the message names."""
    if message_text(turn.tracker).startswith("/") or not turn.topic_words:
        return []
    settings = turn.settings
    found, probability = find_courses(turn)
    # Beside a list the message may mean that one.
    needed = settings.answer_threshold if has_list else settings.suggest_threshold
    return [item.id for item in found.items[:2]] if probability >= needed else []
