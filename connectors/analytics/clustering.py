"""Questions that ask for the same, whatever their language.

Agglomerative clustering with average linkage on cosine distance (scikit-learn). A
multilingual encoder puts each language a little aside; each language's mean is taken off
first (Libovický, Rosa and Fraser 2020, "On the Language Neutrality of Pre-trained
Multilingual Representations"), so that questions meet across languages.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from connectors.analytics.unanswered import Question
from knowledge_base.languages import registry

# A mean over fewer questions says more about them than about the language.
_MIN_FOR_MEAN = 8
# Cosine distance below which two groups ask for the same: of centred vectors, and of those of
# so few questions that there is no mean to take off.
_DISTANCE = 0.8
_UNCENTRED_DISTANCE = 0.1
_TINY = 1e-6


@dataclass(frozen=True)
class Cluster:
    """Questions that ask for the same.

    Attributes:
        example: the question nearest to the middle.
        questions: all of them.
        languages: locale -> how many, most first.
    """

    example: Question
    questions: Sequence[Question]
    languages: Mapping[str, int]


def cluster(questions: Sequence[Question]) -> list[Cluster]:
    """Group questions, the largest group first.

    Args:
        questions: any number of them.
    """
    if not questions:
        return []
    if len(questions) < _MIN_FOR_MEAN:
        vectors = np.array([question.vector for question in questions], dtype=np.float64)
        labels = _labels(vectors, _UNCENTRED_DISTANCE)
    else:
        vectors = _centred(questions)
        labels = _labels(vectors, _DISTANCE)
    groups: dict[int, list[int]] = {}
    for position, label in enumerate(labels):
        groups.setdefault(int(label), []).append(position)
    clusters = []
    for positions in groups.values():
        middle = vectors[positions].mean(axis=0)
        nearest = positions[int(np.argmax(vectors[positions] @ middle))]
        members = [questions[p] for p in positions]
        languages = Counter(question.locale for question in members)
        clusters.append(Cluster(questions[nearest], members, dict(languages.most_common())))
    return sorted(clusters, key=lambda c: (-len(c.questions), -c.example.id))


def _labels(vectors: np.ndarray, distance: float) -> np.ndarray:
    from sklearn.cluster import AgglomerativeClustering

    if len(vectors) == 1:
        return np.zeros(1, dtype=int)
    model = AgglomerativeClustering(
        n_clusters=None, distance_threshold=distance, metric="cosine", linkage="average"
    )
    return model.fit_predict(vectors)


def _centred(questions: Sequence[Question]) -> np.ndarray:
    vectors = np.array([question.vector for question in questions], dtype=np.float64)
    overall = vectors.mean(axis=0)
    groups = np.array([_group(question.locale) for question in questions])
    centred = np.empty_like(vectors)
    for group in np.unique(groups):
        members = groups == group
        enough = members.sum() >= _MIN_FOR_MEAN
        centred[members] = vectors[members] - (vectors[members].mean(axis=0) if enough else overall)
    lengths = np.linalg.norm(centred, axis=1, keepdims=True)
    # Questions that are their language's mean have no direction of their own.
    return np.where(lengths > _TINY, centred / np.maximum(lengths, _TINY), vectors)


def _group(locale: str) -> str:
    return locale if registry.is_romanised(locale) else registry.language_of(locale)
