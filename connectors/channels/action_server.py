"""What channels ask of the action server: documents, waiting messages, whether it is well."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Optional, TypeVar

import aiohttp

from connectors.observability.request_id import headers

_TIMEOUT = aiohttp.ClientTimeout(total=10)
_ERRORS = (aiohttp.ClientError, asyncio.TimeoutError)
_Read = TypeVar("_Read")


class ActionServerError(RuntimeError):
    """The action server does not answer now."""


@dataclass(frozen=True)
class Document:
    """A file that a reply named.

    Attributes:
        content: what is in it.
        mime: its media type.
        disposition: how it is to be shown and named, as the header ``Content-Disposition``.
    """

    content: bytes
    mime: str
    disposition: Optional[str]


@dataclass(frozen=True)
class Claimed:
    """A message that was waiting for a chat, and is leased to this channel.

    Attributes:
        id: its number, to confirm it by.
        key: the same whenever the message comes again.
        recipient: the conversation it is for, as the channel named it to Rasa.
        message: text, buttons and card data, as ``WholeMessageOutput`` collects them.
    """

    id: int
    key: str
    recipient: str
    message: dict[str, Any]


@dataclass(frozen=True)
class Lease:
    """Messages that nobody else gets for a while, and the token to confirm them with."""

    token: str
    messages: list[Claimed]


@dataclass(frozen=True)
class Erasure:
    """What this channel has to erase.

    Attributes:
        id: its number, to confirm it by.
        sender: the conversation, as the channel named it to Rasa.
        before: what is older has to go, seconds since the epoch.
    """

    id: int
    sender: str
    before: float


class ActionServer:
    """The action server as channels see it.

    Args:
        url: its address, e.g. ``http://127.0.0.1:5055``.
    """

    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/")

    async def is_ready(self) -> bool:
        """Tell whether it can run actions."""
        try:
            async with (
                aiohttp.ClientSession(timeout=_TIMEOUT) as session,
                session.get(f"{self._url}/ready") as answer,
            ):
                return answer.ok
        except _ERRORS:
            return False

    async def document(self, identifier: str) -> Optional[Document]:
        """Fetch a document that a reply named.

        Args:
            identifier: id of the document.

        Returns:
            The document, or None when there is none (any more).

        Raises:
            ActionServerError: it cannot be fetched now.
        """
        try:
            async with (
                aiohttp.ClientSession(timeout=_TIMEOUT) as session,
                session.get(f"{self._url}/documents/{identifier}", headers=headers()) as answer,
            ):
                if answer.status == 404:  # noqa: PLR2004 (HTTP)
                    return None
                answer.raise_for_status()
                disposition = answer.headers.get("Content-Disposition")
                return Document(await answer.read(), answer.content_type, disposition)
        except _ERRORS as error:
            raise ActionServerError(f"documents: {type(error).__name__}") from error

    async def messages_after(self, channel: str, sender: str, after: int) -> list[dict[str, Any]]:
        """Fetch messages that wait for a chat of a channel that cannot be written to.

        Args:
            channel: name of the channel.
            sender: id of the conversation on it.
            after: id of the last message that the chat has, 0 for none.

        Returns:
            Messages with their ids, oldest first; some of them if there are many.

        Raises:
            ActionServerError: they cannot be fetched now.
        """
        body = {"channel": channel, "sender": sender, "after": after}
        return await self._post("/outbox", body, lambda answer: list(answer["messages"]))

    async def claim(self, channel: str, limit: int) -> Lease:
        """Lease messages that wait for chats of a channel; confirm them once they are kept.

        Args:
            channel: name of the channel.
            limit: how many at most.

        Raises:
            ActionServerError: they cannot be fetched now.
        """
        body = {"channel": channel, "limit": limit}
        return await self._post("/outbox/claim", body, _lease)

    async def confirm(self, token: str, ids: Sequence[int]) -> None:
        """Say that leased messages are kept, so that they do not come again.

        Args:
            token: of the lease.
            ids: numbers of the messages.

        Raises:
            ActionServerError: it does not answer now.
        """
        body = {"lease": token, "ids": list(ids)}
        await self._post("/outbox/confirm", body, lambda _: None)

    async def erasures(self, channel: str) -> list[Erasure]:
        """Fetch what a channel has to erase.

        Args:
            channel: name of the channel.

        Raises:
            ActionServerError: it does not answer now.
        """
        return await self._post("/erasures", {"channel": channel}, _erasures)

    async def confirm_erasures(self, channel: str, ids: Sequence[int]) -> None:
        """Say that a channel has erased what it had to.

        Args:
            channel: name of the channel.
            ids: numbers of the erasures.

        Raises:
            ActionServerError: it does not answer now.
        """
        body = {"channel": channel, "ids": list(ids)}
        await self._post("/erasures/confirm", body, lambda _: None)

    async def introduce(self, channel: str, sender: str, token: str) -> tuple[int, Any]:
        """Exchange what a portal says of a learner for a link.

        Args:
            channel: name of the channel.
            sender: id of the conversation on it.
            token: what the portal signed.

        Returns:
            Status (HTTP) and body of the answer.

        Raises:
            ActionServerError: it does not answer now.
        """
        body = {"channel": channel, "sender": sender, "token": token}
        return await self._of_portal("introduce", body)

    async def links(self, token: str) -> tuple[int, Any]:
        """Exchange what a portal says of a learner for the addresses of a link.

        Args:
            token: what the portal signed.

        Returns:
            Status (HTTP) and body of the answer.

        Raises:
            ActionServerError: it does not answer now.
        """
        return await self._of_portal("links", {"token": token})

    async def _of_portal(self, route: str, body: dict[str, Any]) -> tuple[int, Any]:
        address = f"{self._url}/portal/{route}"
        try:
            async with (
                aiohttp.ClientSession(timeout=_TIMEOUT) as session,
                session.post(address, json=body, headers=headers()) as answer,
            ):
                return answer.status, await answer.json()
        except (*_ERRORS, ValueError) as error:
            raise ActionServerError(f"portal: {type(error).__name__}") from error

    async def _post(
        self, path: str, body: dict[str, Any], read: Callable[[dict[str, Any]], _Read]
    ) -> _Read:
        try:
            async with (
                aiohttp.ClientSession(timeout=_TIMEOUT) as session,
                session.post(f"{self._url}{path}", json=body, headers=headers()) as answer,
            ):
                answer.raise_for_status()
                return read(await answer.json())
        except (*_ERRORS, ValueError, KeyError, TypeError) as error:
            raise ActionServerError(f"{path}: {type(error).__name__}") from error


def _lease(answer: dict[str, Any]) -> Lease:
    messages = [
        Claimed(one["id"], one["key"], one["recipient"], _message(one))
        for one in answer["messages"]
    ]
    return Lease(answer["lease"], messages)


def _erasures(answer: dict[str, Any]) -> list[Erasure]:
    return [Erasure(one["id"], one["sender"], one["before"]) for one in answer["erasures"]]


def _message(found: dict[str, Any]) -> dict[str, Any]:
    return {
        "text": found.get("text") or "",
        "buttons": found.get("buttons") or [],
        "custom": found.get("custom") or {},
    }
