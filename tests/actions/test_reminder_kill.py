"""Processes that send reminders are killed while they work; in the end all is sent, once."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select

from connectors.platform import schema
from connectors.platform.database import migrate, open_database, transaction
from connectors.platform.linking import Chat
from connectors.platform.outbox import Outbox
from connectors.platform.reminders import ReminderService
from tests.actions.conftest import REPOSITORY
from tests.actions.reminder_world import Clock, build_world, populate, prescribe

CHAT = Chat("web", "web-0b0e7a52-54ab-4bd8-9d02-3d5c1d1c7d01")
LEARNERS = [f"learner{number:03}" for number in range(250)]
# Messages there are when a round's processes are killed, and how many work in it.
ROUNDS = ((5, 1), (25, 1), (45, 2), (65, 1), (85, 1))
# The steps of one reminder: looked at, asked, message, keys, commit; then those of the next.
STEPS = range(1, 7)
WITHIN_SECONDS = 60


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """Return a database without learners."""
    engine = open_database(f"sqlite:///{tmp_path / 'sathi.db'}")
    migrate(engine)
    build_world(tmp_path / "index")
    yield engine
    engine.dispose()


def subscribe(engine: Engine, learners: list[str]) -> None:
    """Make subscribers for each of whom two deadlines are near."""
    populate(engine, learners)
    clock = Clock()
    reminders = ReminderService(engine, clock)
    tomorrow = clock.today + timedelta(days=1)
    for learner in learners:
        prescribe(engine, learner, ("rti", tomorrow), ("noting", tomorrow))
        reminders.subscribe(f"chat of {learner}", CHAT, learner, "en")


@contextmanager
def working(tmp_path: Path, number: int, *more: str) -> Iterator[list[subprocess.Popen]]:
    """Run processes that send what is due; none of them outlives the block."""
    arguments = (f"sqlite:///{tmp_path / 'sathi.db'}", str(tmp_path / "index"), *more)
    command = [sys.executable, "-m", "tests.actions.reminder_process", *arguments]
    started = [subprocess.Popen(command, cwd=REPOSITORY) for _ in range(number)]
    try:
        yield started
    finally:
        for process in started:
            process.kill()
            process.wait()


def counts(engine: Engine) -> tuple[int, int, int]:
    """Return how many messages, sent keys and subscriptions looked at there are."""
    counted = (schema.outbox.c.id, schema.sent_reminders.c.key, schema.reminders.c.checked_on)
    with transaction(engine) as connection:
        return tuple(
            connection.execute(select(func.count(column))).scalar_one() for column in counted
        )


def wait_for_messages(engine: Engine, number: int) -> None:
    end = time.monotonic() + WITHIN_SECONDS
    while counts(engine)[0] < number:
        assert time.monotonic() < end, "nothing is sent"
        time.sleep(0.005)


def finish(engine: Engine, tmp_path: Path, learners: list[str], number: int) -> None:
    """Let processes do the rest; everybody then has one message, and each key is there once."""
    with working(tmp_path, number) as processes:
        assert {process.wait(timeout=WITHIN_SECONDS) for process in processes} == {0}
    assert counts(engine) == (len(learners), 2 * len(learners), len(learners))
    reminders, waiting = ReminderService(engine, Clock()), Outbox(engine, Clock())
    for learner in learners:
        assert len(waiting.messages_after(f"chat of {learner}", 0, 10)) == 1
        assert len(reminders.sent_keys(learner)) == 2


def test_who_is_killed_at_any_moment_loses_nothing_and_sends_nothing_twice(
    engine: Engine, tmp_path: Path
) -> None:
    subscribe(engine, LEARNERS)
    moments = random.Random()  # noqa: S311
    for messages, number in ROUNDS:
        with working(tmp_path, number) as processes:
            wait_for_messages(engine, messages)
            for process in processes:
                time.sleep(moments.uniform(0, 0.02))
                process.send_signal(signal.SIGKILL)
                assert process.wait() == -signal.SIGKILL
        sent, keys, checked = counts(engine)
        assert messages <= sent < len(LEARNERS)
        assert (keys, checked) == (2 * sent, sent)
    finish(engine, tmp_path, LEARNERS, 2)


@pytest.mark.parametrize("step", STEPS)
def test_who_is_killed_at_a_step_of_a_reminder_has_done_all_of_it_or_nothing(
    engine: Engine, tmp_path: Path, step: int
) -> None:
    learners = LEARNERS[:2]
    subscribe(engine, learners)
    with working(tmp_path, 1, str(step)) as (process,):
        assert process.wait(timeout=WITHIN_SECONDS) == -signal.SIGKILL
    done = int(step == STEPS[-1])
    assert counts(engine) == (done, 2 * done, done)
    finish(engine, tmp_path, learners, 1)
