"""WhatsApp's channel on a real server, between a fake Cloud API and a fake action server."""

from __future__ import annotations

import asyncio
import socket
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiohttp import web
from rasa.core.channels.channel import UserMessage
from sanic import Sanic
from sanic.request import Request
from sanic.response import HTTPResponse, text

from connectors.channels.whatsapp.channel import WhatsAppInput
from connectors.channels.whatsapp.service import WhatsAppSettings
from connectors.channels.worker import Backoff, WorkerSettings
from tests.assistant.outbox import FakeOutbox
from tests.fakes import whatsapp as fake

Turn = Callable[[UserMessage], Awaitable[None]]


class FakeActions:
    """An action server with documents and messages that wait to be claimed.

    Attributes:
        documents: id -> content.
        outbox: what waits for the channel.
        is_up: whether it answers.
    """

    def __init__(self) -> None:
        self.documents: dict[str, bytes] = {}
        self.outbox = FakeOutbox()
        self.is_up = True
        app = web.Application()
        app.router.add_get("/ready", self._ready)
        app.router.add_get("/documents/{id}", self._document)
        app.router.add_post("/{path:.+}", self._outbox)
        self._runner = web.AppRunner(app)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def __aenter__(self) -> FakeActions:
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    async def _ready(self, _: web.Request) -> web.Response:
        return web.Response(status=200 if self.is_up else 503)

    async def _document(self, request: web.Request) -> web.Response:
        content = self.documents.get(request.match_info["id"])
        if not self.is_up:
            return web.Response(status=503)
        return web.Response(status=404) if content is None else web.Response(body=content)

    async def _outbox(self, request: web.Request) -> web.Response:
        call = await request.json()
        assert call.get("channel", "whatsapp") == "whatsapp"
        return web.json_response(self.outbox.answer(request.path, call))


class Webhook:
    """Posts what Meta would post."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.http = httpx.AsyncClient()

    async def post(
        self, *messages: dict, statuses: tuple[dict, ...] = (), **headers: str
    ) -> httpx.Response:
        body = fake.webhook(*messages, statuses=statuses)
        return await self.raw(body, {**fake.signed(body), **headers})

    async def raw(self, body: bytes, headers: dict[str, str]) -> httpx.Response:
        return await self.http.post(self._url, content=body, headers=headers)

    async def get(self, **parameters: str) -> httpx.Response:
        return await self.http.get(
            self._url, params={f"hub.{name}": value for name, value in parameters.items()}
        )


class Bot:
    """Stands in for Rasa: answers with the text it got, or with what a test wants."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, str]] = []
        self.answers: dict[str, list[dict[str, Any]]] = {}
        self.waits: dict[str, asyncio.Event] = {}

    async def __call__(self, message: UserMessage) -> None:
        self.heard.append((message.sender_id, message.text))
        if message.text in self.waits:
            await self.waits[message.text].wait()
        default = [{"text": f"You said: {message.text}"}]
        for answer in self.answers.get(message.text, default):
            await message.output_channel.send_response(message.sender_id, answer)


class Setting:
    """All that a scenario plays with."""

    def __init__(self, graph: fake.FakeGraph, actions: FakeActions, settings: WhatsAppSettings):
        self.graph = graph
        self.actions = actions
        self.settings = settings
        self.bot = Bot()

    @asynccontextmanager
    async def running(self, **changes: Any) -> AsyncIterator[Webhook]:
        """Run the channel while the block lasts; stopping is graceful."""
        channel = WhatsAppInput(replace(self.settings, **changes))
        async with serving(channel, self.bot) as url:
            yield Webhook(url)


@asynccontextmanager
async def serving(channel: WhatsAppInput, turn: Turn) -> AsyncIterator[str]:
    app = Sanic(f"assistant-{uuid.uuid4().hex}")

    @app.get("/")
    async def hello(_: Request) -> HTTPResponse:
        return text("Hello from Rasa")

    app.blueprint(channel.blueprint(turn), url_prefix="/webhooks/whatsapp")
    listening = socket.create_server(("127.0.0.1", 0))
    server = await app.create_server(sock=listening, return_asyncio_server=True, access_log=False)
    # Sanic rewrites its own methods when an app starts; like this it can do so again.
    Sanic.test_mode = True
    await server.startup()
    Sanic.test_mode = False
    await server.before_start()
    await server.after_start()
    port = listening.getsockname()[1]
    url = f"http://127.0.0.1:{port}/webhooks/whatsapp/webhook"
    try:
        await _until_it_takes_messages(url)
        yield url
    finally:
        await server.before_stop()
        await server.close()
        await server.after_stop()


async def _until_it_takes_messages(url: str) -> None:
    body = fake.webhook()
    async with httpx.AsyncClient() as http:
        for _ in range(500):
            answer = await http.post(url, content=body, headers=fake.signed(body))
            if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE:
                return
            await asyncio.sleep(0.01)
    raise TimeoutError


@pytest.fixture
def play(tmp_path: Path) -> Callable[[Callable[[Setting], Awaitable[None]]], None]:
    """Return a function that plays a scenario."""

    def run(scenario: Callable[[Setting], Awaitable[None]]) -> None:
        async def all_of_it() -> None:
            async with fake.FakeGraph() as graph, FakeActions() as actions:
                settings = WhatsAppSettings(
                    token=fake.ACCESS,
                    app_secret=fake.SIGNING_KEY,
                    verify_token=fake.HANDSHAKE,
                    phone_number_id=fake.PHONE_NUMBER_ID,
                    api=graph.address,
                    actions=actions.address,
                    journal=f"sqlite:///{tmp_path / 'channels.db'}",
                    read_seconds=2,
                    report_seconds=0.5,
                    worker=WorkerSettings(backoff=Backoff(0.05, 0.1)),
                )
                await asyncio.wait_for(scenario(Setting(graph, actions, settings)), 30)

        asyncio.run(all_of_it())

    return run
