"""What the console shows of conversations: counts by day, language, intent and outcome."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from typing import Any

import numpy as np
from sqlalchemy import ColumnElement, Connection, Engine, case, func, select, true
from sqlalchemy.exc import DBAPIError

from connectors.analytics.tables import turns
from connectors.analytics.turns import Outcome
from connectors.platform.database import transaction
from connectors.platform.records import PlatformUnavailableError
from connectors.platform.schema import departments, learners, links, tickets

INDIA = timezone(timedelta(hours=5, minutes=30))
_QUESTIONS = tuple(outcome.value for outcome in Outcome)
_NO_RESULT = (Outcome.NOTHING.value, Outcome.OUT_OF_SCOPE.value)
CONFIDENCE_STEPS = 10
UNKNOWN = "not known"


@dataclass(frozen=True)
class Period:
    """Days in India, both included."""

    first: date
    last: date

    def days(self) -> list[date]:
        """Return every day of it."""
        return [self.first + timedelta(days=i) for i in range((self.last - self.first).days + 1)]

    def moments(self) -> tuple[datetime, datetime]:
        """Return its beginning and the moment after its end."""
        start = datetime.combine(self.first, time(), INDIA)
        return start, datetime.combine(self.last, time(), INDIA) + timedelta(days=1)


@dataclass(frozen=True)
class Demand:
    """How often learners of a department asked for courses on a competency."""

    department: str
    competency: str
    count: int


@dataclass(frozen=True)
class Report:
    """What happened in a period.

    Attributes:
        conversations: how many there were; one ends when the chat rests for an hour.
        messages: how many messages users wrote.
        handed_off: conversations in which a person was asked for.
        questions: messages that asked for something that is searched for.
        no_result: those that found nothing, questions outside of the scope included.
        no_result_languages: locale -> how many of those.
        faults: those that failed.
        by_day: conversations of each day.
        languages: locale -> messages.
        intents: intent -> messages.
        channels: channel -> messages.
        outcomes: outcome -> messages.
        confidence: answers by their probability, in ``CONFIDENCE_STEPS`` steps from 0 to 1.
        mean_confidence: mean probability of answers, None without answers.
        median_milliseconds: median time of a reply, in milliseconds, None without messages.
        satisfied: closed tickets whose learner was helped.
        rated: closed tickets that were rated.
        tickets: tickets opened.
        demand: most wanted first.
    """

    conversations: int
    messages: int
    handed_off: int
    questions: int
    no_result: int
    faults: int
    by_day: Mapping[date, int]
    languages: Mapping[str, int]
    no_result_languages: Mapping[str, int]
    intents: Mapping[str, int]
    channels: Mapping[str, int]
    outcomes: Mapping[str, int]
    confidence: Sequence[int]
    mean_confidence: float | None
    median_milliseconds: float | None
    satisfied: int
    rated: int
    tickets: int
    demand: Sequence[Demand]

    @property
    def containment(self) -> float | None:
        """Share of conversations that needed no person, 0 to 1; None without any."""
        return 1 - self.handed_off / self.conversations if self.conversations else None

    @property
    def satisfaction(self) -> float | None:
        """Share of rated tickets whose learner was helped, 0 to 1; None without any."""
        return self.satisfied / self.rated if self.rated else None


class Analytics:
    """Count what happened.

    Args:
        events: the database of turns.
        engine: the platform's migrated database, for tickets and departments.
        competencies: course id -> names of its competencies.
    """

    def __init__(
        self, events: Engine, engine: Engine, competencies: Mapping[str, Sequence[str]]
    ) -> None:
        self._events = events
        self._engine = engine
        self._competencies = competencies

    def of_chat(self, chat_key: str) -> list[dict[str, Any]]:
        """Return what is kept of a chat's messages, oldest first, for its owner.

        Raises:
            PlatformUnavailableError: the database failed.
        """
        columns = [column for column in turns.c if column.name not in ("id", "chat_key")]
        query = select(*columns).where(turns.c.chat_key == chat_key).order_by(turns.c.id)
        with self._reading() as connection:
            rows = connection.execute(query).mappings().all()
        return [{**row, "day": row["day"].isoformat()} for row in rows]

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        try:
            with self._events.connect() as connection:
                yield connection
        except DBAPIError as error:
            raise PlatformUnavailableError(
                f"the database of analytics failed: {type(error).__name__}"
            ) from error

    def report(self, period: Period) -> Report:
        """Count what happened in a period.

        Raises:
            PlatformUnavailableError: a database failed.
        """
        with self._reading() as connection:
            counted = _Counted(connection, period)
            totals, conversations = counted.totals(), counted.conversations()
            shown = counted.courses_shown()
            confidence, times = counted.confidences(), counted.times()
            groups = {name: counted.by(name) for name in ("locale", "intent", "channel")}
            outcomes = counted.by("outcome")
            no_result = counted.by("locale", turns.c.outcome.in_(_NO_RESULT))
        steps = np.histogram(confidence, bins=CONFIDENCE_STEPS, range=(0, 1))[0]
        opened, rated, satisfied = self._tickets(period)
        return Report(
            conversations=sum(day[0] for day in conversations.values()),
            handed_off=sum(day[1] for day in conversations.values()),
            messages=totals,
            questions=sum(outcomes.get(name, 0) for name in _QUESTIONS),
            no_result=sum(outcomes.get(name, 0) for name in _NO_RESULT),
            faults=outcomes.get(Outcome.FAULT.value, 0),
            by_day={day: conversations.get(day, (0, 0))[0] for day in period.days()},
            languages=groups["locale"],
            no_result_languages=no_result,
            intents=groups["intent"],
            channels=groups["channel"],
            outcomes=outcomes,
            confidence=[int(step) for step in steps],
            mean_confidence=float(np.mean(confidence)) if confidence else None,
            median_milliseconds=float(np.median(times)) if times else None,
            tickets=opened,
            rated=rated,
            satisfied=satisfied,
            demand=self._demand(shown),
        )

    def _tickets(self, period: Period) -> tuple[int, int, int]:
        start, end = period.moments()
        opened = (tickets.c.opened_on >= start) & (tickets.c.opened_on < end)
        closed = (tickets.c.closed_on >= start) & (tickets.c.closed_on < end)
        counts = select(func.count(tickets.c.satisfaction), func.sum(tickets.c.satisfaction))
        with transaction(self._engine) as connection:
            number = connection.execute(select(func.count()).where(opened)).scalar_one()
            rated, satisfied = connection.execute(counts.where(closed)).one()
        return number, rated, int(satisfied or 0)

    def _demand(self, shown: Mapping[str, Counter[str]]) -> list[Demand]:
        """Count competencies of the courses shown, by the department of the linked learner."""
        of_chat = (
            select(links.c.chat_key, departments.c.name)
            .join_from(links, learners, links.c.learner_id == learners.c.id)
            .join(departments, learners.c.department_id == departments.c.id)
        )
        with transaction(self._engine) as connection:
            department = dict(connection.execute(of_chat).tuples().all())
        counts: Counter[tuple[str, str]] = Counter()
        for chat, courses in shown.items():
            for course, times in courses.items():
                for competency in self._competencies.get(course, ()):
                    counts[department.get(chat, UNKNOWN), competency] += times
        return [Demand(*key, count) for key, count in counts.most_common()]


class _Counted:
    """Counts of one period, on one connection."""

    def __init__(self, connection: Connection, period: Period) -> None:
        self._connection = connection
        self._within = turns.c.day.between(period.first, period.last)

    def totals(self) -> int:
        return self._connection.execute(select(func.count()).where(self._within)).scalar_one()

    def by(self, name: str, condition: ColumnElement[bool] | None = None) -> dict[str, int]:
        column = turns.c[name]
        query = (
            select(column, func.count())
            .where(self._within, column.is_not(None), true() if condition is None else condition)
            .group_by(column)
            .order_by(func.count().desc(), column)
        )
        return dict(self._connection.execute(query).tuples().all())

    def conversations(self) -> dict[date, tuple[int, int]]:
        """Return (conversations, those handed off) by the day they began."""
        number = func.sum(case((turns.c.starts_conversation, 1), else_=0)).over(
            partition_by=turns.c.chat_key, order_by=turns.c.id
        )
        numbered = (
            select(turns.c.chat_key, turns.c.day, turns.c.hand_off, number.label("number"))
            .where(self._within)
            .subquery()
        )
        handed = func.max(case((numbered.c.hand_off, 1), else_=0))
        whole = (
            select(func.min(numbered.c.day).label("day"), handed.label("handed"))
            .group_by(numbered.c.chat_key, numbered.c.number)
            .subquery()
        )
        query = select(whole.c.day, func.count(), func.sum(whole.c.handed)).group_by(whole.c.day)
        return {row[0]: (row[1], int(row[2])) for row in self._connection.execute(query)}

    def confidences(self) -> list[float]:
        query = select(turns.c.answer_confidence).where(
            self._within,
            turns.c.answer_confidence.is_not(None),
            turns.c.outcome == Outcome.ANSWERED.value,
        )
        return list(self._connection.execute(query).scalars())

    def times(self) -> list[int]:
        query = select(turns.c.milliseconds).where(self._within)
        return list(self._connection.execute(query).scalars())

    def courses_shown(self) -> dict[str, Counter[str]]:
        """Return which courses were shown how often after a question, by chat."""
        query = select(turns.c.chat_key, turns.c.courses).where(
            self._within, turns.c.outcome == Outcome.ANSWERED.value
        )
        shown: dict[str, Counter[str]] = {}
        for chat, courses in self._connection.execute(query):
            shown.setdefault(chat, Counter()).update(courses)
        return shown
