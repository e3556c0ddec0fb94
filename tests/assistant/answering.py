"""An HTTP server that answers as an action server does, and keeps what it was sent."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

from tests.ports import free_port


class Answering:
    """What came in, and what is answered.

    Attributes:
        address: where it listens.
        answer: JSON of the next answers.
        status: their status.
        bodies: bodies of the requests.
        requests: the requests.
    """

    def __init__(self, port: int) -> None:
        self.address = f"http://127.0.0.1:{port}"
        self.answer: Any = {}
        self.status = 200
        self.bodies: list[Any] = []
        self.requests: list[web.Request] = []

    @property
    def connections(self) -> int:
        """Over how many connections the requests came."""
        return len({request.transport for request in self.requests})

    async def handle(self, request: web.Request) -> web.Response:
        """Answer a request."""
        self.requests.append(request)
        self.bodies.append(await request.json())
        return web.json_response(self.answer, status=self.status)


@asynccontextmanager
async def answering(port: int | None = None) -> AsyncIterator[Answering]:
    """Serve while the block lasts."""
    served = Answering(port or free_port())
    app = web.Application()
    app.router.add_post("/{path}", served.handle)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", int(served.address.rpartition(":")[2])).start()
    try:
        yield served
    finally:
        await runner.cleanup()
