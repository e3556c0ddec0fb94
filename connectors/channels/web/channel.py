"""Rasa channel of the web page.

``POST /webhooks/web/message`` with ``{"conversation": <UUID>, "message": <text>}`` answers
``{"messages": [...]}``; each message keeps text, buttons and card data together, which
Rasa's own REST channel tears apart. With ``"key": <UUID>`` the message is answered once,
however often it is sent; ``"resent": true`` says that it may have been sent before. Who
accepts ``application/x-ndjson`` gets a line ``{"message": ...}`` for each message when it is
said, and at the end ``{"end": true}`` or ``{"error": ...}``.

``POST /webhooks/web/history`` with ``{"conversation": <UUID>, "most": <number>}`` answers
``{"entries": [{"user": <text>}, {"bot": <message>}, ...]}``. It is no GET: the id of a
conversation opens it, and addresses are logged on their way. ``POST /webhooks/web/inbox`` with
``{"conversation": <UUID>, "after": <id>}`` answers the messages that nobody asked for, such
as reminders, each with its ``id``. ``GET /webhooks/web/documents/<id>`` passes on a file that
a reply named. The page itself is served at ``/``.

Portals that are named in the setting ``origins`` may have the page in theirs, by
``static/widget.js``. ``POST /webhooks/web/introduce`` with ``{"conversation": <UUID>,
"token": <token>}`` exchanges what a portal signed for ``{"link": <token of a link or null>,
"who": <hash>, "taken": <bool>}``. Their servers get a learner's one-time link for each channel
by ``POST /webhooks/web/links`` with ``{"token": <token>}``.
"""

from __future__ import annotations

import logging
import re
import uuid
from pathlib import Path
from typing import (
    Any,
    Awaitable,
    Callable,
    Dict,
    List,
    NamedTuple,
    Optional,
    Sequence,
    Text,
    Tuple,
)

from rasa.core.channels.channel import InputChannel, UserMessage
from rasa.shared.exceptions import RasaException
from sanic import Blueprint, Sanic
from sanic.request import Request
from sanic.response import HTTPResponse, file, json, raw
from ujson import dumps

from connectors.channels.action_server import ActionServer, ActionServerError
from connectors.channels.conversations import Conversations
from connectors.channels.credentials import demand, settings_of
from connectors.channels.web.turns import OtherMessageError, Turn, Turns
from knowledge_base.languages import registry

logger = logging.getLogger(__name__)
STATIC = Path(__file__).parent / "static"
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; "
    "img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors {ancestors}"
)
_ORIGIN = re.compile(r"https?://[a-z0-9.-]+(:[0-9]{1,5})?")
_DOCUMENT_ID = re.compile(r"[A-Za-z0-9_-]{43}")
# The page's longest message has 4,000 characters.
MAX_BODY = 64 * 1024
_LARGEST_ID = 2**63 - 1
_MOST_ENTRIES = 100
_STREAM = "application/x-ndjson"
_NO_REPLY = {"error": "no reply"}
_HEADERS = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}
_FOREIGN = ("cross-site", "same-site")


class BadMessageError(ValueError):
    """The page sent something that is no message."""


class _Message(NamedTuple):
    """What the page sends: sender's id, text, the message's key, whether it may be known."""

    sender: Text
    text: Text
    key: Text
    is_resent: bool


