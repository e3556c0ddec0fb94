"""Messages that wait for chats, for channels to fetch.

``POST /outbox`` with ``{"channel": <name>, "sender": <id>, "after": <id>}`` answers
``{"messages": [{"id": <id>, "text": ..., "buttons": ..., "custom": ...}]}``, oldest first:
for channels that cannot be written to.

``POST /outbox/claim`` with ``{"channel": <name>, "limit": <number>}`` hands out what the
channel has to send, in the same form with ``recipient``, the id of the conversation. Nobody
gets a message a second time.
"""

from __future__ import annotations

import asyncio
from typing import Any

from sanic import Blueprint
from sanic.request import Request
from sanic.response import HTTPResponse, json

from connectors.platform.linking import Chat, LinkService
from connectors.platform.outbox import Outbox
from connectors.platform.records import PlatformError

_AT_ONCE = 20
_MOST_CLAIMED = 100
_LARGEST_ID = 2**63 - 1


class _BadCallError(ValueError):
    """A channel sent something else."""


def _parse(body: Any) -> tuple[Chat, int]:
    if not isinstance(body, dict):
        raise _BadCallError("expected a JSON object")
    channel, sender, after = (body.get(name) for name in ("channel", "sender", "after"))
    if not isinstance(channel, str) or not isinstance(sender, str):
        raise _BadCallError("channel and sender must be texts")
    if type(after) is not int or not 0 <= after <= _LARGEST_ID:
        raise _BadCallError("after must be the id of a message, 0 for none")
    chat = Chat(channel, sender)
    if not chat.is_private:
        raise _BadCallError("the sender can be guessed")
    return chat, after


def _parse_claim(body: Any) -> tuple[str, int]:
    if not isinstance(body, dict) or not isinstance(body.get("channel"), str):
        raise _BadCallError("expected a JSON object with the channel's name")
    limit = body.get("limit")
    if type(limit) is not int or not 0 < limit <= _MOST_CLAIMED:
        raise _BadCallError(f"limit must be a number from 1 to {_MOST_CLAIMED}")
    return body["channel"], limit


def outbox_routes(outbox: Outbox, links: LinkService) -> Blueprint:
    """Return the routes that channels fetch messages from."""
    routes = Blueprint("outbox")

    @routes.post("/outbox")
    async def fetch(request: Request) -> HTTPResponse:
        try:
            chat, after = _parse(request.json)
        except _BadCallError as error:
            return json({"error": str(error)}, status=400)
        try:
            found = await asyncio.to_thread(
                outbox.messages_after, links.chat_key(chat), after, _AT_ONCE
            )
        except PlatformError:
            return _unavailable()
        return json({"messages": [{"id": number, **message} for number, message in found]})

    @routes.post("/outbox/claim")
    async def claim(request: Request) -> HTTPResponse:
        try:
            channel, limit = _parse_claim(request.json)
        except _BadCallError as error:
            return json({"error": str(error)}, status=400)
        try:
            claimed = await asyncio.to_thread(outbox.claim, channel, limit)
        except PlatformError:
            return _unavailable()
        messages = [{"id": one.id, "recipient": one.recipient, **one.message} for one in claimed]
        return json({"messages": messages})

    return routes


def _unavailable() -> HTTPResponse:
    return json({"error": "messages are not available now"}, status=503)
