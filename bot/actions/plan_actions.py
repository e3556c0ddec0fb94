"""Planning four weeks for one competency."""

from __future__ import annotations

from rasa_sdk.events import EventType

from bot.actions.base import SathiAction, Turn
from bot.actions.cold_start import common_competencies, competencies_named, views
from bot.actions.conversation import RunningSearch
from bot.actions.planning import ask_competency, make_plan
from bot.actions.recommending import profile_of

_CHOICES = 6


class ActionLearningPlan(SathiAction):
    """Plan four weeks of courses, exchange with others and tasks for one competency."""

    def name(self) -> str:
        """Return the name of the action."""
        return "action_learning_plan"

    def act(self, turn: Turn) -> list[EventType]:
        """Plan for the competency that is named or open; else ask which one."""
        named = competencies_named(turn) or _open_competency(turn)
        if not named:
            return ask_competency(turn, views(turn, _candidates(turn)))
        return make_plan(turn, named[0])


def _open_competency(turn: Turn) -> list[str]:
    """Return the competencies of the course that is open in the shown list."""
    opened = RunningSearch.of(turn.tracker).opened
    course = opened and turn.knowledge_base.catalogue.courses.get(opened.id)
    known = turn.services.recommender.table.competency_ids
    return [key for key in course.competencies if key in known] if course else []


def _candidates(turn: Turn) -> list[str]:
    """Return what the role still lacks, the widest gap first; else what most courses build."""
    profile, _ = profile_of(turn)
    gaps = turn.services.recommender.gaps(profile)
    return [gap.competency_id for gap in gaps[:_CHOICES]] or common_competencies(turn)
