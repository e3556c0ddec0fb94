"""What the console counts, of turns as the broker writes them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, insert

from connectors.analytics.queries import INDIA, UNKNOWN, Analytics, Demand, Period
from connectors.analytics.tables import open_events, turns
from connectors.analytics.turns import Outcome, Turn
from connectors.platform import schema
from connectors.platform.database import migrate, open_database, transaction
from connectors.platform.records import PlatformUnavailableError

DAY = date(2026, 11, 18)
WEEK = Period(DAY, DAY + timedelta(days=6))
COMPETENCIES = {"do_1": ["Cyber hygiene", "Data use"], "do_2": ["Data use"]}


def at(day: int, hour: int = 10) -> float:
    return datetime.combine(DAY + timedelta(days=day), datetime.min.time(), INDIA).timestamp() + (
        hour * 3600
    )


@pytest.fixture
def events(tmp_path: Path) -> Iterator[Engine]:
    engine = open_events(f"sqlite:///{tmp_path / 'events.db'}")
    yield engine
    engine.dispose()


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = open_database(f"sqlite:///{tmp_path / 'sathi.db'}")
    migrate(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def analytics(events: Engine, engine: Engine) -> Analytics:
    return Analytics(events, engine, COMPETENCIES)


def write(events: Engine, *written: Turn) -> None:
    with events.begin() as connection:
        connection.execute(insert(turns), [turn.to_row() for turn in written])


def a_turn(chat: str, started_on: float, starts: bool = False, **facts) -> Turn:
    return Turn(chat, "web", started_on, starts, **facts)


def test_nothing_is_counted_as_nothing(analytics: Analytics) -> None:
    report = analytics.report(WEEK)
    assert (report.conversations, report.messages, report.questions, report.tickets) == (0,) * 4
    assert (report.containment, report.satisfaction, report.mean_confidence) == (None,) * 3
    assert list(report.by_day.values()) == [0] * 7
    assert report.demand == []


def test_conversations_and_those_handed_to_a_person(analytics: Analytics, events: Engine) -> None:
    write(
        events,
        a_turn("a", at(0), True),
        a_turn("a", at(0, 11)),
        a_turn("b", at(0, 11), True, hand_off=True),
        a_turn("b", at(0, 12), hand_off=True),
        # The same chat begins anew two days later, without needing a person.
        a_turn("b", at(2), True),
        # A conversation that began before the time.
        a_turn("c", at(-1), True),
        a_turn("c", at(0, 1)),
        a_turn("d", at(7), True),
    )
    report = analytics.report(WEEK)
    assert (report.conversations, report.messages, report.handed_off) == (4, 6, 1)
    assert report.containment == pytest.approx(0.75)
    assert [report.by_day[day] for day in WEEK.days()] == [3, 0, 1, 0, 0, 0, 0]


def test_a_day_is_one_of_india(analytics: Analytics, events: Engine) -> None:
    write(events, a_turn("a", at(0, 0), True), a_turn("b", at(1, 0) - 1, True))
    assert analytics.report(Period(DAY, DAY)).conversations == 2


def test_questions_by_language_intent_and_outcome(analytics: Analytics, events: Engine) -> None:
    answered, nothing = Outcome.ANSWERED.value, Outcome.NOTHING.value
    write(
        events,
        a_turn("a", at(0), outcome=answered, locale="hi", intent="find_course"),
        a_turn("a", at(0), outcome=nothing, locale="hi", intent="find_course", milliseconds=300),
        a_turn("a", at(0), outcome=Outcome.OUT_OF_SCOPE.value, locale="ta", milliseconds=100),
        a_turn("a", at(0), outcome=Outcome.FAULT.value, milliseconds=200),
        a_turn("a", at(0), intent="greet", milliseconds=100),
    )
    report = analytics.report(WEEK)
    assert report.languages == {"hi": 2, "ta": 1}
    assert report.no_result_languages == {"hi": 1, "ta": 1}
    assert report.intents == {"find_course": 2, "greet": 1}
    assert (report.questions, report.no_result, report.faults) == (4, 2, 1)
    assert report.median_milliseconds == 100
    assert report.channels == {"web": 5}


def test_the_confidence_of_answers(analytics: Analytics, events: Engine) -> None:
    answered = Outcome.ANSWERED.value
    write(
        events,
        *(
            a_turn("a", at(0), outcome=answered, answer_confidence=value)
            for value in (0.55, 0.95, 1.0)
        ),
        a_turn("a", at(0), outcome=Outcome.GUESSED.value, answer_confidence=0.1),
    )
    report = analytics.report(WEEK)
    assert report.confidence == [0, 0, 0, 0, 0, 1, 0, 0, 0, 2]
    assert report.mean_confidence == pytest.approx(2.5 / 3)


def test_competency_demand_by_department(
    analytics: Analytics, events: Engine, engine: Engine
) -> None:
    learner = {
        "first_name": "A",
        "last_name": "B",
        "designation_id": None,
        "languages": ["en"],
        "target_minutes": 0,
    }
    with transaction(engine) as connection:
        connection.execute(insert(schema.departments), [{"id": 1, "name": "Posts"}])
        connection.execute(insert(schema.learners), {**learner, "id": "L1", "department_id": 1})
        link = {"channel": "web", "chat_key": "a", "learner_id": "L1"}
        moment = datetime.fromtimestamp(at(0), INDIA)
        connection.execute(insert(schema.links), {**link, "linked_on": moment})
    answered = Outcome.ANSWERED.value
    write(
        events,
        a_turn("a", at(0), outcome=answered, courses=["do_1", "do_2"]),
        a_turn("a", at(1), outcome=answered, courses=["do_2", "do_unknown"]),
        a_turn("b", at(1), outcome=answered, courses=["do_1"]),
        a_turn("a", at(1), courses=["do_1"]),
    )
    assert analytics.report(WEEK).demand == [
        Demand("Posts", "Data use", 3),
        Demand("Posts", "Cyber hygiene", 1),
        Demand(UNKNOWN, "Cyber hygiene", 1),
        Demand(UNKNOWN, "Data use", 1),
    ]


def test_tickets_and_whether_they_helped(analytics: Analytics, engine: Engine) -> None:
    def ticket(number: int, opened: float, closed: float | None, score: int | None) -> dict:
        return {
            "id": f"S-{number}",
            "chat_key": "a",
            "channel": "web",
            "subject": "x",
            "status": "closed" if closed else "open",
            "priority": "normal",
            "locale": "en",
            "summary": [],
            "attempts": [],
            "converses": True,
            "opened_on": datetime.fromtimestamp(opened, INDIA),
            "closed_on": datetime.fromtimestamp(closed, INDIA) if closed else None,
            "satisfaction": score,
        }

    rows = [
        ticket(1, at(0), at(1), 1),
        ticket(2, at(0), at(1), 0),
        ticket(3, at(0), at(1), None),
        ticket(4, at(-3), at(6, 23), 1),
        ticket(5, at(-3), at(8), 1),
        ticket(6, at(2), None, None),
    ]
    with transaction(engine) as connection:
        connection.execute(insert(schema.tickets), rows)
    report = analytics.report(WEEK)
    assert (report.tickets, report.rated, report.satisfied) == (4, 3, 2)
    assert report.satisfaction == pytest.approx(2 / 3)


def test_what_is_kept_of_a_chat_is_handed_out_without_its_hash(
    analytics: Analytics, events: Engine
) -> None:
    write(events, a_turn("a", at(0), locale="hi", courses=["do_1"]), a_turn("b", at(0)))
    (kept,) = analytics.of_chat("a")
    assert (kept["day"], kept["locale"], kept["courses"]) == ("2026-11-18", "hi", ["do_1"])
    assert not {"chat_key", "id"} & set(kept)
    assert json.loads(json.dumps(kept)) == kept


def test_a_database_that_fails_is_named(analytics: Analytics, events: Engine) -> None:
    with events.begin() as connection:
        connection.exec_driver_sql("DROP TABLE turns")
    for ask in (lambda: analytics.report(WEEK), lambda: analytics.of_chat("a")):
        with pytest.raises(PlatformUnavailableError, match="analytics"):
            ask()
