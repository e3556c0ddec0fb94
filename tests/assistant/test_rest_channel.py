"""Rasa's REST channel as Sathi runs it, over HTTP."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from rasa.core.channels.channel import UserMessage
from rasa.core.tracker_store import InMemoryTrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import SlotSet
from rasa.shared.core.slots import AnySlot
from rasa.shared.core.trackers import DialogueStateTracker
from sanic import Sanic

from connectors.channels.rest import RestInput
from connectors.channels.strings import words
from connectors.channels.telegram import addresses as telegram
from connectors.channels.whatsapp import addresses as whatsapp
from tests.assistant.served import Agent, Handle, assistant

MESSAGE = {"sender": "somebody", "message": "hello"}


@pytest.fixture(autouse=True)
def many_applications(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let Sanic serve one application after another in this process."""
    monkeypatch.setattr(Sanic, "test_mode", True)


def post(handle: Handle, body: Any, store: Any = None) -> tuple[int, Any]:
    async def run() -> tuple[int, Any]:
        sent = {"data": body} if isinstance(body, bytes) else {"json": body}
        async with (
            assistant([RestInput()], Agent(handle, store)) as (client, address),
            client.post(f"{address}/webhooks/rest/webhook", **sent) as answer,
        ):
            return answer.status, await answer.json()

    return asyncio.run(run())


async def greets(message: UserMessage) -> None:
    await message.output_channel.send_text_message(message.sender_id, f"hello {message.sender_id}")


async def says_nothing(_: UserMessage) -> None:
    pass


async def fails(_: UserMessage) -> None:
    raise RuntimeError("the action server is down")


def store_of(locale: str) -> InMemoryTrackerStore:
    store = InMemoryTrackerStore(Domain.empty())
    tracker = DialogueStateTracker("somebody", [AnySlot("locale", mappings=[{}])])
    tracker.update(SlotSet("locale", locale))
    store.store = {"somebody": store.serialise_tracker(tracker)}
    store.domain.slots = [AnySlot("locale", mappings=[{}])]
    return store


def test_a_reply_stays_as_it_is() -> None:
    assert post(greets, MESSAGE) == (
        200,
        [{"recipient_id": "somebody", "text": "hello somebody"}],
    )


@pytest.mark.parametrize("handle", [says_nothing, fails])
def test_without_a_reply_it_says_to_try_again(handle: Handle) -> None:
    text = words("try_again", "en")
    assert post(handle, MESSAGE) == (200, [{"recipient_id": "somebody", "text": text}])


def test_it_says_so_in_the_language_of_the_conversation() -> None:
    status, messages = post(fails, MESSAGE, store_of("hi"))
    assert status == 200
    assert messages[0]["text"] == words("try_again", "hi") != words("try_again", "en")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"\xff\xfe", 400),
        (b"[" * 100_000, 413),
        (b"[" * 10_000, 400),
        (b"null", 400),
        ([], 400),
        ("text", 400),
        ({}, 400),
        ({"message": 5}, 400),
        ({"message": "x", "sender": ["x"]}, 400),
        ({"message": "x", "sender": {"a": 1}}, 400),
        ({"message": "x", "metadata": "x"}, 400),
        ({"message": "x" * 70_000}, 413),
        ({"message": "x", "sender": "s" * 256}, 400),
    ],
)
def test_what_is_no_message_is_refused(body: Any, status: int) -> None:
    answer, said = post(greets, body)
    assert answer == status
    assert list(said) == ["error"]


@pytest.mark.parametrize(
    "body",
    [
        {**MESSAGE, "input_channel": "telegram"},
        {**MESSAGE, "input_channel": "web"},
        {**MESSAGE, "sender": telegram.sender_id(501)},
        {**MESSAGE, "sender": telegram.sender_id(501), "input_channel": "telegram"},
        {**MESSAGE, "sender": telegram.sender_id(-100, 501)},
        {**MESSAGE, "sender": whatsapp.sender_id("919876543210"), "input_channel": "whatsapp"},
        {**MESSAGE, "sender": "web-6f1c1c5e-3a3e-4c43-9a33-7d8e5b1f0a11"},
    ],
)
def test_nobody_passes_for_a_chat_of_another_channel(body: dict[str, str]) -> None:
    heard: list[UserMessage] = []

    async def listens(message: UserMessage) -> None:
        heard.append(message)
        await greets(message)

    status, answer = post(listens, body)
    assert (status, list(answer)) == (403, ["error"])
    assert heard == []


def test_the_channel_may_name_itself() -> None:
    assert post(greets, {**MESSAGE, "input_channel": "rest"})[0] == 200
