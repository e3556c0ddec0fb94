"""Collaborative models: what learners who took these courses took next.

``ItemKnn`` compares courses by the learners they share (Sarwar et al. 2001, "Item-Based
Collaborative Filtering Recommendation Algorithms"). ``LinearModel`` learns a matrix of
weights between courses in closed form, from whole histories as EASE^R does (Steck 2019,
"Embarrassingly Shallow Autoencoders for Sparse Data") and from what came before and after
as SLIST does (Choi et al. 2021, "Session-aware Linear Item-Item Models for Session-based
Recommendation"). Here its data are centred, so that what ridge regression shrinks to is
each course's popularity, not zero.
"""

from __future__ import annotations

import math
import uuid
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from scipy import linalg, sparse

from knowledge_base.recommend.enrolments import EnrolmentLog

_FORMAT = 1
# A model is a dense square of courses: 5,000 are 100 MB and some 20 seconds.
MOST_COURSES = 5000
# What a learner took before these last ones no longer says much.
_LONGEST = 30
# Every point of a history is two rows: those of all learners at once would be gigabytes.
_LEARNERS_AT_A_TIME = 5000
_EPSILON = 1e-9


class CollaborativeModelError(ValueError):
    """A file holds no model, or one of another program version."""


class CollaborativeModel(Protocol):
    """What the recommender asks of a model of co-enrolment."""

    @property
    def course_ids(self) -> tuple[str, ...]:
        """Ids of the courses that the model knows."""

    def scores(self, history: Sequence[str]) -> np.ndarray:
        """Return how likely each course is next, of any scale, shape (courses,).

        Args:
            history: ids of courses taken, oldest first; unknown ones are passed over.
        """

    def closeness(self, course_id: str) -> np.ndarray:
        """Return how much taking a course speaks for each other, shape (courses,)."""


class ItemKnn:
    """Item-based nearest neighbours, cosine of the learners shared, with shrinkage.

    Args:
        log: enrolments.
        shrinkage: added to the denominator; courses of few learners come out less similar.
        most_courses: number of courses kept, those of most learners.
    """

    def __init__(
        self, log: EnrolmentLog, shrinkage: float = 50.0, most_courses: int = MOST_COURSES
    ) -> None:
        kept = _frequent(log, most_courses)
        self.course_ids = tuple(log.courses[course] for course in kept)
        self._rows = {course_id: row for row, course_id in enumerate(self.course_ids)}
        taken = _incidence(log, kept)
        shared = (taken.T @ taken).toarray()
        learners = shared.diagonal()
        norm = np.sqrt(np.outer(learners, learners)) + shrinkage + _EPSILON
        self._similarity = (shared / norm).astype(np.float32)
        np.fill_diagonal(self._similarity, 0.0)

    def scores(self, history: Sequence[str]) -> np.ndarray:
        """Return the sum of the similarities to a history, see ``CollaborativeModel``."""
        rows = [self._rows[course_id] for course_id in history if course_id in self._rows]
        return self._similarity[rows].sum(axis=0)

    def closeness(self, course_id: str) -> np.ndarray:
        """Return a course's similarities, see ``CollaborativeModel``."""
        row = self._rows.get(course_id)
        return np.zeros(len(self.course_ids)) if row is None else self._similarity[row]


@dataclass(frozen=True)
class Memory:
    """How far back a linear model looks, and how much it is smoothed.

    Attributes:
        whole: share of the evidence that comes from whole histories without order; the
            rest comes from what was taken before and after.
        training: enrolments after which evidence between two courses has faded to 1/e.
        history: the same of a course in the history that is asked about.
        ridge: weight of the penalty, in learners.
    """

    whole: float
    training: float
    history: float
    ridge: float


# From the strictly sequential to the order-blind.
MEMORIES = (
    Memory(whole=0.3, training=1.0, history=1.0, ridge=30.0),
    Memory(whole=0.3, training=1.0, history=1.0, ridge=100.0),
    Memory(whole=0.6, training=3.0, history=3.0, ridge=200.0),
    Memory(whole=0.6, training=3.0, history=8.0, ridge=200.0),
    Memory(whole=1.0, training=3.0, history=8.0, ridge=200.0),
    Memory(whole=1.0, training=3.0, history=math.inf, ridge=200.0),
)


