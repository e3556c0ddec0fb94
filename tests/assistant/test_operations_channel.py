"""What operators see of the assistant, over HTTP, before a stand-in for the action server."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sqlite3
import uuid
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from rasa.core.channels.channel import UserMessage
from rasa.core.tracker_store import SQLTrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.exceptions import RasaException
from sanic import Sanic
from sanic.request import Request
from sanic.response import HTTPResponse, json

from connectors.channels.journal import Journal
from connectors.channels.operations import MAX_BODY, Operations
from connectors.channels.rest import RestInput
from connectors.observability.request_id import current_request_id
from tests.assistant.served import Agent, assistant
from tests.ports import free_port

IDENTIFIER = "0123456789abcdef"
Send = Callable[[aiohttp.ClientSession, str], Awaitable[Any]]


@pytest.fixture(autouse=True)
def many_applications(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let Sanic serve one application after another in this process."""
    monkeypatch.setattr(Sanic, "test_mode", True)


class World:
    """An assistant with files of its own, and an action server if wanted."""

    def __init__(self, folder: Path) -> None:
        self.journal = f"sqlite:///{folder / 'channels.db'}"
        self.conversations = folder / "conversations.db"
        store = SQLTrackerStore(domain=Domain.empty(), db=str(self.conversations))
        self.seen: list[tuple[str | None, Any]] = []
        self.agent = Agent(self.handle, store)

    async def handle(self, message: UserMessage) -> None:
        self.seen.append((current_request_id(), message.metadata))
        await message.output_channel.send_text_message(message.sender_id, "x")

    def ask(self, send: Send, actions: int | None = 200) -> Any:
        """Ask something; ``actions`` is what the action server says, None without one."""
        port = free_port()

        async def run() -> Any:
            server = await _actions(port, actions) if actions else None
            channels = [Operations(f"http://127.0.0.1:{port}", self.journal), RestInput()]
            try:
                async with assistant(channels, self.agent) as (client, address):
                    return await send(client, address)
            finally:
                if server:
                    server.close()
                    await server.wait_closed()

        return asyncio.run(run())


async def _actions(port: int, status: int) -> Any:
    app = Sanic(f"actions{uuid.uuid4().hex}")

    @app.get("/ready")
    async def ready(_: Request) -> HTTPResponse:
        return json({}, status=status)

    server = await app.create_server("127.0.0.1", port, return_asyncio_server=True)
    await server.startup()
    return server


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def get(path: str, **headers: str) -> Send:
    async def send(client: aiohttp.ClientSession, address: str) -> Any:
        async with client.get(f"{address}{path}", headers=headers) as answer:
            is_json = answer.content_type == "application/json"
            return answer.status, await (answer.json() if is_json else answer.text())

    return send


def say(body: Any, **headers: str) -> Send:
    async def send(client: aiohttp.ClientSession, address: str) -> Any:
        url = f"{address}/webhooks/rest/webhook"
        async with client.post(url, json=body, headers=headers) as answer:
            return answer.headers.get("X-Request-ID")

    return send


def test_it_is_well_whatever_else_is_not(world: World) -> None:
    world.agent.is_loaded = False
    assert world.ask(get("/health"), actions=None) == (200, {"status": "ok"})


def test_it_is_ready_when_all_is(world: World) -> None:
    status, body = world.ask(get("/ready"))
    assert status == 200
    assert body["status"] == "ready"
    assert all(body["checks"].values())


@pytest.mark.parametrize("actions", [None, 503])
def test_it_is_not_ready_without_the_action_server(world: World, actions: int | None) -> None:
    status, body = world.ask(get("/ready"), actions)
    assert status == 503
    assert [name for name, is_well in body["checks"].items() if not is_well] == ["action_server"]


@pytest.mark.parametrize("name", ["conversations", "journal"])
def test_it_is_not_ready_while_a_database_cannot_be_written(world: World, name: str) -> None:
    journal = Journal(world.journal)
    journal.prepare()
    path = world.conversations if name == "conversations" else world.journal[len("sqlite:///") :]
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    try:
        status, body = world.ask(get("/ready"))
    finally:
        holder.rollback()
    assert status == 503
    assert [each for each, is_well in body["checks"].items() if not is_well] == [name]
    assert world.ask(get("/ready"))[0] == 200


def test_metrics_count_what_waits(world: World) -> None:
    journal = Journal(world.journal)
    journal.prepare()
    journal.receive("telegram", 1, "chat", {})
    journal.receive("telegram", 2, "chat", {})
    journal.post("whatsapp", "chat", [{}], "key")
    status, text = world.ask(get("/metrics"))
    assert status == 200
    assert 'sathi_queue_depth{channel="telegram",queue="unanswered"} 2.0' in text
    assert 'sathi_queue_depth{channel="whatsapp",queue="unsent"} 1.0' in text


def test_metrics_are_not_for_the_public(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    assert world.ask(get("/metrics", **{"X-Forwarded-For": "203.0.113.7"}))[0] == 403
    monkeypatch.setenv("SATHI_METRICS_TOKEN", "right")
    assert world.ask(get("/metrics"))[0] == 403
    assert world.ask(get("/metrics", Authorization="Bearer right"))[0] == 200


def test_a_message_has_the_id_of_its_request(world: World) -> None:
    message = {"sender": "a", "message": "x", "metadata": {"kept": 1}}
    assert world.ask(say(message, **{"X-Request-ID": IDENTIFIER})) == IDENTIFIER
    assert world.seen == [(IDENTIFIER, {"kept": 1})]


def test_messages_without_an_id_get_one_each(world: World) -> None:
    async def twice(client: aiohttp.ClientSession, address: str) -> Any:
        send = say({"sender": "a", "message": "x"}, **{"X-Request-ID": "anita@nic.in"})
        return [await send(client, address), await send(client, address)]

    first, second = world.ask(twice)
    assert [identifier for identifier, _ in world.seen] == [first, second]
    assert first != second
    assert "anita" not in first


def test_a_body_that_is_too_large_is_not_read(world: World) -> None:
    async def send(client: aiohttp.ClientSession, address: str) -> Any:
        url = f"{address}/webhooks/rest/webhook"
        status = None
        # It hangs up while the rest is still being sent.
        with contextlib.suppress(ConnectionError, aiohttp.ClientError):
            async with client.post(url, data=b"x" * (MAX_BODY + 1)) as answer:
                status = answer.status
        return status

    assert world.ask(send) == 413


def test_what_is_handled_is_logged_without_its_text(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        world.ask(say({"sender": "a", "message": "my secret"}))
    assert "a message was handled" in caplog.text
    assert "secret" not in caplog.text


def test_a_missing_setting_is_named() -> None:
    with pytest.raises(RasaException, match="`journal`"):
        Operations.from_credentials({"action_server": "http://127.0.0.1:1"})
