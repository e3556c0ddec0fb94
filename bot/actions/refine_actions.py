"""Changing the shown list: shorter courses, courses in a language, one more or less like it."""

from __future__ import annotations

from rasa_sdk.events import EventType

from bot.actions.base import SathiAction, Turn
from bot.actions.conversation import Item, RunningSearch, answered, entity_values, message_text
from bot.actions.course_actions import item_meant
from bot.actions.course_lists import courses_of, find_courses, show_courses
from bot.actions.language_actions import choose_language
from bot.actions.narrowing import minutes_of, narrow, narrow_or_say
from bot.actions.recommending import EVERYTHING
from connectors.platform.feedback import Opinion
from knowledge_base.languages import registry

# "in Tamil please": with so few further words no topic is named.
_WORDS_WITHOUT_TOPIC = 3


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
        if not courses_of(turn, search):
            found = self._search(turn)
            if found is None:
                return choose_language(turn)
            search = found
        language = registry.languages()[code].endonym
        facts = {"language": language, "language_code": code}
        wanted = {"language": code, **turn.filters_named}
        events = narrow(turn, search, "utter_courses_in_language", wanted, **facts)
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
        found, probability = find_courses(turn)
        if probability < turn.settings.suggest_threshold:
            return RunningSearch(filters=EVERYTHING)
        return found


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
