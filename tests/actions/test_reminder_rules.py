"""Which reminder is due: each rule, and which goes before which."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from bot.actions.reminder_rules import Reminder, ReminderFacts, ReminderKind, due_reminder
from connectors.platform.records import Enrolment, PlanItem, Status

TUESDAY = date(2026, 11, 24)
MONDAY = TUESDAY - timedelta(days=1)
# Since today, so that no summary is due.
NOTHING = ReminderFacts(today=TUESDAY, begun=TUESDAY)


def due(facts: ReminderFacts = NOTHING, **changes: object) -> Reminder | None:
    return due_reminder(replace(facts, **changes))


def item(course_id: str, days_left: int, completed: bool = False) -> PlanItem:
    deadline = TUESDAY + timedelta(days=days_left)
    return PlanItem(course_id, course_id.upper(), deadline, apar=False, completed=completed)


def enrolment(
    course_id: str,
    idle_days: int | None = 20,
    status: Status = Status.IN_PROGRESS,
    percentage: float = 50,
) -> Enrolment:
    noon = datetime(2026, 11, 24, 6, 30, tzinfo=UTC)
    last_active = None if idle_days is None else noon - timedelta(days=idle_days)
    return Enrolment(
        course_id,
        course_id.upper(),
        status,
        percentage,
        enrolled_on=noon - timedelta(days=100),
        last_active=last_active,
    )


def test_of_nothing_nothing_is_due() -> None:
    assert due() is None


# Deadlines


@pytest.mark.parametrize(
    ("days_left", "called"),
    [(-1, None), (0, "1"), (1, "1"), (2, "7"), (6, "7"), (7, "7"), (8, None)],
)
def test_deadlines_are_called_within_a_week_and_on_the_last_two_days(
    days_left: int, called: str | None
) -> None:
    reminder = due(plan=[item("rti", days_left)])
    if called is None:
        assert reminder is None
    else:
        day = TUESDAY + timedelta(days=days_left)
        assert reminder.kind is ReminderKind.DEADLINE
        assert reminder.keys == (f"deadline:rti:{day.isoformat()}:{called}",)


def test_each_deadline_is_called_once_a_class() -> None:
    sent: set[str] = set()
    days_left = []
    for left in range(9, -2, -1):
        today = TUESDAY + timedelta(days=9 - left)
        reminder = due(plan=[item("rti", 9)], today=today, begun=today, sent=sent)
        if reminder is not None and reminder.kind is ReminderKind.DEADLINE:
            days_left.append(left)
            sent |= set(reminder.keys)
    assert days_left == [7, 1]


def test_a_deadline_that_is_moved_is_called_again() -> None:
    sent = due(plan=[item("rti", 5)]).keys
    assert due(plan=[item("rti", 5)], sent=sent) is None
    assert due(plan=[item("rti", 6)], sent=sent).kind is ReminderKind.DEADLINE


def test_all_deadlines_of_a_class_go_into_one_reminder_each_with_its_key() -> None:
    plan = [item("late", 7), item("first", 1), item("soon", 3), item("also", 0), item("no", 9)]
    reminder = due(plan=plan)
    assert [i.course_id for i in reminder.items] == ["also", "first"]
    assert len(set(reminder.keys)) == 2
    reminder = due(plan=plan, sent=reminder.keys)
    assert [i.course_id for i in reminder.items] == ["soon", "late"]
    assert all(key.endswith(":7") for key in reminder.keys)


def test_a_deadline_that_comes_near_later_is_called_alone() -> None:
    known = due(plan=[item("rti", 4)]).keys
    reminder = due(plan=[item("rti", 4), item("noting", 7)], sent=known)
    assert [i.course_id for i in reminder.items] == ["noting"]


def test_what_is_completed_or_gone_is_never_called() -> None:
    assert due(plan=[item("rti", 1, completed=True)]) is None
    finished = enrolment("rti", status=Status.COMPLETED)
    assert due(plan=[item("rti", 1)], enrolments=[finished]) is None
    assert due(plan=[item("rti", 1)], unavailable={"rti"}) is None


# The weekly summary


def test_the_summary_comes_once_a_week_from_monday_on() -> None:
    long_ago = replace(NOTHING, begun=date(2026, 10, 1))
    sent: set[str] = set()
    days = []
    for number in range(15):
        today = MONDAY + timedelta(days=number)
        reminder = due(long_ago, today=today, sent=sent)
        if reminder is not None:
            assert reminder.kind is ReminderKind.DIGEST
            sent |= set(reminder.keys)
            days.append(number)
    assert days == [0, 7, 14]
    assert sent == {"digest:2026-W48", "digest:2026-W49", "digest:2026-W50"}


def test_a_summary_that_monday_had_no_room_for_comes_later_in_the_week() -> None:
    assert due(begun=MONDAY, today=MONDAY + timedelta(days=6)).keys == ("digest:2026-W48",)


def test_a_week_belongs_to_its_iso_year() -> None:
    begun = date(2026, 1, 1)
    assert due(today=date(2027, 1, 1), begun=begun).keys == ("digest:2026-W53",)
    assert due(today=date(2027, 1, 4), begun=begun).keys == ("digest:2027-W01",)


@pytest.mark.parametrize("weekday", range(7))
def test_the_week_in_which_somebody_begins_has_no_summary_unless_on_its_monday(
    weekday: int,
) -> None:
    begun = MONDAY + timedelta(days=weekday)
    sunday = MONDAY + timedelta(days=6)
    assert (due(begun=begun, today=sunday) is not None) == (weekday == 0)
    assert due(begun=begun, today=sunday + timedelta(days=1)).keys == ("digest:2026-W49",)


def test_the_summary_lists_what_is_due_in_two_weeks() -> None:
    plan = [item("a", 14), item("b", 15), item("c", 9), item("d", 10, completed=True)]
    reminder = due(begun=MONDAY, plan=[*plan, item("e", 9), item("f", -3)], unavailable=["e"])
    assert [i.course_id for i in reminder.items] == ["c", "a"]


# Idle courses


@pytest.mark.parametrize(("days", "is_due"), [(0, False), (13, False), (14, True), (400, True)])
def test_a_course_idle_for_two_weeks_is_spoken_of(days: int, is_due: bool) -> None:
    reminder = due(enrolments=[enrolment("rti", days)])
    assert (reminder is not None) == is_due
    if reminder:
        day = TUESDAY - timedelta(days=days)
        assert (reminder.kind, reminder.keys) == (ReminderKind.IDLE, (f"idle:rti:{day}",))


def test_days_are_those_of_india() -> None:
    # 20:00 UTC is past midnight in India.
    late = datetime(2026, 11, 10, 20, tzinfo=UTC)
    idle = replace(enrolment("rti"), last_active=late)
    assert due(enrolments=[idle]) is None
    assert due(enrolments=[idle], today=TUESDAY + timedelta(days=1)) is not None


def test_the_idle_course_nearest_to_its_end_goes_first() -> None:
    courses = [enrolment("a", percentage=20), enrolment("b", percentage=90), enrolment("c", 1)]
    first = due(enrolments=courses)
    assert first.enrolment.course_id == "b"
    second = due(enrolments=courses, sent=first.keys)
    assert second.enrolment.course_id == "a"
    assert due(enrolments=courses, sent=[*first.keys, *second.keys]) is None


def test_who_has_gone_on_and_stopped_again_is_reminded_again() -> None:
    sent = due(enrolments=[enrolment("rti", 30)]).keys
    assert due(enrolments=[enrolment("rti", 30)], sent=sent) is None
    assert due(enrolments=[enrolment("rti", 15)], sent=sent) is not None


@pytest.mark.parametrize(
    "other",
    [
        enrolment("rti", status=Status.COMPLETED),
        enrolment("rti", status=Status.NOT_STARTED),
        enrolment("rti", idle_days=None),
    ],
)
def test_other_courses_are_not_idle(other: Enrolment) -> None:
    assert due(enrolments=[other]) is None


def test_a_retired_course_is_not_idle() -> None:
    assert due(enrolments=[enrolment("rti")], unavailable={"rti"}) is None


# New courses


def test_the_best_new_course_is_told_once() -> None:
    first = due(new_courses=["best", "next"])
    assert (first.kind, first.keys, first.course_id) == (
        ReminderKind.NEW_COURSE,
        ("new:best",),
        "best",
    )
    assert due(new_courses=["best", "next"], sent=first.keys).course_id == "next"


def test_a_new_course_that_is_taken_or_gone_is_not_told() -> None:
    assert due(new_courses=["a"], enrolments=[enrolment("a", 1)]) is None
    assert due(new_courses=["a"], unavailable=["a"]) is None


# Which goes before which


def test_the_most_urgent_goes_first_and_the_rest_follows() -> None:
    facts = ReminderFacts(
        today=TUESDAY,
        begun=MONDAY - timedelta(days=30),
        plan=[item("tomorrow", 1), item("soon", 5)],
        enrolments=[enrolment("idle")],
        new_courses=["new"],
    )
    sent: list[str] = []
    while (reminder := due(facts, sent=sent)) is not None:
        sent += reminder.keys
    assert [key.split(":")[0] for key in sent] == ["deadline", "deadline", "digest", "idle", "new"]
    assert [key.rsplit(":", 1)[1] for key in sent[:2]] == ["1", "7"]
