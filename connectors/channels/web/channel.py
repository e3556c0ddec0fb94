"""Rasa channel of the web page.

``POST /webhooks/web/message`` with ``{"conversation": <UUID>, "message": <text>}`` answers
``{"messages": [...]}``; each message keeps text, buttons and card data together, which
Rasa's own REST channel tears apart. ``POST /webhooks/web/inbox`` with
``{"conversation": <UUID>, "after": <id>}`` answers the messages that nobody asked for, such
as reminders, each with its ``id``. ``GET /webhooks/web/documents/<id>`` passes on a file that
a reply named. The page itself is served at ``/``.
"""

from __future__ import annotations

import logging
import re
import uuid
from pathlib import Path
from typing import Any, Awaitable, Callable, Dict, Optional, Text, Tuple

from rasa.core.channels.channel import InputChannel, UserMessage
from rasa.shared.exceptions import RasaException
from sanic import Blueprint, Sanic
from sanic.request import Request
from sanic.response import HTTPResponse, file, json, raw

from connectors.channels.action_server import ActionServer, ActionServerError
from connectors.channels.collecting import WholeMessageOutput
from knowledge_base.languages import registry

logger = logging.getLogger(__name__)
STATIC = Path(__file__).parent / "static"
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; "
    "img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
_DOCUMENT_ID = re.compile(r"[A-Za-z0-9_-]{43}")
_LARGEST_ID = 2**63 - 1
_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


class BadMessageError(ValueError):
    """The page sent something that is no message."""


class WebInput(InputChannel):
    """The web chat's input channel.

    Args:
        action_server: address of the action server, e.g. ``http://127.0.0.1:5055``.
    """

    def __init__(self, action_server: Text) -> None:
        self._actions = ActionServer(action_server)

    @classmethod
    def name(cls) -> Text:
        """Return the name of the channel."""
        return "web"

    @classmethod
    def from_credentials(cls, credentials: Optional[Dict[Text, Any]]) -> WebInput:
        """Create the channel from its section in ``credentials.yml``."""
        if not credentials or not credentials.get("action_server"):
            raise RasaException(
                "credentials.yml: connectors.channels.web.WebInput needs `action_server`, "
                "the address of the action server"
            )
        return cls(credentials["action_server"])

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """Return the routes of the page and of its messages."""
        web = Blueprint("web_chat")
        web.static("/static", str(STATIC))

        @web.post("/message")
        async def receive(request: Request) -> HTTPResponse:
            try:
                sender, text = _parse_message(request)
            except BadMessageError as error:
                return json({"error": str(error)}, status=400)
            output = WholeMessageOutput(self.name())
            await on_new_message(UserMessage(text, output, sender, input_channel=self.name()))
            if not output.messages and not output.is_silent:
                # The turn failed behind Rasa, which logs the reason and stays silent.
                return json({"error": "no reply"}, status=503)
            return json({"messages": output.messages})

        @web.post("/inbox")
        async def inbox(request: Request) -> HTTPResponse:
            try:
                sender, after = _parse_inbox(request)
            except BadMessageError as error:
                return json({"error": str(error)}, status=400)
            try:
                messages = await self._actions.messages_after(self.name(), sender, after)
            except ActionServerError:
                return json({"error": "messages are not available now"}, status=503)
            return json({"messages": messages})

        @web.get("/documents/<identifier:str>")
        async def document(_: Request, identifier: str) -> HTTPResponse:
            if not _DOCUMENT_ID.fullmatch(identifier):
                return json({"error": "no such document"}, status=404)
            try:
                found = await self._actions.document(identifier)
            except ActionServerError:
                return json({"error": "documents are not available now"}, status=503)
            if found is None:
                return json({"error": "no such document"}, status=404)
            headers = {"Cache-Control": "private, no-store", **_HEADERS}
            if found.disposition:
                headers["Content-Disposition"] = found.disposition
            return raw(found.content, headers=headers, content_type=found.mime)

        @web.get("/languages")
        async def languages(_: Request) -> HTTPResponse:
            known = registry.languages().values()
            return json(
                [{"code": x.code, "name": x.endonym, "direction": x.direction} for x in known]
            )

        @web.listener("before_server_start")
        async def serve_page(app: Sanic, _: Any) -> None:
            app.register_middleware(_page, "request")

        return web


async def _page(request: Request) -> Optional[HTTPResponse]:
    """Serve the page at ``/``, where Rasa has a route of its own that cannot be replaced."""
    if request.path != "/" or request.method != "GET":
        return None
    return await file(STATIC / "index.html", headers=_HEADERS)


def _parse_message(request: Request) -> Tuple[Text, Text]:
    """Return the sender's id and the text."""
    sender, text = _parse(request, "message", '"<text>"')
    if not isinstance(text, str):
        raise BadMessageError("the message must be a text")
    return sender, text


def _parse_inbox(request: Request) -> Tuple[Text, int]:
    """Return the sender's id and the id of the last message the page has."""
    sender, after = _parse(request, "after", "<id>")
    if isinstance(after, bool) or not isinstance(after, int) or not 0 <= after <= _LARGEST_ID:
        raise BadMessageError("after must be the id of a message, 0 for none")
    return sender, after


def _parse(request: Request, field: Text, meant: Text) -> Tuple[Text, Any]:
    """Return the sender's id, which none but the page can know, and a field of the request."""
    try:
        body = request.json
        return f"web-{uuid.UUID(body['conversation'])}", body[field]
    except Exception as error:
        raise BadMessageError(
            f'expected JSON: {{"conversation": "<UUID>", "{field}": {meant}}}'
        ) from error
