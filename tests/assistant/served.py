"""An assistant with some channels, over HTTP, without a model."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any

import aiohttp
from rasa.core.channels.channel import InputChannel, UserMessage, register
from sanic import Sanic

from tests.ports import free_port

Handle = Callable[[UserMessage], Awaitable[Any]]


class Agent:
    """What channels use of Rasa's agent.

    Args:
        handle: runs a turn.
        store: the tracker store.
    """

    def __init__(self, handle: Handle, store: Any = None) -> None:
        self.processor = SimpleNamespace(
            model_metadata=SimpleNamespace(nlu_target="nlu"),
            graph_runner=None,
            action_endpoint=None,
            nlg=None,
        )
        self.tracker_store = store
        self._handle = handle
        self.is_loaded = True

    def is_ready(self) -> bool:
        return self.is_loaded

    async def handle_message(self, message: UserMessage) -> None:
        await self._handle(message)


@asynccontextmanager
async def assistant(
    channels: list[InputChannel], agent: Agent
) -> AsyncIterator[tuple[aiohttp.ClientSession, str]]:
    """Serve channels as Rasa does; gives a client and the address."""
    app = Sanic(f"assistant{uuid.uuid4().hex}")
    register(channels, app, "/webhooks/")

    async def load(app: Sanic, _: Any) -> None:
        app.ctx.agent = agent

    app.register_listener(load, "before_server_start")
    port = free_port()
    server = await app.create_server("127.0.0.1", port, return_asyncio_server=True)
    await server.startup()
    await server.before_start()
    await server.after_start()
    try:
        async with aiohttp.ClientSession() as client:
            yield client, f"http://127.0.0.1:{port}"
    finally:
        await server.before_stop()
        server.close()
        await server.wait_closed()
