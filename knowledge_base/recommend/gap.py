"""The competency gap: what a role requires less what finished courses have built.

A FRAC role requires competencies at levels of the five-step scale. A course builds each of
its competencies up to a level that follows from its own; a gap is counted in levels.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from knowledge_base.catalogue import Catalogue, Level

# Level 5, expert, is reached at work: no course builds it alone.
BUILT_LEVEL: dict[Level, int] = {"beginner": 2, "intermediate": 3, "advanced": 4}
# A course starts where one a step below it ends.
ENTRY_LEVEL: dict[Level, int] = {"beginner": 0, "intermediate": 2, "advanced": 3}
# A course whose source does not tell its level counts as one for beginners: it may build
# little, and suits everybody.
_UNTOLD_LEVEL: Level = "beginner"
# A course of five minutes would seem to build a competency at no cost.
MINIMUM_HOURS = 0.5
# What a course is taken for whose length is not known (0 in the catalogue).
USUAL_HOURS = 1.5


class UnknownCompetencyError(LookupError):
    """The competency model has no competency of this id."""


@dataclass(frozen=True)
class CompetencyGap:
    """A competency that a role requires at a level not reached yet."""

    competency_id: str
    required_level: int
    held_level: int

    @property
    def levels(self) -> int:
        """Levels that are missing."""
        return self.required_level - self.held_level


class CompetencyTable:
    """What courses build, as arrays of shape (courses, competencies).

    Args:
        catalogue: the loaded catalogue.
        course_ids: the courses, in the order of the rows; those that the catalogue does not
            have build nothing.

    Attributes:
        competency_ids: ids in the order of the columns.
        built: level up to which a course builds a competency, 0 for none; float32.
        entry: level that a course starts from, shape (courses,); float32.
        hours: learning time, at least ``MINIMUM_HOURS``, shape (courses,); float32.
    """

    def __init__(self, catalogue: Catalogue, course_ids: Sequence[str]) -> None:
        model = catalogue.competency_model
        self.competency_ids = tuple(c.id for c in model.competencies) if model else ()
        self._columns = {key: column for column, key in enumerate(self.competency_ids)}
        self._rows = {course_id: row for row, course_id in enumerate(course_ids)}
        self._required = {
            role.id: {needed.id: needed.level for needed in role.competencies}
            for role in (model.roles if model else ())
        }
        self.built = np.zeros((len(course_ids), len(self.competency_ids)), dtype=np.float32)
        self.entry = np.zeros(len(course_ids), dtype=np.float32)
        self.hours = np.full(len(course_ids), USUAL_HOURS, dtype=np.float32)
        self._minutes = np.zeros(len(course_ids))
        for row, course_id in enumerate(course_ids):
            course = catalogue.courses.get(course_id)
            if course is None:
                continue
            columns = [self._columns[key] for key in course.competencies if key in self._columns]
            level = course.level or _UNTOLD_LEVEL
            self.built[row, columns] = BUILT_LEVEL[level]
            self.entry[row] = ENTRY_LEVEL[level]
            self._minutes[row] = math.ceil(course.duration_seconds / 60)
            if course.duration_seconds:
                self.hours[row] = max(course.duration_seconds / 3600, MINIMUM_HOURS)

    def has_role(self, role_id: str | None) -> bool:
        """Whether the competency model describes a role."""
        return role_id in self._required

    def minutes(self, row: int) -> int:
        """Return a course's learning time in minutes, 0 when it is not known."""
        return int(self._minutes[row])

    def column(self, competency_id: str) -> int:
        """Return the column of a competency.

        Raises:
            UnknownCompetencyError: the model has no such competency.
        """
        if competency_id not in self._columns:
            raise UnknownCompetencyError(competency_id)
        return self._columns[competency_id]

    def mask(self, competency_ids: Iterable[str]) -> np.ndarray:
        """Return which columns are among some ids, bool of shape (competencies,)."""
        mask = np.zeros(len(self.competency_ids), dtype=bool)
        mask[[self._columns[key] for key in competency_ids if key in self._columns]] = True
        return mask

    def required(self, role_id: str | None) -> np.ndarray:
        """Return the levels a role requires, 0 for none, shape (competencies,)."""
        levels = np.zeros(len(self.competency_ids), dtype=np.float32)
        for key, level in self._required.get(role_id, {}).items():
            levels[self._columns[key]] = level
        return levels

    def held(self, completed: Iterable[str]) -> np.ndarray:
        """Return the levels that finished courses have built, shape (competencies,)."""
        rows = [self._rows[course_id] for course_id in completed if course_id in self._rows]
        if not rows:
            return np.zeros(len(self.competency_ids), dtype=np.float32)
        return self.built[rows].max(axis=0)

    def gaps(self, role_id: str | None, completed: Iterable[str]) -> list[CompetencyGap]:
        """Return what a role still lacks, the widest gap first.

        Args:
            role_id: id of a FRAC role; an unknown role requires nothing.
            completed: ids of finished courses.
        """
        required, held = self.required(role_id), self.held(completed)
        gaps = [
            CompetencyGap(key, int(needed), int(has))
            for key, needed, has in zip(self.competency_ids, required, held, strict=True)
            if needed > has
        ]
        return sorted(gaps, key=lambda gap: (-gap.levels, gap.competency_id))

    def gain(self, required: np.ndarray, held: np.ndarray) -> np.ndarray:
        """Return the levels of the gap that each course closes.

        Args:
            required: levels wanted, shape (competencies,).
            held: levels there are, shape (competencies,).

        Returns:
            float32 array of shape (courses,).
        """
        gap = np.flatnonzero(required > held)
        reached = np.minimum(self.built[:, gap], required[gap])
        return np.maximum(reached - held[gap], 0.0).sum(axis=1)

    def coverage(self, required: np.ndarray, held: np.ndarray) -> np.ndarray:
        """Return the levels of the gap that each course closes per learning hour, 0 to 1.

        The square root of the share of the best course's figure: a course of two hours is
        not worth a quarter of one of half an hour.

        Args:
            required: levels wanted, shape (competencies,).
            held: levels there are, shape (competencies,).

        Returns:
            float32 array of shape (courses,).
        """
        per_hour = self.gain(required, held) / self.hours
        best = float(per_hour.max(initial=0.0))
        return np.sqrt(per_hour / best) if best else per_hour

    def gain_of(self, course_ids: Iterable[str], required: np.ndarray, held: np.ndarray) -> float:
        """Return the levels of a gap that some courses close together."""
        after = np.maximum(self.held(course_ids), held)
        return float(np.maximum(np.minimum(after, required) - held, 0.0).sum())

    def fit(self, held: np.ndarray) -> np.ndarray:
        """Return how well the courses' levels suit a learner.

        Where a course starts no more than where the learner stands, it suits fully; every
        level of a jump makes it suit less, and what it builds no further does not count.

        Args:
            held: levels there are, shape (competencies,).

        Returns:
            0 to 1, shape (courses,); a half for courses without competencies.
        """
        covers = self.built > 0
        jump = np.maximum(self.entry[:, None] - held, 0.0)
        suits = np.where(self.built > held, 1.0 / (1.0 + jump), 0.0) * covers
        number = covers.sum(axis=1)
        return np.where(number, suits.sum(axis=1) / np.maximum(number, 1), 0.5)