class LinearModel:
    """A closed-form linear model of co-enrolment; see ``fit_linear``.

    Args:
        course_ids: n courses.
        weights: what having taken the course of the row says for that of the column,
            float32 array of shape (n, n).
        base: share of the enrolments, whatever the history, shape (n,).
        history: see ``Memory``.
    """

    def __init__(
        self, course_ids: Sequence[str], weights: np.ndarray, base: np.ndarray, history: float
    ) -> None:
        self.course_ids = tuple(course_ids)
        self._rows = {course_id: row for row, course_id in enumerate(self.course_ids)}
        self._weights = weights
        self._base = base
        self._history = history

    def scores(self, history: Sequence[str]) -> np.ndarray:
        """Return how likely each course is next, see ``CollaborativeModel``."""
        rows = [self._rows[course_id] for course_id in history if course_id in self._rows]
        rows = rows[-_LONGEST:]
        fading = np.exp(-np.arange(len(rows))[::-1] / self._history, dtype=np.float32)
        return self._base + (fading[:, None] * self._weights[rows]).sum(axis=0)

    def closeness(self, course_id: str) -> np.ndarray:
        """Return a course's weights, see ``CollaborativeModel``."""
        row = self._rows.get(course_id)
        return np.zeros(len(self.course_ids)) if row is None else self._weights[row]

    def save(self, path: Path) -> None:
        """Write the model as npz; it holds no learner.

        Raises:
            OSError: the file cannot be written.
        """
        staging = path.with_name(f"{path.name}.{uuid.uuid4().hex}")
        with staging.open("wb") as file:
            np.savez(
                file,
                format=_FORMAT,
                course_ids=np.array(self.course_ids, dtype=np.str_),
                weights=self._weights,
                base=self._base,
                history=self._history,
            )
        staging.replace(path)

    @classmethod
    def load(cls, path: Path) -> LinearModel:
        """Read a model.

        Raises:
            CollaborativeModelError: the file holds no such model.
            OSError: the file cannot be read.
        """
        try:
            with np.load(path, allow_pickle=False) as content:
                if int(content["format"]) != _FORMAT:
                    raise CollaborativeModelError(f"{path} has another format; fit it again")
                course_ids = [str(course_id) for course_id in content["course_ids"]]
                weights, base = content["weights"], content["base"]
                history = float(content["history"])
        except (KeyError, TypeError, EOFError, RuntimeError, zipfile.BadZipFile) as error:
            raise CollaborativeModelError(f"{path} is no collaborative model") from error
        except ValueError as error:
            if isinstance(error, CollaborativeModelError):
                raise
            raise CollaborativeModelError(f"{path} is no collaborative model") from error
        number = len(course_ids)
        if weights.shape != (number, number) or base.shape != (number,):
            raise CollaborativeModelError(f"{path} is damaged: its shapes do not agree")
        return cls(course_ids, weights, base, history)


def fit_linear(log: EnrolmentLog, memory: Memory, most_courses: int = MOST_COURSES) -> LinearModel:
    """Fit the linear model with a given memory.

    With X the whole histories, S what came before a point of a history and T what came
    after it, all centred, the weights minimise
    ``whole |X - X B|^2 + (1 - whole) |T - S B|^2 + ridge |B|^2`` with a zero diagonal.

    Args:
        log: enrolments.
        memory: see ``Memory``.
        most_courses: number of courses kept, those of most learners.
    """
    kept = _frequent(log, most_courses)
    number = len(kept)
    whole = _incidence(log, kept)
    gram = memory.whole * _covariance(whole)
    target = gram.copy()
    points, preceded, followed = 0, np.zeros(number), np.zeros(number)
    for before, after in _splits(log, kept, memory.training):
        gram += (1 - memory.whole) * (before.T @ before).toarray()
        target += (1 - memory.whole) * (before.T @ after).toarray()
        points += before.shape[0]
        preceded += _totals(before)
        followed += _totals(after)
    centring = (1 - memory.whole) / max(points, 1)
    gram -= centring * np.outer(preceded, preceded)
    target -= centring * np.outer(preceded, followed)
    gram[np.diag_indices(number)] += memory.ridge
    inverse = linalg.inv(gram, overwrite_a=True, check_finite=False)
    weights = inverse @ target
    # The Lagrange multipliers of the zero diagonal, as in EASE^R.
    weights -= inverse * (weights.diagonal() / inverse.diagonal())
    np.fill_diagonal(weights, 0.0)
    counts = log.counts()[kept]
    # Every enrolment but a learner's first is one that came after others.
    base = followed / points if points else counts / max(counts.sum(), 1)
    return LinearModel(
        [log.courses[course] for course in kept],
        weights.astype(np.float32),
        base.astype(np.float32),
        memory.history,
    )


