"""The web channel over HTTP, before an action server that the test stands in for."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import pytest
from rasa.core.channels.channel import UserMessage
from rasa.shared.exceptions import RasaException
from sanic import Sanic
from sanic.request import Request
from sanic.response import HTTPResponse, json, raw

from connectors.channels.web import WebInput
from tests.ports import free_port

CONVERSATION = "6F1C1C5E-3A3E-4C43-9A33-7D8E5B1F0A11"
MESSAGES = {"messages": [{"id": 7, "text": "x", "buttons": [], "custom": {}}]}
DOCUMENT = "a" * 43
Answer = tuple[int, Any]
Send = Callable[[aiohttp.ClientSession, str], Awaitable[Answer]]


@pytest.fixture(autouse=True)
def many_applications(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let Sanic serve one application after another in this process."""
    monkeypatch.setattr(Sanic, "test_mode", True)


class ActionServer:
    """Answers as the action server would, and remembers what it was asked."""

    def __init__(self, status: int = 200) -> None:
        self.asked: list[Any] = []
        self.app = Sanic(f"actions{uuid.uuid4().hex}")

        @self.app.post("/outbox")
        async def outbox(request: Request) -> HTTPResponse:
            self.asked.append(request.json)
            return json(MESSAGES, status=status)

        @self.app.get("/documents/<identifier:str>")
        async def document(_: Request, identifier: str) -> HTTPResponse:
            self.asked.append(identifier)
            if identifier != DOCUMENT:
                return json({}, status=404)
            headers = {"Content-Disposition": 'inline; filename="plan.ics"'}
            return raw(b"BEGIN", status=status, headers=headers, content_type="text/calendar")


async def served(app: Sanic, port: int, call: Callable[[], Awaitable[Answer]]) -> Answer:
    server = await app.create_server("127.0.0.1", port, return_asyncio_server=True)
    await server.startup()
    await server.before_start()
    try:
        return await call()
    finally:
        server.close()
        await server.wait_closed()


def ask(send: Send, actions: ActionServer | None, turn: Any = None) -> Answer:
    """Ask something of the channel; without an action server its address answers nothing."""
    channel_port, actions_port = free_port(), free_port()
    channel = Sanic(f"channel{uuid.uuid4().hex}")
    credentials = {"action_server": f"http://127.0.0.1:{actions_port}/"}
    blueprint = WebInput.from_credentials(credentials).blueprint(turn)
    channel.blueprint(blueprint, url_prefix="/webhooks/web")

    async def call() -> Answer:
        async with aiohttp.ClientSession() as session:
            return await send(session, f"http://127.0.0.1:{channel_port}/webhooks/web")

    async def both() -> Answer:
        if actions is None:
            return await served(channel, channel_port, call)
        return await served(actions.app, actions_port, lambda: served(channel, channel_port, call))

    return asyncio.run(both())


def post(body: Any, actions: ActionServer | None = None) -> Answer:
    """Post to the inbox."""

    async def send(session: aiohttp.ClientSession, address: str) -> Answer:
        sent = {"data": body} if isinstance(body, bytes) else {"json": body}
        async with session.post(f"{address}/inbox", **sent) as answer:
            return answer.status, await answer.json()

    return ask(send, actions)


def fetch(identifier: str, actions: ActionServer | None = None) -> Answer:
    """Fetch a document: its content, media type and disposition."""

    async def send(session: aiohttp.ClientSession, address: str) -> Answer:
        async with session.get(f"{address}/documents/{identifier}") as answer:
            disposition = answer.headers.get("Content-Disposition")
            return answer.status, (await answer.read(), answer.content_type, disposition)

    return ask(send, actions)


def say(messages: list[dict[str, Any]]) -> Answer:
    """Send a message to which the bot says this."""

    async def turn(message: UserMessage) -> None:
        for each in messages:
            await message.output_channel.send_response(message.sender_id, each)

    async def send(session: aiohttp.ClientSession, address: str) -> Answer:
        body = {"conversation": CONVERSATION, "message": "x"}
        async with session.post(f"{address}/message", json=body) as answer:
            return answer.status, await answer.json()

    return ask(send, None, turn)


def test_the_inbox_asks_for_the_conversation_and_passes_its_messages_on() -> None:
    actions = ActionServer()
    assert post({"conversation": CONVERSATION, "after": 3}, actions) == (200, MESSAGES)
    sender = f"web-{CONVERSATION.lower()}"
    assert actions.asked == [{"channel": "web", "sender": sender, "after": 3}]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff",
        b"[]",
        {},
        {"after": 0},
        {"conversation": CONVERSATION},
        {"conversation": "default", "after": 0},
        {"conversation": 5, "after": 0},
        {"conversation": CONVERSATION, "after": "0"},
        {"conversation": CONVERSATION, "after": 1.5},
        {"conversation": CONVERSATION, "after": True},
        {"conversation": CONVERSATION, "after": None},
        {"conversation": CONVERSATION, "after": -1},
        {"conversation": CONVERSATION, "after": 2**63},
    ],
)
def test_nonsense_is_refused_and_goes_no_further(body: Any) -> None:
    actions = ActionServer()
    status, answer = post(body, actions)
    assert (status, actions.asked) == (400, [])
    assert "after" in answer["error"]


def test_without_the_action_server_the_inbox_is_not_available() -> None:
    assert post({"conversation": CONVERSATION, "after": 0})[0] == 503
    assert post({"conversation": CONVERSATION, "after": 0}, ActionServer(status=503))[0] == 503


def test_a_document_keeps_its_type_and_name() -> None:
    expected = (b"BEGIN", "text/calendar", 'inline; filename="plan.ics"')
    assert fetch(DOCUMENT, ActionServer()) == (200, expected)


def test_documents_that_are_gone_differ_from_those_that_cannot_be_fetched_now() -> None:
    assert fetch("b" * 43, ActionServer())[0] == 404
    assert fetch(DOCUMENT, ActionServer(status=500))[0] == 503
    assert fetch(DOCUMENT)[0] == 503
    actions = ActionServer()
    assert fetch("a" * 42, actions)[0] == 404
    assert actions.asked == []


def test_a_turn_that_means_to_say_nothing_differs_from_one_that_failed() -> None:
    answer = {"text": "x", "buttons": [], "custom": {}}
    assert say([answer]) == (200, {"messages": [answer]})
    assert say([{"custom": {"silent": True}}]) == (200, {"messages": []})
    assert say([])[0] == 503


@pytest.mark.parametrize("credentials", [None, {}, {"documents": "http://127.0.0.1/documents"}])
def test_credentials_without_the_address_name_it(credentials: dict[str, Any] | None) -> None:
    with pytest.raises(RasaException, match="action_server"):
        WebInput.from_credentials(credentials)
