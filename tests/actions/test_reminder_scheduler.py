"""The scheduler over real tables: when it works, what it says, what happens when things fail."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, select, update

from bot.actions.reminder_scheduler import ReminderScheduler
from bot.actions.translations import message
from connectors.platform import schema
from connectors.platform.database import migrate, open_database, transaction
from connectors.platform.feedback import FeedbackService, Opinion
from connectors.platform.linking import Chat, LinkService
from connectors.platform.outbox import Outbox
from connectors.platform.records import (
    Enrolment,
    Learner,
    PlatformDataError,
    PlatformUnavailableError,
)
from connectors.platform.reminders import ReminderService
from connectors.platform.sql import INDIA, SqlPlatform
from knowledge_base.knowledge_base import KnowledgeBase
from tests.actions.reminder_world import (
    LONG_KNOWN,
    TUESDAY,
    Clock,
    build_world,
    enrol,
    make_scheduler,
    open_world,
    populate,
    prescribe,
    write,
)

CHAT = Chat("web", "web-0b0e7a52-54ab-4bd8-9d02-3d5c1d1c7d01")
LEARNERS = ("asha", "bina", "chitra")
DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def knowledge_base(tmp_path_factory: pytest.TempPathFactory) -> KnowledgeBase:
    folder = tmp_path_factory.mktemp("index")
    build_world(folder)
    return open_world(folder)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = open_database(f"sqlite:///{tmp_path / 'sathi.db'}")
    migrate(engine)
    populate(engine, LEARNERS)
    yield engine
    engine.dispose()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def reminders(engine: Engine, clock: Clock) -> ReminderService:
    return ReminderService(engine, clock)


@pytest.fixture
def scheduler(engine: Engine, knowledge_base: KnowledgeBase, clock: Clock) -> ReminderScheduler:
    return make_scheduler(engine, knowledge_base, clock)


def subscribe(reminders: ReminderService, *learners: str, locale: str = "en") -> None:
    for learner in learners:
        reminders.subscribe(f"chat of {learner}", CHAT, learner, locale)


def inbox(engine: Engine, learner: str) -> list[dict]:
    waiting = Outbox(engine, Clock())
    return [message for _, message in waiting.messages_after(f"chat of {learner}", 0, 100)]


def texts(engine: Engine, learner: str) -> list[str]:
    return [message["text"] for message in inbox(engine, learner)]


# When


@pytest.mark.parametrize(
    ("hour", "works"),
    [
        (time(7, 59, 59), False),
        (time(8), True),
        (time(20, 59, 59), True),
        (time(21), False),
        (time(0), False),
        (time(3, 30), False),
    ],
)
def test_quiet_hours_are_kept_in_india(
    engine: Engine,
    scheduler: ReminderScheduler,
    reminders: ReminderService,
    clock: Clock,
    hour: time,
    works: bool,
) -> None:
    prescribe(engine, "asha", ("rti", clock.today + DAY))
    subscribe(reminders, "asha")
    clock.now = datetime.combine(clock.today, hour, INDIA)
    assert scheduler.send_due() == works
    assert len(inbox(engine, "asha")) == works


def test_a_long_pass_ends_when_the_quiet_hours_begin(
    engine: Engine, knowledge_base: KnowledgeBase, reminders: ReminderService, clock: Clock
) -> None:
    class Slow(SqlPlatform):
        """A platform that takes half a minute an answer."""

        def learner(self, learner_id: str) -> Learner:
            clock.now += timedelta(seconds=30)
            return super().learner(learner_id)

    for learner in LEARNERS:
        prescribe(engine, learner, ("rti", clock.today + DAY))
    subscribe(reminders, *LEARNERS)
    clock.now = datetime.combine(clock.today, time(20, 59, 15), INDIA)
    slow = make_scheduler(engine, knowledge_base, clock, Slow(engine))
    assert slow.send_due() == 1
    clock.now = datetime.combine(clock.today + DAY, time(8), INDIA)
    assert slow.send_due() == 2


def test_one_a_day_and_the_rest_on_the_days_after(
    engine: Engine, scheduler: ReminderScheduler, reminders: ReminderService, clock: Clock
) -> None:
    prescribe(engine, "asha", ("rti", clock.today + DAY), ("noting", clock.today + 5 * DAY))
    enrol(engine, "asha", "yoga", last_active=clock.now - 30 * DAY)
    subscribe(reminders, "asha")
    sent = []
    for _ in range(4):
        for _ in range(3):
            sent.append(scheduler.send_due())
            clock.now += timedelta(hours=2)
        clock.now += timedelta(hours=18)
    # The second course reaches its last day on the fifth day only.
    assert sent == [1, 0, 0] * 3 + [0, 0, 0]
    assert ["rti" in t for t in texts(engine, "asha")] == [True, False, False]


def test_a_day_without_sathi_is_made_up_for(
    engine: Engine, scheduler: ReminderScheduler, reminders: ReminderService, clock: Clock
) -> None:
    prescribe(engine, "asha", ("rti", clock.today + 8 * DAY))
    subscribe(reminders, "asha")
    assert scheduler.send_due() == 0
    clock.now += 4 * DAY
    assert scheduler.send_due() == 1


def test_another_scheduler_on_the_same_tables_sends_nothing_again(
    engine: Engine, knowledge_base: KnowledgeBase, reminders: ReminderService, clock: Clock
) -> None:
    prescribe(engine, "asha", ("rti", clock.today + DAY))
    subscribe(reminders, "asha")
    first, second = (make_scheduler(engine, knowledge_base, clock) for _ in range(2))
    assert (first.send_due(), second.send_due()) == (1, 0)


# What


def test_a_message_is_what_the_nlg_endpoint_returns(
    engine: Engine, scheduler: ReminderScheduler, reminders: ReminderService, clock: Clock
) -> None:
    prescribe(engine, "asha", ("rti", clock.today + DAY), ("noting", clock.today))
    subscribe(reminders, "asha")
    scheduler.send_due()
    (sent,) = inbox(engine, "asha")
    assert sent.keys() == {"text", "buttons", "custom"}
    assert sent["custom"]["locale"] == "en"
    assert sent["custom"]["direction"] == "ltr"
    lines = sent["text"].splitlines()
    assert lines[0] == message("utter_reminder_deadline", "en", name="Asha")
    assert [line.split(",")[0] for line in lines[1:3]] == [
        "• All about noting",
        "• All about rti",
    ]
    assert "November 25, 2026" in lines[2]
    stop = message("word_stop", "en")
    assert lines[-1] == message("reminder_footer", "en", stop=stop)
    assert [button["payload"] for button in sent["buttons"]] == [
        "/my_progress",
        "/recommend",
        "/reminders_off",
    ]


def test_a_reminder_is_in_the_language_of_its_chat(
    engine: Engine, scheduler: ReminderScheduler, reminders: ReminderService, clock: Clock
) -> None:
    prescribe(engine, "asha", ("rti", clock.today + DAY))
    subscribe(reminders, "asha", locale="en")
    reminders.set_locale("chat of asha", "ur")
    scheduler.send_due()
    (sent,) = inbox(engine, "asha")
    assert sent["custom"]["locale"] == "ur"
    assert sent["custom"]["direction"] == "rtl"


def test_an_idle_course_is_named_with_its_state(
    engine: Engine, scheduler: ReminderScheduler, reminders: ReminderService, clock: Clock
) -> None:
    enrol(engine, "asha", "rti", percentage=62.5, last_active=clock.now - 20 * DAY)
    subscribe(reminders, "asha")
    scheduler.send_due()
    facts = {"course": "All about rti", "date": "November 4, 2026", "percentage": 62}
    expected = message("utter_reminder_idle", "en", name="Asha", **facts)
    assert texts(engine, "asha")[0].startswith(expected)


def test_the_summary_counts_the_last_seven_days_and_what_is_due(
    engine: Engine, scheduler: ReminderScheduler, reminders: ReminderService, clock: Clock
) -> None:
    subscribe(reminders, "asha")
    clock.now += 8 * DAY  # a Wednesday
    for days_ago, minutes in ((0, 1), (2, 10), (6, 100), (7, 1000), (9, 1000), (20, 1000)):
        row = {"learner_id": "asha", "day": clock.today - days_ago * DAY, "minutes": minutes}
        write(engine, "learning_days", row)
    enrol(engine, "asha", "yoga", status=2, percentage=100, last_active=clock.now)
    enrol(engine, "asha", "budget", last_active=clock.now)
    prescribe(engine, "asha", ("noting", clock.today + 13 * DAY), ("rti", clock.today + 15 * DAY))
    assert scheduler.send_due() == 1
    (text,) = texts(engine, "asha")
    facts = {"week": "1 h 51 min", "completed": 1, "in_progress": 1, "overdue": 0}
    assert text.startswith(message("utter_reminder_digest", "en", name="Asha", **facts))
    assert "All about noting" in text
    assert "All about rti" not in text


def test_retired_courses_are_never_spoken_of(
    engine: Engine, scheduler: ReminderScheduler, reminders: ReminderService, clock: Clock
) -> None:
    prescribe(engine, "asha", ("rti", clock.today + DAY))
    enrol(engine, "asha", "yoga", last_active=clock.now - 20 * DAY)
    gone = schema.courses.c.id.in_(["rti", "yoga"])
    with transaction(engine) as connection:
        connection.execute(update(schema.courses).where(gone).values(availability="retired"))
    subscribe(reminders, "asha")
    assert scheduler.send_due() == 0
    assert reminders.unchecked(clock.today, 10) == []


# New courses


def arrived(**courses: datetime) -> dict[str, datetime]:
    """Return since when courses have been known: long, but for those that are named."""
    return {**LONG_KNOWN, **courses}


def test_a_new_course_for_a_gap_of_the_role_is_told_with_its_reason(
    engine: Engine, knowledge_base: KnowledgeBase, reminders: ReminderService, clock: Clock
) -> None:
    subscribe(reminders, "asha")
    clock.now += timedelta(hours=1)
    known = arrived(rti=clock.now, yoga=clock.now)
    scheduler = make_scheduler(engine, knowledge_base, clock, first_seen=known)
    assert scheduler.send_due() == 1
    (text,) = texts(engine, "asha")
    assert text.startswith(message("utter_reminder_new_course", "en", name="Asha"))
    assert "All about rti" in text
    facts = {"competency": "Rti Matters", "level": 2, "role": "Section Officer"}
    assert message("reason_gap", "en", **facts) in text
    clock.tomorrow()
    # The other new course builds nothing that the role needs.
    assert scheduler.send_due() == 0


def test_what_was_there_before_one_asked_is_not_new(
    engine: Engine, knowledge_base: KnowledgeBase, reminders: ReminderService, clock: Clock
) -> None:
    known = arrived(rti=clock.now)
    clock.now += timedelta(hours=1)
    subscribe(reminders, "asha")
    assert make_scheduler(engine, knowledge_base, clock, first_seen=known).send_due() == 0


def test_a_course_is_new_for_a_month(
    engine: Engine, knowledge_base: KnowledgeBase, reminders: ReminderService, clock: Clock
) -> None:
    subscribe(reminders, "asha", "bina")
    for learner in ("asha", "bina"):
        reminders.queue(
            next(s for s in reminders.unchecked(date.max, 9) if s.learner_id == learner),
            [f"digest:2026-W{week}" for week in (49, 50, 51, 52, 53)],
            clock.today,
            {"text": "", "buttons": [], "custom": {}},
        )
    known = arrived(rti=clock.now + timedelta(hours=1))
    clock.now += 30 * DAY
    assert make_scheduler(engine, knowledge_base, clock, first_seen=known).send_due() == 2
    clock.tomorrow()
    late = arrived(noting=TUESDAY + timedelta(hours=1))
    assert make_scheduler(engine, knowledge_base, clock, first_seen=late).send_due() == 0


def test_a_new_course_that_is_built_held_taken_or_unwanted_is_not_told(
    engine: Engine, knowledge_base: KnowledgeBase, reminders: ReminderService, clock: Clock
) -> None:
    subscribe(reminders, *LEARNERS)
    clock.now += timedelta(hours=1)
    enrol(engine, "asha", "rti", last_active=clock.now)
    FeedbackService(engine, clock).add("chat of bina", "bina", "rti", Opinion.DISLIKED)
    with transaction(engine) as connection:
        chitra = schema.learners.c.id == "chitra"
        connection.execute(update(schema.learners).where(chitra).values(designation_id=None))
    known = arrived(rti=clock.now)
    assert make_scheduler(engine, knowledge_base, clock, first_seen=known).send_due() == 0


# Faults


class Faulty(SqlPlatform):
    """A platform that fails for some learners, or for all."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self.faults: dict[str, Exception] = {}
        self.asked: list[str] = []

    def enrolments(self, learner_id: str) -> list[Enrolment]:
        self.asked.append(learner_id)
        fault = self.faults.get(learner_id) or self.faults.get("*")
        if fault:
            raise fault
        return super().enrolments(learner_id)


