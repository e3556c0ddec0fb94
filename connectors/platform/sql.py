"""The embedded learning platform: SQLite by default, PostgreSQL by URL.

Every call takes at most two statements, however many courses a learner has, and reads a
learner's rows through an index; ``enrolment_log`` reads those of all learners.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine

from connectors.platform import statements
from connectors.platform.database import transaction
from connectors.platform.records import (
    Activity,
    Availability,
    Certificate,
    CourseAccess,
    CourseProgress,
    Enrolment,
    Learner,
    NotKnownError,
    PlanItem,
    PlatformDataError,
    ResourceKind,
    ResourceState,
    Status,
)

INDIA = ZoneInfo("Asia/Kolkata")
_CLAP_MINUTES = 60
_WEEKS = 4
_WEEK = timedelta(weeks=1)


class SqlPlatform:
    """A ``LearningPlatform`` over the tables of ``schema.py``.

    Args:
        engine: database from ``open_database``, brought up to date by ``migrate``.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        try:
            with transaction(self._engine) as connection:
                yield connection
        except (ValueError, TypeError) as error:
            raise PlatformDataError("a row of the database holds an unknown value") from error

    def learner(self, learner_id: str) -> Learner:
        """Return a profile.

        Args:
            learner_id: id of the learner.

        Returns:
            The profile.

        Raises:
            NotKnownError: no learner has the id.
        """
        with self._reading() as connection:
            row = connection.execute(statements.learner(), {"learner": learner_id}).one_or_none()
            if row is None:
                raise NotKnownError("no learner has this id")
            return Learner(
                id=row.id,
                first_name=row.first_name,
                last_name=row.last_name,
                department=row.department,
                designation=row.designation,
                languages=tuple(row.languages),
                target_minutes=row.target_minutes,
            )

    def enrolments(self, learner_id: str) -> list[Enrolment]:
        """Return all enrolments; without any, or for an unknown learner, an empty list.

        Args:
            learner_id: id of the learner.

        Returns:
            Enrolments, last active first; one never worked on counts from its enrolment.
        """
        with self._reading() as connection:
            rows = connection.execute(
                statements.all_enrolments(), {"learner": learner_id}
            ).mappings()
            return [_enrolment(row) for row in rows]

    def progress(self, learner_id: str, course_id: str) -> CourseProgress:
        """Return one course in detail.

        Args:
            learner_id: id of the learner.
            course_id: id of the course.

        Returns:
            The enrolment and the state of every resource, in course order.

        Raises:
            NotKnownError: the learner is not enrolled in the course.
        """
        keys = {"learner": learner_id, "course": course_id}
        with self._reading() as connection:
            row = connection.execute(statements.enrolment(), keys).mappings().one_or_none()
            if row is None:
                raise NotKnownError("the learner is not enrolled in this course")
            states = connection.execute(statements.resources_with_states(), keys).mappings()
            return CourseProgress(_enrolment(row), tuple(_resource(state) for state in states))

    def certificates(self, learner_id: str) -> list[Certificate]:
        """Return the learner's certificates.

        Args:
            learner_id: id of the learner.

        Returns:
            Certificates with the name as the profile has it now, newest first.
        """
        with self._reading() as connection:
            rows = connection.execute(
                statements.certificates_of_learner(), {"learner": learner_id}
            ).mappings()
            return [_certificate(row) for row in rows]

    def verify(self, number: str) -> Certificate | None:
        """Return the certificate of a number; for third parties.

        Args:
            number: number as printed; spaces around it do not matter.

        Returns:
            The certificate, or None when there is none of this number.
        """
        number = number.strip()
        if not number.isprintable():  # databases refuse NUL and lone surrogates
            return None
        with self._reading() as connection:
            rows = connection.execute(statements.certificate(), {"number": number}).mappings()
            found = rows.one_or_none()
            return _certificate(found) if found else None

    def plan(self, learner_id: str) -> list[PlanItem]:
        """Return what plans prescribe for the learner, the department or the designation.

        Args:
            learner_id: id of the learner.

        Returns:
            One item a course, with the earliest of its deadlines, by deadline.
        """
        with self._reading() as connection:
            return [
                PlanItem(
                    course_id=row.course_id,
                    course_name=row.name,
                    deadline=row.deadline,
                    apar=bool(row.apar),
                    completed=Status(row.status) is Status.COMPLETED,
                )
                for row in connection.execute(statements.plan(), {"learner": learner_id})
            ]

    def activity(self, learner_id: str, now: datetime) -> Activity:
        """Return learning time and points; days and weeks are those of India.

        A week with at least 60 minutes earns a clap, one with less takes all claps away;
        the running week takes nothing away before it is over.

        Args:
            learner_id: id of the learner.
            now: the moment, with time zone; what was recorded later does not count.

        Returns:
            Minutes and points; the month and the year are those of the calendar.

        Raises:
            ValueError: the moment has no time zone.
        """
        if now.tzinfo is None:
            raise ValueError("a moment needs a time zone")
        today = now.astimezone(INDIA).date()
        keys = {"learner": learner_id, "today": today, "now": now}
        with self._reading() as connection:
            minutes = {row.day: row.minutes for row in connection.execute(statements.days(), keys)}
            karma = connection.execute(statements.karma(), keys).scalar_one()
        return _activity(minutes, today, karma)

    def unavailable(self, course_ids: Sequence[str]) -> set[str]:
        """Return those of some courses that nobody can take.

        Args:
            course_ids: ids of courses.

        Returns:
            Ids of the retired, the unpublished and the unknown ones; none while the database
            has no courses at all, since it then says nothing about them.
        """
        with self._reading() as connection:
            keys = {"courses": list(course_ids)}
            taken = set(connection.execute(statements.published_courses(), keys).scalars())
            if not taken and not connection.execute(statements.has_courses()).scalar():
                return set()
            return set(course_ids).difference(taken)

    def access(self, course_id: str, learner_id: str) -> CourseAccess:
        """Return whether the learner can see a course.

        Args:
            course_id: id of the course.
            learner_id: id of the learner.

        Returns:
            ``OPEN`` for a moderated course too when the learner's department has access;
            the administrators to ask when it has none.

        Raises:
            NotKnownError: no course has the id.
        """
        keys = {"course": course_id, "learner": learner_id}
        with self._reading() as connection:
            row = connection.execute(statements.course_visibility(), keys).one_or_none()
            if row is None:
                raise NotKnownError("no course has this id")
            availability = Availability(row.availability)
            if availability is not Availability.MODERATED:
                return CourseAccess(availability, row.name)
            if row.allowed:
                return CourseAccess(Availability.OPEN, row.name)
            found = connection.execute(statements.administrators(), {"course": course_id}).scalars()
            return CourseAccess(availability, row.name, tuple(found))

    def enrolment_log(self) -> Iterator[tuple[str, str, datetime]]:
        """Yield every enrolment, read while it is asked for.

        Yields:
            Learner id, course id and moment of enrolment; by learner, then by course.
        """
        with self._reading() as connection:
            for row in connection.execute(statements.enrolment_log()):
                yield row.learner_id, row.course_id, row.enrolled_on


