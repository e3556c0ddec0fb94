"""Finding courses, paging through them, opening one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from rasa_sdk.events import EventType

from bot.actions.base import SathiAction, Turn
from bot.actions.certificate_actions import open_record
from bot.actions.competency_answers import open_entry
from bot.actions.conversation import Item, RunningSearch, answered, entity_values, message_text
from bot.actions.course_lists import find_courses, show_courses
from bot.actions.fallback_actions import not_answered
from bot.actions.free_text import FreeTextAction
from bot.actions.naming import find_by_name
from bot.actions.narrowing import (
    is_follow_up,
    narrow_by_message,
    narrow_or_say,
    show_found,
)
from bot.actions.views import (
    course_detail_view,
    faq_view,
    item_titles,
)
from knowledge_base.languages import registry


class ActionFindCourse(FreeTextAction):
    """List the courses that teach what the user asks for."""

    may_narrow = True

    def name(self) -> str:
        """Return the name of the action."""
        return "action_find_course"

    def act_on_text(self, turn: Turn) -> list[EventType]:
        """Search, and list the best page; a level or provider alone is a list, too."""
        text = message_text(turn.tracker)
        if not text or text.startswith("/"):
            turn.reply("utter_ask_topic")
            return []
        wanted = turn.filters_named
        if wanted and not turn.topic_words:
            return narrow_or_say(turn, RunningSearch(), wanted)
        found, probability = find_courses(turn)
        if probability < turn.settings.suggest_threshold:
            return not_answered(turn)
        return show_found(turn, found, probability, wanted, keeps_filters=is_follow_up(turn))


class ActionShowMore(SathiAction):
    """Show the next page of the running search."""

    def name(self) -> str:
        """Return the name of the action."""
        return "action_show_more"

    def act(self, turn: Turn) -> list[EventType]:
        """Show the page, or say that there is none; "and for beginners?" wants other ones."""
        events = narrow_by_message(turn)
        if events is not None:
            return events
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
    may_narrow = True

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
    return item_named(turn, search) or _by_number(turn, search)


def item_meant(turn: Turn, search: RunningSearch) -> Item | None:
    """Return the item that the message means: the one it names, else the one that is open."""
    chosen = chosen_item(turn, search)
    if chosen is not None or entity_values(turn.tracker, "item_number"):
        return chosen
    return open_or_only(search)


def open_or_only(search: RunningSearch) -> Item | None:
    """Return the item that is open, or the only one there is."""
    if search.opened is None and search.shown == 1:
        return search.items[0]
    return search.opened


def items_numbered(turn: Turn, search: RunningSearch) -> list[Item]:
    """Return the items of the shown list whose numbers the message gives, in its order."""
    values = entity_values(turn.tracker, "item_number")
    numbers = [value for value in values if isinstance(value, int)]
    positions = [search.shown + number if number < 0 else number - 1 for number in numbers]
    known = [position for position in positions if 0 <= position < search.shown]
    return [search.items[position] for position in dict.fromkeys(known)]


def _by_number(turn: Turn, search: RunningSearch) -> Item | None:
    return next(iter(items_numbered(turn, search)), None)


def item_named(turn: Turn, search: RunningSearch) -> Item | None:
    """Return the one item that the most words of the message point to, if any do."""
    shown = search.items[: search.shown]
    position = find_by_name(turn, names_of(turn, shown))
    return None if position is None else shown[position]


def names_of(turn: Turn, items: Sequence[Item]) -> list[str]:
    """Return what items are called in the reader's language and in English."""
    return [
        f"{local['title']} {english['title']}"
        for local, english in zip(
            item_titles(turn.knowledge_base, items, turn.locale),
            item_titles(turn.knowledge_base, items, registry.DEFAULT_LOCALE),
            strict=True,
        )
    ]


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
        open_entry(turn, item.id)