class WebInput(InputChannel):
    """The web chat's input channel.

    Args:
        action_server: address of the action server, e.g. ``http://127.0.0.1:5055``.
        origins: where portals are whose pages may hold the chat's, e.g.
            ``https://portal.example.in``.
    """

    def __init__(self, action_server: Text, origins: Sequence[Text] = ()) -> None:
        self._actions = ActionServer(action_server)
        self._origins = list(origins)
        ancestors = " ".join(self._origins) or "'none'"
        policy = CONTENT_SECURITY_POLICY.format(ancestors=ancestors)
        self._page_headers = {"Content-Security-Policy": policy, **_HEADERS}

    @classmethod
    def name(cls) -> Text:
        """Return the name of the channel."""
        return "web"

    @classmethod
    def from_credentials(cls, credentials: Optional[Dict[Text, Any]]) -> WebInput:
        """Create the channel from its section in ``credentials.yml``.

        Raises:
            RasaException: the address of the action server is missing, or an origin is none.
        """
        given = settings_of(credentials)
        demand(cls, given, ("action_server",))
        return cls(given["action_server"], _origins(given.get("origins", "")))

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """Return the routes of the page and of its messages."""
        web = Blueprint("web_chat")
        web.static("/static", str(STATIC))

        @web.middleware("request")
        async def check(request: Request) -> Optional[HTTPResponse]:
            if request.method != "POST":
                return None
            # The page in a portal's is no other page: it asks from its own origin.
            if request.headers.get("sec-fetch-site") in _FOREIGN:
                return json({"error": "other pages have nothing to ask here"}, status=403)
            if len(request.body) > MAX_BODY:
                return json({"error": "larger than 64 kB"}, status=413)
            return None

        @web.listener("before_server_start")
        async def open_turns(app: Sanic, _: Any) -> None:
            app.ctx.web_conversations = Conversations.of_app(app)
            said_to = app.ctx.web_conversations.said_to
            app.ctx.web_turns = Turns(self.name(), on_new_message, said_to)

        @web.listener("before_server_stop")
        async def finish_turns(app: Sanic, _: Any) -> None:
            await app.ctx.web_turns.finish()

        @web.post("/message")
        async def receive(request: Request) -> Optional[HTTPResponse]:
            try:
                message = _parse_message(request)
                turn = request.app.ctx.web_turns.take(**message._asdict())
            except BadMessageError as error:
                return json({"error": str(error)}, status=400)
            except OtherMessageError:
                return json({"error": "the key belongs to another message"}, status=409)
            if _STREAM in request.headers.get("accept", ""):
                return await _stream(request, turn)
            messages = [each async for each in turn.messages()]
            # A failed turn: Rasa logs the reason and stays silent.
            return json(_NO_REPLY, status=503) if turn.has_failed else json({"messages": messages})

        @web.post("/history")
        async def history(request: Request) -> HTTPResponse:
            try:
                sender, most = _parse_history(request)
            except BadMessageError as error:
                return json({"error": str(error)}, status=400)
            entries = await request.app.ctx.web_conversations.entries(sender, most)
            return json({"entries": entries})

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
            headers = {"Cache-Control": "private, no-store", **self._page_headers}
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
            app.register_middleware(self._page, "request")

        self._add_portal(web)
        return web

    def _add_portal(self, web: Blueprint) -> None:
        """Add the routes for portals: of the page inside theirs, and of links."""

        @web.post("/introduce")
        async def introduce(request: Request) -> HTTPResponse:
            try:
                sender, token = _parse(request, "token", '"<token>"')
            except BadMessageError as error:
                return json({"error": str(error)}, status=400)
            try:
                status, answer = await self._actions.introduce(self.name(), sender, token)
            except ActionServerError:
                return json({"error": "try again later"}, status=503)
            return json(answer, status=status)

        @web.post("/links")
        async def links(request: Request) -> HTTPResponse:
            try:
                token = request.json["token"]
            except Exception:
                return json({"error": 'expected JSON: {"token": "<token>"}'}, status=400)
            try:
                status, answer = await self._actions.links(token)
            except ActionServerError:
                return json({"error": "try again later"}, status=503)
            return json(answer, status=status)

        @web.get("/embedding")
        async def embedding(_: Request) -> HTTPResponse:
            return json({"origins": self._origins})

    async def _page(self, request: Request) -> Optional[HTTPResponse]:
        """Serve the page at ``/``, where Rasa has a route of its own that cannot be replaced."""
        if request.path != "/" or request.method != "GET":
            return None
        return await file(STATIC / "index.html", headers=self._page_headers)


def _origins(setting: Text) -> List[Text]:
    """Return the origins of a setting, which has spaces or commas between them."""
    found = [one.rstrip("/").lower() for one in re.split(r"[\s,]+", setting) if one]
    wrong = [one for one in found if not _ORIGIN.fullmatch(one)]
    if wrong:
        raise RasaException(
            f"SATHI_WEB_ORIGINS: {wrong[0]!r} is no origin; write scheme and host, such as "
            "https://portal.example.in"
        )
    return found


async def _stream(request: Request, turn: Turn) -> None:
    """Answer with a line for each message as soon as it is said."""
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    response = await request.respond(headers=headers, content_type=_STREAM)
    async for message in turn.messages():
        await response.send(f"{dumps({'message': message})}\n")
    await response.send(f"{dumps(_NO_REPLY if turn.has_failed else {'end': True})}\n", True)


def _parse_message(request: Request) -> _Message:
    """Return what the page says."""
    sender, text = _parse(request, "message", '"<text>"')
    if not isinstance(text, str):
        raise BadMessageError("the message must be a text")
    is_resent = request.json.get("resent", False)
    if not isinstance(is_resent, bool):
        raise BadMessageError("resent must be true or false")
    key = request.json.get("key")
    try:
        return _Message(
            sender, text, str(uuid.uuid4() if key is None else uuid.UUID(key)), is_resent
        )
    except (ValueError, TypeError, AttributeError) as error:
        raise BadMessageError("the key must be a UUID") from error


def _parse_history(request: Request) -> Tuple[Text, int]:
    """Return the sender's id and how much of the conversation is wanted."""
    sender, most = _parse(request, "most", "<number>")
    if isinstance(most, bool) or not isinstance(most, int) or not 0 < most <= _MOST_ENTRIES:
        raise BadMessageError(f"most must be a number from 1 to {_MOST_ENTRIES}")
    return sender, most


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
