"""How far learners get in their courses: states of enrolments and resources, certificates."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from connectors.platform.records import ResourceKind, Status
from connectors.platform.seed.choices import Choices
from connectors.platform.seed.clock import DAY, HOUR, Clock
from connectors.platform.seed.courses import KINDS, Courses
from connectors.platform.seed.people import People
from connectors.platform.seed.plans import NO_DEADLINE

_ASSESSMENT = KINDS.index(ResourceKind.ASSESSMENT)
_SCORM = KINDS.index(ResourceKind.SCORM)
_PDF = KINDS.index(ResourceKind.PDF)
# Log-odds of finishing a course.
_FINISH, _FINISH_DILIGENCE, _FINISH_RELEVANCE = 0.8, 0.9, 0.6
_FINISH_PRESCRIBED, _FINISH_HOUR = 0.8, -0.2
_DAYS_MEDIAN, _DAYS_SPREAD = 9.0, 0.8
_NEVER_STARTED = 0.25  # share of the enrolments that are not finished
_OPENED_NEXT = 0.6  # chance that the first open resource was opened
_STUCK, _STUCK_AFTER = 0.125, 14 * DAY
_JUST_COMPLETED, _JUST = 0.015, 12 * HOUR
_CERTIFICATE_LOST = 0.02
_CERTIFICATE_LATEST = 20 * HOUR
_NONE = -1


@dataclass(frozen=True)
class Progress:
    """States of E enrolments and of the S resources that were opened.

    Attributes:
        status: shape (E,).
        percentage: resources completed of all, in percent, shape (E,).
        completed: seconds since 1970, NaN while open, shape (E,).
        last_active: seconds since 1970, NaN when never started, shape (E,).
        issued: when the certificate was issued, NaN without one, shape (E,).
        enrolment: positions of the enrolments the resources belong to, ascending, shape (S,).
        resource: positions of the resources, shape (S,).
        resource_status: shape (S,).
        score: percent, NaN without, shape (S,).
        attempts: shape (S,).
        finished: when a resource was completed, seconds since 1970, NaN while open,
            shape (S,).
    """

    status: np.ndarray
    percentage: np.ndarray
    completed: np.ndarray
    last_active: np.ndarray
    issued: np.ndarray
    enrolment: np.ndarray
    resource: np.ndarray
    resource_status: np.ndarray
    score: np.ndarray
    attempts: np.ndarray
    finished: np.ndarray


def work(
    choices: Choices, people: People, courses: Courses, clock: Clock, random: np.random.Generator
) -> Progress:
    """Let learners work on the courses they enrolled in.

    Args:
        choices: their enrolments, E of them.
        people: the learners.
        courses: the courses.
        clock: the moment of the seed.
        random: source of chance.
    """
    number = len(choices.course)
    total = courses.resources[choices.course]
    finishes, seconds = _pace(choices, people, courses, random)
    end = choices.enrolled + seconds
    complete = finishes & (end < clock.now)
    share = np.where(
        finishes, (clock.now - choices.enrolled) / seconds, random.beta(1.3, 1.8, number)
    )
    share[~finishes & (random.random(number) < _NEVER_STARTED)] = 0
    done = np.where(complete, total, np.minimum((share * total).astype(np.int64), total - 1))

    stuck = _stuck_in(choices, courses, complete, clock, random)
    done = np.where(stuck != _NONE, total - 1, done)
    started = complete | (share > 0) | (stuck != _NONE)
    # The last visit to an open course lies some time back, too.
    worked = np.minimum(np.clip(share, 0.05, 1) * seconds, clock.now - choices.enrolled)
    worked = np.where(complete, seconds, worked * random.uniform(0.5, 1, number))
    last = np.maximum(clock.awake(choices.enrolled + worked), choices.enrolled)
    just = complete & (random.random(number) < _JUST_COMPLETED)
    just &= choices.enrolled < clock.now - DAY
    last = np.where(just, clock.now - random.uniform(HOUR / 3, _JUST, number), last)

    completed = np.where(complete, last, np.nan)
    issued = completed + np.minimum(random.lognormal(0, 1.2, number) * HOUR, _CERTIFICATE_LATEST)
    lost = (random.random(number) < _CERTIFICATE_LOST) & (last < clock.now - 2 * DAY)
    status = np.where(complete, Status.COMPLETED, np.where(started, Status.IN_PROGRESS, 0))
    return Progress(
        status=status,
        percentage=np.round(100 * done / total, 2),
        completed=completed,
        last_active=np.where(started, last, np.nan),
        issued=np.where(just | lost | (issued > clock.now), np.nan, issued),
        **_resources(choices, courses, done, stuck, last, started, random),
    )


def _pace(
    choices: Choices, people: People, courses: Courses, random: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Draw whether each course will be finished and how many seconds that would take."""
    number = len(choices.course)
    diligence = people.diligence[choices.learner]
    prescribed = choices.deadline != NO_DEADLINE
    odds = (
        _FINISH
        + _FINISH_DILIGENCE * diligence
        + _FINISH_RELEVANCE * choices.relevance
        + _FINISH_PRESCRIBED * prescribed
        + _FINISH_HOUR * courses.minutes[choices.course] / 60
    )
    finishes = random.random(number) < 1 / (1 + np.exp(-odds))
    days = random.lognormal(np.log(_DAYS_MEDIAN), _DAYS_SPREAD, number)
    days *= (1 - 0.3 * np.tanh(diligence)) * np.where(prescribed, 0.6, 1)
    return finishes, days * DAY


