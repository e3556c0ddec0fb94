"""A linear classifier over dense vectors and n-grams, with calibrated probabilities.

One-against-all linear support vector machines (Fan et al. 2008, "LIBLINEAR"), whose scores
become probabilities by a softmax with one temperature (Guo et al. 2017, "On Calibration of
Modern Neural Networks"), fitted on examples that were left out of training.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import List, Sequence, Text

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.sparse import csr_matrix
from sklearn.model_selection import StratifiedShuffleSplit
from sklearn.svm import LinearSVC

_LEFT_OUT = 0.15
_SEED = 7
# Log of the inverse temperature: from nearly even to nearly certain.
_LEAST, _MOST = -2.0, 4.0


@dataclass(frozen=True)
class LinearModel:
    """A fitted classifier.

    Attributes:
        classes: names of the classes.
        weights: float16 array of shape (features, classes), contiguous, so that the rows of
            the few features of a message lie together.
        bias: float32 array of shape (classes,).
        sharpness: inverse temperature of the softmax.
    """

    classes: List[Text]
    weights: np.ndarray
    bias: np.ndarray
    sharpness: float

    @classmethod
    def fit(cls, features: csr_matrix, labels: Sequence[Text], strength: float) -> LinearModel:
        """Fit and calibrate a classifier.

        Args:
            features: matrix of shape (examples, features).
            labels: class of each example.
            strength: inverse strength of the regularisation (``C``).
        """
        labels = np.asarray(labels)
        split = StratifiedShuffleSplit(1, test_size=_LEFT_OUT, random_state=_SEED)
        fitted, left_out = next(split.split(features, labels))
        trial = LinearSVC(C=strength, random_state=_SEED).fit(features[fitted], labels[fitted])
        known = np.isin(labels[left_out], trial.classes_)
        sharpness = _sharpness(
            _scores(trial, features[left_out][known]),
            np.searchsorted(trial.classes_, labels[left_out][known]),
        )
        model = LinearSVC(C=strength, random_state=_SEED).fit(features, labels)
        weights, bias = model.coef_, model.intercept_
        if len(model.classes_) == 2:  # noqa: PLR2004 (one machine tells two classes apart)
            weights, bias = np.vstack([-weights, weights]), np.hstack([-bias, bias])
        return cls(
            [str(name) for name in model.classes_],
            np.ascontiguousarray(weights.T, dtype=np.float16),
            bias.astype(np.float32),
            sharpness,
        )

    def probabilities(self, features: csr_matrix) -> np.ndarray:
        """Return the probability of each class.

        Args:
            features: matrix of shape (messages, features).

        Returns:
            Array of shape (messages, classes), rows adding up to 1.
        """
        scores = np.vstack(
            [
                features.data[start:end]
                @ self.weights[features.indices[start:end]].astype(np.float32)
                for start, end in zip(features.indptr[:-1], features.indptr[1:], strict=True)
            ]
        )
        return _softmax((scores + self.bias) * self.sharpness)


def _scores(model: LinearSVC, features: csr_matrix) -> np.ndarray:
    scores = model.decision_function(features)
    return np.column_stack([-scores, scores]) if scores.ndim == 1 else scores


def _sharpness(scores: np.ndarray, right: np.ndarray) -> float:
    """Return the inverse temperature under which the right classes are likeliest."""
    rows = np.arange(len(right))

    def loss(logarithm: float) -> float:
        likelihood = _softmax(scores * np.exp(logarithm))[rows, right]
        return -float(np.log(likelihood + 1e-12).mean())

    return float(np.exp(minimize_scalar(loss, bounds=(_LEAST, _MOST), method="bounded").x))


def _softmax(scores: np.ndarray) -> np.ndarray:
    exponents = np.exp(scores - scores.max(axis=1, keepdims=True))
    return exponents / exponents.sum(axis=1, keepdims=True)
