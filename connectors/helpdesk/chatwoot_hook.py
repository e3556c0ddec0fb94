"""What Chatwoot's agents do comes here: the webhook of the API inbox.

Chatwoot waits 5 s for an answer, does not ask again, and shows the agent a message as
failed when the answer is an error (lib/webhooks/trigger.rb). A message is therefore
answered as soon as it lies in the outbox, and one that cannot be kept is an error: the
agent sees that it did not arrive, and nothing is lost silently. Payloads:
https://www.chatwoot.com/hc/user-guide/articles/1677693021-how-to-use-webhooks
"""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine, select

from connectors.helpdesk.desk import HelpDesk
from connectors.helpdesk.records import Agent
from connectors.platform.database import transaction
from connectors.platform.schema import tickets

logger = logging.getLogger(__name__)
# A signature that was seen on the way is of no use later.
_FRESH = timedelta(minutes=5)
_STATUS_EVENTS = ("conversation_status_changed", "conversation_updated")


class HookError(Exception):
    """A call that is not followed."""


class WrongSecretError(HookError):
    """Whoever calls does not know the secret, or has altered what was signed."""


class BadPayloadError(HookError):
    """What came is not what Chatwoot sends."""


@dataclass(frozen=True)
class HookCall:
    """A call of the webhook.

    Attributes:
        secret: last part of the address.
        body: what came, byte by byte.
        signature: header ``X-Chatwoot-Signature``, empty for none.
        timestamp: header ``X-Chatwoot-Timestamp``, empty for none.
    """

    secret: str
    body: bytes
    signature: str = ""
    timestamp: str = ""


class ChatwootHook:
    """Do in Sathi what an agent did in Chatwoot.

    An assignment alone does not silence Sathi, since Chatwoot assigns by itself; a message
    does.

    Args:
        desk: Sathi's own desk.
        engine: the migrated database.
        clock: returns the current moment with its time zone.
        secret: what the address has to end in.
        signing_secret: verifies signatures; empty for versions that do not sign.
    """

    def __init__(
        self,
        desk: HelpDesk,
        engine: Engine,
        clock: Callable[[], datetime],
        secret: str,
        signing_secret: str,
    ) -> None:
        self._desk = desk
        self._engine = engine
        self._clock = clock
        self._secret = secret.encode()
        self._signing_secret = signing_secret.encode()

    def receive(self, call: HookCall) -> None:
        """Follow a call; what does not concern a ticket is left alone.

        Raises:
            WrongSecretError: it does not come from Chatwoot.
            BadPayloadError: it cannot be read.
            TicketClosedError: an agent has written to a closed ticket.
            PlatformUnavailableError: the database failed.
        """
        self._verify(call)
        event = _parse(call.body)
        if event.get("event") == "message_created":
            self._message(event)
        elif event.get("event") in _STATUS_EVENTS and event.get("status") == "resolved":
            number = self._number(event.get("id"))
            if number is not None:
                self._desk.close(number, at_remote=True)

    def _verify(self, call: HookCall) -> None:
        if not hmac.compare_digest(call.secret.encode(), self._secret):
            raise WrongSecretError
        if not self._signing_secret:
            return
        signed = call.timestamp.encode() + b"." + call.body
        expected = hmac.new(self._signing_secret, signed, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(call.signature.encode(), f"sha256={expected}".encode()):
            raise WrongSecretError
        try:
            age = self._clock().timestamp() - float(call.timestamp)
        except ValueError as error:
            raise WrongSecretError from error
        if abs(age) > _FRESH.total_seconds():
            raise WrongSecretError

    def _message(self, event: Mapping[str, Any]) -> None:
        sender = event.get("sender") or {}
        is_for_learner = (
            event.get("message_type") == "outgoing"
            and not event.get("private")
            and sender.get("type", "user") == "user"
        )
        text = (event.get("content") or "").strip()
        if not is_for_learner or not text:
            return
        conversation = event.get("conversation") or {}
        number = self._number(conversation.get("id") or conversation.get("display_id"))
        if number is None:
            return
        agent = Agent(f"chatwoot:{sender.get('id')}", str(sender.get("name") or ""))
        self._desk.reply(number, agent, text, remote_id=f"chatwoot:{event.get('id')}")

    def _number(self, conversation_id: Any) -> str | None:
        """Return the ticket of a conversation in Chatwoot."""
        query = select(tickets.c.id).where(tickets.c.remote_id == str(conversation_id))
        with transaction(self._engine) as connection:
            number = connection.execute(query).scalar()
        if number is None:
            logger.info("Chatwoot writes about a conversation that has no ticket")
        return number


def _parse(body: bytes) -> Mapping[str, Any]:
    try:
        event = json.loads(body)
    except ValueError as error:
        raise BadPayloadError("expected JSON") from error
    parts = [event] if isinstance(event, dict) else [None]
    if isinstance(event, dict):
        parts += [event.get(name) or {} for name in ("sender", "conversation")]
    if not all(isinstance(part, dict) for part in parts):
        raise BadPayloadError("expected an event of Chatwoot")
    if not isinstance(event.get("content") or "", str):
        raise BadPayloadError("the content must be a text")
    return event
