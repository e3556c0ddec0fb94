"""The helpdesk's decision trees, branch by branch."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from connectors.platform.diagnosis import (
    GENERATION_TIME,
    Finding,
    apar_status,
    diagnose_certificate,
    diagnose_claps,
    diagnose_progress,
)
from connectors.platform.records import (
    Activity,
    Certificate,
    CourseProgress,
    Enrolment,
    PlanItem,
    ResourceKind,
    ResourceState,
    Status,
)

NOW = datetime(2026, 11, 27, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)


def resource(status: Status) -> ResourceState:
    return ResourceState("r", "A film", "Module 1", ResourceKind.VIDEO, 10, status)


def course(
    *states: Status, percentage: float = 100, completed_on: datetime | None = None
) -> CourseProgress:
    status = Status.COMPLETED if completed_on else Status.IN_PROGRESS
    enrolment = Enrolment("c", "C", status, percentage, NOW - 90 * HOUR, completed_on)
    return CourseProgress(enrolment, tuple(resource(state) for state in states))


@pytest.mark.parametrize(
    ("progress", "finding"),
    [
        (course(Status.COMPLETED, Status.IN_PROGRESS, percentage=99), Finding.OPEN_RESOURCES),
        (course(Status.NOT_STARTED, percentage=0), Finding.OPEN_RESOURCES),
        (course(Status.COMPLETED, percentage=99), Finding.NOT_SYNCHRONISED),
        (course(Status.COMPLETED), Finding.COMPLETE),
        (course(), Finding.COMPLETE),
    ],
)
def test_why_a_course_does_not_end(progress: CourseProgress, finding: Finding) -> None:
    assert diagnose_progress(progress).finding is finding


@pytest.mark.parametrize(
    ("completed_on", "finding", "ticket"),
    [
        (NOW - HOUR, Finding.STILL_GENERATING, False),
        (NOW - GENERATION_TIME + HOUR, Finding.STILL_GENERATING, False),
        (NOW - GENERATION_TIME - HOUR, Finding.NOT_ISSUED, True),
        # The platform's clock is ahead of ours, by minutes or by days.
        (NOW + HOUR / 20, Finding.STILL_GENERATING, False),
        (NOW + 48 * HOUR, Finding.STILL_GENERATING, False),
    ],
)
def test_why_a_certificate_is_missing(
    completed_on: datetime, finding: Finding, ticket: bool
) -> None:
    progress = course(Status.COMPLETED, completed_on=completed_on)
    diagnosis = diagnose_certificate(progress, [], NOW)
    assert (diagnosis.finding, diagnosis.needs_ticket) == (finding, ticket)


def test_a_certificate_that_is_there_is_found_whatever_the_state() -> None:
    issued = Certificate("KB-1", "c", "C", "A B", NOW)
    other = Certificate("KB-2", "x", "X", "A B", NOW)
    progress = course(Status.IN_PROGRESS, percentage=50)
    assert diagnose_certificate(progress, [other, issued], NOW).certificate == issued
    assert diagnose_certificate(progress, [other], NOW).finding is Finding.OPEN_RESOURCES


@pytest.mark.parametrize(
    ("weeks", "weeks_ago", "minutes"),
    [((70, 20, 90, 90), 1, 20), ((10, 90, 90, 90), 0, 10), ((60, 60, 60, 60), None, 0)],
)
def test_the_first_short_week_lost_the_claps(
    weeks: tuple[int, ...], weeks_ago: int | None, minutes: int
) -> None:
    diagnosis = diagnose_claps(Activity(0, 0, 0, weekly_minutes=weeks))
    assert (diagnosis.weeks_ago, diagnosis.minutes) == (weeks_ago, minutes)


@pytest.mark.parametrize(("total", "done", "missing"), [(4, 1, 1), (5, 2, 1), (5, 3, 0), (1, 0, 1)])
def test_half_of_the_apar_courses_are_needed(total: int, done: int, missing: int) -> None:
    plan = [
        PlanItem(f"c{n}", "C", date(2027, 3, 31 - n), apar=True, completed=n < done)
        for n in range(total)
    ]
    status = apar_status([*plan, PlanItem("x", "X", date(2027, 1, 1), apar=False, completed=False)])
    assert status is not None
    assert (status.total, status.missing) == (total, missing)
    deadlines = [item.deadline for item in status.next_items]
    assert deadlines == sorted(deadlines)
    assert apar_status([]) is None
