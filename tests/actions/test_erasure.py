"""Deleting conversations from the tracker store, which is a database of its own."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from bot.actions.erasure import DELAY, ConversationEraser
from bot.actions.settings import ActionSettings
from bot.actions.stored_conversations import StoredConversations
from connectors.platform.linking import Chat
from connectors.platform.records import PlatformUnavailableError
from tests.actions.databases import migrated, open_tracker_store
from tests.postgresql import DATABASES

START = datetime(2026, 11, 27, 10, tzinfo=UTC)


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    """Return a tracker store as the settings name it, with two conversations."""
    monkeypatch.setenv("SATHI_TRACKER_DIALECT", "sqlite")
    monkeypatch.setenv("SATHI_TRACKER_DB", str(tmp_path / "conversations.db"))
    engine = open_tracker_store(tmp_path / "conversations.db")
    assert engine.url == ActionSettings().tracker_store_url
    with engine.begin() as connection:
        connection.exec_driver_sql("INSERT INTO events (sender_id) VALUES ('a'), ('b'), ('a')")
    yield engine
    engine.dispose()


@pytest.fixture(params=DATABASES)
def own(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    with migrated(request, tmp_path) as engine:
        yield engine


def senders(store: Engine) -> list[str]:
    with store.connect() as connection:
        rows = connection.exec_driver_sql("SELECT sender_id FROM events ORDER BY id")
        return list(rows.scalars())


def test_a_conversation_is_deleted_once_its_last_turn_is_over(own: Engine, store: Engine) -> None:
    clock = Clock()
    eraser = ConversationEraser(own, StoredConversations(store), clock)
    eraser.request(Chat("telegram", "a"))
    assert eraser.erase_due() == 0
    assert senders(store) == ["a", "b", "a"]
    clock.now = START + DELAY
    assert eraser.erase_due() == 1
    assert senders(store) == ["b"]
    assert eraser.erase_due() == 0


def test_a_second_request_waits_for_the_newer_turn(own: Engine, store: Engine) -> None:
    clock = Clock()
    eraser = ConversationEraser(own, StoredConversations(store), clock)
    eraser.request(Chat("telegram", "a"))
    clock.now = START + DELAY - timedelta(seconds=1)
    eraser.request(Chat("telegram", "a"))
    clock.now = START + DELAY
    assert eraser.erase_due() == 0
    clock.now += DELAY
    assert eraser.erase_due() == 1


def test_what_could_not_be_deleted_is_deleted_later_also_by_another_process(
    own: Engine, store: Engine
) -> None:
    clock = Clock()
    eraser = ConversationEraser(own, StoredConversations(store), clock)
    eraser.request(Chat("telegram", "a"))
    clock.now = START + DELAY
    with store.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE events RENAME TO away")
    with pytest.raises(PlatformUnavailableError):
        eraser.erase_due()
    with store.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE away RENAME TO events")
    assert ConversationEraser(own, StoredConversations(store), clock).erase_due() == 1
    assert senders(store) == ["b"]


# The journals of channels


def test_a_channel_gets_what_it_has_to_erase_until_it_confirms(own: Engine, store: Engine) -> None:
    clock = Clock()
    eraser = ConversationEraser(own, StoredConversations(store), clock)
    for chat in (Chat("telegram", "telegram-1"), Chat("whatsapp", "whatsapp-2"), Chat("web", "w")):
        eraser.request(chat)
    # Not before the last turn is over, whose texts pass through the journal, too.
    assert eraser.of_channel("telegram") == []
    clock.now = START + DELAY
    (found,) = eraser.of_channel("telegram")
    assert (found.sender_id, found.requested_on) == ("telegram-1", START)
    assert eraser.of_channel("telegram") == [found]
    assert [one.sender_id for one in eraser.of_channel("whatsapp")] == ["whatsapp-2"]
    assert eraser.of_channel("web") == []
    eraser.confirm("whatsapp", [found.id])
    assert eraser.of_channel("telegram") == [found]
    eraser.confirm("telegram", [found.id])
    assert eraser.of_channel("telegram") == []


def test_a_request_that_no_channel_takes_is_dropped_after_two_weeks(
    own: Engine, store: Engine
) -> None:
    clock = Clock()
    eraser = ConversationEraser(own, StoredConversations(store), clock)
    eraser.request(Chat("telegram", "telegram-1"))
    clock.now = START + timedelta(days=14)
    eraser.erase_due()
    assert len(eraser.of_channel("telegram")) == 1
    clock.now += timedelta(seconds=1)
    eraser.erase_due()
    assert eraser.of_channel("telegram") == []
