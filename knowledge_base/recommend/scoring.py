"""What speaks for a course, each signal from 0 to 1 for all courses at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

import numpy as np

from knowledge_base.catalogue import Catalogue
from knowledge_base.recommend.collaborative import CollaborativeModel
from knowledge_base.recommend.content import ContentLikeness, centred_vectors
from knowledge_base.recommend.gap import CompetencyTable
from knowledge_base.recommend.profile import LearnerProfile

# Ratings that the prior counts for (a Bayesian average).
_PRIOR_RATINGS = 10.0
# The catalogue's own rating comes without a number of ratings.
_ASSUMED_RATINGS = 10
_MIDDLE_RATING = 3.5
# A language the learner reads but does not prefer.
_SECOND_LANGUAGE = 0.8
# The last courses of a history tell most about what a learner is after.
_RECENT = 12
_FADING = 8.0
# Below this share of the greatest demand, courses are as good as not in demand.
_LEAST_DEMAND = 0.03
# Evidence between two courses, as a share of the strongest, that is worth mentioning.
_TOGETHER = 0.2
_EPSILON = 1e-9


@dataclass(frozen=True)
class Rating:
    """What learners think of a course.

    Attributes:
        mean: 1 to 5.
        count: number of ratings.
    """

    mean: float
    count: int


@dataclass(frozen=True)
class Weights:
    """What each signal counts for.

    The values were chosen on generated logs (``synthetic`` with the seeds 101 to 104, Markov
    chains, topics) for hit-rate and nDCG. Those of signals that no log shows (interest,
    language, rating, dislike, likeness asked for) are a judgement: a wish is to count.

    Attributes:
        gap: levels of the competency gap closed per learning hour.
        interest: the learner's interests.
        finished: closeness to the content of courses taken.
        fit: a level that suits what is held.
        language: a language the learner reads.
        rating: ratings, smoothed.
        popularity: enrolments, smoothed; for learners of whom the collaborative model
            knows no course.
        collaborative: what others took after the same courses.
        disliked: closeness to disliked courses, which counts against a course.
        similar: closeness to the course asked about.
        variety: likeness to courses recommended before it, which counts against a course.
    """

    gap: float = 1.0
    interest: float = 1.2
    finished: float = 0.1
    fit: float = 0.1
    language: float = 0.5
    rating: float = 0.3
    popularity: float = 2.0
    collaborative: float = 2.0
    disliked: float = 1.0
    similar: float = 5.0
    variety: float = 0.1

    def __post_init__(self) -> None:
        """Check the weights."""
        for weight in fields(self):
            if not getattr(self, weight.name) >= 0:
                raise ValueError(f"the weight {weight.name} must be 0 or more")


class Signals:
    """The signals of all courses; what does not depend on the learner is worked out once.

    Args:
        catalogue: the loaded catalogue.
        course_ids: the courses, in the order of all arrays.
        table: the same courses' competencies.
        vectors: course id -> unit vector of its content, shape (dimension,); without them
            courses are compared by their competencies.
        ratings: course id -> rating; the catalogue's own where it is missing.
        enrolment_counts: course id -> number of enrolments.
        collaborative: a model of co-enrolment, if there is one.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        course_ids: Sequence[str],
        table: CompetencyTable,
        vectors: Mapping[str, np.ndarray] | None,
        ratings: Mapping[str, Rating],
        enrolment_counts: Mapping[str, int],
        collaborative: CollaborativeModel | None,
    ) -> None:
        self._ids = tuple(course_ids)
        self._rows = {course_id: row for row, course_id in enumerate(self._ids)}
        self._table = table
        features = centred_vectors(self._ids, vectors) if vectors else table.built > 0
        self._content = ContentLikeness(np.asarray(features, dtype=np.float32))
        self._languages = [
            tuple(catalogue.course_languages(course_id)) if course_id in catalogue.courses else ()
            for course_id in self._ids
        ]
        self.rating = self._smooth_ratings(catalogue, ratings)
        self.learners = np.array([max(enrolment_counts.get(key, 0), 0) for key in self._ids])
        # One enrolment is added to each, so that a new course is not ruled out.
        popularity = np.log(self.learners + 1.0)
        self.popularity = popularity / max(popularity.max(initial=0.0), _EPSILON)
        self._collaborative = collaborative
        known = collaborative.course_ids if collaborative else ()
        self._modelled = frozenset(known)
        rows = np.array([self._rows.get(key, -1) for key in known], dtype=int)
        self._modelled_columns = np.flatnonzero(rows >= 0)
        self._modelled_rows = rows[self._modelled_columns]

    def _smooth_ratings(self, catalogue: Catalogue, ratings: Mapping[str, Rating]) -> np.ndarray:
        mean = np.full(len(self._ids), np.nan)
        count = np.zeros(len(self._ids))
        for row, course_id in enumerate(self._ids):
            course = catalogue.courses.get(course_id)
            if course_id in ratings:
                mean[row], count[row] = ratings[course_id].mean, ratings[course_id].count
            elif course is not None and course.rating is not None:
                mean[row], count[row] = course.rating, _ASSUMED_RATINGS
        self._means = mean
        rated = count > 0
        prior = np.average(mean[rated], weights=count[rated]) if rated.any() else _MIDDLE_RATING
        total = np.where(rated, mean * count, 0.0) + prior * _PRIOR_RATINGS
        return (total / (count + _PRIOR_RATINGS) - 1) / 4

    def row(self, course_id: str) -> int | None:
        """Return the row of a course, None for an unknown one."""
        return self._rows.get(course_id)

    def course_id(self, row: int) -> str:
        """Return the id of the course of a row."""
        return self._ids[row]

    def mean_rating(self, row: int) -> float | None:
        """Return the mean of a course's ratings, 1 to 5, None when there are none."""
        mean = float(self._means[row])
        return None if np.isnan(mean) else mean

    def known(self, course_ids: Sequence[str]) -> list[int]:
        """Return the rows of the courses that are known."""
        return [self._rows[key] for key in course_ids if key in self._rows]

    def likeness(self, row: int) -> np.ndarray:
        """Return how alike the courses' content is to one's, 0 to 1, shape (courses,)."""
        return self._content.to(row)

    def finished(self, profile: LearnerProfile) -> tuple[np.ndarray, np.ndarray]:
        """Return closeness to other courses that the learner took, and which is nearest.

        Returns:
            0 to 1, shape (courses,), and the row of the nearest course, -1 for none.
        """
        rows = self.known(profile.history)[-_RECENT:]
        if not rows:
            return np.zeros(len(self._ids)), np.full(len(self._ids), -1)
        fading = np.exp(-np.arange(len(rows))[::-1] / _FADING)
        closeness = self._content.to_each(rows) * fading
        closeness[rows, np.arange(len(rows))] = 0.0
        return closeness.max(axis=1), np.array(rows)[closeness.argmax(axis=1)]

    def disliked(self, profile: LearnerProfile) -> np.ndarray:
        """Return closeness to courses that the learner does not want, shape (courses,)."""
        rows = self.known(profile.disliked)
        if not rows:
            return np.zeros(len(self._ids))
        return self._content.to_each(rows).max(axis=1)

    def interest(self, profile: LearnerProfile) -> np.ndarray:
        """Return how well courses meet the learner's interests, shape (courses,)."""
        builds = self._table.built[:, self._table.mask(profile.interests)] > 0
        met = builds.any(axis=1).astype(float)
        for row in self.known(profile.interests):
            met = np.maximum(met, self.likeness(row))
        return met

    def language(self, languages: Sequence[str]) -> np.ndarray:
        """Return whether courses exist in languages of a learner, the preferred one first.

        Returns:
            1 for the preferred language, less for the others, 0 for none, shape (courses,);
            1 throughout when no languages are given.
        """
        if not languages:
            return np.ones(len(self._ids))
        first, others = languages[0], set(languages[1:])

        def value(offered: tuple[str, ...]) -> float:
            if first in offered:
                return 1.0
            # Of a course that the catalogue does not have, the language is not known.
            return _SECOND_LANGUAGE if others & set(offered) or not offered else 0.0

        return np.array([value(offered) for offered in self._languages])

    def has_language(self, language: str) -> np.ndarray:
        """Return whether courses are known to exist in a language, bool, shape (courses,)."""
        return np.array([language in offered for offered in self._languages], dtype=bool)

    def collaborative(self, history: Sequence[str]) -> np.ndarray:
        """Return what others took after the same courses, shape (courses,).

        The scale is logarithmic, as that of popularity is. It is 0 throughout when the
        model knows none of the courses.
        """
        if self._collaborative is None or self._modelled.isdisjoint(history):
            return np.zeros(len(self._ids))
        demand = self._spread(self._collaborative.scores(history), self.known(history))
        return np.log((demand + _LEAST_DEMAND) / _LEAST_DEMAND) / np.log(1 + 1 / _LEAST_DEMAND)

    def taken_together(self, course_id: str) -> np.ndarray:
        """Return how much taking one course speaks for each other, shape (courses,)."""
        if self._collaborative is None or course_id not in self._modelled:
            return np.zeros(len(self._ids))
        return self._spread(self._collaborative.closeness(course_id), self.known((course_id,)))

    def partner(self, history: Sequence[str], row: int) -> str | None:
        """Return the course of a history that speaks most for another, None if none does."""
        speaks = {key: float(self.taken_together(key)[row]) for key in history[-_RECENT:]}
        best = max(speaks, key=lambda key: speaks[key], default=None)
        return best if best is not None and speaks[best] >= _TOGETHER else None

    def _spread(self, scores: np.ndarray, without: Sequence[int]) -> np.ndarray:
        """Return the model's scores by row, the highest 1, none below 0."""
        spread = np.zeros(len(self._ids))
        spread[self._modelled_rows] = np.maximum(scores[self._modelled_columns], 0.0)
        spread[list(without)] = 0.0
        return spread / max(spread.max(initial=0.0), _EPSILON)
