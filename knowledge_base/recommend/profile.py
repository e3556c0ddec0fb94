"""What is known of a learner, what is asked for, and what is recommended with which reasons."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from knowledge_base.filters import Filters


@dataclass(frozen=True)
class LearnerProfile:
    """A learner as recommendation sees one; it has no name or id.

    Attributes:
        role_id: id of a FRAC role, None when it is not known.
        completed: ids of finished courses, oldest first.
        in_progress: ids of courses begun, oldest first.
        mandated: course id -> day by which the learner's capacity building plan (CBP)
            wants it finished.
        interests: ids of competencies and of courses.
        languages: codes of the languages the learner reads, the preferred one first; empty
            when they are not known.
        liked: ids of courses that the learner said were good.
        disliked: ids of courses that the learner does not want.
    """

    role_id: str | None = None
    completed: tuple[str, ...] = ()
    in_progress: tuple[str, ...] = ()
    mandated: Mapping[str, date] = field(default_factory=dict)
    interests: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    liked: tuple[str, ...] = ()
    disliked: tuple[str, ...] = ()

    @property
    def history(self) -> tuple[str, ...]:
        """Courses finished, begun and liked, each once, oldest first."""
        return tuple(dict.fromkeys((*self.completed, *self.in_progress, *self.liked)))


@dataclass(frozen=True)
class RecommendationFilters(Filters):
    """What a recommendation must meet: what a search can, and likeness.

    Attributes:
        similar_to: id of a course that the others should resemble.
    """

    similar_to: str | None = None


class ReasonKind(StrEnum):
    """Why a course is recommended; the comment names the fields of the reason that are set."""

    MANDATED = "mandated"  # deadline
    OVERDUE = "overdue"  # deadline
    IN_PROGRESS = "in_progress"
    GAP = "gap"  # competency_id, level, held_level, required_level
    INTEREST = "interest"  # competency_id or course_id
    SIMILAR = "similar"  # course_id, the one that was asked about
    LIKE_TAKEN = "like_taken"  # course_id, from the learner's history
    TAKEN_TOGETHER = "taken_together"  # course_id, from the learner's history
    NEXT_LEVEL = "next_level"  # competency_id, level, held_level
    LANGUAGE = "language"  # language
    RATED = "rated"  # rating
    POPULAR = "popular"  # learners
    SHORT = "short"  # minutes
    LEVEL = "level"  # level


@dataclass(frozen=True)
class Reason:
    """One reason, in facts; the caller words it.

    Attributes:
        competency_id: id of a competency.
        level: level, 1 to 5, that the course builds the competency up to.
        held_level: level that finished courses have built, 0 for none.
        required_level: level that the role requires.
        course_id: id of another course.
        deadline: day by which the course is to be finished.
        minutes: learning time of the course.
        language: code of a language that the learner prefers.
        rating: mean of the learners' ratings, 1 to 5.
        learners: number of learners who have enrolled.
    """

    kind: ReasonKind
    competency_id: str | None = None
    level: int | None = None
    held_level: int | None = None
    required_level: int | None = None
    course_id: str | None = None
    deadline: date | None = None
    minutes: int | None = None
    language: str | None = None
    rating: float | None = None
    learners: int | None = None


@dataclass(frozen=True)
class Recommendation:
    """A course and why.

    Attributes:
        score: comparable within one call only.
        reasons: at least one; duties first, then what concerns the learner, then what
            speaks for the course by itself, the weightiest first each.
    """

    course_id: str
    score: float
    reasons: tuple[Reason, ...]


class QuestionKind(StrEnum):
    """What to ask a learner of whom nothing is known."""

    ROLE = "role"
    TOPIC = "topic"
