"""Learners introduced by a portal: ``POST /portal/introduce``.

``{"channel": <name>, "sender": <id>, "token": <token>}`` answers ``{"link": <token of a link or
null>, "who": <hash>, "taken": <bool>}``, see ``connectors.platform.portal``. The assistant
passes the page's calls on.
"""

from __future__ import annotations

import asyncio
from typing import Any

from sanic import Blueprint
from sanic.request import Request
from sanic.response import HTTPResponse, json

from connectors.platform.linking import Chat, LinkError, UsedTokenError
from connectors.platform.portal import Portal
from connectors.platform.records import NotKnownError, PlatformError

# The first that fits.
_REFUSALS = (
    (UsedTokenError, 409, "the token has been used"),
    (LinkError, 401, "the token is wrong or too old"),
    (NotKnownError, 404, "no such learner"),
    (PlatformError, 503, "try again later"),
)


class _BadCallError(ValueError):
    """The channel sent something else."""


def portal_routes(portal: Portal | None) -> Blueprint:
    """Return the route; without a portal it answers that there is none."""
    routes = Blueprint("portal", url_prefix="/portal")

    @routes.post("/introduce")
    async def introduce(request: Request) -> HTTPResponse:
        if portal is None:
            return json({"error": "no portal introduces learners here"}, status=404)
        try:
            chat, token = _parse(request.json)
            found = await asyncio.to_thread(portal.introduce, token, chat)
        except (_BadCallError, LinkError, PlatformError) as error:
            return _refusal(error)
        return json({"link": found.link, "who": found.who, "taken": found.is_taken})

    return routes


def _parse(body: Any) -> tuple[Chat, str]:
    if not isinstance(body, dict):
        raise _BadCallError("expected a JSON object")
    channel, sender, token = (body.get(name) for name in ("channel", "sender", "token"))
    if not all(isinstance(one, str) for one in (channel, sender, token)):
        raise _BadCallError("channel, sender and token must be texts")
    chat = Chat(channel, sender)
    if not chat.is_private:
        raise _BadCallError("the sender can be guessed")
    return chat, token


def _refusal(error: Exception) -> HTTPResponse:
    if isinstance(error, _BadCallError):
        return json({"error": str(error)}, status=400)
    for kind, status, reason in _REFUSALS:
        if isinstance(error, kind):
            return json({"error": reason}, status=status)
    raise error
