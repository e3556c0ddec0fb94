"""Finding courses, paging through them, opening one."""

from __future__ import annotations

from dataclasses import replace

from rasa_sdk.events import EventType

from bot.actions.base import SathiAction, Turn
from bot.actions.certificate_actions import open_record
from bot.actions.conversation import Item, RunningSearch, answered, entity_values, message_text
from bot.actions.fallback_actions import not_answered
from bot.actions.free_text import FreeTextAction
from bot.actions.naming import find_by_name
from bot.actions.views import (
    competency_view,
    course_detail_view,
    course_view,
    faq_view,
    item_titles,
)
from knowledge_base.languages import registry

_SEARCH_DEPTH = 25


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
        **facts,
    )
    return [search.to_event(), *answered()]


class ActionFindCourse(FreeTextAction):
    """List the courses that teach what the user asks for."""

    def name(self) -> str:
        """Return the name of the action."""
        return "action_find_course"

    def act_on_text(self, turn: Turn) -> list[EventType]:
        """Search, and list the best page."""
        text = message_text(turn.tracker)
        if not text or text.startswith("/"):
            turn.reply("utter_ask_topic")
            return []
        result = turn.knowledge_base.search_courses(text, turn.query_locale, _SEARCH_DEPTH)
        if result.probability < turn.settings.suggest_threshold:
            return not_answered(turn)
        items = tuple(Item("course", hit.target) for hit in result.hits)
        search = RunningSearch(items).next_page(turn.settings.page_size)
        return show_courses(
            turn, "utter_courses_found", search, start=0, confidence=result.probability
        )


class ActionShowMore(SathiAction):
    """Show the next page of the running search."""

    def name(self) -> str:
        """Return the name of the action."""
        return "action_show_more"

    def act(self, turn: Turn) -> list[EventType]:
        """Show the page, or say that there is none."""
        search = RunningSearch.of(turn.tracker)
        if not search.items:
            turn.reply("utter_no_running_search")
            return []
        if not search.has_more:
            turn.reply("utter_no_more_results")
            return []
        start = search.shown
        search = search.next_page(turn.settings.page_size)
        if all(item.kind == "course" for item in search.items):
            return show_courses(turn, "utter_courses_more", search, start)
        titles = item_titles(turn.knowledge_base, search.items[start : search.shown], turn.locale)
        turn.reply("utter_related_answers", items=titles, start=start, more=search.has_more)
        return [search.to_event(), *answered()]


class ActionChooseItem(FreeTextAction):
    """Open an item of the shown list, named by number or by name."""

    may_be_topic = False

    def name(self) -> str:
        """Return the name of the action."""
        return "action_choose_item"

    def act_on_text(self, turn: Turn) -> list[EventType]:
        """Open the item, or ask which one is meant."""
        search = RunningSearch.of(turn.tracker)
        if not search.items:
            turn.reply("utter_no_running_search")
            return []
        item = chosen_item(turn, search)
        if item is None:
            turn.reply("utter_which_item", count=search.shown)
            return []
        if item.kind in ("enrolment", "certificate"):
            return self._open_own(turn, item)
        open_item(turn, item)
        return [replace(search, opened=item).to_event(), *answered()]

    @staticmethod
    def _open_own(turn: Turn, item: Item) -> list[EventType]:
        """Open a record of the learner, if the chat is still linked."""
        if turn.learner_id is None:
            turn.reply("utter_not_linked")
            return []
        open_record(turn, turn.learner_id, item)
        return answered()


def chosen_item(turn: Turn, search: RunningSearch) -> Item | None:
    """Return the item of the shown list that the message means, by name or by number."""
    if not search.items:
        return None
    return _by_name(turn, search) or _by_number(turn, search)


def item_meant(turn: Turn, search: RunningSearch) -> Item | None:
    """Return the item that the message means: the one it names, else the one that is open."""
    chosen = chosen_item(turn, search)
    if chosen is not None or entity_values(turn.tracker, "item_number"):
        return chosen
    if search.opened is None and search.shown == 1:
        return search.items[0]
    return search.opened


def _by_number(turn: Turn, search: RunningSearch) -> Item | None:
    values = entity_values(turn.tracker, "item_number")
    for number in (value for value in values if isinstance(value, int)):
        position = search.shown + number if number < 0 else number - 1
        if 0 <= position < search.shown:
            return search.items[position]
    return None


def _by_name(turn: Turn, search: RunningSearch) -> Item | None:
    """Return the one item that the most words of the message point to, if any do."""
    shown = search.items[: search.shown]
    names = [
        f"{local['title']} {english['title']}"
        for local, english in zip(
            item_titles(turn.knowledge_base, shown, turn.locale),
            item_titles(turn.knowledge_base, shown, registry.DEFAULT_LOCALE),
            strict=True,
        )
    ]
    position = find_by_name(turn, names)
    return None if position is None else shown[position]


def open_item(turn: Turn, item: Item) -> None:
    """Show all that is known of an item of a list."""
    if item.kind == "course":
        turn.reply(
            "utter_course_details",
            course=course_detail_view(turn.knowledge_base, item.id, turn.locale),
        )
    elif item.kind == "faq":
        turn.reply("utter_faq_source", faq=faq_view(turn.knowledge_base, item.id, turn.locale))
    else:
        view = competency_view(turn.knowledge_base, item.id, turn.locale)
        turn.reply("utter_competency_source", competency=view)