@pytest.fixture
def faulty(engine: Engine, reminders: ReminderService, clock: Clock) -> Faulty:
    """Return such a platform; each of three learners is to be reminded."""
    for learner in LEARNERS:
        prescribe(engine, learner, ("rti", clock.today + DAY))
    subscribe(reminders, *LEARNERS)
    return Faulty(engine)


@pytest.mark.parametrize("fault", [PlatformDataError("Asha Rao"), KeyError("Asha Rao")])
def test_a_fault_for_one_learner_stops_nobody_else_and_names_nobody(
    engine: Engine,
    knowledge_base: KnowledgeBase,
    reminders: ReminderService,
    clock: Clock,
    faulty: Faulty,
    fault: Exception,
    caplog: pytest.LogCaptureFixture,
) -> None:
    scheduler = make_scheduler(engine, knowledge_base, clock, faulty)
    faulty.faults["asha"] = fault
    with caplog.at_level(logging.DEBUG):
        assert scheduler.send_due() == 2
    assert type(fault).__name__ in caplog.text
    assert "asha" not in caplog.text.lower()
    assert [s.learner_id for s in reminders.unchecked(clock.today, 10)] == ["asha"]
    faulty.faults.clear()
    assert scheduler.send_due() == 1
    assert [len(inbox(engine, learner)) for learner in LEARNERS] == [1, 1, 1]


