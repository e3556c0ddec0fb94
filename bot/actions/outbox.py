"""Messages that wait for chats, for channels to fetch.

``POST /outbox`` with ``{"channel": <name>, "sender": <id>, "after": <id>}`` answers
``{"messages": [{"id": <id>, "text": ..., "buttons": ..., "custom": ...}]}``, oldest first:
for channels that cannot be written to.

``POST /outbox/claim`` with ``{"channel": <name>, "limit": <number>}`` leases what the channel
has to send: ``{"lease": <token>, "messages": [...]}``, in the same form with ``recipient``, the
id of the conversation, and ``key``, which is the same whenever the message comes again.
``POST /outbox/confirm`` with ``{"lease": <token>, "ids": [<id>, ...]}`` says that the channel
has written messages down, and answers ``{"confirmed": <number>}``; what is not confirmed within
a minute is handed out again.
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


class BadCallError(ValueError):
    """A channel sent something else."""


def _parse(body: Any) -> tuple[Chat, int]:
    if not isinstance(body, dict):
        raise BadCallError("expected a JSON object")
    channel, sender, after = (body.get(name) for name in ("channel", "sender", "after"))
    if not isinstance(channel, str) or not isinstance(sender, str):
        raise BadCallError("channel and sender must be texts")
    if type(after) is not int or not 0 <= after <= _LARGEST_ID:
        raise BadCallError("after must be the id of a message, 0 for none")
    chat = Chat(channel, sender)
    if not chat.is_private:
        raise BadCallError("the sender can be guessed")
    return chat, after


def _parse_claim(body: Any) -> tuple[str, int]:
    if not isinstance(body, dict) or not isinstance(body.get("channel"), str):
        raise BadCallError("expected a JSON object with the channel's name")
    limit = body.get("limit")
    if type(limit) is not int or not 0 < limit <= _MOST_CLAIMED:
        raise BadCallError(f"limit must be a number from 1 to {_MOST_CLAIMED}")
    return body["channel"], limit


def _parse_confirm(body: Any) -> tuple[str, list[int]]:
    if not isinstance(body, dict) or not isinstance(body.get("lease"), str):
        raise BadCallError("expected a JSON object with the lease")
    return body["lease"], parse_ids(body.get("ids"))


def parse_ids(ids: Any) -> list[int]:
    """Return numbers that came as JSON.

    Raises:
        BadCallError: they are none, or too many.
    """
    if not isinstance(ids, list) or len(ids) > _MOST_CLAIMED:
        raise BadCallError(f"ids must be a list of at most {_MOST_CLAIMED} numbers")
    if not all(type(one) is int and 0 < one <= _LARGEST_ID for one in ids):
        raise BadCallError("ids must be numbers")
    return ids


def outbox_routes(outbox: Outbox, links: LinkService) -> Blueprint:
    """Return the routes that channels fetch messages from."""
    routes = Blueprint("outbox")

    @routes.post("/outbox")
    async def fetch(request: Request) -> HTTPResponse:
        try:
            chat, after = _parse(request.json)
        except BadCallError as error:
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
        except BadCallError as error:
            return json({"error": str(error)}, status=400)
        try:
            lease = await asyncio.to_thread(outbox.claim, channel, limit)
        except PlatformError:
            return _unavailable()
        messages = [
            {"id": one.id, "key": one.key, "recipient": one.recipient, **one.message}
            for one in lease.messages
        ]
        return json({"lease": lease.token, "messages": messages})

    @routes.post("/outbox/confirm")
    async def confirm(request: Request) -> HTTPResponse:
        try:
            token, ids = _parse_confirm(request.json)
        except BadCallError as error:
            return json({"error": str(error)}, status=400)
        try:
            confirmed = await asyncio.to_thread(outbox.confirm, token, ids)
        except PlatformError:
            return _unavailable()
        return json({"confirmed": confirmed})

    return routes


def _unavailable() -> HTTPResponse:
    return json({"error": "messages are not available now"}, status=503)
