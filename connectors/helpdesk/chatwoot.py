"""Chatwoot as the helpdesk: an inbox of the kind "API", https://www.chatwoot.com.

Tickets go there by the client API (``/public/api/v1/inboxes/...``), which needs no account
of an agent; the agents' answers come back by the inbox's webhook, see
``connectors.helpdesk.chatwoot_hook``.
"""

from __future__ import annotations

import hashlib
import hmac
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from connectors.helpdesk.desk import (
    Delivery,
    RefusedDeliveryError,
    RemoteDeskError,
    RemoteTicket,
)
from connectors.helpdesk.records import Ticket
from connectors.helpdesk.transcript import facts, subject_line, transcript, wording

_CONTACT_LENGTH = 32
# Answers that stay the same however often one asks.
_FINAL = (HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY)


class ChatwootDesk:
    """Tell Chatwoot about tickets, see ``RemoteDesk``.

    Args:
        url: where Chatwoot is.
        inbox: identifier of the API inbox.
        hmac_token: token of the inbox that signs who a contact is; empty for none.
        timeout_seconds: how long one request may take, in seconds.
    """

    gather_seconds = 0.0
    at_once = 1

    def __init__(self, url: str, inbox: str, hmac_token: str, timeout_seconds: float) -> None:
        self._contacts = f"{url.rstrip('/')}/public/api/v1/inboxes/{quote(inbox, safe='')}/contacts"
        self._hmac_token = hmac_token.encode()
        self._timeout = timeout_seconds

    async def deliver(self, delivery: Delivery) -> RemoteTicket | None:
        """Tell Chatwoot."""
        async with httpx.AsyncClient(timeout=self._timeout) as client:
            if delivery.kind == "open":
                return await self._open(client, delivery)
            place = self._conversation(delivery.ticket)
            if delivery.kind == "close":
                await self._call(client, "POST", f"{place}/toggle_status", {}, final_404=True)
                return None
            for message in delivery.messages:
                content = {"content": wording(message), "echo_id": str(message.id)}
                await self._call(client, "POST", f"{place}/messages", content, final_404=True)
            return None

    async def _open(self, client: httpx.AsyncClient, delivery: Delivery) -> RemoteTicket:
        ticket = delivery.ticket
        contact = await self._contact(client, ticket)
        conversations = f"{self._contacts}/{quote(contact, safe='')}/conversations"
        if delivery.attempts:
            # The last attempt may have got through without our hearing of it.
            made = await self._find(client, conversations, subject_line(ticket))
            if made is not None:
                return RemoteTicket(contact, made)
        known = {"custom_attributes": facts(ticket)}
        opened = await self._call(client, "POST", conversations, known)
        identifier = str(_field(opened, "id"))
        first = {"content": transcript(ticket), "echo_id": ticket.number}
        address = f"{conversations}/{quote(identifier, safe='')}/messages"
        await self._call(client, "POST", address, first)
        return RemoteTicket(contact, identifier)

    async def _contact(self, client: httpx.AsyncClient, ticket: Ticket) -> str:
        """Make the contact of a chat; one that is there already is found again by its id."""
        identifier = f"sathi-{ticket.chat_key[:_CONTACT_LENGTH]}"
        contact = {
            "source_id": identifier,
            "identifier": identifier,
            "name": ticket.learner_id or ticket.number,
        }
        if self._hmac_token:
            signed = hmac.new(self._hmac_token, identifier.encode(), hashlib.sha256)
            contact["identifier_hash"] = signed.hexdigest()
        made = await self._call(client, "POST", self._contacts, contact)
        return str(_field(made, "source_id"))

    async def _find(
        self, client: httpx.AsyncClient, conversations: str, beginning: str
    ) -> str | None:
        """Return the conversation that begins with a ticket's transcript."""
        for conversation in await self._call(client, "GET", conversations, None):
            for message in _field(conversation, "messages"):
                if (message.get("content") or "").startswith(beginning):
                    return str(_field(conversation, "id"))
        return None

    def _conversation(self, ticket: Ticket) -> str:
        if ticket.remote_contact is None or ticket.remote_id is None:
            raise RefusedDeliveryError("Chatwoot has no conversation for the ticket")
        contact, identifier = (
            quote(ticket.remote_contact, safe=""),
            quote(ticket.remote_id, safe=""),
        )
        return f"{self._contacts}/{contact}/conversations/{identifier}"

    @staticmethod
    async def _call(
        client: httpx.AsyncClient, method: str, address: str, body: Any, final_404: bool = False
    ) -> Any:
        try:
            answer = await client.request(method, address, json=body)
        except httpx.HTTPError as error:
            raise RemoteDeskError(f"Chatwoot does not answer: {type(error).__name__}") from error
        if answer.status_code in _FINAL or (
            final_404 and answer.status_code == HTTPStatus.NOT_FOUND
        ):
            raise RefusedDeliveryError(f"Chatwoot answered {answer.status_code}")
        if not answer.is_success:
            raise RemoteDeskError(f"Chatwoot answered {answer.status_code}")
        try:
            return answer.json() if answer.content else {}
        except ValueError as error:
            raise RemoteDeskError("Chatwoot answered something that is no JSON") from error


def _field(answer: Any, name: str) -> Any:
    """Return a field of an answer.

    Raises:
        RemoteDeskError: there is none.
    """
    try:
        return answer[name]
    except (TypeError, KeyError, IndexError) as error:
        raise RemoteDeskError(f"Chatwoot's answer has no {name}") from error
