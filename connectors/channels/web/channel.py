"""Rasa channel of the web page.

``POST /webhooks/web/message`` with ``{"conversation": <UUID>, "message": <text>}`` answers
``{"messages": [...]}``; each message keeps text, buttons and card data together, which
Rasa's own REST channel tears apart. The page itself is served at ``/``.
"""

from __future__ import annotations

import logging
import uuid
from pathlib import Path
from typing import Any, Awaitable, Callable, Dict, List, Optional, Text

from rasa.core.channels.channel import CollectingOutputChannel, InputChannel, UserMessage
from sanic import Blueprint, Sanic
from sanic.request import Request
from sanic.response import HTTPResponse, file, json

from knowledge_base.languages import registry

logger = logging.getLogger(__name__)
STATIC = Path(__file__).parent / "static"
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; "
    "img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


class BadMessageError(ValueError):
    """The page sent something that is no message."""


class WholeMessageOutput(CollectingOutputChannel):
    """Collect bot messages as they are: text, buttons and card data together."""

    @classmethod
    def name(cls) -> Text:
        """Return the name of the channel."""
        return "web"

    async def send_response(self, recipient_id: Text, message: Dict[Text, Any]) -> None:
        """Keep what the page needs of a message."""
        self.messages.append(
            {
                "text": message.get("text") or "",
                "buttons": message.get("buttons") or [],
                "custom": message.get("custom") or {},
            }
        )


class WebInput(InputChannel):
    """The web chat's input channel."""

    @classmethod
    def name(cls) -> Text:
        """Return the name of the channel."""
        return "web"

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """Return the routes of the page and of its messages."""
        web = Blueprint("web_chat")
        web.static("/static", str(STATIC))

        @web.post("/message")
        async def receive(request: Request) -> HTTPResponse:
            try:
                conversation, text = _parse(request)
            except BadMessageError as error:
                return json({"error": str(error)}, status=400)
            output = WholeMessageOutput()
            await on_new_message(UserMessage(text, output, conversation, input_channel=self.name()))
            if not output.messages:
                # The turn failed behind Rasa, which logs the reason and stays silent.
                return json({"error": "no reply"}, status=503)
            return json({"messages": output.messages})

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


def _parse(request: Request) -> List[Text]:
    try:
        body = request.json
        conversation = uuid.UUID(body["conversation"])
        text = body["message"]
    except Exception as error:
        raise BadMessageError(
            'expected JSON: {"conversation": "<UUID>", "message": "<text>"}'
        ) from error
    if not isinstance(text, str):
        raise BadMessageError("the message must be a text")
    return [f"web-{conversation}", text]
