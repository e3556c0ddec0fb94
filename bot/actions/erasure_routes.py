"""What channels have to erase, since somebody had their data deleted.

``POST /erasures`` with ``{"channel": <name>}`` answers ``{"erasures": [{"id": <id>, "sender":
<id of the conversation>, "before": <seconds since the epoch>}]}``, oldest first: the channel
erases what it keeps of the conversation from before that moment. ``POST /erasures/confirm`` with
``{"channel": <name>, "ids": [<id>, ...]}`` says that it has; what is not confirmed comes again.
"""

from __future__ import annotations

import asyncio
from typing import Any

from sanic import Blueprint
from sanic.request import Request
from sanic.response import HTTPResponse, json

from bot.actions.erasure import ConversationEraser
from bot.actions.outbox import BadCallError, parse_ids
from connectors.platform.records import PlatformError


def _parse_channel(body: Any) -> str:
    if not isinstance(body, dict) or not isinstance(body.get("channel"), str):
        raise BadCallError("expected a JSON object with the channel's name")
    return body["channel"]


def erasure_routes(eraser: ConversationEraser) -> Blueprint:
    """Return the routes by which channels learn what they have to erase."""
    routes = Blueprint("erasures")

    @routes.post("/erasures")
    async def due(request: Request) -> HTTPResponse:
        try:
            channel = _parse_channel(request.json)
        except BadCallError as error:
            return json({"error": str(error)}, status=400)
        try:
            found = await asyncio.to_thread(eraser.of_channel, channel)
        except PlatformError:
            return _unavailable()
        erasures = [
            {"id": one.id, "sender": one.sender_id, "before": one.requested_on.timestamp()}
            for one in found
        ]
        return json({"erasures": erasures})

    @routes.post("/erasures/confirm")
    async def confirm(request: Request) -> HTTPResponse:
        try:
            channel = _parse_channel(request.json)
            ids = parse_ids(request.json.get("ids"))
        except BadCallError as error:
            return json({"error": str(error)}, status=400)
        try:
            await asyncio.to_thread(eraser.confirm, channel, ids)
        except PlatformError:
            return _unavailable()
        return json({})

    return routes


def _unavailable() -> HTTPResponse:
    return json({"error": "erasures are not available now"}, status=503)
