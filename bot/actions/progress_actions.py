"""How far a learner is: overall, in one course, against the plan, and why it is stuck."""

from __future__ import annotations

from collections.abc import Sequence

from rasa_sdk.events import EventType

from bot.actions.base import LinkedAction, Turn
from bot.actions.conversation import Item, RunningSearch, answered, message_text
from bot.actions.handoff import open_ticket
from bot.actions.learner_views import (
    activity_view,
    all_titles,
    counts_view,
    day,
    enrolment_view,
    local_title,
    modules_view,
    plan_item_view,
    resource_view,
    today,
)
from bot.actions.naming import find_by_name
from bot.actions.pictures import progress_picture
from connectors.platform.diagnosis import Finding, apar_status, diagnose_claps, diagnose_progress
from connectors.platform.records import CourseProgress, Enrolment, Status

_ROWS = 10


def find_enrolment(turn: Turn, enrolments: Sequence[Enrolment]) -> Enrolment | None:
    """Return the enrolment that the message names, if it names one."""
    names = [all_titles(turn, e.course_id, e.course_name) for e in enrolments]
    position = find_by_name(turn, names)
    return None if position is None else enrolments[position]


def list_enrolments(turn: Turn, enrolments: Sequence[Enrolment]) -> tuple[list[dict], EventType]:
    """Return views of enrolments and the event that lets the user choose one by number."""
    shown = enrolments[:_ROWS]
    items = tuple(Item("enrolment", e.course_id) for e in shown)
    views = [enrolment_view(turn, enrolment) for enrolment in shown]
    return views, RunningSearch(items, len(items)).to_event()


def explain_course(turn: Turn, progress: CourseProgress) -> None:
    """Say how far a course is, and what is open in it or wrong with it."""
    enrolment = progress.enrolment
    facts = {
        "course": local_title(turn, enrolment.course_id, enrolment.course_name),
        "percentage": round(enrolment.percentage),
    }
    diagnosis = diagnose_progress(progress)
    if diagnosis.finding is Finding.OPEN_RESOURCES:
        turn.reply(
            "utter_stuck_open",
            **facts,
            modules=modules_view(progress),
            resources=[resource_view(resource) for resource in diagnosis.open_resources],
        )
    elif diagnosis.finding is Finding.NOT_SYNCHRONISED:
        ticket = open_ticket(turn, "progress_not_synchronised", enrolment.course_id)
        turn.reply("utter_stuck_nothing_open", **facts, ticket=ticket)
    else:
        turn.reply("utter_stuck_complete", **facts, modules=modules_view(progress))


class ActionMyProgress(LinkedAction):
    """Show progress, overall or in the course that is named."""

    unlinked_response = "utter_link_for_progress"

    def name(self) -> str:
        """Return the name of the action."""
        return "action_my_progress"

    def act_for(self, turn: Turn, learner_id: str) -> list[EventType]:
        """Show one course, or all of them with a picture."""
        platform = turn.services.platform
        enrolments = platform.enrolments(learner_id)
        if not enrolments:
            turn.reply("utter_progress_none")
            return answered()
        named = find_enrolment(turn, enrolments)
        if named is not None:
            explain_course(turn, platform.progress(learner_id, named.course_id))
            return answered()
        learner = platform.learner(learner_id)
        activity = platform.activity(learner_id, turn.services.clock())
        rows, event = list_enrolments(turn, enrolments)
        counts = counts_view(turn, enrolments)
        turn.reply(
            "utter_progress",
            name=learner.first_name,
            **counts,
            rows=rows,
            hours=activity_view(activity, learner),
            document=progress_picture(turn, rows, counts).to_facts(),
        )
        return [event, *answered()]


