"""What operators ask of the action server, and how it ends without cutting off a turn."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Mapping
from typing import Any

from sanic import Blueprint, Sanic
from sanic.exceptions import SanicException
from sanic.request import Request
from sanic.response import HTTPResponse, json, raw

from bot.actions.services import ServicesNotReadyError, get_services
from connectors.observability.metrics import CONTENT_TYPE, exposition, may_read, set_queue_depths
from connectors.observability.request_id import (
    HEADER,
    current_request_id,
    known_or_new,
    of_action_call,
    set_request_id,
)
from connectors.platform.outbox import Outbox
from connectors.platform.records import PlatformError

logger = logging.getLogger(__name__)
# What Rasa calls within a turn.
_TURN_PATHS = ("/webhook", "/nlg")
_CHECK_SECONDS = 3.0
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

    @routes.get("/ready")
    async def ready(_: Request) -> HTTPResponse:
        checks = {"services": _is_open(), "database": await _is_writable(outbox)}
        is_ready = all(checks.values())
        status = "ready" if is_ready else "not ready"
        return json({"status": status, "checks": checks}, status=200 if is_ready else 503)

    @routes.get("/metrics")
    async def metrics(request: Request) -> HTTPResponse:
        if not may_read(request.ip, request.headers):
            return json({"error": "not for you"}, status=403)
        try:
            set_queue_depths("outbox", await asyncio.to_thread(outbox.depths))
        except PlatformError:
            logger.warning("metrics: the outbox is not counted now")
        return raw(exposition(), content_type=CONTENT_TYPE)

    return routes


def observe(app: Sanic) -> None:
    """Have the application name its requests, and end only between turns.

    Args:
        app: the application, not yet running.
    """
    watch = TurnWatch()

    @app.on_request
    async def begin(request: Request) -> None:
        set_request_id(known_or_new(_given_id(request)))
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


def _given_id(request: Request) -> Any:
    if request.path not in _TURN_PATHS:
        return request.headers.get(HEADER)
    try:
        call = request.json
    except SanicException:
        return None
    return of_action_call(call) if isinstance(call, Mapping) else None


def _is_open() -> bool:
    try:
        get_services()
    except ServicesNotReadyError:
        return False
    return True


async def _is_writable(outbox: Outbox) -> bool:
    try:
        await asyncio.wait_for(asyncio.to_thread(outbox.check_writable), _CHECK_SECONDS)
    except (PlatformError, TimeoutError) as error:
        logger.warning("not ready: %s", type(error).__name__)
        return False
    return True
