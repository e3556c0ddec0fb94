"""How sure is a search result? A calibrated probability that it answers the question.

The cosine of a multilingual encoder says little by itself: it differs with language and
length. A logistic regression (Platt 1999) maps it, its distance from the rest of the
ranking, and the lexical overlap to a probability. It is fitted when the index is built,
on questions that belong to the domain and questions that do not; a tenth of a
percent of either never decides alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Evidence:
    """What is known about the best hit of a search.

    Attributes:
        similarity: cosine of the best dense hit.
        lead: its distance from the mean of the ranking, in cosine.
        overlap: share of the query's information that the best hit's words cover, 0 to 1.
    """

    similarity: float
    lead: float
    overlap: float

    def features(self) -> list[float]:
        """Return the features of the regression, shape (3,)."""
        return [self.similarity * 10, self.lead * 20, self.overlap]


@dataclass(frozen=True)
class Calibration:
    """Weights of the regression, shape (3,), and its intercept."""

    weights: tuple[float, ...]
    intercept: float

    def probability(self, evidence: Evidence) -> float:
        """Return the probability that the hit answers the question, 0 to 1."""
        score = float(np.dot(self.weights, evidence.features())) + self.intercept
        return 1.0 / (1.0 + float(np.exp(-score)))


def fit(inside: Sequence[Evidence], outside: Sequence[Evidence]) -> Calibration:
    """Fit the regression.

    Args:
        inside: evidence of searches for questions of the domain.
        outside: evidence of searches for questions outside it.

    Raises:
        ValueError: one of the two is empty.
    """
    from sklearn.linear_model import LogisticRegression

    if not inside or not outside:
        raise ValueError("calibration needs questions inside and outside of the domain")
    features = np.array([e.features() for e in [*inside, *outside]])
    labels = np.array([1] * len(inside) + [0] * len(outside))
    model = LogisticRegression(class_weight="balanced").fit(features, labels)
    return Calibration(tuple(map(float, model.coef_[0])), float(model.intercept_[0]))
