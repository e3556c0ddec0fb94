"""Courses of the catalogue as the platform has them: resources, availability, access."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from faker import Faker

from connectors.platform.records import Availability, ResourceKind
from connectors.platform.seed.people import Society
from knowledge_base.catalogue import Catalogue, Course

KINDS = tuple(ResourceKind)
_MODULE_KINDS = (ResourceKind.VIDEO, ResourceKind.PDF, ResourceKind.SCORM)
_MODULE_KIND_SHARE = (0.6, 0.25, 0.15)
_ASSESSED = 0.85
_ASSESSMENT_NAME, _ASSESSMENT_MINUTES = "Final Assessment", 15
_PASS_MARKS = (50.0, 60.0, 70.0)
_MAX_ATTEMPTS = (None, 2, 3)
_AVAILABILITY_SHARE = {
    Availability.MODERATED: 0.05,
    Availability.RETIRED: 0.04,
    Availability.DRAFT: 0.02,
}
_DEPARTMENTS_WITH_ACCESS = 1 / 3
_ADMINISTRATORS = 2
_ZIPF_EXPONENT, _ZIPF_SHIFT = 0.8, 3
_COMPANIONS = 4


@dataclass(frozen=True)
class Courses:
    """All courses, C of them, and their R resources in course order.

    Attributes:
        rows: rows of the table ``courses``.
        languages: codes that each one's content exists in.
        builds: whether a course builds a competency, shape (C, K).
        visible: whether a department's learners can enrol, shape (D, C); in retired courses
            they once could.
        administrators: position of each moderated course -> names of whom to ask.
        popularity: weights, shape (C,).
        companions: whether the course of a column is often taken after that of the row,
            shape (C, C).
        resource_rows: rows of the table ``resources``.
        first: position of each one's first resource, shape (C,).
        resources: number of each one's resources, shape (C,).
        kind: positions of the resources' kinds in ``KINDS``, shape (R,).
        resource_minutes: their lengths, shape (R,).
        pass_mark: in percent, NaN without, shape (R,).
        max_attempts: 0 for no limit, shape (R,).
    """

    rows: list[dict]
    languages: list[list[str]]
    builds: np.ndarray
    visible: np.ndarray
    administrators: dict[int, list[str]]
    popularity: np.ndarray
    companions: np.ndarray
    resource_rows: list[dict]
    first: np.ndarray
    resources: np.ndarray
    kind: np.ndarray
    resource_minutes: np.ndarray
    pass_mark: np.ndarray
    max_attempts: np.ndarray

    @property
    def minutes(self) -> np.ndarray:
        """Lengths of the courses, shape (C,)."""
        return np.array([row["minutes"] for row in self.rows])

    def are(self, availability: Availability) -> np.ndarray:
        """Return which courses have an availability, shape (C,)."""
        return np.array([row["availability"] == availability.value for row in self.rows])

    def access_rows(self) -> list[dict]:
        """Return the rows of the table ``course_access``."""
        return [
            {"course_id": self.rows[course]["id"], "department_id": department + 1}
            for course in self.administrators
            for department in np.flatnonzero(self.visible[:, course]).tolist()
        ]

    def administrator_rows(self) -> list[dict]:
        """Return the rows of the table ``course_administrators``."""
        return [
            {"course_id": self.rows[course]["id"], "name": name}
            for course, names in self.administrators.items()
            for name in names
        ]


def make_courses(
    catalogue: Catalogue, society: Society, faker: Faker, random: np.random.Generator
) -> Courses:
    """Turn the catalogue's courses into those of the platform.

    Args:
        catalogue: the courses; at least one.
        society: departments and competencies.
        faker: source of the administrators' names.
        random: source of chance.
    """
    courses = [catalogue.courses[key] for key in sorted(catalogue.courses)]
    builds = np.array(
        [[key in course.competencies for key in society.competencies] for course in courses]
    )
    availability = _availabilities(len(courses), random)
    visible = np.ones((len(society.departments), len(courses)), dtype=bool)
    administrators = {}
    for position, value in enumerate(availability):
        if value is Availability.DRAFT:
            visible[:, position] = False
        elif value is Availability.MODERATED:
            visible[:, position] = random.random(len(visible)) < _DEPARTMENTS_WITH_ACCESS
            names = {f"{faker.first_name()} {faker.last_name()}" for _ in range(_ADMINISTRATORS)}
            administrators[position] = sorted(names)
    rank = random.permutation(len(courses))
    resources = [list(_resource_rows(course, random)) for course in courses]
    counts = np.array([len(rows) for rows in resources])
    flat = [row for rows in resources for row in rows]
    return Courses(
        rows=[
            {
                "id": course.id,
                "name": course.title,
                "availability": value.value,
                "language": course.language,
                "minutes": _minutes(course.duration_seconds),
            }
            for course, value in zip(courses, availability, strict=True)
        ],
        languages=[catalogue.course_languages(course.id) for course in courses],
        builds=builds,
        visible=visible,
        administrators=administrators,
        popularity=(rank + _ZIPF_SHIFT) ** -_ZIPF_EXPONENT,
        companions=_companions(builds, random),
        resource_rows=flat,
        first=np.cumsum(counts) - counts,
        resources=counts,
        kind=np.array([KINDS.index(ResourceKind(row["kind"])) for row in flat]),
        resource_minutes=np.array([row["minutes"] for row in flat]),
        pass_mark=np.array([row["pass_mark"] for row in flat], dtype=float),
        max_attempts=np.array([row["max_attempts"] or 0 for row in flat]),
    )


def _availabilities(number: int, random: np.random.Generator) -> list[Availability]:
    """Draw fixed shares, so that a seed has some of each; of few courses all are open."""
    values = [Availability.OPEN] * number
    order = iter(random.permutation(number).tolist())
    for availability, share in _AVAILABILITY_SHARE.items():
        for _ in range(round(share * number)):
            values[next(order)] = availability
    return values


def _resource_rows(course: Course, random: np.random.Generator) -> Iterator[dict]:
    rows = [
        {
            "module": module.title,
            "name": module.title,
            "kind": _MODULE_KINDS[random.choice(len(_MODULE_KINDS), p=_MODULE_KIND_SHARE)].value,
            "minutes": _minutes(module.duration_seconds),
            "pass_mark": None,
            "max_attempts": None,
        }
        for module in course.modules
    ]
    if random.random() < _ASSESSED:
        rows.append(
            {
                "module": course.modules[-1].title,
                "name": _ASSESSMENT_NAME,
                "kind": ResourceKind.ASSESSMENT.value,
                "minutes": _ASSESSMENT_MINUTES,
                "pass_mark": _PASS_MARKS[random.integers(len(_PASS_MARKS))],
                "max_attempts": _MAX_ATTEMPTS[random.integers(len(_MAX_ATTEMPTS))],
            }
        )
    for position, row in enumerate(rows):
        yield {
            "id": f"{course.id}-{position + 1}",
            "course_id": course.id,
            "position": position,
        } | row


def _companions(builds: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Give each course the few that share most competencies with it, ties by chance."""
    affinity = builds.astype(float) @ builds.T + random.random((len(builds), len(builds)))
    np.fill_diagonal(affinity, -np.inf)
    companions = np.zeros(affinity.shape, dtype=bool)
    wanted = min(_COMPANIONS, len(builds) - 1)
    best = np.argsort(-affinity, axis=1)[:, :wanted]
    np.put_along_axis(companions, best, True, axis=1)
    return companions


def _minutes(seconds: int) -> int:
    return max(1, round(seconds / 60))
