"""What runs behind the webhook: the worker, and what it needs."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field
from typing import Optional

from connectors.channels.action_server import ActionServer
from connectors.channels.callbacks import CallbackStore
from connectors.channels.conversations import Conversations
from connectors.channels.erasing import ChannelEraser
from connectors.channels.journal import Journal, JournalError
from connectors.channels.lifecycle import NotRunningError
from connectors.channels.outbox import OutboxClaimer
from connectors.channels.whatsapp.adapter import Templates, WhatsAppAdapter
from connectors.channels.whatsapp.addresses import CHANNEL, chat_of, sender_id
from connectors.channels.whatsapp.client import UNDELIVERABLE, WINDOW_CLOSED, GraphClient
from connectors.channels.whatsapp.payloads import Failure, Notification
from connectors.channels.whatsapp.windows import Windows
from connectors.channels.worker import ChannelWorker, Turn, WorkerSettings

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class WhatsAppSettings:
    """How the channel runs.

    Attributes:
        token: access token for the Cloud API.
        app_secret: secret of the Meta app, which signs webhooks.
        verify_token: token of the handshake that sets the webhook up.
        phone_number_id: id of the business number.
        api: address of the Cloud API with its version.
        actions: address of the action server.
        journal: SQLAlchemy URL of the journal.
        template: name of the approved template for messages outside the 24 hours; empty to
            let them wait for the user.
        template_languages: WhatsApp's codes of the languages it is approved in, the default
            first.
        read_seconds: how long to wait for an answer of WhatsApp.
        report_seconds: how long to wait for a report about a message without an answer.
        worker: how the worker works.
    """

    token: str
    app_secret: str
    verify_token: str
    phone_number_id: str
    api: str
    actions: str
    journal: str
    template: str = ""
    template_languages: tuple[str, ...] = ("en",)
    read_seconds: float = 20.0
    report_seconds: float = 60.0
    worker: WorkerSettings = field(default_factory=WorkerSettings)


class WhatsAppService:
    """The channel from the start of the server to its end.

    Args:
        settings: how it runs.
        on_new_message: runs one turn of Rasa.
        conversations: Rasa's conversations.

    Raises:
        JournalError: the journal's URL cannot be used.
    """

    def __init__(
        self, settings: WhatsAppSettings, on_new_message: Turn, conversations: Conversations
    ) -> None:
        self._settings = settings
        self._journal = Journal(settings.journal)
        self._client = GraphClient(
            settings.api, settings.phone_number_id, settings.token, settings.read_seconds
        )
        actions = ActionServer(settings.actions)
        callbacks = CallbackStore(self._journal, CHANNEL)
        windows = Windows(self._journal)

        async def locale_of(chat_id: str) -> Optional[str]:
            return await conversations.locale(sender_id(chat_id))

        self._adapter = WhatsAppAdapter(
            self._client,
            actions,
            windows,
            callbacks,
            locale_of,
            Templates(settings.template, settings.template_languages)
            if settings.template
            else None,
            settings.report_seconds,
        )
        self._worker = ChannelWorker(
            self._journal,
            self._adapter,
            on_new_message,
            conversations.said_to,
            actions.is_ready,
            settings.worker,
        )
        self._outbox = OutboxClaimer(actions, self._worker, CHANNEL, chat_of)

        def erase(sender: str, before: float) -> None:
            chat_id = chat_of(sender)
            if chat_id is not None:
                self._journal.forget(CHANNEL, chat_id, before)
                windows.forget(chat_id, before)
                callbacks.forget(chat_id, before)

        self._eraser = ChannelEraser(actions, CHANNEL, erase)
        self._running: Optional[asyncio.Task] = None
        self._takes_messages = False

    def start(self) -> None:
        """Start in the background: the server must not wait for a database."""
        self._running = asyncio.create_task(self._run())

    async def stop(self, grace_seconds: float = 10.0) -> None:
        """Take nothing more, finish what is in flight, and close the connections.

        Args:
            grace_seconds: how long to wait for what is in flight.
        """
        self._takes_messages = False
        if self._running:
            self._running.cancel()
            await asyncio.gather(self._running, return_exceptions=True)
        await self._worker.stop(grace_seconds)
        await self._client.close()

    async def _run(self) -> None:
        for wait in self._settings.worker.backoff.waits():
            try:
                await self._worker.start()
            except JournalError as error:
                logger.warning("whatsapp: trying to start again: %s", error)
                await asyncio.sleep(wait)
            else:
                break
        self._takes_messages = True
        await asyncio.gather(self._outbox.run(), self._eraser.run())

    async def take(self, notification: Notification) -> None:
        """Write down what a webhook says, and have it answered.

        Raises:
            NotRunningError: the channel is starting or stopping.
            JournalError: not everything could be written down.
        """
        if not self._takes_messages:
            raise NotRunningError("WhatsApp's channel is starting or stopping")
        for tag in notification.tags:
            self._adapter.reported(tag)
        for message in notification.messages:
            await self._adapter.wrote(message)
            payload = {
                "text": message.text,
                "is_choice": message.is_choice,
                "quotes": message.quotes,
            }
            await self._worker.receive(message.id, message.chat_id, payload, message.sent_at)
        for failure in notification.failures:
            await self._note(failure)

    async def _note(self, failure: Failure) -> None:
        logger.warning("whatsapp: a message did not arrive, error %d", failure.code)
        if failure.code == UNDELIVERABLE:
            await asyncio.to_thread(self._journal.blocked, CHANNEL, failure.chat_id)
        elif failure.code == WINDOW_CLOSED:
            await self._adapter.close_window(failure.chat_id)
