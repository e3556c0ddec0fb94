"""Learning days and karma points that follow from what learners did."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from connectors.platform.records import ResourceKind
from connectors.platform.seed.choices import Choices
from connectors.platform.seed.clock import DAY, Clock, india_days, to_day
from connectors.platform.seed.courses import KINDS, Courses
from connectors.platform.seed.people import People
from connectors.platform.seed.plans import NO_DEADLINE
from connectors.platform.seed.progress import Progress

_ASSESSMENT = KINDS.index(ResourceKind.ASSESSMENT)
_HABIT = 0.15  # share of learners who revise every week
_HABIT_WEEKS = 20
_HABIT_BROKEN = 0.3  # share of those who missed a week of the last three
_RATES = 0.35
_COURSES_A_MONTH = 4
_LONGEST_DAY = 720  # minutes
_THURSDAY = 3  # 1 January 1970, Monday being 0
_WEEK = 7


class KarmaReason(StrEnum):
    """What karma points are given for."""

    REGISTRATION = "registration"
    FIRST_LOGIN = "first_login"
    FIRST_ENROLMENT = "first_enrolment"
    ASSESSMENT = "assessment"
    RATING = "rating"
    COURSE_COMPLETION = "course_completion"
    PLAN_COMPLETION = "plan_completion"


POINTS = {
    KarmaReason.REGISTRATION: 5,
    KarmaReason.FIRST_LOGIN: 5,
    KarmaReason.FIRST_ENROLMENT: 5,
    KarmaReason.ASSESSMENT: 5,
    KarmaReason.RATING: 2,
    KarmaReason.COURSE_COMPLETION: 5,
    KarmaReason.PLAN_COMPLETION: 10,
}


@dataclass(frozen=True)
class Days:
    """Learning days, T of them, by learner and day.

    Attributes:
        learner: positions of the learners, shape (T,).
        day: days of India since 1970, shape (T,).
        minutes: shape (T,).
    """

    learner: np.ndarray
    day: np.ndarray
    minutes: np.ndarray


@dataclass(frozen=True)
class Karma:
    """Points for one reason.

    Attributes:
        reason: what for.
        learner: positions of the learners, shape (P,).
        course: positions of the courses, -1 for none, shape (P,).
        earned: seconds since 1970, shape (P,).
    """

    reason: KarmaReason
    learner: np.ndarray
    course: np.ndarray
    earned: np.ndarray


def learning_days(
    choices: Choices,
    progress: Progress,
    people: People,
    courses: Courses,
    clock: Clock,
    random: np.random.Generator,
) -> Days:
    """Add up the minutes of each day.

    Args:
        choices: enrolments.
        progress: what was finished when.
        people: the learners.
        courses: lengths of the resources.
        clock: the moment of the seed.
        random: source of chance.
    """
    done = np.flatnonzero(~np.isnan(progress.finished))
    learner = choices.learner[progress.enrolment[done]]
    day = india_days(progress.finished[done])
    minutes = courses.resource_minutes[progress.resource[done]]
    habit = _revision(len(people.ids), to_day(clock.today), random)
    learner = np.concatenate([learner, habit.learner])
    day = np.concatenate([day, habit.day])
    minutes = np.concatenate([minutes, habit.minutes])
    # One number for learner and day, so that one pass groups by both.
    span = int(day.max(initial=0)) + 1
    keys, group = np.unique(learner * span + day, return_inverse=True)
    total = np.bincount(group, weights=minutes, minlength=len(keys)).astype(np.int64)
    return Days(keys // span, keys % span, np.minimum(total, _LONGEST_DAY))


def _revision(number: int, today: int, random: np.random.Generator) -> Days:
    """Draw two sessions a week for learners with a habit, some of whom missed a week."""
    habit = np.flatnonzero(random.random(number) < _HABIT)
    weeks = random.integers(2, _HABIT_WEEKS + 1, len(habit))
    missed = np.where(
        random.random(len(habit)) < _HABIT_BROKEN, random.integers(1, 4, len(habit)), -1
    )
    monday = today - (today + _THURSDAY) % _WEEK
    place = np.arange(2 * _HABIT_WEEKS) // 2  # the week, counted back from this one
    sessions = (place < weeks[:, None]) & (place != missed[:, None])
    row, session = np.nonzero(sessions)
    week = place[session]
    length = np.where(week == 0, today - monday + 1, _WEEK)
    day = monday - _WEEK * week + (random.random(len(row)) * length).astype(np.int64)
    return Days(habit[row], day, random.integers(30, 51, len(row)))


def karma(
    choices: Choices,
    progress: Progress,
    people: People,
    courses: Courses,
    clock: Clock,
    random: np.random.Generator,
) -> Iterator[Karma]:
    """Give the points that the platform's rules give.

    Args:
        choices: enrolments.
        progress: what was finished when.
        people: the learners.
        courses: kinds of the resources.
        clock: the moment of the seed.
        random: source of chance.

    Yields:
        Points, one batch a reason.
    """
    everybody = np.arange(len(people.ids))
    nothing = np.full(len(everybody), -1)
    joined = clock.awake(people.joined)
    yield Karma(KarmaReason.REGISTRATION, everybody, nothing, joined)
    yield Karma(KarmaReason.FIRST_LOGIN, everybody, nothing, joined)
    learner, first = np.unique(choices.learner, return_index=True)
    yield Karma(
        KarmaReason.FIRST_ENROLMENT, learner, choices.course[first], choices.enrolled[first]
    )
    passed = (courses.kind[progress.resource] == _ASSESSMENT) & ~np.isnan(progress.finished)
    enrolment = progress.enrolment[passed]
    yield _of(KarmaReason.ASSESSMENT, choices, enrolment, progress.finished[passed])

    complete = np.flatnonzero(~np.isnan(progress.completed))
    moment = progress.completed[complete]
    rated = random.random(len(complete)) < _RATES
    later = np.minimum(moment + random.uniform(60, 2 * DAY, len(moment)), clock.now)
    yield _of(KarmaReason.RATING, choices, complete[rated], later[rated])

    planned = choices.deadline[complete] != NO_DEADLINE
    counts = planned | _first_of_month(choices.learner[complete], moment, planned)
    yield _of(KarmaReason.COURSE_COMPLETION, choices, complete[counts], moment[counts])
    in_time = planned & (india_days(moment) <= choices.deadline[complete])
    yield _of(KarmaReason.PLAN_COMPLETION, choices, complete[in_time], moment[in_time])


def _of(reason: KarmaReason, choices: Choices, enrolment: np.ndarray, earned: np.ndarray) -> Karma:
    return Karma(reason, choices.learner[enrolment], choices.course[enrolment], earned)


def _first_of_month(learner: np.ndarray, moment: np.ndarray, planned: np.ndarray) -> np.ndarray:
    """Tell which completions outside plans are among a learner's first four of the month."""
    month = india_days(moment).astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    order = np.lexsort((moment, planned, month, learner))
    key = (learner * 1_000_000 + month * 2 + planned)[order]
    starts = np.flatnonzero(np.r_[True, key[1:] != key[:-1]])
    rank = np.arange(len(key)) - np.repeat(starts, np.diff(np.r_[starts, len(key)]))
    first = np.zeros(len(key), dtype=bool)
    first[order] = rank < _COURSES_A_MONTH
    return first & ~planned
