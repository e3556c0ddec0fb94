"""The web channel's inbox, over HTTP, before an action server that the test stands in for."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import pytest
from rasa.shared.exceptions import RasaException
from sanic import Sanic
from sanic.request import Request
from sanic.response import HTTPResponse, json

from connectors.channels.web import WebInput
from tests.ports import free_port

CONVERSATION = "6F1C1C5E-3A3E-4C43-9A33-7D8E5B1F0A11"
MESSAGES = {"messages": [{"id": 7, "text": "x", "buttons": [], "custom": {}}]}
Answer = tuple[int, dict[str, Any]]


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


async def served(app: Sanic, port: int, call: Callable[[], Awaitable[Answer]]) -> Answer:
    server = await app.create_server("127.0.0.1", port, return_asyncio_server=True)
    await server.startup()
    try:
        return await call()
    finally:
        server.close()
        await server.wait_closed()


def post(body: Any, actions: ActionServer | None = None) -> Answer:
    """Post to the channel's inbox; without an action server its address answers nothing."""
    channel_port, actions_port = free_port(), free_port()
    channel = Sanic(f"channel{uuid.uuid4().hex}")

    async def nothing(_: Any) -> None:
        return None

    credentials = {"action_server": f"http://127.0.0.1:{actions_port}/"}
    blueprint = WebInput.from_credentials(credentials).blueprint(nothing)
    channel.blueprint(blueprint, url_prefix="/webhooks/web")

    async def call() -> Answer:
        address = f"http://127.0.0.1:{channel_port}/webhooks/web/inbox"
        data = body if isinstance(body, bytes) else None
        async with aiohttp.ClientSession() as session:
            sent = {"data": data} if data is not None else {"json": body}
            async with session.post(address, **sent) as answer:
                return answer.status, await answer.json()

    async def both() -> Answer:
        if actions is None:
            return await served(channel, channel_port, call)
        return await served(actions.app, actions_port, lambda: served(channel, channel_port, call))

    return asyncio.run(both())


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


@pytest.mark.parametrize("credentials", [None, {}, {"documents": "http://127.0.0.1/documents"}])
def test_credentials_without_the_address_name_it(credentials: dict[str, Any] | None) -> None:
    with pytest.raises(RasaException, match="action_server"):
        WebInput.from_credentials(credentials)
