"""The helpdesk's console on the public port: ``/console/*`` is passed on to the action server.

The action server has no authentication of its own and is never public; nothing of it but
its console is reachable here.
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
from sanic.response import HTTPResponse, redirect, text
from yarl import URL

from connectors.channels.bodies import read_body
from connectors.channels.credentials import demand, settings_of
from connectors.observability import request_id

logger = logging.getLogger(__name__)
_PATH = "/console"
MAX_BODY = 1024**2
# Segments of letters, digits and a few marks; none begins with a dot, so that none leads out.
_ADDRESS = re.compile(rf"{_PATH}(?:/[A-Za-z0-9_][A-Za-z0-9_.-]*)*/?")
_TIMEOUT = aiohttp.ClientTimeout(total=60)
_PASSED_ON = ("accept", "accept-language", "content-type", "cookie", "user-agent")
_PASSED_BACK = (
    *("content-type", "content-disposition", "location", "set-cookie", "cache-control"),
    *("content-security-policy", "x-content-type-options", "x-frame-options"),
    *("referrer-policy", "last-modified"),
)


class ConsoleProxy(InputChannel):
    """Pass on requests for the console.

    Args:
        actions: address of the action server, e.g. ``http://127.0.0.1:5055``.
    """

    def __init__(self, actions: Text) -> None:
        self._actions = actions.rstrip("/")

    @classmethod
    def name(cls) -> Text:
        """Return the name of the channel."""
        return "console"

    def url_prefix(self) -> Text:
        """Return where the routes are, instead of below ``/webhooks``."""
        return _PATH

    @classmethod
    def from_credentials(cls, credentials: Optional[Dict[Text, Any]]) -> ConsoleProxy:
        """Create the channel from its section in ``credentials.yml``.

        Raises:
            RasaException: the address of the action server is missing.
        """
        given = settings_of(credentials)
        demand(cls, given, ("action_server",))
        return cls(given["action_server"])

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """Return the routes."""
        console = Blueprint("console_proxy")

        @console.get("/", strict_slashes=True)
        @console.get("/<path:path>")
        async def show(request: Request, path: Text = "") -> HTTPResponse:
            return await self._pass_on(request, None)

        @console.get("", strict_slashes=True, name="bare")
        async def bare(_: Request) -> HTTPResponse:
            return redirect(f"{_PATH}/", status=308)

        @console.post("/<path:path>", stream=True)
        async def send(request: Request, path: Text) -> HTTPResponse:
            body = await read_body(request, MAX_BODY)
            if body is None:
                return text("The form is larger than 1 MB.", status=413)
            return await self._pass_on(request, body)

        return console

    async def _pass_on(self, request: Request, body: Optional[bytes]) -> HTTPResponse:
        if not _ADDRESS.fullmatch(request.path):
            return text("There is no such page.", status=404)
        address = f"{self._actions}{request.path}"
        if request.query_string:
            address += f"?{request.query_string}"
        try:
            async with (
                aiohttp.ClientSession(
                    timeout=_TIMEOUT, cookie_jar=aiohttp.DummyCookieJar()
                ) as session,
                session.request(
                    request.method,
                    URL(address, encoded=True),
                    headers=_forwarded(request),
                    data=body,
                    allow_redirects=False,
                ) as answer,
            ):
                content = await answer.read()
        except (aiohttp.ClientError, asyncio.TimeoutError) as error:
            logger.warning("console: the action server does not answer: %s", type(error).__name__)
            return text("The console is not available now. Try again in a moment.", status=503)
        response = HTTPResponse(content, status=answer.status)
        for name in _PASSED_BACK:
            for value in answer.headers.getall(name, ()):
                response.headers.add(name, value)
        response.content_type = answer.headers.get("content-type")
        return response


def _forwarded(request: Request) -> Dict[Text, Text]:
    """Return what the action server hears of the request; ``X-Forwarded-*`` is our own word.

    Behind a proxy that ends TLS its ``X-Forwarded-Proto`` is kept; who lies about it makes
    their own cookies unusable without TLS and gains nothing.
    """
    headers = {name: request.headers[name] for name in _PASSED_ON if name in request.headers}
    is_https = "https" in (request.scheme, request.headers.get("x-forwarded-proto"))
    headers.update(request_id.headers())
    headers["X-Forwarded-For"] = request.ip
    headers["X-Forwarded-Proto"] = "https" if is_https else "http"
    headers["X-Forwarded-Host"] = request.headers.get("host", "")
    return headers
