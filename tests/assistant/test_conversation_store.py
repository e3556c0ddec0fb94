"""Conversations that are kept in memory, against Rasa's own store on the same database."""

from __future__ import annotations

import gc
import sqlite3
import weakref
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import SQLTrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted,
    BotUttered,
    Event,
    Restarted,
    SessionStarted,
    SlotSet,
    UserUttered,
)
from rasa.shared.core.trackers import DialogueStateTracker, EventVerbosity
from sqlalchemy.engine import make_url

from bot.conversation_store import ConversationStore
from tests.assistant.conftest import REPOSITORY
from tests.postgresql import DATABASES, emptied_again

pytestmark = pytest.mark.anyio
# More than are kept.
MANY = 520
Open = Callable[..., SQLTrackerStore]


class ListBroker(EventBroker):
    """Keeps what is published."""

    def __init__(self) -> None:
        self.published: list[dict[str, Any]] = []

    def publish(self, event: dict[str, Any]) -> None:
        self.published.append(event)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
def domain() -> Domain:
    return Domain.load(str(REPOSITORY / "domain.yml"))


@pytest.fixture(params=DATABASES)
def address(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[dict[str, Any]]:
    """Give the options that name a database."""
    if request.param == "sqlite":
        yield {"db": str(tmp_path / "conversations.db")}
        return
    with emptied_again(request.getfixturevalue("postgresql_server"), "assistant") as given:
        url = make_url(given)
        yield {
            "dialect": url.drivername,
            "host": url.host,
            "port": url.port,
            "db": url.database,
            "username": url.username,
            "password": url.password,
        }


@pytest.fixture
def open_store(domain: Domain, address: dict[str, Any]) -> Iterator[Open]:
    """Return a function that opens a store of a class on the database, as a process does."""
    opened: list[SQLTrackerStore] = []

    def store(
        kind: type[SQLTrackerStore] = ConversationStore, broker: EventBroker | None = None
    ) -> SQLTrackerStore:
        opened.append(kind(domain=domain, event_broker=broker, **address))
        return opened[-1]

    yield store
    for one in opened:
        one.engine.dispose()


def start() -> list[Event]:
    return [
        ActionExecuted("action_session_start"),
        SessionStarted(),
        ActionExecuted("action_listen"),
    ]


def start_over_api() -> list[Event]:
    return [SessionStarted(), ActionExecuted("action_listen")]


def turn(text: str) -> list[Event]:
    """Return what a turn adds."""
    parsed = {
        "text": text,
        "intent": {"name": "find_course", "confidence": 0.91},
        "intent_ranking": [{"name": "find_course", "confidence": 0.91}],
        "entities": [{"entity": "locale", "value": "hi", "start": 0, "end": len(text)}],
        "language": {"language": "hi", "script": "Deva", "romanised": False, "confidence": 1.0},
    }
    metadata = {"chat": {"kind": "private"}}
    return [
        UserUttered(
            text, parsed["intent"], parsed["entities"], parsed, None, "rest", "7", metadata
        ),
        SlotSet("locale", "hi"),
        ActionExecuted("action_find_course", "RulePolicy", 1.0),
        BotUttered("Courses:", {"custom": {"courses": [{"id": "do_1", "score": 0.5}]}}),
        SlotSet("search", {"query": text, "shown": ["do_1", "do_2"]}),
        ActionExecuted("action_listen", "RulePolicy", 1.0),
    ]


async def take_turn(store: SQLTrackerStore, text: str, sender: str = "me") -> DialogueStateTracker:
    """Run a turn as Rasa's processor does; a new conversation begins a session."""
    tracker = await store.get_or_create_tracker(sender, append_action_listen=False)
    begun = [] if tracker.events else start()
    tracker.update_with_events([*begun, *turn(text)], store.domain)
    await store.save(tracker)
    return tracker


def said(tracker: DialogueStateTracker | None) -> list[str]:
    """Return the texts of the user."""
    events = tracker.events if tracker else ()
    return [event.text for event in events if isinstance(event, UserUttered)]


def everything(tracker: DialogueStateTracker | None) -> dict[str, Any]:
    """Return all that actions, policies and channels see of a conversation."""
    assert tracker is not None
    return tracker.current_state(EventVerbosity.ALL)


async def test_a_kept_conversation_is_the_one_rasas_store_reads(open_store: Open) -> None:
    store, rasa = open_store(), open_store(SQLTrackerStore)
    for text in ("नमस्ते", "कोर्स", "और"):
        await take_turn(store, text)
        read = await rasa.retrieve("me")
        given = await store.retrieve("me")
        assert everything(given) == everything(read)
        assert given == read
    assert said(read) == ["नमस्ते", "कोर्स", "और"]


async def test_rows_are_those_of_rasas_store(open_store: Open) -> None:
    store, rasa = open_store(), open_store(SQLTrackerStore)
    for text in ("one", "two", "three"):
        await take_turn(store, text, "kept")
        await take_turn(rasa, text, "rasa")
    table = SQLTrackerStore.SQLEvent.__table__.c
    columns = (table.type_name, table.intent_name, table.action_name)
    found = {}
    with store.engine.connect() as connection:
        for sender in ("kept", "rasa"):
            query = sa.select(*columns).where(table.sender_id == sender).order_by(table.id)
            found[sender] = [tuple(row) for row in connection.execute(query)]
    assert found["kept"] == found["rasa"]
    assert ("user", "find_course", None) in found["kept"]
    assert ("action", None, "action_find_course") in found["kept"]


async def test_a_long_conversation_is_stored_whole_and_kept_short(open_store: Open) -> None:
    ours, other, rasas = open_store(), open_store(), open_store(SQLTrackerStore)
    for number in range(40):
        # Two processes take turns now and then.
        await take_turn(other if number % 9 == 8 else ours, f"{number}")
    whole = await rasas.retrieve("me")
    assert said(whole) == [f"{number}" for number in range(40)]
    short = await ours.retrieve("me")
    assert list(short.events) == list(whole.events)[-len(short.events) :]
    assert 3 <= len(said(short)) < 40
    handed = short.current_state(EventVerbosity.ALL)["events"]
    texts = [event["text"] for event in handed if event["event"] == "user"]
    assert texts == said(whole)[-len(texts) :]
    assert len(texts) >= 10
    assert short.current_slot_values() == whole.current_slot_values()


async def test_a_running_conversation_is_not_read_again(open_store: Open) -> None:
    store = open_store()
    await take_turn(store, "one")
    saved = await take_turn(store, "two")
    assert await store.retrieve("me") is saved


async def test_who_only_reads_gets_a_tracker_of_their_own(open_store: Open) -> None:
    store = open_store()
    await take_turn(store, "one")
    await take_turn(store, "two")
    reader, turns = await store.retrieve("me"), await store.retrieve("me")
    assert reader is not turns
    reader.update(UserUttered("never saved"))
    assert said(turns) == ["one", "two"]
    turns.update_with_events(turn("three"), store.domain)
    # Somebody looks while the turn runs.
    assert said(await store.retrieve("me")) == ["one", "two"]
    await store.save(turns)
    assert said(await store.retrieve("me")) == ["one", "two", "three"]


async def test_what_another_process_appends_is_seen(open_store: Open) -> None:
    one, other = open_store(), open_store()
    for number, store in enumerate((one, one, other, one, other, other, one)):
        await take_turn(store, str(number))
    expected = [str(number) for number in range(7)]
    for store in (one, other, open_store(SQLTrackerStore)):
        assert said(await store.retrieve("me")) == expected


async def test_what_is_appended_during_a_turn_is_seen_by_the_next(open_store: Open) -> None:
    one, other = open_store(), open_store()
    await take_turn(one, "one")
    await take_turn(one, "two")
    running = await one.retrieve("me")
    await take_turn(other, "of another")
    running.update_with_events(turn("three"), one.domain)
    await one.save(running)
    assert said(await one.retrieve("me")) == ["one", "two", "of another", "three"]


async def test_what_is_erased_is_forgotten(open_store: Open) -> None:
    store = open_store()
    await take_turn(store, "secret")
    await take_turn(store, "secret, too")
    erase(open_store(), "me")
    assert await store.retrieve("me") is None
    await take_turn(store, "new")
    assert said(await store.retrieve("me")) == ["new"]


async def test_what_is_erased_during_a_turn_does_not_come_back(open_store: Open) -> None:
    store = open_store()
    await take_turn(store, "secret")
    await take_turn(store, "secret, too")
    running = await store.retrieve("me")
    erase(open_store(), "me")
    running.update_with_events(turn("last"), store.domain)
    await store.save(running)
    assert said(await store.retrieve("me")) == ["last"]


async def test_as_many_events_in_place_of_erased_ones_are_seen(open_store: Open) -> None:
    """SQLite gives the ids of deleted rows again."""
    one, other = open_store(), open_store()
    for text in ("old", "older"):
        await take_turn(one, text)
    erase(other, "me")
    for text in ("new", "newer"):
        await take_turn(other, text)
    assert said(await one.retrieve("me")) == ["new", "newer"]


async def test_a_turn_that_fails_leaves_no_trace(open_store: Open) -> None:
    store = open_store()
    await take_turn(store, "one")
    await take_turn(store, "two")
    failing = await store.retrieve("me")
    failing.update_with_events(turn("fails"), store.domain)
    assert said(await store.retrieve("me")) == ["one", "two"]
    await take_turn(store, "three")
    assert said(await open_store(SQLTrackerStore).retrieve("me")) == ["one", "two", "three"]


async def test_a_turn_that_cannot_be_written_leaves_no_trace(open_store: Open) -> None:
    store = open_store()
    await take_turn(store, "one")
    await take_turn(store, "two")
    tracker = await store.retrieve("me")
    tracker.update_with_events([*turn("fails"), SlotSet("search", object())], store.domain)
    with pytest.raises(TypeError):
        await store.save(tracker)
    assert said(await store.retrieve("me")) == ["one", "two"]


@pytest.mark.parametrize("begin", [start, start_over_api])
async def test_a_new_session_shows_only_itself(
    open_store: Open, begin: Callable[[], list[Event]]
) -> None:
    store, rasa = open_store(), open_store(SQLTrackerStore)
    await take_turn(store, "one")
    await take_turn(store, "two")
    tracker = await store.retrieve("me")
    tracker.update_with_events([*begin(), *turn("three")], store.domain)
    await store.save(tracker)
    given = await store.retrieve("me")
    assert said(given) == ["three"]
    assert everything(given) == everything(await rasa.retrieve("me"))
    assert said(await store.retrieve_full_tracker("me")) == ["one", "two", "three"]


async def test_a_restart_ends_what_was_known(open_store: Open) -> None:
    store, rasa = open_store(), open_store(SQLTrackerStore)
    await take_turn(store, "one")
    await take_turn(store, "two")
    tracker = await store.retrieve("me")
    tracker.update_with_events([UserUttered("/restart"), Restarted()], store.domain)
    await store.save(tracker)
    given = await store.retrieve("me")
    assert given.get_slot("locale") is None
    assert everything(given) == everything(await rasa.retrieve("me"))


async def test_the_broker_gets_each_event_once(open_store: Open) -> None:
    broker = ListBroker()
    store = open_store(broker=broker)
    await take_turn(store, "one")
    await take_turn(store, "two")
    failing = await store.retrieve("me")
    failing.update_with_events(turn("fails"), store.domain)
    tracker = await take_turn(store, "three")
    # As Rasa's API does: it adds to a tracker that was saved a moment ago.
    tracker.update(BotUttered("unasked"))
    await store.save(tracker)
    stored = await open_store(SQLTrackerStore).retrieve_full_tracker("me")
    assert said(stored) == ["one", "two", "three"]
    assert broker.published == [{"sender_id": "me", **e.as_dict()} for e in stored.events]


async def test_more_conversations_than_are_kept(domain: Domain, tmp_path: Path) -> None:
    options = {"domain": domain, "db": str(tmp_path / "conversations.db")}
    store, rasa = ConversationStore(**options), SQLTrackerStore(**options)
    senders = [f"chat-{number}" for number in range(MANY)]
    for text in ("one", "two", "three"):
        for sender in senders:
            await take_turn(store, f"{text} of {sender}", sender)
    trackers = []
    for sender in senders:
        given = await store.retrieve(sender)
        assert said(given) == [f"{text} of {sender}" for text in ("one", "two", "three")]
        assert everything(given) == everything(await rasa.retrieve(sender))
        trackers.append(weakref.ref(given))
    # Who only reads does not fill the memory, either.
    del given
    gc.collect()
    assert 0 < sum(tracker() is not None for tracker in trackers) < MANY
    store.engine.dispose()


async def test_a_conversation_that_rests_leaves_the_memory(
    domain: Domain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.conversation_store._KEPT_SECONDS", 0.0)
    store = ConversationStore(domain=domain, db=str(tmp_path / "conversations.db"))
    await take_turn(store, "one", "first")
    given = await store.retrieve("first")
    tracker = weakref.ref(given)
    del given
    gc.collect()
    assert tracker() is not None
    for text in ("two", "three"):
        await take_turn(store, text, "second")
    gc.collect()
    assert tracker() is None
    store.engine.dispose()


async def test_a_file_is_opened_once_and_read_while_it_is_written(
    domain: Domain, tmp_path: Path
) -> None:
    store = ConversationStore(domain=domain, db=str(tmp_path / "conversations.db"))
    opened: list[Any] = []
    sa.event.listen(store.engine, "connect", lambda *connection: opened.append(connection))
    for text in ("one", "two", "three"):
        await take_turn(store, text)
    assert len(opened) == 1
    writer = sqlite3.connect(tmp_path / "conversations.db")
    with closing(writer):
        writer.execute("BEGIN IMMEDIATE")
        assert said(await store.retrieve("me")) == ["one", "two", "three"]
    store.engine.dispose()


def erase(store: SQLTrackerStore, sender: str) -> None:
    """Delete a conversation as the action server does."""
    events = SQLTrackerStore.SQLEvent.__table__
    with store.engine.begin() as connection:
        connection.execute(sa.delete(events).where(events.c.sender_id == sender))