def test_an_outage_stops_the_pass_and_after_it_everybody_is_reminded_once(
    engine: Engine,
    knowledge_base: KnowledgeBase,
    reminders: ReminderService,
    clock: Clock,
    faulty: Faulty,
) -> None:
    scheduler = make_scheduler(engine, knowledge_base, clock, faulty)
    faulty.faults["*"] = PlatformUnavailableError("no answer")
    for _ in range(4):
        with pytest.raises(PlatformUnavailableError):
            scheduler.send_due()
    # One question a pass shows that the platform is still away.
    assert len(faulty.asked) == 4
    assert len(reminders.unchecked(clock.today, 10)) == 3
    faulty.faults.clear()
    assert scheduler.send_due() == 3
    assert scheduler.send_due() == 0
    assert [len(inbox(engine, learner)) for learner in LEARNERS] == [1, 1, 1]


@pytest.mark.parametrize("poisoned", LEARNERS)
def test_a_learner_for_whom_the_platform_never_answers_holds_up_nobody(
    engine: Engine,
    knowledge_base: KnowledgeBase,
    reminders: ReminderService,
    clock: Clock,
    faulty: Faulty,
    poisoned: str,
) -> None:
    scheduler = make_scheduler(engine, knowledge_base, clock, faulty)
    faulty.faults[poisoned] = PlatformUnavailableError("no answer")
    for _ in range(2):
        with pytest.raises(PlatformUnavailableError):
            scheduler.send_due()
    got = [learner for learner in LEARNERS if inbox(engine, learner)]
    assert got == [learner for learner in LEARNERS if learner != poisoned]


