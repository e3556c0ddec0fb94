"""What capacity building plans prescribe to departments, designations and learners."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from connectors.platform.records import Availability
from connectors.platform.seed.clock import Clock, to_date, to_day
from connectors.platform.seed.courses import Courses
from connectors.platform.seed.people import People, Society

NO_DEADLINE = np.iinfo(np.int32).max
# Days from today within which the other deadlines of a department lie.
_OTHER_DEADLINES = ((-90, -10), (5, 35), (36, 150))
_APAR_ITEMS = (1, 1, 0)  # 31 March next, next, last
_PAIRS = 10  # items for a designation in a department
_FOCUS_WEIGHT = 6.0
_OWN_ITEM = 0.03  # share of the learners who have one of their own
_MARCH, _LAST_OF_MARCH = 3, 31


@dataclass(frozen=True)
class Plans:
    """Plans of departments and designations.

    Attributes:
        rows: rows of the table ``plan_items``.
        deadlines: earliest deadline of a course for a designation in a department, as days
            since 1970, ``NO_DEADLINE`` without; int32 of shape (D, G + 1, C).
    """

    rows: list[dict]
    deadlines: np.ndarray


def apar_deadline(today: date) -> date:
    """Return the end of the appraisal year that a day lies in: 31 March."""
    end = date(today.year, _MARCH, _LAST_OF_MARCH)
    return end if today <= end else end.replace(year=today.year + 1)


def make_plans(
    courses: Courses, society: Society, clock: Clock, random: np.random.Generator
) -> Plans:
    """Make the plans of all departments and designations.

    Args:
        courses: what can be prescribed.
        society: whom to.
        clock: the moment of the seed.
        random: source of chance.
    """
    departments, designations = len(society.departments), len(society.designations)
    shape = (departments, designations + 1, len(courses.rows))
    plans = Plans([], np.full(shape, NO_DEADLINE, dtype=np.int32))
    focus = society.focus.astype(float) @ courses.builds.T
    for department in range(departments):
        weights = _weights(courses, focus[department], courses.visible[department])
        chosen = _draw(weights, len(_APAR_ITEMS) + len(_OTHER_DEADLINES), random)
        for place, course in enumerate(chosen):
            apar = place < len(_APAR_ITEMS)
            day = (
                _apar_day(clock, _APAR_ITEMS[place])
                if apar
                else to_day(clock.today)
                + int(random.integers(*_OTHER_DEADLINES[place - len(_APAR_ITEMS)]))
            )
            _prescribe(plans, courses, course, day, apar, department=department)
    for designation in range(designations):
        weights = _weights(
            courses,
            society.required[designation] @ courses.builds.T,
            courses.are(Availability.OPEN),
        )
        for course in _draw(weights, 1, random):
            apar = bool(designation % 2)
            day = _apar_day(clock, 1) if apar else to_day(clock.today) + 60
            _prescribe(plans, courses, course, day, apar, designation=designation)
    for pair in range(_PAIRS):
        department = int(random.integers(departments))
        designation = int(random.integers(designations))
        weights = _weights(courses, focus[department], courses.visible[department])
        for course in _draw(weights, 1, random):
            apar = bool(pair % 2)
            day = _apar_day(clock, 1) if apar else to_day(clock.today) + 20
            _prescribe(plans, courses, course, day, apar, department, designation)
    return plans


def deadlines_of(
    plans: Plans, people: People, courses: Courses, clock: Clock, random: np.random.Generator
) -> tuple[np.ndarray, list[dict]]:
    """Return the deadlines of some learners, items of their own included.

    Args:
        plans: plans of departments and designations.
        people: the learners, n of them.
        courses: what can be prescribed.
        clock: the moment of the seed.
        random: source of chance.

    Returns:
        Days since 1970, ``NO_DEADLINE`` without, int32 of shape (n, C), and the rows of the
        table ``plan_items`` for the learners' own items.
    """
    deadlines = plans.deadlines[people.department, people.designation]
    rows = []
    allowed = np.flatnonzero(courses.are(Availability.OPEN))
    for learner in np.flatnonzero(random.random(len(people.ids)) < _OWN_ITEM).tolist():
        if not len(allowed):
            break
        course = int(random.choice(allowed))
        day = to_day(clock.today) + int(random.integers(-30, 90))
        deadlines[learner, course] = min(deadlines[learner, course], day)
        rows.append(_row(courses, course, day, apar=False) | {"learner_id": people.ids[learner]})
    return deadlines, rows


def _weights(courses: Courses, relevance: np.ndarray, visible: np.ndarray) -> np.ndarray:
    prescribable = visible & ~courses.are(Availability.RETIRED) & ~courses.are(Availability.DRAFT)
    return np.where(prescribable, courses.popularity * (1 + _FOCUS_WEIGHT * relevance), 0)


def _draw(weights: np.ndarray, number: int, random: np.random.Generator) -> list[int]:
    possible = int(np.count_nonzero(weights))
    if not possible:
        return []
    share = weights / weights.sum()
    return random.choice(len(weights), min(number, possible), replace=False, p=share).tolist()


def _apar_day(clock: Clock, year: int) -> int:
    """Return 31 March of the running appraisal year (1) or of the one before (0)."""
    end = apar_deadline(clock.today)
    return to_day(end.replace(year=end.year - 1 + year))


def _row(courses: Courses, course: int, day: int, apar: bool) -> dict:
    return {
        "learner_id": None,
        "department_id": None,
        "designation_id": None,
        "course_id": courses.rows[course]["id"],
        "deadline": to_date(day),
        "apar": apar,
    }


def _prescribe(
    plans: Plans,
    courses: Courses,
    course: int,
    day: int,
    apar: bool,
    department: int | None = None,
    designation: int | None = None,
) -> None:
    row = _row(courses, course, day, apar)
    if department is not None:
        row["department_id"] = department + 1
    if designation is not None:
        row["designation_id"] = designation + 1
    plans.rows.append(row)
    scope = (
        slice(None) if department is None else department,
        slice(None) if designation is None else designation,
        course,
    )
    plans.deadlines[scope] = np.minimum(plans.deadlines[scope], day)
