"""A four-week plan for one competency, as a reply and as a file for the calendar."""

from __future__ import annotations

from datetime import date, timedelta

from rasa_sdk.events import EventType

from bot.actions.base import SathiAction, Turn
from bot.actions.cold_start import common_competencies, competencies_named, views
from bot.actions.conversation import Item, RunningSearch, answered
from bot.actions.documents import Document
from bot.actions.learner_views import today
from bot.actions.recommending import profile_of
from bot.actions.views import View, competency_name, course_title
from bot.actions.wording import activity
from knowledge_base.recommend.plan import FourWeekPlan, PlanItem, plan_702010
from knowledge_base.recommend.plan_calendar import plan_calendar
from knowledge_base.recommend.profile import LearnerProfile

_CHOICES = 6


class ActionLearningPlan(SathiAction):
    """Plan four weeks of courses, exchange with others and tasks for one competency."""

    def name(self) -> str:
        """Return the name of the action."""
        return "action_learning_plan"

    def act(self, turn: Turn) -> list[EventType]:
        """Plan for the competency that is named or open; else ask which one."""
        profile, _ = profile_of(turn)
        named = competencies_named(turn) or _open_competency(turn)
        if not named:
            turn.reply("utter_learning_plan_which", choices=views(turn, _candidates(turn, profile)))
            return []
        recommender = turn.services.recommender
        plan = plan_702010(named[0], recommender, profile, _next_monday(today(turn)))
        competency = competency_name(turn.knowledge_base, plan.competency_id, turn.locale)
        items = [_item_view(turn, item, competency) for item in plan.items]
        courses = [item.course_id for item in plan.items if item.course_id]
        turn.reply(
            "utter_learning_plan",
            competency=competency,
            held=plan.held_level,
            target=plan.target_level,
            items=items,
            has_course=bool(courses),
            document=_calendar(turn, plan, items).to_facts(),
        )
        search = RunningSearch(tuple(Item("course", key) for key in courses), len(courses))
        return [search.to_event(), *answered()]


def _open_competency(turn: Turn) -> list[str]:
    """Return the competencies of the course that is open in the shown list."""
    opened = RunningSearch.of(turn.tracker).opened
    course = opened and turn.knowledge_base.catalogue.courses.get(opened.id)
    known = turn.services.recommender.table.competency_ids
    return [key for key in course.competencies if key in known] if course else []


def _candidates(turn: Turn, profile: LearnerProfile) -> list[str]:
    """Return what the role still lacks, the widest gap first; else what most courses build."""
    gaps = turn.services.recommender.gaps(profile)
    return [gap.competency_id for gap in gaps[:_CHOICES]] or common_competencies(turn)


def _next_monday(day: date) -> date:
    """Return the Monday on which a plan begins: today's, or the next one."""
    return day + timedelta(days=-day.weekday() % 7)


def _item_view(turn: Turn, item: PlanItem, competency: str) -> View:
    course = item.course_id and course_title(turn.knowledge_base, item.course_id, turn.locale)
    return {
        "week": item.week,
        "start": item.starts.isoformat(),
        "end": item.ends.isoformat(),
        "kind": item.kind.value,
        "activity": item.activity.value,
        "minutes": round(item.hours * 60),
        "competency": competency,
        "course": course or "",
    }


def _calendar(turn: Turn, plan: FourWeekPlan, items: list[View]) -> Document:
    """Write the plan as a calendar file and keep it for the reply."""
    titles = [activity(item, turn.locale) for item in items]
    content = plan_calendar(plan, titles, turn.services.clock())
    name = f"learning-plan-{plan.start.isoformat()}.ics"
    return turn.services.documents.add(name, "text/calendar", content)
