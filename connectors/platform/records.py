"""What Sathi asks of a learning platform, and the records it gets back.

``LearningPlatform`` has two implementations: ``SqlPlatform`` (embedded SQLite, PostgreSQL
by URL) and ``SunbirdPlatform`` (the REST API of Sunbird, on which iGOT Karmayogi runs).
Every call but ``enrolment_log`` is made for one learner whose identity the caller has verified.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import IntEnum, StrEnum
from typing import Protocol


class PlatformError(RuntimeError):
    """Base of what can go wrong while asking the platform."""


class PlatformUnavailableError(PlatformError):
    """The platform did not answer, or answered with a fault of its own, after all retries."""


class PlatformRefusedError(PlatformError):
    """The platform refused the credentials (401, 403)."""


class PlatformDataError(PlatformError):
    """The platform's answer does not have the documented shape."""


class NotKnownError(PlatformError):
    """There is no such learner, course or certificate."""


class Status(IntEnum):
    """State of an enrolment or of a resource, as Sunbird counts it."""

    NOT_STARTED = 0
    IN_PROGRESS = 1
    COMPLETED = 2


class ResourceKind(StrEnum):
    """What a resource is, which decides how it is finished."""

    VIDEO = "video"
    PDF = "pdf"
    SCORM = "scorm"
    ASSESSMENT = "assessment"
    OTHER = "other"


class Availability(StrEnum):
    """Whether learners can see a course."""

    OPEN = "open"
    MODERATED = "moderated"
    RETIRED = "retired"
    DRAFT = "draft"


@dataclass(frozen=True)
class Learner:
    """A learner's profile.

    Attributes:
        designation: title of the post as the platform has it, None if it is not set.
        languages: codes of the languages the learner reads, the preferred one first.
        target_minutes: learning time a year that is expected of the learner, in minutes.
    """

    id: str
    first_name: str
    last_name: str
    department: str
    designation: str | None
    languages: tuple[str, ...] = ("en",)
    target_minutes: int = 3000

    @property
    def full_name(self) -> str:
        """First and last name as certificates print them."""
        return f"{self.first_name} {self.last_name}".strip()


@dataclass(frozen=True)
class Enrolment:
    """A learner's place in a course.

    Attributes:
        percentage: completion, 0 to 100.
        last_active: when the learner last worked on it.
        deadline: day by which a plan wants it finished.
    """

    course_id: str
    course_name: str
    status: Status
    percentage: float
    enrolled_on: datetime
    completed_on: datetime | None = None
    last_active: datetime | None = None
    deadline: date | None = None

    def is_overdue(self, today: date) -> bool:
        """Whether the deadline has passed before the course was finished."""
        open_still = self.status is not Status.COMPLETED
        return open_still and self.deadline is not None and self.deadline < today


@dataclass(frozen=True)
class ResourceState:
    """A resource (leaf node) of a course and how far the learner is in it.

    Attributes:
        module: title of the module that holds it.
        minutes: its length.
        score: best result of an assessment, in percent.
        pass_mark: result an assessment needs, in percent.
        attempts_left: attempts at an assessment that remain, None when not limited.
    """

    id: str
    name: str
    module: str
    kind: ResourceKind
    minutes: int
    status: Status
    score: float | None = None
    pass_mark: float | None = None
    attempts_left: int | None = None


@dataclass(frozen=True)
class CourseProgress:
    """One course, resource by resource."""

    enrolment: Enrolment
    resources: tuple[ResourceState, ...]

    @property
    def open_resources(self) -> tuple[ResourceState, ...]:
        """Resources that are not completed, in course order."""
        return tuple(r for r in self.resources if r.status is not Status.COMPLETED)


@dataclass(frozen=True)
class Certificate:
    """A certificate that was issued.

    Attributes:
        number: what a third party verifies it by.
        url: where the platform keeps the document, None when Sathi renders it.
    """

    number: str
    course_id: str
    course_name: str
    learner_name: str
    issued_on: datetime
    language: str = "en"
    url: str | None = None


@dataclass(frozen=True)
class PlanItem:
    """A course that a capacity building plan (CBP) prescribes for a learner."""

    course_id: str
    course_name: str
    deadline: date
    apar: bool
    completed: bool


@dataclass(frozen=True)
class Activity:
    """Learning time and points.

    Attributes:
        minutes_this_week: since Monday.
        weekly_minutes: minutes of the last four weeks, the running week first
            (the platform's w1 to w4).
        claps: weekly claps collected.
        karma_points: points collected.
        longer_are_lower_bounds: whether the minutes of the month and the year are only known
            to be at least so many.
    """

    minutes_this_week: int
    minutes_this_month: int
    minutes_this_year: int
    weekly_minutes: tuple[int, ...] = ()
    claps: int = 0
    karma_points: int = 0
    longer_are_lower_bounds: bool = False


@dataclass(frozen=True)
class CourseAccess:
    """Who may see a course.

    Attributes:
        administrators: names of the MDO administrators to ask, for a moderated course.
    """

    availability: Availability
    course_name: str = ""
    administrators: tuple[str, ...] = field(default_factory=tuple)


class LearningPlatform(Protocol):
    """The calls, all blocking; call them from a worker thread.

    All raise ``PlatformUnavailableError``, ``PlatformRefusedError`` or
    ``PlatformDataError`` when the platform fails.
    """

    def learner(self, learner_id: str) -> Learner:
        """Return a profile; raises ``NotKnownError``."""

    def enrolments(self, learner_id: str) -> list[Enrolment]:
        """Return all enrolments, last active first."""

    def progress(self, learner_id: str, course_id: str) -> CourseProgress:
        """Return one course in detail; raises ``NotKnownError`` without an enrolment."""

    def certificates(self, learner_id: str) -> list[Certificate]:
        """Return the learner's certificates, newest first."""

    def verify(self, number: str) -> Certificate | None:
        """Return the certificate of a number, or None; for third parties."""

    def plan(self, learner_id: str) -> list[PlanItem]:
        """Return what the learner's plan prescribes, by deadline."""

    def activity(self, learner_id: str, now: datetime) -> Activity:
        """Return learning time and points at a moment (with time zone)."""

    def unavailable(self, course_ids: Sequence[str]) -> set[str]:
        """Return those of some courses that nobody can take: retired, unpublished, unknown."""

    def access(self, course_id: str, learner_id: str) -> CourseAccess:
        """Return whether the learner can see a course; raises ``NotKnownError``."""

    def enrolment_log(self) -> Iterator[tuple[str, str, datetime]]:
        """Yield learner id, course id and moment of every enrolment there is.

        It is for fitting recommendations: what is made of it must name no learner.
        """
