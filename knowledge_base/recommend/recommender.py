"""Which courses a learner should take next, and why."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date

import numpy as np

from knowledge_base.catalogue import Catalogue
from knowledge_base.passages import course_facts
from knowledge_base.recommend.collaborative import CollaborativeModel
from knowledge_base.recommend.diversity import choose
from knowledge_base.recommend.gap import CompetencyGap, CompetencyTable
from knowledge_base.recommend.profile import (
    LearnerProfile,
    QuestionKind,
    Reason,
    ReasonKind,
    Recommendation,
    RecommendationFilters,
)
from knowledge_base.recommend.reasons import Grounds, explain, last_resort
from knowledge_base.recommend.scoring import Rating, Signals, Weights

_EVERYTHING = RecommendationFilters()
# A course asked to resemble another must do so at all.
_LIKE_AT_LEAST = 0.05


class UnknownCourseError(LookupError):
    """Neither the catalogue nor the enrolments have a course of this id."""


class Recommender:
    """Recommends courses from a role's competency gap, content and what others took.

    Courses that a capacity building plan mandates come first, by deadline. The others are
    chosen one by one by a weighted sum of signals (``Weights``), less their likeness to the
    courses chosen before. Never recommended are courses completed, disliked or
    retired, mandated or not, nor those in progress unless they are mandated.

    A recommender does not change and may be used from several threads.

    Args:
        catalogue: the loaded catalogue.
        vectors: course id -> unit vector of its content, shape (dimension,); without them
            courses are compared by their competencies.
        ratings: course id -> rating; the catalogue's own where it is missing.
        enrolment_counts: course id -> number of enrolments.
        collaborative: a model of co-enrolment, None when there is none yet.
        weights: what each signal counts for.
        retired: ids of courses that are no longer offered.
        beyond_catalogue: whether to recommend courses that only the enrolments know.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        vectors: Mapping[str, np.ndarray] | None = None,
        ratings: Mapping[str, Rating] | None = None,
        enrolment_counts: Mapping[str, int] | None = None,
        collaborative: CollaborativeModel | None = None,
        weights: Weights | None = None,
        retired: Collection[str] = (),
        beyond_catalogue: bool = False,
    ) -> None:
        counts = enrolment_counts or {}
        ids = set(catalogue.courses)
        if beyond_catalogue:
            ids |= set(counts) | set(collaborative.course_ids if collaborative else ())
        self.course_ids = tuple(sorted(ids))
        self.weights = weights or Weights()
        self.table = CompetencyTable(catalogue, self.course_ids)
        self._retired = frozenset(retired)
        known = [catalogue.courses.get(course_id) for course_id in self.course_ids]
        self._facts = [course and course_facts(catalogue, course) for course in known]
        self._signals = Signals(
            catalogue, self.course_ids, self.table, vectors, ratings or {}, counts, collaborative
        )

    def questions_needed(self, profile: LearnerProfile) -> tuple[QuestionKind, ...]:
        """Return what to ask before recommending, the most telling question first.

        Only a learner whose role is not known and who has taken nothing is asked.
        """
        if self.table.has_role(profile.role_id) or self._signals.known(profile.history):
            return ()
        if self.table.mask(profile.interests).any() or self._signals.known(profile.interests):
            return (QuestionKind.ROLE,)
        return (QuestionKind.ROLE, QuestionKind.TOPIC)

    def gaps(self, profile: LearnerProfile) -> list[CompetencyGap]:
        """Return what the learner's role still lacks, the widest gap first."""
        return self.table.gaps(profile.role_id, profile.completed)

    def recommend(
        self,
        profile: LearnerProfile,
        today: date,
        limit: int = 10,
        filters: RecommendationFilters = _EVERYTHING,
    ) -> list[Recommendation]:
        """Recommend courses.

        With ``filters.similar_to`` the learner asks for something of their own accord:
        mandated courses then do not come first, and the course itself is left out.

        Args:
            profile: what is known of the learner.
            today: the day, which tells whether a deadline has passed.
            limit: most courses wanted.
            filters: what all courses must meet, mandated ones too.

        Returns:
            Best first; fewer than the limit, or none, when no more courses are left.

        Raises:
            UnknownCourseError: ``filters.similar_to`` is no course.
            UnknownCompetencyError: ``filters.competency_id`` is no competency.
        """
        likeness = self._asked_likeness(filters.similar_to)
        allowed = self._allowed(profile, filters)
        if likeness is not None:
            allowed &= likeness >= _LIKE_AT_LEAST
        mandated = self._mandated(profile, allowed, filters)
        allowed[self._signals.known(profile.in_progress)] = False
        grounds = self._grounds(profile, likeness)
        picks = choose(
            self._worth(grounds),
            allowed,
            self._signals.known(mandated),
            self._signals.likeness,
            self.weights.variety,
            limit,
        )
        scores = {self.course_ids[row]: score for row, score in picks}
        order = [*mandated, *(key for key in scores if key not in mandated)][: max(limit, 0)]
        return [
            Recommendation(
                course_id,
                scores.get(course_id, 0.0),
                self._reasons(course_id, grounds, filters, today),
            )
            for course_id in order
        ]

    def _allowed(self, profile: LearnerProfile, filters: RecommendationFilters) -> np.ndarray:
        """Return which courses meet the filters and are not ruled out, shape (courses,)."""
        never = {*profile.completed, *profile.disliked, *self._retired, filters.similar_to}
        allowed = np.array([key not in never for key in self.course_ids], dtype=bool)
        if filters.competency_id is not None:
            self.table.column(filters.competency_id)  # Raises when there is none.
        if not filters.demands_nothing:
            allowed &= np.array([filters.accept(facts) for facts in self._facts], dtype=bool)
        return allowed

    def _mandated(
        self, profile: LearnerProfile, allowed: np.ndarray, filters: RecommendationFilters
    ) -> list[str]:
        """Return the mandated courses that come first, by deadline.

        A plan may name courses that the catalogue does not have; whether these meet a
        filter cannot be told.
        """
        if filters.similar_to is not None:
            return []
        never = {*profile.completed, *profile.disliked, *self._retired}

        def comes_first(course_id: str) -> bool:
            row = self._signals.row(course_id)
            if row is not None:
                return bool(allowed[row])
            return filters.demands_nothing and course_id not in never

        due = sorted(profile.mandated.items(), key=lambda item: (item[1], item[0]))
        return [course_id for course_id, _ in due if comes_first(course_id)]

    def _asked_likeness(self, course_id: str | None) -> np.ndarray | None:
        if course_id is None:
            return None
        row = self._signals.row(course_id)
        if row is None:
            raise UnknownCourseError(course_id)
        return np.maximum(self._signals.likeness(row), self._signals.taken_together(course_id))

    def _grounds(self, profile: LearnerProfile, likeness: np.ndarray | None) -> Grounds:
        signals, table = self._signals, self.table
        held = table.held(profile.completed)
        finished, nearest = signals.finished(profile)
        collaborative = signals.collaborative(profile.history)
        nothing = np.zeros(len(self.course_ids))
        return Grounds(
            profile=profile,
            gap=table.coverage(table.required(profile.role_id), held),
            interest=signals.interest(profile),
            finished=finished,
            nearest=nearest,
            fit=table.fit(held),
            language=signals.language(profile.languages),
            # The model knows what is popular, too: it would count twice.
            popularity=nothing if collaborative.any() else signals.popularity,
            collaborative=collaborative,
            disliked=signals.disliked(profile),
            similar=nothing if likeness is None else likeness,
        )

    def _worth(self, grounds: Grounds) -> np.ndarray:
        """Return what courses are worth to the learner, shape (courses,)."""
        weights = self.weights
        return (
            weights.gap * grounds.gap
            + weights.interest * grounds.interest
            + weights.finished * grounds.finished
            + weights.fit * grounds.fit
            + weights.language * grounds.language
            + weights.rating * self._signals.rating
            + weights.popularity * grounds.popularity
            + weights.collaborative * grounds.collaborative
            + weights.similar * grounds.similar
            - weights.disliked * grounds.disliked
        )

    def _reasons(
        self, course_id: str, grounds: Grounds, filters: RecommendationFilters, today: date
    ) -> tuple[Reason, ...]:
        profile = grounds.profile
        reasons = []
        if course_id in profile.mandated:
            deadline = profile.mandated[course_id]
            kind = ReasonKind.OVERDUE if deadline < today else ReasonKind.MANDATED
            reasons.append(Reason(kind, deadline=deadline))
        if course_id in profile.in_progress:
            reasons.append(Reason(ReasonKind.IN_PROGRESS))
        row = self._signals.row(course_id)
        if row is not None:
            reasons += explain(row, grounds, self._signals, self.table, self.weights, filters)
            reasons = reasons or [last_resort(row, self._signals, self.table)]
        return tuple(reasons)
