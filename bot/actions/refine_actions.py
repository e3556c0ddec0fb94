"""Changing the shown list: shorter courses, one more or less like it."""

from __future__ import annotations

from rasa_sdk.events import EventType

from bot.actions.base import SathiAction, Turn
from bot.actions.conversation import Item, RunningSearch, answered, entity_values
from bot.actions.course_actions import item_meant
from bot.actions.course_lists import courses_of, show_courses
from bot.actions.narrowing import minutes_of, narrow, narrow_or_say
from bot.actions.recommending import EVERYTHING
from connectors.platform.feedback import Opinion


class ActionShorterCourses(SathiAction):
    """Narrow the shown list to shorter courses."""

    def name(self) -> str:
        """Return the name of the action."""
        return "action_shorter_courses"

    def act(self, turn: Turn) -> list[EventType]:
        """Keep what is within the time that is named, else shorter than the longest shown."""
        search = RunningSearch.of(turn.tracker)
        items = courses_of(turn, search)
        said = entity_values(turn.tracker, "minutes")
        wanted = turn.filters_named
        if wanted and not said:
            # "easier ones" names a level, no time.
            return narrow_or_say(turn, search, wanted)
        if not items:
            if not said:
                turn.reply("utter_no_running_search")
                return []
            # "what can I learn in half an hour" needs no list.
            search = RunningSearch(filters=EVERYTHING)
        page = items[: turn.settings.page_size]
        limit = said[0] if said else max(minutes_of(turn, item.id) for item in page) - 1
        events = narrow(turn, search, "utter_shorter", {"max_minutes": limit, **wanted})
        if events is None:
            turn.reply("utter_nothing_shorter")
            return []
        return events


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
        if search.is_recommended:
            events = narrow(turn, search, "utter_courses_more", {})
        if events is not None:
            return events
        return show_courses(
            turn, "utter_courses_more", rest.next_page(turn.settings.page_size), start=0
        )