def _enrolment(row: Mapping[str, Any]) -> Enrolment:
    return Enrolment(
        course_id=row["course_id"],
        course_name=row["name"],
        status=Status(row["status"]),
        percentage=row["percentage"],
        enrolled_on=row["enrolled_on"],
        completed_on=row["completed_on"],
        last_active=row["last_active"],
        deadline=row["deadline"],
    )


def _resource(row: Mapping[str, Any]) -> ResourceState:
    limit = row["max_attempts"]
    return ResourceState(
        id=row["id"],
        name=row["name"],
        module=row["module"],
        kind=ResourceKind(row["kind"]),
        minutes=row["minutes"],
        status=Status(row["status"]),
        score=row["score"],
        pass_mark=row["pass_mark"],
        attempts_left=None if limit is None else max(0, limit - row["attempts"]),
    )


def _certificate(row: Mapping[str, Any]) -> Certificate:
    return Certificate(
        number=row["number"],
        course_id=row["course_id"],
        course_name=row["course_name"],
        learner_name=f"{row['first_name']} {row['last_name']}".strip(),
        issued_on=row["issued_on"],
        language=row["language"],
        url=row["url"],
    )


def _activity(minutes: Mapping[date, int], today: date, karma: int) -> Activity:
    monday = today - timedelta(days=today.weekday())
    weeks: dict[date, int] = {}
    for day, spent in minutes.items():
        start = day - timedelta(days=day.weekday())
        weeks[start] = weeks.get(start, 0) + spent
    claps = int(weeks.get(monday, 0) >= _CLAP_MINUTES)
    week = monday - _WEEK
    while weeks.get(week, 0) >= _CLAP_MINUTES:
        claps += 1
        week -= _WEEK
    return Activity(
        minutes_this_week=weeks.get(monday, 0),
        minutes_this_month=sum(
            spent for day, spent in minutes.items() if day >= today.replace(day=1)
        ),
        minutes_this_year=sum(
            spent for day, spent in minutes.items() if day >= today.replace(month=1, day=1)
        ),
        weekly_minutes=tuple(weeks.get(monday - i * _WEEK, 0) for i in range(_WEEKS)),
        claps=claps,
        karma_points=karma,
    )
