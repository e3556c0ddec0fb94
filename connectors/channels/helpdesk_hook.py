"""Webhooks of helpdesks on the public port: passed on to the action server as they are.

``POST /webhooks/helpdesk/chatwoot/<secret>``; whether the secret is right and the signature
fits is found out there. The action server itself is never public.
"""

from __future__ import annotations

import asyncio
import logging
import re
from typing import Any, Awaitable, Callable, Dict, Optional, Text

import aiohttp
from rasa.core.channels.channel import InputChannel, UserMessage
from sanic import Blueprint
from sanic.request import Request
from sanic.response import HTTPResponse, json, raw

from connectors.channels.bodies import read_body
from connectors.channels.credentials import demand, settings_of
from connectors.observability import request_id

logger = logging.getLogger(__name__)
MAX_BODY = 1024**2
_SECRET = re.compile(r"[A-Za-z0-9_-]{1,200}")
# Chatwoot waits 5 s and takes silence for a failure, too.
_TIMEOUT = aiohttp.ClientTimeout(total=4.5)
_PASSED_ON = ("content-type", "x-chatwoot-signature", "x-chatwoot-timestamp")


class HelpdeskHook(InputChannel):
    """Pass on what desks elsewhere tell Sathi.

    Args:
        actions: address of the action server, e.g. ``http://127.0.0.1:5055``.
    """

    def __init__(self, actions: Text) -> None:
        self._actions = actions.rstrip("/")

    @classmethod
    def name(cls) -> Text:
        """Return the name of the channel."""
        return "helpdesk"

    @classmethod
    def from_credentials(cls, credentials: Optional[Dict[Text, Any]]) -> HelpdeskHook:
        """Create the channel from its section in ``credentials.yml``.

        Raises:
            RasaException: the address of the action server is missing.
        """
        given = settings_of(credentials)
        demand(cls, given, ("action_server",))
        return cls(given["action_server"])

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """Return the route."""
        hook = Blueprint("helpdesk_hook")

        @hook.post("/chatwoot/<secret:str>", stream=True)
        async def chatwoot(request: Request, secret: Text) -> HTTPResponse:
            if not _SECRET.fullmatch(secret):
                return json({"error": "wrong secret or signature"}, status=401)
            body = await read_body(request, MAX_BODY)
            if body is None:
                return json({"error": "larger than 1 MB"}, status=413)
            return await self._pass_on(request, secret, body)

        return hook

    async def _pass_on(self, request: Request, secret: Text, body: bytes) -> HTTPResponse:
        headers = {name: request.headers[name] for name in _PASSED_ON if name in request.headers}
        headers.update(request_id.headers())
        address = f"{self._actions}/helpdesk/chatwoot/{secret}"
        try:
            async with (
                aiohttp.ClientSession(timeout=_TIMEOUT) as session,
                session.post(address, data=body, headers=headers) as answer,
            ):
                content = await answer.read()
        except (aiohttp.ClientError, asyncio.TimeoutError) as error:
            logger.warning("helpdesk: the action server does not answer: %s", type(error).__name__)
            return json({"error": "try again later"}, status=503)
        return raw(content, status=answer.status, content_type=answer.content_type)
