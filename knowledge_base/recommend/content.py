"""How alike courses are in content: the cosine of their vectors, or of their competencies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

_EPSILON = 1e-9


class ContentLikeness:
    """Likeness of every two courses whose content is known, worked out once.

    A lookup instead of a product of matrices: on a busy machine, waiting for a second
    thread costs more than the product. 2,400 courses take 23 MB.

    Args:
        features: vectors of the courses, zeros for those whose content is not known,
            float32 array of shape (courses, dimension).
    """

    def __init__(self, features: np.ndarray) -> None:
        lengths = np.linalg.norm(features, axis=1)
        self._known = np.flatnonzero(lengths > _EPSILON)
        self._places = np.full(len(features), -1)
        self._places[self._known] = np.arange(len(self._known))
        units = features[self._known] / lengths[self._known, None]
        self._likeness = np.clip(units @ units.T, 0.0, 1.0).astype(np.float32)

    def to(self, row: int) -> np.ndarray:
        """Return how alike all courses are to one, 0 to 1, shape (courses,)."""
        likeness = np.zeros(len(self._places), dtype=np.float32)
        if self._places[row] >= 0:
            likeness[self._known] = self._likeness[self._places[row]]
        return likeness

    def to_each(self, rows: Sequence[int]) -> np.ndarray:
        """Return how alike all courses are to each of some, shape (courses, some)."""
        return np.stack([self.to(row) for row in rows], axis=1)


def centred_vectors(course_ids: Sequence[str], vectors: Mapping[str, np.ndarray]) -> np.ndarray:
    """Return the vectors of courses less their mean.

    All texts of a catalogue share much; without it, cosines spread (Mu and Viswanath 2018,
    "All-but-the-Top: Simple and Effective Postprocessing for Word Representations").

    Args:
        course_ids: n courses.
        vectors: course id -> vector, shape (dimension,); courses may be missing.

    Returns:
        float32 array of shape (n, dimension), zeros for courses without a vector.

    Raises:
        ValueError: the vectors do not have one shape (dimension,).
    """
    shapes = {np.shape(vector) for vector in vectors.values()}
    if len(shapes) != 1 or len(next(iter(shapes))) != 1:
        raise ValueError("the vectors of the courses must all have the shape (dimension,)")
    features = np.zeros((len(course_ids), *next(iter(shapes))), dtype=np.float32)
    rows = [row for row, course_id in enumerate(course_ids) if course_id in vectors]
    features[rows] = [vectors[course_ids[row]] for row in rows]
    if len(rows) > 1:
        features[rows] -= features[rows].mean(axis=0)
    return features