def test_a_learner_who_is_not_known_any_more_is_not_asked_for_again_that_day(
    scheduler: ReminderScheduler, reminders: ReminderService, clock: Clock
) -> None:
    subscribe(reminders, "nobody")
    assert scheduler.send_due() == 0
    assert reminders.unchecked(clock.today, 10) == []


def test_who_unlinks_while_a_reminder_is_made_gets_none(
    engine: Engine, knowledge_base: KnowledgeBase, reminders: ReminderService, clock: Clock
) -> None:
    links = LinkService(engine, "s" * 40, lambda: datetime.now(INDIA))
    links.redeem(links.issue("asha"), CHAT)
    reminders.subscribe(links.chat_key(CHAT), CHAT, "asha", "en")
    prescribe(engine, "asha", ("rti", clock.today + DAY))

    class Interrupted(SqlPlatform):
        """A platform during whose answer the user unlinks the chat."""

        def enrolments(self, learner_id: str) -> list[Enrolment]:
            links.unlink(CHAT)
            return super().enrolments(learner_id)

    scheduler = make_scheduler(engine, knowledge_base, clock, Interrupted(engine))
    assert scheduler.send_due() == 0
    assert Outbox(engine, clock).messages_after(links.chat_key(CHAT), 0, 10) == []
    with transaction(engine) as connection:
        assert connection.execute(select(schema.sent_reminders)).all() == []


def test_a_pass_ends_when_the_task_is_cancelled(
    engine: Engine, knowledge_base: KnowledgeBase, clock: Clock, faulty: Faulty
) -> None:
    entered, released = threading.Event(), threading.Event()

    class Waiting(Faulty):
        """A platform that answers when it is let."""

        def learner(self, learner_id: str) -> Learner:
            entered.set()
            released.wait(10)
            return super().learner(learner_id)

    platform = Waiting(engine)
    scheduler = make_scheduler(engine, knowledge_base, clock, platform)

    async def cancel_during_a_pass() -> None:
        task = asyncio.create_task(scheduler.run())
        await asyncio.to_thread(entered.wait, 10)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        released.set()

    asyncio.run(cancel_during_a_pass())
    assert platform.asked == ["asha"]
