"""Courses seen through every language at once.

Each language's titles and situations are another description of the same course, written
by somebody else. A query is compared with all of them; since a multilingual encoder
scores texts near to the query's language higher, each language's scores are standardised
by themselves before they are averaged.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from knowledge_base.passages import Entry


@dataclass(frozen=True)
class _View:
    """The courses as one language describes them: rows of the matrix and what they stand for."""

    targets: list[str]
    rows: slice
    starts: np.ndarray


class CourseViews:
    """All descriptions of courses, grouped by language and course.

    Args:
        entries: n entries of courses.
        vectors: their unit vectors, float32 array of shape (n, dimension).
    """

    def __init__(self, entries: Sequence[Entry], vectors: np.ndarray) -> None:
        order = sorted(range(len(entries)), key=lambda i: (entries[i].locale, entries[i].target))
        self._vectors = np.ascontiguousarray(vectors[order])
        by_locale: dict[str, list[int]] = defaultdict(list)
        for row, position in enumerate(order):
            by_locale[entries[position].locale].append(row)
        self._views = {
            locale: self._view([entries[order[row]].target for row in rows], rows[0])
            for locale, rows in by_locale.items()
        }
        self._courses = len({entry.target for entry in entries})

    @staticmethod
    def _view(targets: list[str], first: int) -> _View:
        starts = [i for i, target in enumerate(targets) if i == 0 or target != targets[i - 1]]
        rows = slice(first, first + len(targets))
        return _View([targets[i] for i in starts], rows, np.array(starts))

    def scores(self, query: np.ndarray, without: Collection[str] = ()) -> dict[str, float]:
        """Return how well each course fits a query, over all languages.

        Args:
            query: float32 array of shape (dimension,), of length 1.
            without: locales that are left out.

        Returns:
            Course id -> mean of its standardised scores, each language weighted by the
            share of the courses that it describes.
        """
        views = [view for locale, view in self._views.items() if locale not in without]
        totals: dict[str, float] = defaultdict(float)
        for view in views:
            similarities = np.maximum.reduceat(self._vectors[view.rows] @ query, view.starts)
            coverage = len(view.targets) / self._courses
            for target, score in zip(view.targets, standardise(similarities), strict=True):
                totals[target] += coverage * float(score) / len(views)
        return totals


def standardise(scores: np.ndarray) -> np.ndarray:
    """Return scores as standard deviations above their mean, none below 0."""
    if not len(scores):
        return scores
    return np.maximum(0.0, (scores - scores.mean()) / (scores.std() + 1e-6))
