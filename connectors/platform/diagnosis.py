"""How a good helpdesk reasons about a learner's records: one function a decision tree.

The trees are those of iGOT's own helpdesk bot (KB-iGOT/deterministic-chatbot): what is
open, what has to be done about it, and when only a ticket helps.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from connectors.platform.records import (
    Activity,
    Certificate,
    CourseProgress,
    PlanItem,
    ResourceState,
    Status,
)

# The platform issues a certificate within a day of completion.
GENERATION_TIME = timedelta(hours=24)
CLAPS_MINUTES = 60
_COMPLETE = 100.0
_APAR_SHARE = 0.5


class Finding(StrEnum):
    """What is the matter with a course or a certificate."""

    COMPLETE = "complete"
    OPEN_RESOURCES = "open_resources"
    NOT_SYNCHRONISED = "not_synchronised"
    ISSUED = "issued"
    STILL_GENERATING = "still_generating"
    NOT_ISSUED = "not_issued"


@dataclass(frozen=True)
class Diagnosis:
    """A finding with what it rests on.

    Attributes:
        open_resources: what has to be finished, in course order.
        certificate: the certificate, when it was issued.
    """

    finding: Finding
    open_resources: tuple[ResourceState, ...] = ()
    certificate: Certificate | None = None

    @property
    def needs_ticket(self) -> bool:
        """Whether the learner can do nothing about it."""
        return self.finding in (Finding.NOT_SYNCHRONISED, Finding.NOT_ISSUED)


def diagnose_progress(progress: CourseProgress) -> Diagnosis:
    """Explain why a course does not reach 100 %."""
    if progress.open_resources:
        return Diagnosis(Finding.OPEN_RESOURCES, progress.open_resources)
    if progress.enrolment.percentage < _COMPLETE:
        return Diagnosis(Finding.NOT_SYNCHRONISED)
    return Diagnosis(Finding.COMPLETE)


def diagnose_certificate(
    progress: CourseProgress, certificates: Sequence[Certificate], now: datetime
) -> Diagnosis:
    """Explain where the certificate of a course is.

    Args:
        progress: the learner's progress in the course.
        certificates: all certificates of the learner.
        now: the current moment, with its time zone.
    """
    course = progress.enrolment.course_id
    for certificate in certificates:
        if certificate.course_id == course:
            return Diagnosis(Finding.ISSUED, certificate=certificate)
    if progress.enrolment.status is not Status.COMPLETED:
        return diagnose_progress(progress)
    completed_on = progress.enrolment.completed_on
    # A completion that lies in the future is the platform's clock being ahead of ours.
    if completed_on is not None and now - completed_on < GENERATION_TIME:
        return Diagnosis(Finding.STILL_GENERATING)
    return Diagnosis(Finding.NOT_ISSUED)


@dataclass(frozen=True)
class ClapsDiagnosis:
    """Why weekly claps were lost.

    Attributes:
        weeks_ago: the first week with too little learning, 0 for the running one; None when
            every week had enough, so that the loss is a fault.
        minutes: minutes learned in that week.
    """

    weeks_ago: int | None
    minutes: int = 0


def diagnose_claps(activity: Activity) -> ClapsDiagnosis:
    """Find the first week, going back from the running one, that was too short."""
    for weeks_ago, minutes in enumerate(activity.weekly_minutes):
        if minutes < CLAPS_MINUTES:
            return ClapsDiagnosis(weeks_ago, minutes)
    return ClapsDiagnosis(None)


@dataclass(frozen=True)
class AparStatus:
    """How far the courses are that the APAR demands.

    Attributes:
        needed: how many have to be completed, at least half of those prescribed.
        deadline: last day.
        next_items: what to take first, by deadline.
    """

    total: int
    completed: int
    needed: int
    deadline: date
    next_items: tuple[PlanItem, ...]

    @property
    def missing(self) -> int:
        """How many courses are still missing."""
        return max(0, self.needed - self.completed)


def apar_status(plan: Sequence[PlanItem]) -> AparStatus | None:
    """Count the courses that are linked with the APAR; None when there are none."""
    linked = [item for item in plan if item.apar]
    if not linked:
        return None
    completed = sum(item.completed for item in linked)
    unfinished = sorted((i for i in linked if not i.completed), key=lambda i: i.deadline)
    return AparStatus(
        total=len(linked),
        completed=completed,
        needed=math.ceil(len(linked) * _APAR_SHARE),
        deadline=max(item.deadline for item in linked),
        next_items=tuple(unfinished),
    )
