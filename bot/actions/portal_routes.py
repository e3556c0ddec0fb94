"""Learners introduced by a portal: ``POST /portal/introduce`` and ``POST /portal/links``.

``introduce`` with ``{"channel": <name>, "sender": <id>, "token": <token>}`` answers ``{"link":
<token of a link or null>, "who": <hash>, "taken": <bool>}``, see ``connectors.platform.portal``.
``links`` with ``{"token": <token>}`` answers the addresses of a one-time link by channel, see
``connectors.platform.link_addresses``. The assistant passes the calls on.
"""

from __future__ import annotations

import asyncio
from typing import Any

from sanic import Blueprint
from sanic.request import Request
from sanic.response import HTTPResponse, json

from connectors.platform.link_addresses import ChatSettings, link_addresses
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
_NO_PORTAL = {"error": "no portal introduces learners here"}


class _BadCallError(ValueError):
    """The channel sent something else."""


def portal_routes(portal: Portal | None, chats: ChatSettings) -> Blueprint:
    """Return the routes; without a portal they answer that there is none.

    Args:
        portal: checks the tokens.
        chats: where links are opened.
    """
    routes = Blueprint("portal", url_prefix="/portal")

    @routes.post("/introduce")
    async def introduce(request: Request) -> HTTPResponse:
        if portal is None:
            return json(_NO_PORTAL, status=404)
        try:
            chat, token = _parse(request.json)
            found = await asyncio.to_thread(portal.introduce, token, chat)
        except (_BadCallError, LinkError, PlatformError) as error:
            return _refusal(error)
        return json({"link": found.link, "who": found.who, "taken": found.is_taken})

    @routes.post("/links")
    async def links(request: Request) -> HTTPResponse:
        if portal is None:
            return json(_NO_PORTAL, status=404)
        try:
            issued = await asyncio.to_thread(portal.issue, _parse_token(request.json))
        except (_BadCallError, LinkError, PlatformError) as error:
            return _refusal(error)
        return json(link_addresses(issued, chats))

    return routes


def _parse_token(body: Any) -> str:
    token = body.get("token") if isinstance(body, dict) else None
    if not isinstance(token, str):
        raise _BadCallError("expected a JSON object with a token")
    return token


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
