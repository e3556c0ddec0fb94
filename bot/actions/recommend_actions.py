"""Suggestions for those who name no topic."""

from __future__ import annotations

from rasa_sdk.events import EventType

from bot.actions.base import SathiAction, Turn
from bot.actions.conversation import Item, RunningSearch, message_text
from bot.actions.course_actions import show_courses
from bot.actions.views import competency_view

# The competencies every official shares: the behavioural core of the model.
_COMMON_GROUP = "core"
_COURSES = 10


class ActionRecommend(SathiAction):
    """Suggest courses for a role that is named, else for what all officials share."""

    def name(self) -> str:
        """Return the name of the action."""
        return "action_recommend"

    def act(self, turn: Turn) -> list[EventType]:
        """List the courses and ask for a role or a topic."""
        guide = turn.knowledge_base.competencies
        for match in guide.find(message_text(turn.tracker)):
            role = guide.role(match.id)
            if role is not None:
                name = competency_view(turn.knowledge_base, role.id, turn.locale)["name"]
                courses = guide.courses_for_role(role)
                return self._show(turn, "utter_recommend_for_role", courses, role=name)
        return self._show(turn, "utter_recommend", self._common(turn))

    @staticmethod
    def _common(turn: Turn) -> list[str]:
        """Return the shortest course of each competency that all officials share."""
        guide = turn.knowledge_base.competencies
        model = turn.knowledge_base.catalogue.competency_model
        shared = [c.id for c in model.competencies if c.group == _COMMON_GROUP]
        courses = (course for key in shared for course in guide.courses_for(key)[:1])
        return list(dict.fromkeys(courses))

    @staticmethod
    def _show(turn: Turn, response: str, courses: list[str], **facts: str) -> list[EventType]:
        items = tuple(Item("course", course) for course in courses[:_COURSES])
        search = RunningSearch(items).next_page(turn.settings.page_size)
        return show_courses(turn, response, search, start=0, **facts)
