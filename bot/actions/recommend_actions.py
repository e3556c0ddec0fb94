"""Suggestions that follow the role, the plan and what was learned, each with its reasons."""

from __future__ import annotations

from rasa_sdk.events import EventType

from bot.actions.base import SathiAction, Turn
from bot.actions.cold_start import question_open, role_named
from bot.actions.conversation import Item, RunningSearch, answered, message_text
from bot.actions.course_actions import item_meant
from bot.actions.narrowing import narrow_by_message, search_instead
from bot.actions.recommending import profile_of, recommend, recommend_next, suggest
from bot.actions.views import course_title
from knowledge_base.recommend.profile import RecommendationFilters


class ActionRecommend(SathiAction):
    """Suggest what to learn next."""

    def name(self) -> str:
        """Return the name of the action."""
        return "action_recommend"

    def act(self, turn: Turn) -> list[EventType]:
        """Suggest by the profile; ask first when nothing is known."""
        question = question_open(turn)
        events = None
        if question is None and not role_named(turn):
            events = narrow_by_message(turn)
        return events if events is not None else recommend_next(turn, question)


class ActionDeny(SathiAction):
    """Take a no to nothing in particular: it skips a question, or corrects a search."""

    def name(self) -> str:
        """Return the name of the action."""
        return "action_deny"

    def act(self, turn: Turn) -> list[EventType]:
        """Go on without the answer, or with the topic that is meant; else acknowledge."""
        question = question_open(turn)
        if question is not None:
            return recommend_next(turn, None)
        for go_on in (narrow_by_message, search_instead):
            events = go_on(turn)
            if events is not None:
                return events
        turn.reply("utter_deny")
        return []


class ActionSimilarCourses(SathiAction):
    """Suggest courses like one of the list."""

    def name(self) -> str:
        """Return the name of the action."""
        return "action_similar_courses"

    def act(self, turn: Turn) -> list[EventType]:
        """Take the course that is meant, else the best that the message names."""
        item = item_meant(turn, RunningSearch.of(turn.tracker))
        if item is None or item.kind not in ("course", "enrolment"):
            text = message_text(turn.tracker)
            hits = turn.knowledge_base.search_courses(text, turn.query_locale, 1).hits
            if not hits:
                turn.reply("utter_ask_topic")
                return []
            item = Item("course", hits[0].target)
        if item.id not in turn.knowledge_base.catalogue.courses:
            turn.reply("utter_recommend_done")
            return answered()
        profile, _ = profile_of(turn)
        filters = RecommendationFilters(similar_to=item.id)
        found = recommend(turn, profile, filters)
        if not found:
            turn.reply("utter_recommend_done")
            return answered()
        title = course_title(turn.knowledge_base, item.id, turn.locale)
        return suggest(turn, "utter_similar", found, profile.role_id, filters, course=title)
