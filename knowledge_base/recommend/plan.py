"""A four-week plan for one competency after the 70-20-10 model.

Of what professionals learn, some 70 % comes from tasks, 20 % from others and 10 % from
courses (Lombardo and Eichinger 1996, "The Career Architect Development Planner"); Mission
Karmayogi builds on it. The courses set the hours, the other two follow in proportion.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from knowledge_base.recommend.profile import LearnerProfile, RecommendationFilters
from knowledge_base.recommend.recommender import Recommender

WEEKS = 4
# Three hours of courses make thirty hours in four weeks, all told.
_MOST_COURSE_HOURS = 3.0
# Where no course builds the competency, the others are those of two hours of courses.
_HOURS_WITHOUT_COURSE = 2.0
_JOB_FACTOR = 7.0
_PEER_FACTOR = 2.0
# Tasks grow as the courses are worked through.
_JOB_BY_WEEK = (0.1, 0.2, 0.3, 0.4)
_PEER_BY_WEEK = (0.25, 0.25, 0.25, 0.25)
# Courses come early, the last week is for doing.
_COURSE_WEEKS = 3
_QUARTER = 0.25
_WORKING_LEVEL = 2
_ADVANCED_LEVEL = 4


class PlanKind(StrEnum):
    """The three ways of learning."""

    COURSE = "course"
    PEER = "peer"
    JOB = "job"


class Activity(StrEnum):
    """What to do; the caller words it, with the name of the competency or the course."""

    TAKE_COURSE = "take_course"
    MEET_MENTOR = "meet_mentor"
    SHADOW_COLLEAGUE = "shadow_colleague"
    ASK_FEEDBACK = "ask_feedback"
    SHARE_LEARNING = "share_learning"
    REVIEW_WITH_PEER = "review_with_peer"
    DISCUSS_IN_COMMUNITY = "discuss_in_community"
    COACH_COLLEAGUE = "coach_colleague"
    PRESENT_TO_PEERS = "present_to_peers"
    NOTE_WHERE_NEEDED = "note_where_needed"
    TRY_WITH_GUIDANCE = "try_with_guidance"
    DO_ONE_TASK_ALONE = "do_one_task_alone"
    REVIEW_OWN_RESULT = "review_own_result"
    CHOOSE_CURRENT_CASE = "choose_current_case"
    APPLY_TO_CASE = "apply_to_case"
    MAKE_CHECKLIST = "make_checklist"
    MEASURE_RESULT = "measure_result"
    FIND_WEAK_POINT = "find_weak_point"
    REDESIGN_PROCESS = "redesign_process"
    PILOT_CHANGE = "pilot_change"
    BRIEF_TEAM = "brief_team"


@dataclass(frozen=True)
class _Stage:
    """What is done week by week to reach a level."""

    peer: tuple[Activity, Activity, Activity, Activity]
    job: tuple[Activity, Activity, Activity, Activity]


_LEARN = _Stage(
    (
        Activity.MEET_MENTOR,
        Activity.SHADOW_COLLEAGUE,
        Activity.ASK_FEEDBACK,
        Activity.SHARE_LEARNING,
    ),
    (
        Activity.NOTE_WHERE_NEEDED,
        Activity.TRY_WITH_GUIDANCE,
        Activity.DO_ONE_TASK_ALONE,
        Activity.REVIEW_OWN_RESULT,
    ),
)
_PRACTISE = _Stage(
    (
        Activity.MEET_MENTOR,
        Activity.REVIEW_WITH_PEER,
        Activity.ASK_FEEDBACK,
        Activity.SHARE_LEARNING,
    ),
    (
        Activity.CHOOSE_CURRENT_CASE,
        Activity.APPLY_TO_CASE,
        Activity.MAKE_CHECKLIST,
        Activity.MEASURE_RESULT,
    ),
)
_LEAD = _Stage(
    (
        Activity.MEET_MENTOR,
        Activity.DISCUSS_IN_COMMUNITY,
        Activity.COACH_COLLEAGUE,
        Activity.PRESENT_TO_PEERS,
    ),
    (
        Activity.FIND_WEAK_POINT,
        Activity.REDESIGN_PROCESS,
        Activity.PILOT_CHANGE,
        Activity.BRIEF_TEAM,
    ),
)


@dataclass(frozen=True)
class PlanItem:
    """Something to do in one week.

    Attributes:
        week: 1 to 4.
        starts: first day of the week.
        ends: last day of the week.
        hours: time it takes, in quarters of an hour.
        course_id: the course, for ``PlanKind.COURSE``.
    """

    week: int
    starts: date
    ends: date
    kind: PlanKind
    activity: Activity
    hours: float
    course_id: str | None = None


@dataclass(frozen=True)
class FourWeekPlan:
    """A plan for one competency.

    Attributes:
        start: first day.
        held_level: level that finished courses have built, 0 for none.
        target_level: level that the plan works towards: the role's, or the next one.
        items: by week; courses first, then peers, then tasks.
    """

    competency_id: str
    start: date
    held_level: int
    target_level: int
    items: tuple[PlanItem, ...]

    def hours(self, kind: PlanKind) -> float:
        """Return the hours of one way of learning."""
        return float(sum(item.hours for item in self.items if item.kind is kind))


def plan_702010(
    competency_id: str, recommender: Recommender, profile: LearnerProfile, start: date
) -> FourWeekPlan:
    """Plan four weeks for a competency.

    The courses are those the recommender puts first among the ones that lead further,
    easier ones before harder ones; a course in progress may be one of them. Where none
    does, the plan has no course, and its items no longer are in the proportion 70-20-10.

    Args:
        competency_id: the competency.
        recommender: chooses the courses.
        profile: what is known of the learner.
        start: first day of the plan.

    Raises:
        UnknownCompetencyError: the model has no such competency.
    """
    table = recommender.table
    column = table.column(competency_id)
    held = int(table.held(profile.completed)[column])
    required = int(table.required(profile.role_id)[column])
    target = required if required > held else min(held + 1, 5)
    courses = _courses(competency_id, recommender, profile, start, held)
    hours = sum(length for _, length in courses) or _HOURS_WITHOUT_COURSE
    stage = _stage(target)
    items = [
        *_course_items(courses, start),
        *_weekly(PlanKind.PEER, stage.peer, hours * _PEER_FACTOR, _PEER_BY_WEEK, start),
        *_weekly(PlanKind.JOB, stage.job, hours * _JOB_FACTOR, _JOB_BY_WEEK, start),
    ]
    items.sort(key=lambda item: item.week)
    return FourWeekPlan(competency_id, start, held, target, tuple(items))


def _stage(target: int) -> _Stage:
    if target <= _WORKING_LEVEL:
        return _LEARN
    return _LEAD if target >= _ADVANCED_LEVEL else _PRACTISE


def _courses(
    competency_id: str,
    recommender: Recommender,
    profile: LearnerProfile,
    start: date,
    held: int,
) -> list[tuple[str, float]]:
    """Return (course id, hours), the easier ones first, within the hours there are."""
    table = recommender.table
    column = table.column(competency_id)
    rows = {course_id: row for row, course_id in enumerate(recommender.course_ids)}
    wishes = replace(profile, in_progress=())
    filters = RecommendationFilters(competency_id=competency_id)
    found = [
        rows[pick.course_id]
        for pick in recommender.recommend(wishes, start, len(rows), filters)
        if table.built[rows[pick.course_id], column] > held
    ]
    chosen: list[int] = []
    for row in found:
        if sum(_hours(table.minutes(other)) for other in [*chosen, row]) <= _MOST_COURSE_HOURS:
            chosen.append(row)
    if not chosen and found:
        chosen = [min(found, key=table.minutes)]
    chosen.sort(key=lambda row: table.built[row, column])
    return [(recommender.course_ids[row], _hours(table.minutes(row))) for row in chosen]


def _hours(minutes: int) -> float:
    """Return a course's time in quarters of an hour; an hour when it is not known."""
    return math.ceil(minutes / 15) * _QUARTER if minutes else 1.0


def _course_items(courses: Sequence[tuple[str, float]], start: date) -> Iterator[PlanItem]:
    for number, (course_id, hours) in enumerate(courses):
        week = 1 + number * _COURSE_WEEKS // len(courses)
        starts, ends = _days(start, week)
        yield PlanItem(week, starts, ends, PlanKind.COURSE, Activity.TAKE_COURSE, hours, course_id)


def _weekly(
    kind: PlanKind,
    activities: Sequence[Activity],
    hours: float,
    shares: Sequence[float],
    start: date,
) -> Iterator[PlanItem]:
    """Yield one activity a week; the rounded hours add up to what was given."""
    done = 0.0
    planned = 0.0
    for week, (activity, share) in enumerate(zip(activities, shares, strict=True), start=1):
        planned += share * hours
        part = round((planned - done) / _QUARTER) * _QUARTER
        done += part
        starts, ends = _days(start, week)
        yield PlanItem(week, starts, ends, kind, activity, part)


def _days(start: date, week: int) -> tuple[date, date]:
    first = start + timedelta(weeks=week - 1)
    return first, first + timedelta(days=6)
