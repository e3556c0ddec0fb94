"""A WhatsApp Cloud API that answers over HTTP on the loopback, with its limits and faults.

Shapes and limits: https://developers.facebook.com/documentation/business-messaging/whatsapp
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import itertools
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web

ACCESS = "EAAaccess"
SIGNING_KEY = "5f2c9a"
HANDSHAKE = "chosen when the webhook was set up"
PHONE_NUMBER_ID = "106540352242922"
NUMBER = "15550783881"
VERSION = "v25.0"
_MEDIA_TYPES = {
    *("image/jpeg", "image/png", "text/plain", "application/pdf", "audio/ogg", "video/mp4"),
    *("application/msword", "application/vnd.ms-excel", "application/vnd.ms-powerpoint"),
}
_TITLES = {
    100: "Invalid parameter",
    131009: "Parameter value is not valid",
    131026: "Message undeliverable",
    131047: "Re-engagement message",
    131056: "(Business Account, Consumer Account) pair rate limit hit",
    130429: "Rate limit hit",
    132000: "Number of parameters does not match the expected number of params",
    132001: "Template name does not exist in the translation",
    132018: "There's an issue with the parameters in your template",
    190: "Invalid OAuth access token",
}


@dataclass(frozen=True)
class Fault:
    """What happens to a request instead of an answer.

    Attributes:
        status: HTTP status.
        code: error code of the API; 0 for an error page of a gateway.
        taken: whether the request is carried out before the connection is closed
            without an answer.
        retry_after: seconds that the answer asks to wait.
        delay: seconds before a good answer; nothing else goes wrong then.
    """

    status: int = 0
    code: int = 0
    taken: bool = False
    retry_after: int = 0
    delay: float = 0.0


RATE_LIMIT = Fault(429, 130429)
PAIR_RATE_LIMIT = Fault(400, 131056)
SERVER_ERROR = Fault(500, 131000)
GATEWAY_ERROR = Fault(502)
UNDELIVERABLE = Fault(400, 131026)
TOKEN_EXPIRED = Fault(401, 190)
TAKEN_WITHOUT_ANSWER = Fault(taken=True)
CLOSED_WITHOUT_ANSWER = Fault()


class _Refusal(Exception):  # noqa: N818
    def __init__(self, details: str, code: int = 131009, status: int = 400) -> None:
        super().__init__(details)
        self.details = details
        self.code = code
        self.status = status


class FakeGraph:
    """The server; use it in an ``async with`` statement.

    Attributes:
        sent: bodies of the messages that were taken, in order.
        read: ids of the messages marked as read, with the typing indicator or without.
        files: id of an uploaded file -> its name, type and bytes.
        closed: users who have not written for 24 hours.
        templates: approved templates: (name, language).
    """

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []
        self.read: list[tuple[str, bool]] = []
        self.files: dict[str, tuple[str, str, bytes]] = {}
        self.closed: set[str] = set()
        self.templates: set[tuple[str, str]] = set()
        self.requests = 0
        self._faults: list[Fault] = []
        self._numbers = itertools.count(1)
        self._arrived = asyncio.Event()
        app = web.Application(client_max_size=100 * 1024**2)
        app.router.add_post(f"/{VERSION}/{PHONE_NUMBER_ID}/messages", self._guarded(self._message))
        app.router.add_post(f"/{VERSION}/{PHONE_NUMBER_ID}/media", self._guarded(self._media))
        self._runner = web.AppRunner(app)
        self._port = 0

    @property
    def address(self) -> str:
        """Address of the API with its version."""
        return f"http://127.0.0.1:{self._port}/{VERSION}"

    async def __aenter__(self) -> FakeGraph:
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self._port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    def fail(self, *faults: Fault) -> None:
        """Let the next requests fail, one fault each."""
        self._faults += faults

    def texts(self, chat_id: str = "") -> list[str]:
        """Return what users read, of one user or of all."""
        return [
            _shown(message)
            for message in self.sent
            if not chat_id or chat_id in (message.get("to"), message.get("recipient"))
        ]

    async def until(self, condition: Callable[[], bool], seconds: float = 10) -> None:
        """Wait until a condition holds; it is looked at after every request."""

        async def wait() -> None:
            while not condition():
                self._arrived.clear()
                await self._arrived.wait()

        await asyncio.wait_for(wait(), seconds)

    async def until_sent(self, count: int, seconds: float = 10) -> None:
        """Wait until so many messages were taken."""
        await self.until(lambda: len(self.sent) >= count, seconds)

    def _guarded(self, route: Callable[[web.Request], Any]) -> Callable[[web.Request], Any]:
        async def serve(request: web.Request) -> web.StreamResponse:
            self.requests += 1
            fault = self._faults.pop(0) if self._faults else None
            try:
                if fault and not (fault.taken or fault.delay):
                    return self._failed(request, fault)
                if request.headers.get("Authorization") != f"Bearer {ACCESS}":
                    return _error_body(401, 190, "Cannot parse access token")
                answer = await route(request)
                if fault:
                    await asyncio.sleep(fault.delay)
                if fault and fault.taken:
                    request.transport.close()
                return web.json_response(answer)
            except _Refusal as refusal:
                return _error_body(refusal.status, refusal.code, refusal.details)
            finally:
                self._arrived.set()

        return serve

    @staticmethod
    def _failed(request: web.Request, fault: Fault) -> web.Response:
        if not fault.status:
            request.transport.close()
            return web.Response()
        if not fault.code:
            return web.Response(status=fault.status, text="<html>Bad Gateway</html>")
        answer = _error_body(fault.status, fault.code, "scripted")
        if fault.retry_after:
            answer.headers["Retry-After"] = str(fault.retry_after)
        return answer

    async def _message(self, request: web.Request) -> dict[str, Any]:
        body = await request.json()
        if body.get("messaging_product") != "whatsapp":
            raise _Refusal("The parameter messaging_product is required.", 100)
        if body.get("status") == "read":
            typing = body.get("typing_indicator") == {"type": "text"}
            self.read.append((body["message_id"], typing))
            return {"success": True}
        user = body.get("to") or body.get("recipient")
        if not user or ("to" in body and not re.fullmatch(r"\d{5,15}", body["to"])):
            raise _Refusal("The parameter to is required.", 100)
        if user in self.closed and body["type"] != "template":
            raise _Refusal("More than 24 hours have passed since the customer last replied", 131047)
        _CHECKS[body["type"]](self, body[body["type"]])
        self.sent.append(body)
        contact = {"input": user, "wa_id" if user.isdigit() else "user_id": user}
        return {
            "messaging_product": "whatsapp",
            "contacts": [contact],
            "messages": [{"id": f"wamid.out{next(self._numbers)}"}],
        }

    async def _media(self, request: web.Request) -> dict[str, Any]:
        form = await request.post()
        file = form["file"]
        if form.get("messaging_product") != "whatsapp" or form.get("type") != file.content_type:
            raise _Refusal("messaging_product and type are required", 100)
        if file.content_type not in _MEDIA_TYPES:
            raise _Refusal("Param file must be a file with one of the following types", 100)
        identifier = str(next(self._numbers))
        self.files[identifier] = (file.filename, file.content_type, file.file.read())
        return {"id": identifier}

    def _check_text(self, text: Mapping[str, Any]) -> None:
        _limit("text.body", text["body"], 4096)

    def _check_interactive(self, interactive: Mapping[str, Any]) -> None:
        action = interactive["action"]
        if interactive["type"] == "button":
            _limit("body", interactive["body"]["text"], 1024)
            buttons = [button["reply"] for button in action["buttons"]]
            if not 1 <= len(buttons) <= 3:
                raise _Refusal("Invalid buttons count. Min allowed buttons: 1, Max: 3")
            for button in buttons:
                _limit("button title", button["title"], 20)
                _limit("button id", button["id"], 256)
            _unique("Duplicated title", [button["title"] for button in buttons])
            _unique("Duplicated id", [button["id"] for button in buttons])
            return
        _limit("body", interactive["body"]["text"], 4096)
        _limit("button", action["button"], 20)
        rows = [row for section in action["sections"] for row in section["rows"]]
        if not 1 <= len(rows) <= 10:
            raise _Refusal("Total row count exceed max allowed count: 10")
        for section in action["sections"]:
            _limit("section title", section["title"], 24)
        for row in rows:
            _limit("row title", row["title"], 24)
            _limit("row id", row["id"], 200)
            if "description" in row:
                _limit("row description", row["description"], 72)
        _unique("Duplicated row id", [row["id"] for row in rows])

    def _check_media(self, media: Mapping[str, Any]) -> None:
        if media.get("id") not in self.files:
            raise _Refusal(f"Param id {media.get('id')} is not a valid media id", 100)
        if "caption" in media:
            _limit("caption", media["caption"], 1024)

    def _check_template(self, template: Mapping[str, Any]) -> None:
        if (template["name"], template["language"]["code"]) not in self.templates:
            raise _Refusal("template name does not exist in the translation", 132001, 404)
        (body,) = template["components"]
        if len(body["parameters"]) != 1:
            raise _Refusal("number of localizable_params", 132000)
        if re.search(r"[\n\t]| {5}", body["parameters"][0]["text"]):
            raise _Refusal("Param text cannot have new-line/tab characters", 132018)
        _limit("parameter", body["parameters"][0]["text"], 1024)


_CHECKS: dict[str, Callable[[FakeGraph, Mapping[str, Any]], None]] = {
    "text": FakeGraph._check_text,
    "interactive": FakeGraph._check_interactive,
    "image": FakeGraph._check_media,
    "document": FakeGraph._check_media,
    "template": FakeGraph._check_template,
}


def _limit(name: str, text: str, most: int) -> None:
    if not text:
        raise _Refusal(f"{name} is required", 100)
    if len(text) > most:
        raise _Refusal(f"{name} length invalid. Min length: 1, Max length: {most}")


def _unique(message: str, values: list[str]) -> None:
    if len(set(values)) != len(values):
        raise _Refusal(message)


def _error_body(status: int, code: int, details: str) -> web.Response:
    error = {
        "message": f"(#{code}) {_TITLES.get(code, 'Generic user error')}",
        "type": "OAuthException",
        "code": code,
        "error_data": {"messaging_product": "whatsapp", "details": details},
        "fbtrace_id": "Az8or2yhqkZfEZ-_4Qn_Bam",
    }
    return web.json_response({"error": error}, status=status)


def _shown(message: Mapping[str, Any]) -> str:
    content = message[message["type"]]
    if message["type"] == "template":
        return content["components"][0]["parameters"][0]["text"]
    if message["type"] == "interactive":
        return content["body"]["text"]
    return content.get("body") or content.get("caption", "")


def text_message(number: int, text: str, user: str, sent_at: int = 1_779_372_805) -> dict[str, Any]:
    """Return a text message of a user as webhooks bring it."""
    return message(number, user, {"type": "text", "text": {"body": text}}, sent_at)


def message(
    number: int, user: str, content: Mapping[str, Any], sent_at: int = 1_779_372_805
) -> dict[str, Any]:
    """Return a message of a user as webhooks bring it.

    Args:
        number: makes its id.
        user: a number, or a business-scoped user id.
        content: its type and what belongs to that.
        sent_at: Unix time in seconds.
    """
    sender = {"from": user} if user.isdigit() else {"from_user_id": user}
    return {**sender, "id": f"wamid.in{number}", "timestamp": str(sent_at), **content}


def failed_status(user: str, code: int) -> dict[str, Any]:
    """Return the report that a message did not arrive."""
    return {
        "id": "wamid.out1",
        "status": "failed",
        "timestamp": "1779372806",
        "recipient_id" if user.isdigit() else "recipient_user_id": user,
        "errors": [{"code": code, "title": _TITLES[code], "message": _TITLES[code]}],
    }


def sent_status(user: str, tag: str) -> dict[str, Any]:
    """Return the report that a message was sent."""
    return {
        "id": "wamid.out1",
        "status": "sent",
        "timestamp": "1779372806",
        "recipient_id" if user.isdigit() else "recipient_user_id": user,
        "biz_opaque_callback_data": tag,
    }


def webhook(*messages: Mapping[str, Any], statuses: tuple[Mapping[str, Any], ...] = ()) -> bytes:
    """Return the body of a webhook, written as Meta writes it: with escapes for all but ASCII."""
    value: dict[str, Any] = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": NUMBER, "phone_number_id": PHONE_NUMBER_ID},
    }
    if messages:
        users = {m.get("from_user_id") or m["from"]: m for m in messages}
        value["contacts"] = [_contact(user) for user in users]
        value["messages"] = list(messages)
    if statuses:
        value["statuses"] = list(statuses)
    change = {"field": "messages", "value": value}
    entry = {"id": "102290129340398", "changes": [change]}
    return json.dumps({"object": "whatsapp_business_account", "entry": [entry]}).encode()


def _contact(user: str) -> dict[str, Any]:
    contact: dict[str, Any] = {"profile": {"name": "Asha Rao"}}
    return contact | ({"wa_id": user} if user.isdigit() else {"user_id": user})


def signed(body: bytes, secret: str = SIGNING_KEY) -> dict[str, str]:
    """Return the headers of a webhook with a body."""
    digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return {"Content-Type": "application/json", "X-Hub-Signature-256": f"sha256={digest}"}
