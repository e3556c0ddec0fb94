"""What operators ask of either process: ``/ready`` and ``/metrics``."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping

from sanic import Blueprint
from sanic.request import Request
from sanic.response import HTTPResponse, json, raw

from connectors.observability.metrics import CONTENT_TYPE, exposition, may_read, set_queue_depths

logger = logging.getLogger(__name__)
_CHECK_SECONDS = 3.0

Faults = tuple[type[Exception], ...]


async def passes(check: Callable[[], object], faults: Faults) -> bool:
    """Tell whether a check that blocks passes before the operator loses patience.

    Args:
        check: run in a thread.
        faults: what it raises when it does not pass.
    """
    try:
        await asyncio.wait_for(asyncio.to_thread(check), _CHECK_SECONDS)
    except (*faults, asyncio.TimeoutError) as error:
        logger.warning("not ready: %s", type(error).__name__)
        return False
    return True


def add_operator_routes(
    routes: Blueprint,
    checks: Callable[[Request], Awaitable[Mapping[str, bool]]],
    depths: Callable[[], Mapping[str, Mapping[str, int]]],
    faults: Faults,
) -> None:
    """Add both routes.

    Args:
        routes: what they are added to.
        checks: what is needed to answer messages, and whether it is well.
        depths: messages that wait, by queue and channel; it may block.
        faults: what ``depths`` raises when it cannot say.
    """

    @routes.get("/ready")
    async def ready(request: Request) -> HTTPResponse:
        found = await checks(request)
        is_ready = all(found.values())
        status = "ready" if is_ready else "not ready"
        return json({"status": status, "checks": found}, status=200 if is_ready else 503)

    @routes.get("/metrics")
    async def metrics(request: Request) -> HTTPResponse:
        if not may_read(request.ip, request.headers):
            return json({"error": "not for you"}, status=403)
        try:
            waiting = await asyncio.to_thread(depths)
        except faults:
            logger.warning("metrics: what waits is not counted now")
        else:
            for queue, by_channel in waiting.items():
                set_queue_depths(queue, by_channel)
        return raw(exposition(), content_type=CONTENT_TYPE)