def show_plan(turn: Turn, learner_id: str) -> list[EventType]:
    """Count what the plan prescribes, and list what to take first."""
    plan = turn.services.platform.plan(learner_id)
    if not plan:
        turn.reply("utter_plan_none")
        return answered()
    unfinished = [item for item in plan if not item.completed]
    apar = apar_status(plan)
    # What the APAR still lacks comes first, then what is due first.
    first = list(apar.next_items) if apar and apar.missing else []
    ordered = [*first, *(item for item in unfinished if item not in first)][:_ROWS]
    items = tuple(Item("course", item.course_id) for item in ordered)
    turn.reply(
        "utter_plan",
        total=len(plan),
        completed=len(plan) - len(unfinished),
        overdue=sum(item.deadline < today(turn) for item in unfinished),
        apar=apar
        and {
            "total": apar.total,
            "completed": apar.completed,
            "needed": apar.needed,
            "missing": apar.missing,
            "date": day(apar.deadline),
        },
        items=[plan_item_view(turn, item) for item in ordered],
    )
    return [RunningSearch(items, len(items)).to_event(), *answered()]


class ActionMyDeadlines(LinkedAction):
    """Show what the plan prescribes and how the APAR's courses stand."""

    def name(self) -> str:
        """Return the name of the action."""
        return "action_my_deadlines"

    def act_for(self, turn: Turn, learner_id: str) -> list[EventType]:
        """Show the plan."""
        return show_plan(turn, learner_id)


class ActionMyHours(LinkedAction):
    """Show learning time and karma points."""

    def name(self) -> str:
        """Return the name of the action."""
        return "action_my_hours"

    def act_for(self, turn: Turn, learner_id: str) -> list[EventType]:
        """Give the figures."""
        platform = turn.services.platform
        activity = platform.activity(learner_id, turn.services.clock())
        hours = activity_view(activity, platform.learner(learner_id))
        turn.reply("utter_hours", hours=hours)
        return answered()


def explain_claps(turn: Turn, learner_id: str) -> list[EventType]:
    """Say why weekly claps were lost."""
    activity = turn.services.platform.activity(learner_id, turn.services.clock())
    diagnosis = diagnose_claps(activity)
    if diagnosis.weeks_ago is None:
        turn.reply("utter_claps_ticket", ticket=open_ticket(turn, "weekly_claps_lost"))
    elif diagnosis.weeks_ago == 0:
        turn.reply("utter_claps_this_week", minutes=diagnosis.minutes)
    else:
        facts = {"weeks_ago": diagnosis.weeks_ago, "minutes": diagnosis.minutes}
        turn.reply("utter_claps_lost", **facts)
    return answered()


def explain_stuck(turn: Turn, learner_id: str) -> list[EventType] | None:
    """Explain the course that is named, else the one that is nearest to its end.

    Returns:
        Events, or None when no course is under way, so that general help serves better.
    """
    platform = turn.services.platform
    enrolments = platform.enrolments(learner_id)
    under_way = [e for e in enrolments if e.status is Status.IN_PROGRESS]
    chosen = find_enrolment(turn, enrolments)
    if chosen is None and under_way:
        chosen = max(under_way, key=lambda e: e.percentage)
    if chosen is None:
        return None
    explain_course(turn, platform.progress(learner_id, chosen.course_id))
    return answered()


def explain_access(turn: Turn, learner_id: str) -> list[EventType] | None:
    """Say whether the course that is named can be taken, and whom to ask.

    Returns:
        Events, or None when the message names no course.
    """
    result = turn.knowledge_base.search_courses(
        message_text(turn.tracker), turn.query_locale, _ROWS
    )
    catalogue = turn.knowledge_base.catalogue.courses
    found = [hit.target for hit in result.hits]
    names = [all_titles(turn, course, catalogue[course].title) for course in found]
    position = find_by_name(turn, names)
    if position is None:
        return None
    access = turn.services.platform.access(found[position], learner_id)
    turn.reply(
        f"utter_access_{access.availability.value}",
        course=local_title(turn, found[position], access.course_name),
        administrators=", ".join(access.administrators),
    )
    return answered()
