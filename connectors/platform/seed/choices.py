"""Which courses learners enrol in, one after the other, and when."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from connectors.platform.records import Availability
from connectors.platform.seed.clock import DAY, HOUR, MONTHS_18, Clock
from connectors.platform.seed.courses import Courses
from connectors.platform.seed.people import People, Society
from connectors.platform.seed.plans import NO_DEADLINE

# Logarithms of the factors that a course's weight is multiplied by.
_REQUIRED = 1.8  # times the sum of the required levels it builds, each as a share of the top
_INTEREST = 1.1  # an interest it builds
_PRESCRIBED = 1.8
_COMPANION = 2.2  # it accompanies the course before
_NOISE = 0.1  # share of choices made at random
_DISPERSION = 2.0  # shape of the gamma distribution of the number of enrolments
_RETIRED_SINCE = 200 * DAY


@dataclass(frozen=True)
class Choices:
    """Enrolments of some learners, E of them, by learner and time.

    Attributes:
        learner: positions of the learners, ascending, shape (E,).
        course: positions of the courses, shape (E,).
        enrolled: seconds since 1970, shape (E,).
        relevance: sum of the required levels the course builds, shape (E,).
        deadline: of the learner's plan, days since 1970, ``NO_DEADLINE`` without, shape (E,).
    """

    learner: np.ndarray
    course: np.ndarray
    enrolled: np.ndarray
    relevance: np.ndarray
    deadline: np.ndarray


def choose(
    people: People,
    society: Society,
    courses: Courses,
    deadlines: np.ndarray,
    mean: float,
    clock: Clock,
    random: np.random.Generator,
) -> Choices:
    """Let learners enrol.

    Args:
        people: the learners, n of them.
        society: what their roles require.
        courses: what there is.
        deadlines: of their plans, shape (n, C).
        mean: enrolments a learner, on average.
        clock: the moment of the seed.
        random: source of chance.
    """
    relevance = society.required[people.designation] @ courses.builds.T
    interest = (people.interests.astype(float) @ courses.builds.T) > 0
    weights = courses.popularity * np.exp(
        _REQUIRED * relevance + _INTEREST * interest + _PRESCRIBED * (deadlines != NO_DEADLINE)
    )
    weights *= courses.visible[people.department]
    number = random.poisson(random.gamma(_DISPERSION, mean / _DISPERSION, len(people.ids)))
    number = np.minimum(number, np.count_nonzero(weights, axis=1))
    course = _draw_sequences(weights, number, courses.companions, random)
    learner = np.repeat(np.arange(len(number)), number)
    enrolled = _moments(people, learner, clock, random)
    retired = courses.are(Availability.RETIRED)[course]
    kept = ~(retired & (enrolled > clock.now - _RETIRED_SINCE))
    learner, course, enrolled = learner[kept], course[kept], enrolled[kept]
    return Choices(
        learner, course, enrolled, relevance[learner, course], deadlines[learner, course]
    )


def _draw_sequences(
    weights: np.ndarray, number: np.ndarray, companions: np.ndarray, random: np.random.Generator
) -> np.ndarray:
    """Draw each learner's courses without replacement, step by step for all at once.

    Args:
        weights: of shape (n, C), 0 where a learner cannot enrol.
        number: how many courses each takes, shape (n,).
        companions: shape (C, C).
        random: source of chance.

    Returns:
        Positions of the courses by learner and step, shape (sum of number,).
    """
    factors = np.where(companions, np.exp(_COMPANION), 1.0)
    factors = np.vstack([factors, np.ones(len(companions))])  # before the first course
    left = weights.copy()
    last = np.full(len(weights), len(companions))
    starts = np.cumsum(number) - number
    drawn = np.zeros(int(number.sum()), dtype=np.int64)
    for step in range(int(number.max(initial=0))):
        rows = np.flatnonzero(number > step)
        current = left[rows]
        noise = random.random(len(rows)) < _NOISE
        effective = np.where(noise[:, None], current > 0, current * factors[last[rows]])
        total = np.cumsum(effective, axis=1)
        mark = random.random(len(rows)) * total[:, -1]
        picked = np.count_nonzero(total <= mark[:, None], axis=1)
        drawn[starts[rows] + step] = picked
        left[rows, picked] = 0
        last[rows] = picked
    return drawn


def _moments(
    people: People, learner: np.ndarray, clock: Clock, random: np.random.Generator
) -> np.ndarray:
    """Draw when each enrolment happened: ascending for a learner, denser towards today."""
    start = np.maximum(people.joined, clock.now - MONTHS_18)[learner]
    # Inverse of the distribution whose density grows from 1/2 to 3/2 of the mean.
    share = (np.sqrt(1 + 8 * random.random(len(learner))) - 1) / 2
    moments = start + share * (clock.now - HOUR - start)
    return clock.awake(moments[np.lexsort((moments, learner))])
