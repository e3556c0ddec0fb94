"""Messages that wait for a chat; channels that cannot be written to fetch them here.

``POST /outbox`` with ``{"channel": <name>, "sender": <id>, "after": <id>}`` answers
``{"messages": [{"id": <id>, "text": ..., "buttons": ..., "custom": ...}]}``, oldest first.
"""

from __future__ import annotations

import asyncio
from typing import Any

from sanic import Blueprint
from sanic.request import Request
from sanic.response import HTTPResponse, json

from connectors.platform.linking import Chat, LinkService
from connectors.platform.records import PlatformError
from connectors.platform.reminders import ReminderService

_AT_ONCE = 20
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


def outbox_routes(reminders: ReminderService, links: LinkService) -> Blueprint:
    """Return the route that channels fetch messages from."""
    routes = Blueprint("outbox")

    @routes.post("/outbox")
    async def fetch(request: Request) -> HTTPResponse:
        try:
            chat, after = _parse(request.json)
        except _BadCallError as error:
            return json({"error": str(error)}, status=400)
        try:
            found = await asyncio.to_thread(
                reminders.messages_after, links.chat_key(chat), after, _AT_ONCE
            )
        except PlatformError:
            return json({"error": "messages are not available now"}, status=503)
        return json({"messages": [{"id": number, **message} for number, message in found]})

    return routes
