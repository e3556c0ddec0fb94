"""What the channels' worker needs of WhatsApp: reading, rendering and delivering."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, AsyncIterator, Optional

from connectors.channels.action_server import ActionServer, ActionServerError
from connectors.channels.callbacks import CallbackStore
from connectors.channels.journal import JournalError, Update
from connectors.channels.strings import words
from connectors.channels.text import split
from connectors.channels.whatsapp import payloads
from connectors.channels.whatsapp.addresses import CHANNEL, sender_id
from connectors.channels.whatsapp.client import (
    GraphClient,
    GraphError,
    RejectedError,
    UnansweredError,
    UnavailableError,
    UndeliverableError,
    WindowClosedError,
)
from connectors.channels.whatsapp.rendering import (
    MAX_PARAMETER,
    Content,
    Part,
    render,
    template,
    texts,
)
from connectors.channels.whatsapp.windows import Windows
from connectors.channels.worker import (
    ChannelAdapter,
    ChatBlockedError,
    DeliveryError,
    Incoming,
    Message,
    NotSentError,
)
from knowledge_base.languages import registry

logger = logging.getLogger(__name__)
_TAG_BYTES = 12
_MARKING_SECONDS = 1.0
# Uploaded files are remembered, so that trying again uploads nothing again.
_FILES = 200


class Templates:
    """The approved template for messages outside the 24 hours.

    Args:
        name: its name; its body has one variable.
        languages: WhatsApp's codes of the languages it is approved in, the default first.
    """

    def __init__(self, name: str, languages: Sequence[str]) -> None:
        self._name = name
        self._languages = {code.split("_")[0]: code for code in reversed(languages)}
        self._default = languages[0]

    def content(self, text: str, locale: str) -> Content:
        """Return a text as a template, in the locale's language if that is approved."""
        language = self._languages.get(registry.language_of(locale), self._default)
        return template(self._name, language, text)


