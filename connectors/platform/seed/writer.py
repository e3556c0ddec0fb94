"""Write a synthetic platform into an empty database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

import numpy as np
from faker import Faker
from sqlalchemy import Connection, Engine, Table, func, insert, select

from connectors.platform import schema
from connectors.platform.database import transaction
from connectors.platform.seed.choices import Choices, choose
from connectors.platform.seed.clock import Clock, to_date, to_datetimes
from connectors.platform.seed.courses import Courses, make_courses
from connectors.platform.seed.people import People, Society, make_people, make_society
from connectors.platform.seed.plans import Plans, deadlines_of, make_plans
from connectors.platform.seed.points import POINTS, karma, learning_days
from connectors.platform.seed.progress import Progress, work
from knowledge_base.catalogue import Catalogue

# Learners made at a time, so that memory does not grow with their number.
_CHUNK = 1_000
_NAMES_LOCALE = "en_IN"  # Indian names in Latin letters
_CERTIFICATE_PREFIX = "SATHI-SAMPLE"


class SeedError(RuntimeError):
    """The database cannot be filled; the message says why and what to do."""


def fill(
    engine: Engine,
    catalogue: Catalogue,
    now: datetime,
    learners: int = 500,
    seed: int = 7,
    enrolments: float = 12.0,
    progress: Callable[[int], None] | None = None,
) -> None:
    """Fill an empty database, in one transaction: all of it or nothing.

    Args:
        engine: database whose tables exist.
        catalogue: courses and competency model.
        now: the moment the data leads up to, with time zone.
        learners: how many learners to make.
        seed: what all chance depends on; the same arguments give the same rows.
        enrolments: enrolments a learner, on average.
        progress: called with the number of learners made since the last call.

    Raises:
        SeedError: the database is not empty, or the catalogue has no course or role.
        PlatformUnavailableError: the database failed.
    """
    if not catalogue.courses or not catalogue.competency_model.roles:
        raise SeedError("the catalogue has no course or no role; set SATHI_CATALOGUE to another")
    random = np.random.default_rng(seed)
    faker = Faker(_NAMES_LOCALE)
    faker.seed_instance(seed)
    world = _World(catalogue, Clock(now.timestamp()), faker, random, enrolments)
    with transaction(engine) as connection:
        if any(
            connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in (schema.departments, schema.courses, schema.learners)
        ):
            raise SeedError(
                f"the database {engine.url.render_as_string(hide_password=True)} holds courses or "
                "learners already; nothing was changed. Set SATHI_DATABASE to an empty one"
            )
        world.write_shared(connection)
        for first in range(1, learners + 1, _CHUNK):
            number = min(_CHUNK, learners + 1 - first)
            world.write_learners(connection, first, number)
            if progress:
                progress(number)


class _World:
    """What all chunks of learners share, and the serial number of the last certificate."""

    def __init__(
        self,
        catalogue: Catalogue,
        clock: Clock,
        faker: Faker,
        random: np.random.Generator,
        enrolments: float,
    ) -> None:
        self._clock, self._faker, self._random = clock, faker, random
        self._enrolments = enrolments
        self._society: Society = make_society(catalogue, random)
        self._courses: Courses = make_courses(catalogue, self._society, faker, random)
        self._plans: Plans = make_plans(self._courses, self._society, clock, random)
        self._course_ids = [row["id"] for row in self._courses.rows]
        self._resource_ids = [row["id"] for row in self._courses.resource_rows]
        self._certificates = 0

    def write_shared(self, connection: Connection) -> None:
        """Write departments, designations, courses and plans."""
        society, courses = self._society, self._courses
        _insert(connection, schema.departments, _numbered(society.departments))
        _insert(connection, schema.designations, _numbered(society.designations))
        _insert(connection, schema.courses, courses.rows)
        _insert(connection, schema.resources, courses.resource_rows)
        _insert(connection, schema.course_access, courses.access_rows())
        _insert(connection, schema.course_administrators, courses.administrator_rows())
        _insert(connection, schema.plan_items, self._plans.rows)

    def write_learners(self, connection: Connection, first: int, number: int) -> None:
        """Make some learners and write them and what they did.

        Args:
            connection: the database.
            first: number of the first learner.
            number: how many.
        """
        clock, random, courses = self._clock, self._random, self._courses
        people = make_people(self._society, first, number, clock, self._faker, random)
        deadlines, own_items = deadlines_of(self._plans, people, courses, clock, random)
        choices = choose(people, self._society, courses, deadlines, self._enrolments, clock, random)
        done = work(choices, people, courses, clock, random)
        rows = people.rows(len(self._society.designations))
        _insert(connection, schema.learners, rows)
        _insert(connection, schema.plan_items, own_items)
        _insert(connection, schema.enrolments, self._enrolment_rows(people, choices, done))
        _insert(connection, schema.resource_states, self._state_rows(people, choices, done))
        _insert(connection, schema.certificates, self._certificate_rows(people, choices, done))
        days = learning_days(choices, done, people, courses, clock, random)
        _insert(
            connection,
            schema.learning_days,
            [
                {"learner_id": people.ids[learner], "day": to_date(day), "minutes": minutes}
                for learner, day, minutes in zip(
                    days.learner.tolist(), days.day.tolist(), days.minutes.tolist(), strict=True
                )
            ],
        )
        _insert(connection, schema.karma_points, list(self._karma_rows(people, choices, done)))

    def _enrolment_rows(self, people: People, choices: Choices, done: Progress) -> list[dict]:
        return [
            {
                "learner_id": people.ids[learner],
                "course_id": self._course_ids[course],
                "status": status,
                "percentage": percentage,
                "enrolled_on": enrolled,
                "completed_on": completed,
                "last_active": last_active,
            }
            for learner, course, status, percentage, enrolled, completed, last_active in zip(
                choices.learner.tolist(),
                choices.course.tolist(),
                done.status.tolist(),
                done.percentage.tolist(),
                to_datetimes(choices.enrolled),
                to_datetimes(done.completed),
                to_datetimes(done.last_active),
                strict=True,
            )
        ]

    def _state_rows(self, people: People, choices: Choices, done: Progress) -> list[dict]:
        return [
            {
                "learner_id": people.ids[learner],
                "resource_id": self._resource_ids[resource],
                "status": status,
                "score": None if np.isnan(score) else score,
                "attempts": attempts,
            }
            for learner, resource, status, score, attempts in zip(
                choices.learner[done.enrolment].tolist(),
                done.resource.tolist(),
                done.resource_status.tolist(),
                done.score.tolist(),
                done.attempts.tolist(),
                strict=True,
            )
        ]

    def _certificate_rows(self, people: People, choices: Choices, done: Progress) -> list[dict]:
        rows = []
        issued = np.flatnonzero(~np.isnan(done.issued))
        for enrolment, moment in zip(
            issued.tolist(), to_datetimes(done.issued[issued]), strict=True
        ):
            learner, course = int(choices.learner[enrolment]), int(choices.course[enrolment])
            preferred = people.languages[learner][0]
            languages = self._courses.languages[course]
            self._certificates += 1
            rows.append(
                {
                    "number": f"{_CERTIFICATE_PREFIX}-{moment.year}-{self._certificates:07d}",
                    "learner_id": people.ids[learner],
                    "course_id": self._course_ids[course],
                    "issued_on": moment,
                    "language": preferred if preferred in languages else languages[0],
                    "url": None,
                }
            )
        return rows

    def _karma_rows(self, people: People, choices: Choices, done: Progress) -> Iterator[dict]:
        for batch in karma(choices, done, people, self._courses, self._clock, self._random):
            for learner, course, earned in zip(
                batch.learner.tolist(),
                batch.course.tolist(),
                to_datetimes(batch.earned),
                strict=True,
            ):
                yield {
                    "learner_id": people.ids[learner],
                    "course_id": self._course_ids[course] if course >= 0 else None,
                    "reason": batch.reason.value,
                    "points": POINTS[batch.reason],
                    "earned_on": earned,
                }


def _numbered(names: list[str]) -> list[dict]:
    return [{"id": position, "name": name} for position, name in enumerate(names, start=1)]


def _insert(connection: Connection, table: Table, rows: list[dict]) -> None:
    if rows:
        connection.execute(insert(table), rows)
