"""Which reminder is due for a learner, decided from facts alone.

Of all that could be said one thing is, the most urgent. Each reminder has keys of what it
reminds of; a key that was sent makes nothing due again, and one that was missed (a day
without Sathi) is still due the day after.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from connectors.platform.records import Enrolment, PlanItem, Status
from connectors.platform.sql import INDIA

# Days left at a deadline: up to so many it is for the last time, and for the first.
_LAST_CALL = 1
_FIRST_CALL = 7
_DIGEST_DAYS = 14
_IDLE_DAYS = 14


class ReminderKind(StrEnum):
    """What a reminder is about, the most urgent first."""

    DEADLINE = "deadline"
    DIGEST = "digest"
    IDLE = "idle"
    NEW_COURSE = "new_course"


@dataclass(frozen=True)
class ReminderFacts:
    """What is known of a learner who wants to be reminded.

    Attributes:
        today: the day in India.
        begun: the day in India on which the learner asked to be reminded.
        enrolments: all enrolments.
        plan: what the plan prescribes.
        new_courses: ids of courses that came after ``begun`` and close a gap of the
            learner's role, the best first.
        unavailable: ids of courses that nobody can take any more.
        sent: keys of what the learner was reminded of.
    """

    today: date
    begun: date
    enrolments: Sequence[Enrolment] = ()
    plan: Sequence[PlanItem] = ()
    new_courses: Sequence[str] = ()
    unavailable: Collection[str] = ()
    sent: Collection[str] = ()


@dataclass(frozen=True)
class Reminder:
    """What to remind of.

    Attributes:
        keys: what stands for it among what was sent.
        items: for a deadline and a digest: what the plan wants soon, by deadline.
        enrolment: for an idle course: the course.
        course_id: for a new course: its id.
    """

    kind: ReminderKind
    keys: tuple[str, ...]
    items: tuple[PlanItem, ...] = ()
    enrolment: Enrolment | None = None
    course_id: str | None = None


def new_course_key(course_id: str) -> str:
    """Return what stands for a new course among what was sent."""
    return f"new:{course_id}"


def due_reminder(facts: ReminderFacts) -> Reminder | None:
    """Return the most urgent reminder that is due, None if nothing is.

    Args:
        facts: what is known of the learner.
    """
    for rule in _RULES:
        reminder = rule(facts)
        if reminder is not None:
            return reminder
    return None


def _last_call(facts: ReminderFacts) -> Reminder | None:
    return _deadlines(facts, 0, _LAST_CALL)


def _first_call(facts: ReminderFacts) -> Reminder | None:
    return _deadlines(facts, _LAST_CALL + 1, _FIRST_CALL)


def _deadlines(facts: ReminderFacts, fewest: int, most: int) -> Reminder | None:
    """Remind of all deadlines with so many days left of which the learner does not know."""
    due = {
        f"deadline:{item.course_id}:{item.deadline.isoformat()}:{most}": item
        for item in _open_items(facts, fewest, most)
    }
    unknown = {key: item for key, item in due.items() if key not in facts.sent}
    if not unknown:
        return None
    return Reminder(ReminderKind.DEADLINE, tuple(unknown), items=tuple(unknown.values()))


def _open_items(facts: ReminderFacts, fewest: int, most: int) -> list[PlanItem]:
    """Return what the plan still wants in so many days, by deadline."""
    finished = {e.course_id for e in facts.enrolments if e.status is Status.COMPLETED}
    never = finished.union(facts.unavailable)
    items = [
        item
        for item in facts.plan
        if not item.completed
        and item.course_id not in never
        and fewest <= (item.deadline - facts.today).days <= most
    ]
    return sorted(items, key=lambda item: (item.deadline, item.course_id))


def _digest(facts: ReminderFacts) -> Reminder | None:
    """Sum up once a week, for the first time in the first week that is reminded as a whole."""
    monday = facts.today - timedelta(days=facts.today.weekday())
    year, week, _ = facts.today.isocalendar()
    key = f"digest:{year}-W{week:02}"
    if facts.begun > monday or key in facts.sent:
        return None
    return Reminder(ReminderKind.DIGEST, (key,), items=tuple(_open_items(facts, 0, _DIGEST_DAYS)))


def _idle(facts: ReminderFacts) -> Reminder | None:
    """Remind of the idle course that is nearest to its end."""
    idle: dict[str, Enrolment] = {}
    for enrolment in facts.enrolments:
        # Some platforms do not tell when a course was last worked on.
        if enrolment.status is not Status.IN_PROGRESS or enrolment.last_active is None:
            continue
        day = enrolment.last_active.astimezone(INDIA).date()
        key = f"idle:{enrolment.course_id}:{day.isoformat()}"
        known = key in facts.sent or enrolment.course_id in facts.unavailable
        if not known and (facts.today - day).days >= _IDLE_DAYS:
            idle[key] = enrolment
    if not idle:
        return None
    key = max(idle, key=lambda key: (idle[key].percentage, key))
    return Reminder(ReminderKind.IDLE, (key,), enrolment=idle[key])


def _new_course(facts: ReminderFacts) -> Reminder | None:
    begun = {enrolment.course_id for enrolment in facts.enrolments}
    for course_id in facts.new_courses:
        key = new_course_key(course_id)
        if course_id not in begun.union(facts.unavailable) and key not in facts.sent:
            return Reminder(ReminderKind.NEW_COURSE, (key,), course_id=course_id)
    return None


_RULES: tuple[Callable[[ReminderFacts], Reminder | None], ...] = (
    _last_call,
    _first_call,
    _digest,
    _idle,
    _new_course,
)
