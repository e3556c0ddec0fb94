"""Reminders on the web page, from the link to the word that ends them."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from datetime import datetime, time, timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import Engine

from bot.actions.translations import message
from connectors.platform.database import open_database
from connectors.platform.settings import PlatformSettings
from connectors.platform.sql import INDIA, SqlPlatform
from tests.actions.reminder_world import (
    Clock,
    build_world,
    make_scheduler,
    open_world,
    prescribe,
)
from tests.end_to_end.conftest import Account
from tools.processes import Addresses

Say = Callable[[str], str]
Inbox = Callable[..., list[dict]]


def daytime() -> datetime:
    """Return now, or ten o'clock of this day in India if these are its quiet hours."""
    now = datetime.now(INDIA)
    if time(8) <= now.time() < time(21):
        return now
    return now.replace(hour=10)


@pytest.fixture
def engine(sathi: Addresses) -> Iterator[Engine]:
    """Return the database that the running Sathi works with."""
    engine = open_database(PlatformSettings().database)
    yield engine
    engine.dispose()


@pytest.fixture
def conversation() -> str:
    return str(uuid.uuid4())


@pytest.fixture
def say(sathi: Addresses, client: httpx.Client, conversation: str) -> Say:
    """Return a function that sends a message as the page does, and returns the reply's text."""

    def send(text: str) -> str:
        answer = client.post(
            f"{sathi.assistant}/webhooks/web/message",
            json={"conversation": conversation, "message": text},
        )
        answer.raise_for_status()
        return "\n".join(message["text"] for message in answer.json()["messages"])

    return send


@pytest.fixture
def inbox(sathi: Addresses, client: httpx.Client, conversation: str) -> Inbox:
    """Return a function that asks for new messages as the page does."""

    def ask(after: int, conversation: str = conversation) -> list[dict]:
        answer = client.post(
            f"{sathi.assistant}/webhooks/web/inbox",
            json={"conversation": conversation, "after": after},
        )
        answer.raise_for_status()
        return answer.json()["messages"]

    return ask


def courses_to_take(engine: Engine, account: Account) -> list[tuple[str, str]]:
    """Return id and name of two open courses that the learner has not begun."""
    platform = SqlPlatform(engine)
    begun = {enrolment.course_id for enrolment in platform.enrolments(account.learner.id)}
    begun |= {item.course_id for item in platform.plan(account.learner.id)}
    with engine.connect() as connection:
        rows = connection.exec_driver_sql(
            "SELECT id, name FROM courses WHERE availability = 'open' ORDER BY id"
        )
        return [(row.id, row.name) for row in rows if row.id not in begun][:2]


def test_a_deadline_reaches_the_page_once_and_the_stop_word_ends_it(
    engine: Engine, account: Account, say: Say, inbox: Inbox, tmp_path: Path
) -> None:
    # A second scheduler on the same tables, for which it is daytime whenever the test runs.
    # By day the server's own may be quicker: together they send one message all the same.
    build_world(tmp_path)
    clock = Clock(daytime())
    scheduler = make_scheduler(engine, open_world(tmp_path), clock)
    (first, name), (second, _) = courses_to_take(engine, account)
    tomorrow = clock.today + timedelta(days=1)
    prescribe(engine, account.learner.id, (first, tomorrow))

    assert message("utter_link_for_reminders", "en") in say("/reminders_on")
    assert account.learner.full_name in say(f"/start {account.token}")
    stop = message("word_stop", "en")
    assert message("utter_reminders_on", "en", stop=stop) in say("/reminders_on")
    scheduler.send_due()
    (reminder,) = inbox(0)
    assert account.learner.first_name in reminder["text"]
    assert name in reminder["text"]
    assert reminder["custom"]["locale"] == "en"
    assert {"title": message("button_reminders_off", "en"), "payload": "/reminders_off"} in (
        reminder["buttons"]
    )
    assert scheduler.send_due() == 0
    assert inbox(reminder["id"]) == []
    assert inbox(0, str(uuid.uuid4())) == []

    assert message("utter_reminders_off", "en") in say(stop)
    assert inbox(0) == []
    clock.tomorrow()
    prescribe(engine, account.learner.id, (second, clock.today))
    assert scheduler.send_due() == 0
    assert inbox(0) == []
