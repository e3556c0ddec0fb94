"""What channels look up in Rasa's conversations, in its own tracker store."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from rasa.core.tracker_store import SQLTrackerStore, TrackerStore
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
from rasa.shared.core.trackers import DialogueStateTracker

from connectors.channels.collecting import WholeMessageOutput
from connectors.channels.conversations import Conversations
from connectors.channels.strings import words
from knowledge_base.languages import registry
from tests.assistant.conftest import REPOSITORY

pytestmark = pytest.mark.anyio
STRINGS = REPOSITORY / "connectors" / "channels" / "strings"
LISTEN = ActionExecuted("action_listen")


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def store(tmp_path: Path) -> TrackerStore:
    domain = Domain.load(str(REPOSITORY / "domain.yml"))
    return SQLTrackerStore(domain, db=str(tmp_path / "conversations.db"))


async def keep(store: TrackerStore, *events: Event) -> Conversations:
    tracker = DialogueStateTracker("me", store.domain.slots)
    tracker.update_with_events(
        [ActionExecuted("action_session_start"), SessionStarted(), LISTEN, *events], None
    )
    await store.save(tracker)
    return Conversations(lambda: store)


def asked(message_id: str) -> UserUttered:
    return UserUttered("?", input_channel="telegram", message_id=message_id)


def said(text: str) -> BotUttered:
    return BotUttered(text, {"buttons": [{"title": "A", "payload": "/a"}], "custom": {"x": 1}})


async def test_what_was_said_to_a_message_is_found(store: TrackerStore) -> None:
    conversations = await keep(
        store, asked("1"), said("one"), said("two"), LISTEN, asked("2"), said("three"), LISTEN
    )
    buttons, custom = [{"title": "A", "payload": "/a"}], {"x": 1}
    assert await conversations.said_to("me", "1") == [
        {"text": "one", "buttons": buttons, "custom": custom},
        {"text": "two", "buttons": buttons, "custom": custom},
    ]
    found = await conversations.said_to("me", "2")
    assert [message["text"] for message in found] == ["three"]


async def test_a_message_without_an_answer_is_not_found(store: TrackerStore) -> None:
    conversations = await keep(store, asked("1"), LISTEN, asked("2"), said("two"), LISTEN)
    assert await conversations.said_to("me", "1") is None
    assert await conversations.said_to("me", "9") is None
    assert await conversations.said_to("you", "1") is None


async def test_a_turn_that_meant_to_say_nothing_is_found_as_such(store: TrackerStore) -> None:
    silent = BotUttered("", {"custom": {"silent": True, "ticket": "S-1"}})
    conversations = await keep(
        store, asked("1"), silent, LISTEN, asked("2"), LISTEN, asked("3"), said("three"), LISTEN
    )
    assert await conversations.said_to("me", "1") == []
    assert await conversations.said_to("me", "2") is None
    assert len(await conversations.said_to("me", "3")) == 1


async def test_what_was_said_is_found_as_it_was_shown(store: TrackerStore) -> None:
    courses = [{"number": 1, "title": "Budgets", "payload": "/choose_item{1}"}]
    conversations = await keep(
        store,
        UserUttered('/link_account{"link_token": "secret"}'),
        said("linked"),
        SessionStarted(),
        UserUttered("/a"),
        BotUttered("two", {"custom": {"courses": courses}}),
        UserUttered("/choose_item{1}"),
        BotUttered(None, {"custom": {"silent": True}}),
        UserUttered("thanks"),
    )
    found = await conversations.entries("me", 100)
    shown = [entry.get("user") or entry["bot"]["text"] for entry in found]
    assert shown == ["linked", "A", "two", "Budgets", "thanks"]
    assert found[0] == {
        "bot": {"text": "linked", "buttons": [{"title": "A", "payload": "/a"}], "custom": {"x": 1}}
    }
    assert await conversations.entries("me", 2) == found[-2:]
    assert await conversations.entries("you", 2) == []


async def test_what_was_said_before_a_restart_is_not_shown(store: TrackerStore) -> None:
    conversations = await keep(
        store, asked("1"), said("one"), LISTEN, Restarted(), UserUttered("anew"), LISTEN
    )
    assert await conversations.entries("me", 100) == [{"user": "anew"}]


async def test_a_turn_that_was_repeated_is_found_by_its_last_answer(store: TrackerStore) -> None:
    conversations = await keep(store, asked("1"), LISTEN, asked("1"), said("at last"), LISTEN)
    found = await conversations.said_to("me", "1")
    assert [message["text"] for message in found] == ["at last"]


@pytest.mark.parametrize(("chosen", "locale"), [(None, "hi_Latn"), ("te", "te"), ("xx", "hi_Latn")])
async def test_the_chosen_language_outranks_the_typed_one(
    store: TrackerStore, chosen: str | None, locale: str
) -> None:
    conversations = await keep(
        store, asked("1"), SlotSet("locale", "hi_Latn"), SlotSet("chosen_locale", chosen)
    )
    assert await conversations.locale("me") == locale
    assert await conversations.locale("you") is None


async def test_before_rasa_is_loaded_nothing_is_known() -> None:
    conversations = Conversations(lambda: None)
    assert await conversations.locale("me") is None
    assert await conversations.said_to("me", "1") is None


async def test_messages_are_collected_whole() -> None:
    output = WholeMessageOutput("telegram")
    assert output.name() == "telegram"
    message = {"text": "t", "buttons": [{"title": "A", "payload": "/a"}], "custom": {"x": 1}}
    await output.send_response("me", {**message, "recipient_id": "me"})
    await output.send_response("me", {"text": "only"})
    assert output.messages == [message, {"text": "only", "buttons": [], "custom": {}}]
    assert not output.is_silent


async def test_a_turn_may_say_that_it_means_to_be_silent() -> None:
    output = WholeMessageOutput("telegram")
    await output.send_response("me", {"custom": {"silent": True}})
    assert output.is_silent
    assert output.messages == []


@pytest.mark.parametrize("path", sorted(STRINGS.glob("*.json")), ids=lambda path: path.stem)
def test_every_file_of_strings_has_every_text(path: Path) -> None:
    english = json.loads((STRINGS / "en.json").read_text(encoding="utf-8"))
    local = json.loads(path.read_text(encoding="utf-8"))
    assert path.stem in registry.locales()
    assert set(local) == set(english)
    assert all(text.strip() for text in local.values())
    assert all(words(key, path.stem) == text for key, text in local.items())


def test_an_unknown_text_is_an_error() -> None:
    with pytest.raises(KeyError):
        words("nothing", "ta")
