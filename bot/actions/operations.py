"""What operators ask of the action server, and how it ends without cutting off a turn."""

from __future__ import annotations

import asyncio
import logging
import time

from sanic import Blueprint, Sanic
from sanic.request import Request
from sanic.response import HTTPResponse

from bot.actions.services import ServicesNotReadyError, get_services
from connectors.observability.operator_routes import add_operator_routes, passes
from connectors.observability.request_id import (
    HEADER,
    current_request_id,
    known_or_new,
    set_request_id,
)
from connectors.observability.tracing import join, stop_tracing
from connectors.platform.outbox import Outbox
from connectors.platform.records import PlatformError

logger = logging.getLogger(__name__)
# What Rasa calls within a turn.
_TURN_PATHS = ("/webhook", "/nlg")
# Before the first and between two calls of a turn less than this passes.
_QUIET_SECONDS = 2.0
_DRAIN_SECONDS = 20.0
_POLL_SECONDS = 0.05


class TurnWatch:
    """Notice calls of running turns, so that the server ends between turns."""

    def __init__(self) -> None:
        self._open = 0
        self._last = 0.0

    def begin(self) -> None:
        """Note that a call has come in."""
        self._open += 1
        self._last = time.monotonic()

    def end(self) -> None:
        """Note that a call has been answered."""
        self._open -= 1
        self._last = time.monotonic()

    async def quiet(self, limit_seconds: float = _DRAIN_SECONDS) -> bool:
        """Wait until no turn runs; calls are still answered meanwhile.

        Args:
            limit_seconds: how long to wait at most.

        Returns:
            Whether no turn runs.
        """
        start = time.monotonic()
        end = start + limit_seconds
        while self._open or time.monotonic() - max(self._last, start) < _QUIET_SECONDS:
            if time.monotonic() >= end:
                return False
            await asyncio.sleep(_POLL_SECONDS)
        return True


def operations_routes(outbox: Outbox) -> Blueprint:
    """Return ``/ready`` and ``/metrics``; ``/health`` is rasa-sdk's.

    Args:
        outbox: messages that wait for channels, in the database that has to be writable.
    """
    routes = Blueprint("operations")

    async def checks(_: Request) -> dict[str, bool]:
        is_writable = await passes(outbox.check_writable, (PlatformError,))
        return {"services": _is_open(), "database": is_writable}

    add_operator_routes(routes, checks, lambda: {"outbox": outbox.depths()}, (PlatformError,))
    return routes


def observe(app: Sanic) -> None:
    """Have the application name its requests, and end only between turns.

    Args:
        app: the application, not yet running.
    """
    watch = TurnWatch()

    @app.on_request
    async def begin(request: Request) -> None:
        set_request_id(known_or_new(request.headers.get(HEADER)))
        join(request.headers)
        if request.path in _TURN_PATHS:
            request.ctx.is_turn = True
            watch.begin()

    @app.on_response
    async def end(request: Request, response: HTTPResponse) -> None:
        if getattr(request.ctx, "is_turn", False):
            request.ctx.is_turn = False
            watch.end()
            logger.info("%s: %d", request.path, response.status)
        identifier = current_request_id()
        if identifier:
            response.headers[HEADER] = identifier

    @app.before_server_stop
    async def drain(_: Sanic) -> None:
        if not await watch.quiet():
            logger.warning("the server stops although a turn still runs")

    @app.after_server_stop
    async def end_traces(_: Sanic) -> None:
        await stop_tracing()


def _is_open() -> bool:
    try:
        get_services()
    except ServicesNotReadyError:
        return False
    return True
