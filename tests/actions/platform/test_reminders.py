"""Subscriptions, what was sent, and what waits in the outbox: each promise of the service."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, delete, func, select

from connectors.platform import schema
from connectors.platform.database import open_database, transaction
from connectors.platform.linking import Chat, LinkService
from connectors.platform.outbox import Outbox
from connectors.platform.records import PlatformUnavailableError
from connectors.platform.reminders import ReminderService, Subscription
from tests.actions.platform.test_database import definitions, locked

NOW = datetime(2026, 11, 24, 6, tzinfo=UTC)
DAY = date(2026, 11, 24)
MESSAGE = {"text": "Asha, …", "buttons": [{"title": "x", "payload": "/x"}], "custom": {}}
CHAT = Chat("web", "web-6f1c1c5e-3a3e-4c43-9a33-7d8e5b1f0a11")
OTHER = Chat("web", "web-6f1c1c5e-3a3e-4c43-9a33-7d8e5b1f0a22")
OF_REMINDERS = (schema.reminders, schema.sent_reminders, schema.outbox)


@pytest.fixture
def service(engine: Engine) -> ReminderService:
    return ReminderService(engine, lambda: NOW)


@pytest.fixture
def waiting(engine: Engine) -> Outbox:
    return Outbox(engine, lambda: NOW)


@pytest.fixture
def links(engine: Engine) -> LinkService:
    return LinkService(engine, "s" * 40, lambda: datetime.now(UTC))


def subscribed(
    service: ReminderService, chat_key: str = "chat", learner_id: str = "asha"
) -> Subscription:
    service.subscribe(chat_key, CHAT, learner_id, "hi")
    return next(s for s in service.unchecked(date.max, 1000) if s.chat_key == chat_key)


def count(engine: Engine, table: object) -> int:
    with transaction(engine) as connection:
        return connection.execute(select(func.count()).select_from(table)).scalar_one()


# Subscriptions


def test_a_subscription_is_looked_at_once_a_day(service: ReminderService) -> None:
    subscription = subscribed(service)
    assert subscription == Subscription("chat", "web", "asha", "hi", NOW)
    service.mark_checked("chat", DAY)
    assert service.unchecked(DAY, 10) == []
    assert service.unchecked(DAY + timedelta(days=1), 10) == [subscription]


def test_batches_follow_one_another_and_miss_nobody(service: ReminderService) -> None:
    for number in range(7):
        service.subscribe(f"chat{number}", CHAT, f"learner{number}", "en")
    seen, after = [], ""
    while batch := service.unchecked(DAY, 3, after):
        seen += [subscription.chat_key for subscription in batch]
        after = batch[-1].chat_key
    assert seen == [f"chat{number}" for number in range(7)]


def test_a_learner_is_reminded_in_the_last_chat_only(service: ReminderService) -> None:
    subscribed(service, "first")
    subscribed(service, "second")
    assert [s.chat_key for s in service.unchecked(DAY, 10)] == ["second"]
    assert not service.unsubscribe("first")


def test_asked_again_only_the_language_changes(engine: Engine, service: ReminderService) -> None:
    subscribed(service)
    service.mark_checked("chat", DAY)
    later = ReminderService(engine, lambda: NOW + timedelta(days=3))
    later.subscribe("chat", CHAT, "asha", "ta")
    assert later.unchecked(DAY, 10) == []
    found = later.unchecked(DAY + timedelta(days=1), 10)
    assert [(s.enabled_on, s.locale) for s in found] == [(NOW, "ta")]


def test_the_language_can_be_changed_and_strangers_have_none(service: ReminderService) -> None:
    subscribed(service)
    service.set_locale("chat", "ur")
    service.set_locale("stranger", "ur")
    assert [s.locale for s in service.unchecked(DAY, 10)] == ["ur"]


def test_unsubscribing_drops_what_was_not_fetched(
    service: ReminderService, waiting: Outbox
) -> None:
    subscription = subscribed(service)
    assert service.queue(subscription, ["a"], DAY, MESSAGE)
    assert service.unsubscribe("chat")
    assert not service.unsubscribe("chat")
    assert waiting.messages_after("chat", 0, 10) == []
    assert service.unchecked(date.max, 10) == []


# Queueing


def test_message_keys_and_day_are_written_together(
    service: ReminderService, waiting: Outbox
) -> None:
    subscription = subscribed(service)
    assert service.queue(subscription, ["a", "b"], DAY, MESSAGE)
    assert [message for _, message in waiting.messages_after("chat", 0, 10)] == [MESSAGE]
    assert service.sent_keys("asha") == {"a", "b"}
    assert service.unchecked(DAY, 10) == []


def test_at_most_one_a_day(service: ReminderService) -> None:
    subscription = subscribed(service)
    assert service.queue(subscription, ["a"], DAY, MESSAGE)
    assert not service.queue(subscription, ["b"], DAY, MESSAGE)
    assert service.queue(subscription, ["b"], DAY + timedelta(days=1), MESSAGE)


def test_a_stop_and_a_new_start_give_no_second_message_on_the_day(
    service: ReminderService,
) -> None:
    assert service.queue(subscribed(service), ["a"], DAY, MESSAGE)
    service.unsubscribe("chat")
    assert not service.queue(subscribed(service), ["b"], DAY, MESSAGE)
    assert service.unchecked(DAY, 10) == []
    assert service.sent_keys("asha") == {"a"}


def test_what_was_sent_is_never_sent_again_and_nothing_is_left_of_the_attempt(
    service: ReminderService, waiting: Outbox
) -> None:
    subscription = subscribed(service)
    assert service.queue(subscription, ["b"], DAY, MESSAGE)
    assert not service.queue(subscription, ["a", "b"], DAY + timedelta(days=1), MESSAGE)
    assert service.sent_keys("asha") == {"b"}
    assert len(waiting.messages_after("chat", 0, 10)) == 1


def test_two_messages_of_a_day_are_refused_by_the_table_itself(
    service: ReminderService, engine: Engine
) -> None:
    subscription = subscribed(service)
    assert service.queue(subscription, ["a"], DAY, MESSAGE)
    with transaction(engine) as connection:
        connection.execute(delete(schema.sent_reminders))
    assert not service.queue(subscription, ["b"], DAY, MESSAGE)
    assert service.sent_keys("asha") == set()


def test_nothing_is_queued_for_whom_reminders_have_ended(
    service: ReminderService, engine: Engine
) -> None:
    subscription = subscribed(service)
    service.unsubscribe("chat")
    assert not service.queue(subscription, ["a"], DAY, MESSAGE)
    subscribed(service, "chat", "bina")
    assert not service.queue(subscription, ["a"], DAY, MESSAGE)
    assert [count(engine, table) for table in OF_REMINDERS] == [1, 0, 0]


def test_of_many_that_queue_at_once_one_does(engine: Engine) -> None:
    services = [ReminderService(engine, lambda: NOW) for _ in range(8)]
    subscription = subscribed(services[0])

    def attempt(number: int) -> bool:
        return services[number].queue(subscription, [f"key{number}"], DAY, MESSAGE)

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(attempt, range(8))) == 1
    assert len(Outbox(engine, lambda: NOW).messages_after("chat", 0, 10)) == 1
    assert len(services[0].sent_keys("asha")) == 1


def test_a_locked_database_is_unavailable_and_loses_nothing(
    service: ReminderService, tmp_path: Path
) -> None:
    subscription = subscribed(service)
    impatient = ReminderService(
        open_database(f"sqlite:///{tmp_path / 'sathi.db'}?timeout=0.1"), lambda: NOW
    )
    with locked(tmp_path / "sathi.db"), pytest.raises(PlatformUnavailableError):
        impatient.queue(subscription, ["a"], DAY, MESSAGE)
    assert service.unchecked(DAY, 10) == [subscription]
    assert service.queue(subscription, ["a"], DAY, MESSAGE)


# The outbox


def test_messages_come_in_order_after_the_last_one_seen(
    service: ReminderService, waiting: Outbox
) -> None:
    subscription = subscribed(service)
    for number in range(5):
        day = DAY + timedelta(days=number)
        assert service.queue(subscription, [str(number)], day, {"text": str(number)})
    first = waiting.messages_after("chat", 0, 2)
    assert [message["text"] for _, message in first] == ["0", "1"]
    rest = waiting.messages_after("chat", first[-1][0], 10)
    assert [message["text"] for _, message in rest] == ["2", "3", "4"]
    assert waiting.messages_after("chat", rest[-1][0], 10) == []
    assert waiting.messages_after("another chat", 0, 10) == []


def test_a_channel_that_sends_is_handed_the_reminder_once_with_its_recipient(
    service: ReminderService, waiting: Outbox, engine: Engine
) -> None:
    service.subscribe("chat", Chat("telegram", "919812345678"), "asha", "hi")
    (subscription,) = service.unchecked(date.max, 10)
    assert service.queue(subscription, ["a"], DAY, MESSAGE)
    handed_out = waiting.claim("telegram", 10).messages
    assert [(one.recipient, one.message) for one in handed_out] == [("919812345678", MESSAGE)]
    assert waiting.claim("telegram", 10).messages == []
    assert waiting.drop_addresses() == 0
    service.unsubscribe("chat")
    assert waiting.drop_addresses() == 1
    assert count(engine, schema.chats) == 0


def test_ids_are_not_used_again_after_a_deletion(service: ReminderService, waiting: Outbox) -> None:
    subscription = subscribed(service)
    service.queue(subscription, ["a"], DAY, MESSAGE)
    seen = waiting.messages_after("chat", 0, 10)[-1][0]
    service.unsubscribe("chat")
    service.queue(subscribed(service), ["b"], DAY + timedelta(days=1), MESSAGE)
    assert len(waiting.messages_after("chat", seen, 10)) == 1


# The link


def linked(links: LinkService, service: ReminderService, engine: Engine) -> None:
    """Link a chat, ask for reminders in it, and let a message wait."""
    links.redeem(links.issue("asha"), CHAT)
    assert service.queue(subscribed(service, links.chat_key(CHAT)), ["a"], DAY, MESSAGE)
    assert [count(engine, table) for table in OF_REMINDERS] == [1, 1, 1]


def test_unlinking_ends_reminders_and_leaves_nothing_of_the_learner(
    links: LinkService, service: ReminderService, waiting: Outbox, engine: Engine
) -> None:
    linked(links, service, engine)
    links.unlink(OTHER)
    assert waiting.messages_after(links.chat_key(CHAT), 0, 10)
    links.unlink(CHAT)
    assert [count(engine, table) for table in OF_REMINDERS] == [0, 0, 0]


def test_linking_to_another_learner_ends_the_reminders_of_the_former(
    links: LinkService, service: ReminderService, engine: Engine
) -> None:
    linked(links, service, engine)
    links.redeem(links.issue("asha"), CHAT)
    assert [count(engine, table) for table in OF_REMINDERS] == [1, 1, 1]
    links.redeem(links.issue("bina"), CHAT, confirmed=True)
    assert [count(engine, table) for table in OF_REMINDERS] == [0, 0, 0]
    assert "asha" not in str(links.export(CHAT))


def test_exporting_shows_reminders_and_forgetting_erases_them(
    links: LinkService, service: ReminderService, engine: Engine
) -> None:
    linked(links, service, engine)
    exported = links.export(CHAT)
    assert exported["reminders"][0]["checked_on"] == "2026-11-24"
    assert exported["sent_reminders"][0]["key"] == "a"
    assert exported["outbox"][0]["message"] == MESSAGE
    links.forget(CHAT)
    assert [count(engine, table) for table in OF_REMINDERS] == [0, 0, 0]


def test_unlinking_an_old_chat_does_not_make_a_learner_be_reminded_again(
    links: LinkService, service: ReminderService, engine: Engine
) -> None:
    linked(links, service, engine)
    links.redeem(links.issue("asha"), OTHER)
    subscribed(service, links.chat_key(OTHER))
    links.unlink(CHAT)
    assert service.sent_keys("asha") == {"a"}


# Courses


def test_at_the_first_start_all_courses_are_old_and_later_ones_are_new(engine: Engine) -> None:
    assert set(ReminderService(engine, lambda: NOW).first_seen(["a", "b"]).values()) == {NOW}
    later = ReminderService(engine, lambda: NOW + timedelta(days=9))
    assert later.first_seen(["b", "c"]) == {"b": NOW, "c": NOW + timedelta(days=9)}
    assert later.first_seen(["a"]) == {"a": NOW}


def test_several_processes_record_courses_at_once(engine: Engine) -> None:
    courses = [f"c{number}" for number in range(300)]

    def record(seconds: int) -> dict[str, datetime]:
        moment = NOW + timedelta(seconds=seconds)
        return ReminderService(engine, lambda: moment).first_seen(courses)

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(record, range(6)))
    assert all(answer == answers[0] for answer in answers)
    assert len(answers[0]) == 300


# The tables


def test_the_version_can_be_undone_and_made_again(engine: Engine, tmp_path: Path) -> None:
    def to(database: Engine, step: object, version: str) -> dict[str, list[str]]:
        config = Config()
        config.set_main_option("script_location", "connectors.platform:migrations")
        with database.begin() as connection:
            config.attributes["connection"] = connection
            step(config, version)
        found = definitions(database)
        found.pop("sqlite_sequence", None)
        return found

    newest = to(engine, command.upgrade, "head")
    first = to(open_database(f"sqlite:///{tmp_path / 'first.db'}"), command.upgrade, "0001")
    assert to(engine, command.downgrade, "0001") == first
    assert to(engine, command.upgrade, "head") == newest != first