def _frequent(log: EnrolmentLog, most_courses: int) -> np.ndarray:
    """Return the positions of the courses of most learners, in their order."""
    counts = log.counts()
    order = np.argsort(-counts, kind="stable")[:most_courses]
    return np.sort(order[counts[order] > 0])


def _incidence(log: EnrolmentLog, kept: np.ndarray) -> sparse.csr_matrix:
    """Return which learner took which course, shape (learners, kept courses)."""
    column = _columns(log, kept)[log.course]
    inside = column >= 0
    rows, columns = log.learner[inside], column[inside]
    shape = (len(log.learners), len(kept))
    return sparse.csr_matrix((np.ones(len(rows)), (rows, columns)), shape=shape)


def _columns(log: EnrolmentLog, kept: np.ndarray) -> np.ndarray:
    columns = np.full(len(log.courses), -1)
    columns[kept] = np.arange(len(kept))
    return columns


def _splits(
    log: EnrolmentLog, kept: np.ndarray, fading: float
) -> Iterator[tuple[sparse.csr_matrix, sparse.csr_matrix]]:
    """Split every history at every point, some learners at a time.

    Yields:
        What came before and what came after, each of shape (points, kept courses), the
        weights fading with the distance from the point.
    """
    column = _columns(log, kept)
    histories = list(log.histories().values())
    for start in range(0, len(histories), _LEARNERS_AT_A_TIME):
        block = (column[history] for history in histories[start : start + _LEARNERS_AT_A_TIME])
        known = (columns[columns >= 0][-_LONGEST:] for columns in block)
        yield _split(known, fading, len(kept))


def _split(
    histories: Iterable[np.ndarray], fading: float, courses: int
) -> tuple[sparse.csr_matrix, sparse.csr_matrix]:
    by_length: dict[int, list[np.ndarray]] = {}
    for history in histories:
        by_length.setdefault(len(history), []).append(history)
    before, after = _Triplets(), _Triplets()
    points = 0
    for length, sequences in by_length.items():
        taken = np.array(sequences)
        for point in range(1, length):
            rows = points + np.arange(len(taken))
            fade = np.exp(-np.arange(length) / fading)
            before.add(rows, taken[:, :point], fade[:point][::-1])
            after.add(rows, taken[:, point:], fade[: length - point])
            points += len(taken)
    shape = (points, courses)
    return before.matrix(shape), after.matrix(shape)


class _Triplets:
    """Entries of a sparse matrix, gathered block by block."""

    def __init__(self) -> None:
        self._rows: list[np.ndarray] = []
        self._columns: list[np.ndarray] = []
        self._values: list[np.ndarray] = []

    def add(self, rows: np.ndarray, columns: np.ndarray, values: np.ndarray) -> None:
        """Add rows of shape (m,), their columns (m, k) and values (k,)."""
        self._rows.append(np.repeat(rows, columns.shape[1]))
        self._columns.append(columns.ravel())
        self._values.append(np.tile(values, len(rows)))

    def matrix(self, shape: tuple[int, int]) -> sparse.csr_matrix:
        """Return the matrix of all entries."""
        if not self._rows:
            return sparse.csr_matrix(shape)
        places = (np.concatenate(self._rows), np.concatenate(self._columns))
        return sparse.csr_matrix((np.concatenate(self._values), places), shape=shape)


def _totals(matrix: sparse.csr_matrix) -> np.ndarray:
    return np.asarray(matrix.sum(axis=0)).ravel()


def _covariance(matrix: sparse.csr_matrix) -> np.ndarray:
    """Return the sum of products of centred columns, a dense array."""
    totals = _totals(matrix)
    return (matrix.T @ matrix).toarray() - np.outer(totals, totals) / max(matrix.shape[0], 1)