class WhatsAppAdapter(ChannelAdapter):
    """WhatsApp for the worker.

    Args:
        client: calls the Cloud API.
        actions: where documents are fetched from.
        windows: who may be written to freely.
        callbacks: what buttons send.
        locale_of: returns the locale of a conversation, None if it is not known.
        templates: for messages outside the 24 hours; None to let them wait for the user.
        report_seconds: how long to wait for a report about a message that WhatsApp may have
            taken without an answer.
    """

    name = CHANNEL

    def __init__(
        self,
        client: GraphClient,
        actions: ActionServer,
        windows: Windows,
        callbacks: CallbackStore,
        locale_of: Callable[[str], Awaitable[Optional[str]]],
        templates: Optional[Templates],
        report_seconds: float,
    ) -> None:
        self._client = client
        self._actions = actions
        self._windows = windows
        self._callbacks = callbacks
        self._locale_of = locale_of
        self._templates = templates
        self._report_seconds = report_seconds
        self._unreported: dict[str, asyncio.Event] = {}
        self._held: dict[str, asyncio.Event] = {}
        self._outdated: set[str] = set()
        self._files: OrderedDict[str, str] = OrderedDict()

    # What the webhook tells.

    async def wrote(self, message: payloads.Incoming) -> None:
        """Note that a user wrote; what had to wait for that is sent.

        Raises:
            JournalError: the database failed.
        """
        await asyncio.to_thread(self._windows.wrote, message.chat_id, message.sent_at)
        held = self._held.pop(message.chat_id, None)
        if held:
            held.set()

    async def close_window(self, chat_id: str) -> None:
        """Note that WhatsApp holds a user's 24 hours to be over.

        Raises:
            JournalError: the database failed.
        """
        await asyncio.to_thread(self._windows.close, chat_id)

    def reported(self, tag: str) -> None:
        """Note that WhatsApp has taken the message with a tag."""
        event = self._unreported.get(tag)
        if event:
            event.set()

    # What the worker asks.

    async def read(self, update: Update) -> Optional[Incoming]:
        """Return what Rasa gets of a message; nothing for a button that is out of date."""
        text: Optional[str] = update.payload["text"]
        if update.payload["is_choice"]:
            text = await asyncio.to_thread(self._callbacks.find, update.chat_id, text)
        if text is None:
            self._outdated.add(update.update_id)
            return None
        return Incoming(text, sender_id(update.chat_id))

    async def render(
        self, chat_id: str, update: Optional[Update], messages: Sequence[Message]
    ) -> list[dict[str, Any]]:
        """Turn the bot's messages into WhatsApp's; unasked ones into templates if need be."""
        if update and update.update_id in self._outdated:
            self._outdated.discard(update.update_id)
            messages = [await self.words("button_old", update)]
        is_free = update or not self._templates or await self._is_open(chat_id)
        replies = []
        for message in messages:
            parts = await asyncio.to_thread(self._parts, chat_id, message)
            found = parts if is_free else self._as_templates(_locale(message), parts)
            replies += [part.to_dict() for part in found]
        if replies and update and update.payload["quotes"]:
            replies[0]["content"]["context"] = {"message_id": update.payload["quotes"]}
        return replies

    def _parts(self, chat_id: str, message: Message) -> list[Part]:
        label = words("list_open", _locale(message))
        return render(message, label, lambda found: self._callbacks.keep(chat_id, found))

    def _as_templates(self, locale: str, parts: Sequence[Part]) -> list[Part]:
        """Return the words of a message as templates; files have to be asked for."""
        text = " ".join(" ".join(part.words for part in parts).split())
        return [
            Part(self._templates.content(piece, locale), plain=texts(piece), locale=locale)
            for piece in split(text, MAX_PARAMETER)
        ]

    async def words(self, key: str, update: Update) -> Message:
        """Return a text of ``connectors/channels/strings`` in the chat's language."""
        locale = await self._locale_of(update.chat_id) or registry.DEFAULT_LOCALE
        return {"text": words(key, locale), "buttons": [], "custom": {"locale": locale}}

    async def pace(self, chat_id: str) -> None:
        """Wait for the user where only they can open the 24 hours again."""
        held = self._held.get(chat_id)
        if held and not await self._is_open(chat_id):
            await held.wait()

    @asynccontextmanager
    async def typing(self, update: Update) -> AsyncIterator[None]:
        """Mark the message as read and show that an answer is being written."""
        marking = asyncio.create_task(self._mark_read(update.update_id))
        try:
            yield
        finally:
            # What comes after the reply would say that another is being written.
            await asyncio.wait({marking}, timeout=_MARKING_SECONDS)
            marking.cancel()

    async def _mark_read(self, message_id: str) -> None:
        try:
            await self._client.mark_read(message_id)
        except GraphError as error:
            logger.info("whatsapp: a message is not marked as read: %s", error)

    async def deliver(self, chat_id: str, reply: dict[str, Any]) -> Optional[str]:
        """Send one message; outside the 24 hours a template, or let it wait for the user."""
        part = Part.from_dict(reply)
        try:
            if await self._is_open(chat_id):
                try:
                    return await self._send(chat_id, part)
                except WindowClosedError:
                    await self.close_window(chat_id)
            return await self._send_outside(chat_id, part)
        except UndeliverableError as error:
            raise ChatBlockedError(str(error)) from error
        except UnavailableError as error:
            raise NotSentError(str(error), error.retry_after) from error
        except (ActionServerError, JournalError) as error:
            raise NotSentError(str(error)) from error
        except GraphError as error:
            raise DeliveryError(str(error)) from error

    async def _is_open(self, chat_id: str) -> bool:
        return await asyncio.to_thread(self._windows.is_open, chat_id)

    async def _send_outside(self, chat_id: str, part: Part) -> Optional[str]:
        content = part.content if part.is_template else None
        if self._templates and not content and part.words:
            content = self._templates.content(part.words, part.locale)
        if content:
            try:
                return await self._post(chat_id, content)
            except UndeliverableError:
                raise
            except RejectedError as error:
                logger.error("whatsapp: the template is refused: %s", error)  # noqa: TRY400
        self._held.setdefault(chat_id, asyncio.Event())
        raise NotSentError("the 24 hours are over, the user has to write first")

    async def _send(self, chat_id: str, part: Part) -> Optional[str]:
        if not part.is_template:
            try:
                content = part.content
                if part.document:
                    content = await self._with_file(content, part.document)
                return await self._post(chat_id, content)
            except (WindowClosedError, UndeliverableError):
                raise
            except RejectedError as error:
                if not part.plain:
                    raise
                logger.warning("whatsapp: plain text instead of a refused message: %s", error)
        sent = [await self._post(chat_id, content) for content in part.plain]
        return sent[0]

    async def _with_file(self, content: Content, document: dict[str, str]) -> Content:
        """Return the content with the id of the uploaded file.

        Raises:
            RejectedError: there is no such file any more, or WhatsApp does not take it.
        """
        media_id = self._files.get(document["id"])
        if media_id is None:
            found = await self._actions.document(document["id"])
            if found is None:
                raise RejectedError
            try:
                media_id = await self._client.upload(
                    document["name"], document["mime"], found.content
                )
            except UnansweredError as error:
                raise UnavailableError from error  # nobody sees a file uploaded twice
            self._files[document["id"]] = media_id
            if len(self._files) > _FILES:
                self._files.popitem(last=False)
        kind = content["type"]
        return {**content, kind: {**content[kind], "id": media_id}}

    async def _post(self, chat_id: str, content: Content) -> Optional[str]:
        """Send a message; without an answer, wait for a report about it.

        Returns:
            Id of the message, None if only a report told that it was taken.
        """
        tag = secrets.token_urlsafe(_TAG_BYTES)
        reported = self._unreported[tag] = asyncio.Event()
        try:
            return await self._client.send(chat_id, content, tag)
        except UnansweredError as error:
            try:
                await asyncio.wait_for(reported.wait(), self._report_seconds)
            except asyncio.TimeoutError:
                raise UnavailableError from error
            return None
        finally:
            del self._unreported[tag]


def _locale(message: Message) -> str:
    return message["custom"].get("locale") or registry.DEFAULT_LOCALE
