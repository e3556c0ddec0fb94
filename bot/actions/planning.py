"""Making a four-week plan for one competency, as a reply and as a file for the calendar."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from rasa_sdk.events import EventType

from bot.actions.base import Turn
from bot.actions.cold_start import SaidProfile, last_action
from bot.actions.conversation import Item, RunningSearch, answered
from bot.actions.documents import Document
from bot.actions.learner_views import today
from bot.actions.recommending import profile_of
from bot.actions.views import View, competency_name, course_title
from bot.actions.wording import activity
from knowledge_base.recommend.plan import FourWeekPlan, PlanItem, plan_702010
from knowledge_base.recommend.plan_calendar import plan_calendar

_QUESTION = "competency"
_ASKED_BY = "action_learning_plan"


def ask_competency(turn: Turn, choices: list[View]) -> list[EventType]:
    """Ask for which competency the plan shall be."""
    turn.reply("utter_learning_plan_which", choices=choices)
    return [replace(SaidProfile.of(turn.tracker), open=_QUESTION).to_event()]


def plan_question_open(turn: Turn) -> bool:
    """Whether the message may name the competency that was asked for just before it."""
    said = SaidProfile.of(turn.tracker)
    return said.open == _QUESTION and last_action(turn.tracker) == _ASKED_BY


def make_plan(turn: Turn, competency_id: str) -> list[EventType]:
    """Reply with the plan; its courses can be opened by their numbers.

    Args:
        turn: the turn.
        competency_id: a competency of the model.

    Raises:
        PlatformError: the platform fails for a linked learner.
    """
    profile, _ = profile_of(turn)
    recommender = turn.services.recommender
    plan = plan_702010(competency_id, recommender, profile, _next_monday(today(turn)))
    competency = competency_name(turn.knowledge_base, competency_id, turn.locale)
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
    said = replace(SaidProfile.of(turn.tracker), open=None)
    return [search.to_event(), said.to_event(), *answered()]


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
