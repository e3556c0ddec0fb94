"""Why a course was recommended: the signals that carried it, as facts without words."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from knowledge_base.recommend.gap import CompetencyTable
from knowledge_base.recommend.profile import (
    LearnerProfile,
    Reason,
    ReasonKind,
    RecommendationFilters,
)
from knowledge_base.recommend.scoring import Signals, Weights

# Below these a signal is too weak to be given as a reason.
_CLOSE = 0.35
_TOGETHER = 0.5
_WELL_RATED = 4.0
_SHORT_MINUTES = 30
# Being taken much is telling only of the courses that most learners take.
_POPULAR = 0.8
# A language that most courses exist in is no reason.
_RARE = 0.5
_MOST_GAPS = 2


@dataclass(frozen=True)
class Grounds:
    """What the signals say for one learner, each array of shape (courses,), 0 to 1.

    Attributes:
        gap: levels of the competency gap closed per learning hour.
        nearest: row of the course in the learner's history that a course is closest to.
        similar: closeness to the course that was asked about.
    """

    profile: LearnerProfile
    gap: np.ndarray
    interest: np.ndarray
    finished: np.ndarray
    nearest: np.ndarray
    fit: np.ndarray
    language: np.ndarray
    popularity: np.ndarray
    collaborative: np.ndarray
    disliked: np.ndarray
    similar: np.ndarray


@dataclass(frozen=True)
class _Case:
    """One course and all that bears on it."""

    row: int
    grounds: Grounds
    signals: Signals
    table: CompetencyTable
    weights: Weights
    filters: RecommendationFilters


def explain(
    row: int,
    grounds: Grounds,
    signals: Signals,
    table: CompetencyTable,
    weights: Weights,
    filters: RecommendationFilters,
) -> list[Reason]:
    """Return what speaks for a course.

    Args:
        row: the course.
        grounds: what the signals say for the learner.
        signals: what they say for everybody.
        table: the courses' competencies.
        weights: what each signal counts for.
        filters: what was asked for.

    Returns:
        What concerns the learner, then what speaks for the course by itself, the weightiest
        first each; may be empty.
    """
    case = _Case(row, grounds, signals, table, weights, filters)
    personal = [
        *_similar(case),
        *_gaps(case),
        *_interests(case),
        *_history(case),
        *_next_levels(case),
    ]
    return [*_by_weight(personal), *_by_weight(_merits(case))]


def last_resort(row: int, signals: Signals, table: CompetencyTable) -> Reason:
    """Return what can be said of a course that nothing in particular speaks for."""
    levels = table.built[row]
    if not levels.max(initial=0.0):
        return Reason(ReasonKind.POPULAR, learners=int(signals.learners[row]))
    column = int(levels.argmax())
    competency_id = table.competency_ids[column]
    return Reason(ReasonKind.LEVEL, competency_id=competency_id, level=int(levels[column]))


_Weighed = list[tuple[float, Reason]]


def _by_weight(weighed: _Weighed) -> list[Reason]:
    return [reason for _, reason in sorted(weighed, key=lambda pair: -pair[0])]


def _similar(case: _Case) -> _Weighed:
    if case.filters.similar_to is None:
        return []
    reason = Reason(ReasonKind.SIMILAR, course_id=case.filters.similar_to)
    return [(case.weights.similar * float(case.grounds.similar[case.row]), reason)]


def _gaps(case: _Case) -> _Weighed:
    """The competencies of the role's gap that the course builds, the most levels first."""
    table, profile = case.table, case.grounds.profile
    required, held = table.required(profile.role_id), table.held(profile.completed)
    built = table.built[case.row]
    gain = np.maximum(np.minimum(built, required) - held, 0.0)
    columns = np.argsort(-gain, kind="stable")[:_MOST_GAPS]
    return [
        (
            case.weights.gap * float(case.grounds.gap[case.row] * gain[column] / gain.sum()),
            Reason(
                ReasonKind.GAP,
                competency_id=table.competency_ids[column],
                level=int(built[column]),
                held_level=int(held[column]),
                required_level=int(required[column]),
            ),
        )
        for column in columns
        if gain[column] > 0
    ]


def _interests(case: _Case) -> _Weighed:
    table, profile = case.table, case.grounds.profile
    wanted = np.flatnonzero(table.mask(profile.interests) & (table.built[case.row] > 0))
    met: _Weighed = [
        (
            case.weights.interest,
            Reason(ReasonKind.INTEREST, competency_id=table.competency_ids[column]),
        )
        for column in wanted
    ]
    for interest in profile.interests:
        other = case.signals.row(interest)
        closeness = 0.0 if other is None else float(case.signals.likeness(other)[case.row])
        if closeness >= _CLOSE:
            reason = Reason(ReasonKind.INTEREST, course_id=interest)
            met.append((case.weights.interest * closeness, reason))
    return met


def _history(case: _Case) -> _Weighed:
    grounds, weights, row = case.grounds, case.weights, case.row
    reasons: _Weighed = []
    closeness = float(grounds.finished[row])
    if closeness >= _CLOSE:
        nearest = case.signals.course_id(int(grounds.nearest[row]))
        reason = Reason(ReasonKind.LIKE_TAKEN, course_id=nearest)
        reasons.append((weights.finished * closeness, reason))
    together = float(grounds.collaborative[row])
    partner = case.signals.partner(grounds.profile.history, row) if together >= _TOGETHER else None
    if partner is not None:
        reason = Reason(ReasonKind.TAKEN_TOGETHER, course_id=partner)
        reasons.append((weights.collaborative * together, reason))
    return reasons


def _next_levels(case: _Case) -> _Weighed:
    """The competencies in which the course starts where finished courses have led."""
    table = case.table
    held, built = table.held(case.grounds.profile.completed), table.built[case.row]
    follows = np.flatnonzero((held > 0) & (built > held) & (table.entry[case.row] <= held))
    return [
        (
            case.weights.fit,
            Reason(
                ReasonKind.NEXT_LEVEL,
                competency_id=table.competency_ids[column],
                level=int(built[column]),
                held_level=int(held[column]),
            ),
        )
        for column in follows[:1]
    ]


def _merits(case: _Case) -> _Weighed:
    """What speaks for the course by itself."""
    signals, weights, row, profile = case.signals, case.weights, case.row, case.grounds.profile
    reasons: _Weighed = []
    minutes = case.table.minutes(row)
    wanted = case.filters.max_minutes
    if minutes and (wanted is not None or minutes <= _SHORT_MINUTES):
        reasons.append((weights.fit, Reason(ReasonKind.SHORT, minutes=minutes)))
    if profile.languages:
        language = profile.languages[0]
        offered = signals.has_language(language)
        if offered[row] and offered.mean() < _RARE:
            reasons.append((weights.language, Reason(ReasonKind.LANGUAGE, language=language)))
    rating = signals.mean_rating(row)
    smoothed = float(signals.rating[row])
    if rating is not None and min(rating, 1 + 4 * smoothed) >= _WELL_RATED:
        reasons.append((weights.rating * smoothed, Reason(ReasonKind.RATED, rating=rating)))
    popularity = float(signals.popularity[row])
    if popularity >= _POPULAR:
        learners = int(signals.learners[row])
        value = weights.popularity * popularity
        reasons.append((value, Reason(ReasonKind.POPULAR, learners=learners)))
    return reasons
