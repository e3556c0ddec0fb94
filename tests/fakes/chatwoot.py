"""A Chatwoot that answers over HTTP on the loopback, with faults to switch on.

It has the client API of an API inbox, as its controllers and views have it
(chatwoot/app/controllers/public/api/v1/inboxes, app/views/public/api/v1/models), and sends
the webhooks that an agent causes (docs/product/others/webhook-events.md).
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx

_CONTACTS = re.compile(r"/public/api/v1/inboxes/(?P<inbox>[^/]+)/contacts(?P<rest>/.*)?")
_CONVERSATIONS = re.compile(
    r"/(?P<contact>[^/]+)/conversations(?:/(?P<id>\d+)/(?P<what>messages|toggle_status))?"
)


@dataclass
class Conversation:
    """A conversation in Chatwoot, as agents see it."""

    id: int
    contact: str
    custom_attributes: dict[str, Any]
    status: str = "open"
    messages: list[dict[str, Any]] = field(default_factory=list)

    def contents(self) -> list[str]:
        """Return the texts of its messages."""
        return [message["content"] for message in self.messages]


class _Refusal(Exception):  # noqa: N818
    """An answer that is an error."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class FakeChatwoot:
    """The server; use it in a ``with`` statement.

    Args:
        inbox: identifier of its API inbox.
        hmac_token: demanded of contacts when it is set.

    Attributes:
        conversations: by id.
        down: HTTP status that everything is answered with, 0 for answers as they should be.
        forgets: endings of paths; a request to each is done without an answer, once.
    """

    def __init__(self, inbox: str = "inbox-1", hmac_token: str = "") -> None:
        self.conversations: dict[int, Conversation] = {}
        self.contacts: dict[str, dict[str, Any]] = {}
        self.down = 0
        self.forgets: list[str] = []
        self._inbox = inbox
        self._hmac_token = hmac_token
        self._message_id = 100
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())

    @property
    def url(self) -> str:
        """Address of the server."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> FakeChatwoot:
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def only(self) -> Conversation:
        """Return the conversation when there is one."""
        [conversation] = self.conversations.values()
        return conversation

    # What agents do

    def agent_writes(
        self, conversation: Conversation, text: str, /, **changes: Any
    ) -> dict[str, Any]:
        """Return the webhook's payload after an agent has written."""
        message = self._message(conversation, text, 1)
        return {
            "id": message["id"],
            "content": text,
            "created_at": "2026-11-20T06:31:00.000Z",
            "message_type": "outgoing",
            "content_type": "text",
            "private": False,
            "content_attributes": {},
            "source_id": None,
            "sender": {"id": 7, "name": "Meena", "email": "meena@example.org", "type": "user"},
            "inbox": {"id": 1, "name": "Sathi"},
            "conversation": self._webhook_data(conversation),
            "account": {"id": 1, "name": "Helpdesk"},
            "event": "message_created",
            **changes,
        }

    def agent_resolves(self, conversation: Conversation, event: str) -> dict[str, Any]:
        """Return the webhook's payload after an agent has resolved a conversation."""
        conversation.status = "resolved"
        changed = [{"status": {"previous_value": "open", "current_value": "resolved"}}]
        return {
            **self._webhook_data(conversation),
            "changed_attributes": changed,
            "event": event,
        }

    @staticmethod
    def _webhook_data(conversation: Conversation) -> dict[str, Any]:
        return {
            "additional_attributes": {},
            "can_reply": True,
            "channel": "Channel::Api",
            "id": conversation.id,
            "inbox_id": 1,
            "contact_inbox": {"id": 12, "source_id": conversation.contact},
            "messages": conversation.messages[-1:],
            "labels": [],
            "meta": {"assignee": {"id": 7, "name": "Meena", "type": "user"}},
            "status": conversation.status,
            "custom_attributes": conversation.custom_attributes,
            "unread_count": 0,
        }

    # The client API

    def _message(self, conversation: Conversation, text: str, kind: int) -> dict[str, Any]:
        self._message_id += 1
        message = {
            "id": self._message_id,
            "content": text,
            "message_type": kind,
            "content_type": "text",
            "content_attributes": {},
            "created_at": int(time.time()),
            "conversation_id": conversation.id,
        }
        conversation.messages.append(message)
        return message

    def answer(self, method: str, path: str, body: dict[str, Any]) -> Any:
        """Do what a request asks for and return what Chatwoot answers."""
        match = _CONTACTS.fullmatch(path)
        if match is None or match["inbox"] != self._inbox:
            raise _Refusal(404)
        if match["rest"] is None:
            return self._make_contact(body)
        inner = _CONVERSATIONS.fullmatch(match["rest"])
        if inner is None or inner["contact"] not in self.contacts:
            raise _Refusal(404)
        contact = inner["contact"]
        if inner["id"] is None:
            if method == "GET":
                own = [c for c in self.conversations.values() if c.contact == contact]
                return [self._view(conversation) for conversation in own]
            identifier = len(self.conversations) + 1
            made = Conversation(identifier, contact, body.get("custom_attributes") or {})
            self.conversations[identifier] = made
            return self._view(made)
        conversation = self.conversations.get(int(inner["id"]))
        if conversation is None or conversation.contact != contact:
            raise _Refusal(404)
        if inner["what"] == "toggle_status":
            conversation.status = "resolved"
            return self._view(conversation)
        if not body.get("content"):
            raise _Refusal(422)
        return self._message(conversation, body["content"], 0)

    def _make_contact(self, body: dict[str, Any]) -> dict[str, Any]:
        if self._hmac_token:
            expected = hmac.new(
                self._hmac_token.encode(), str(body.get("identifier")).encode(), hashlib.sha256
            ).hexdigest()
            if body.get("identifier_hash") != expected:
                raise _Refusal(500)
        source_id = body.get("source_id") or f"made-{len(self.contacts)}"
        contact = {"source_id": source_id, "name": body.get("name"), "id": len(self.contacts) + 1}
        return self.contacts.setdefault(source_id, contact)

    @staticmethod
    def _view(conversation: Conversation) -> dict[str, Any]:
        return {
            "id": conversation.id,
            "inbox_id": 1,
            "status": conversation.status,
            "contact_last_seen_at": 0,
            "agent_last_seen_at": 0,
            "messages": conversation.messages,
            "contact": {"id": 1},
        }

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        fake = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _serve(self) -> None:
                raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                with fake._lock:
                    if fake.down:
                        self._send(fake.down, {"error": "down"})
                        return
                    try:
                        body = json.loads(raw) if raw else {}
                        answer = fake.answer(self.command, self.path, body or {})
                    except _Refusal as refusal:
                        self._send(refusal.status, {"error": "refused"})
                        return
                    forgotten = [end for end in fake.forgets if self.path.endswith(end)]
                    if forgotten:
                        fake.forgets.remove(forgotten[0])
                        self.close_connection = True
                        return
                    self._send(200, answer)

            do_GET = do_POST = _serve  # noqa: N815

            def _send(self, status: int, content: Any) -> None:
                body = json.dumps(content).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Stay silent."""

        return Handler


def signed(payload: dict[str, Any], secret: str, moment: float) -> tuple[bytes, dict[str, str]]:
    """Return body and headers of a webhook as versions that sign send them."""
    body = json.dumps(payload).encode()
    timestamp = str(int(moment))
    digest = hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256)
    headers = {
        "X-Chatwoot-Timestamp": timestamp,
        "X-Chatwoot-Signature": f"sha256={digest.hexdigest()}",
    }
    return body, headers


def send(address: str, payload: dict[str, Any]) -> int:
    """Send a webhook as Chatwoot does and return the status of the answer."""
    return httpx.post(address, json=payload, timeout=5).status_code