def _stuck_in(
    choices: Choices,
    courses: Courses,
    complete: np.ndarray,
    clock: Clock,
    random: np.random.Generator,
) -> np.ndarray:
    """Draw which resource, counted from the course's first, each learner is stuck in.

    Returns:
        Shape (E,); ``_NONE`` for no resource.
    """
    stuck = np.full(len(choices.course), _NONE)
    old = choices.enrolled < clock.now - _STUCK_AFTER
    candidates = ~complete & old & (random.random(len(stuck)) < _STUCK)
    for position in np.flatnonzero(candidates).tolist():
        course = choices.course[position]
        own = slice(courses.first[course], courses.first[course] + courses.resources[course])
        kind = courses.kind[own]
        hard = (kind == _SCORM) | (kind == _PDF)
        hard |= (kind == _ASSESSMENT) & (courses.max_attempts[own] > 0)
        possible = np.flatnonzero(hard)
        if len(possible) and len(kind) > 1:
            stuck[position] = random.choice(possible)
    return stuck


def _resources(
    choices: Choices,
    courses: Courses,
    done: np.ndarray,
    stuck: np.ndarray,
    last: np.ndarray,
    started: np.ndarray,
    random: np.random.Generator,
) -> dict[str, np.ndarray]:
    """Return the states of the resources that were opened, as ``Progress`` names them."""
    total = courses.resources[choices.course]
    enrolment = np.repeat(np.arange(len(total)), total)
    place = np.arange(len(enrolment)) - np.repeat(np.cumsum(total) - total, total)
    is_stuck = place == stuck[enrolment]
    # The resources in the order of work: one that holds the learner up comes last.
    order = place - ((stuck[enrolment] != _NONE) & (place > stuck[enrolment]))
    is_done = (order < done[enrolment]) & ~is_stuck
    opened_next = started & (random.random(len(total)) < _OPENED_NEXT)
    is_open = is_stuck | ((order == done[enrolment]) & opened_next[enrolment] & ~is_done)
    kept = is_done | is_open
    enrolment, place, order = enrolment[kept], place[kept], order[kept]
    is_done, is_stuck = is_done[kept], is_stuck[kept]

    resource = courses.first[choices.course[enrolment]] + place
    start, end = choices.enrolled[enrolment], last[enrolment]
    finished = start + (end - start) * (order + 1) / np.maximum(done[enrolment], 1)
    assessed = courses.kind[resource] == _ASSESSMENT
    failed = assessed & is_stuck
    passed = assessed & is_done
    mark, limit = courses.pass_mark[resource], courses.max_attempts[resource]
    score = np.full(len(resource), np.nan)
    above = np.ceil(mark + (100 - mark) * random.beta(2, 2, len(mark)))
    score[passed] = above[passed]
    score[failed] = np.floor(mark * random.uniform(0.4, 0.99, len(mark)))[failed]
    attempts = random.geometric(0.7, len(resource))
    attempts = np.where(limit > 0, np.minimum(attempts, limit), attempts)
    attempts = np.select([failed, passed], [limit, attempts], 0)
    return {
        "enrolment": enrolment,
        "resource": resource,
        "resource_status": np.where(is_done, Status.COMPLETED, Status.IN_PROGRESS),
        "score": score,
        "attempts": attempts,
        "finished": np.where(is_done, finished, np.nan),
    }
