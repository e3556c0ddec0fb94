"""The running bot: receiving updates by webhook or long polling, and all that works on them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Any, Optional

from sanic.request import Request
from telegram import Update
from telegram.error import Conflict, InvalidToken, RetryAfter, TelegramError

from connectors.channels.action_server import ActionServer
from connectors.channels.callbacks import CallbackStore
from connectors.channels.conversations import Conversations
from connectors.channels.erasing import ChannelEraser
from connectors.channels.journal import Journal, JournalError
from connectors.channels.lifecycle import NotRunningError
from connectors.channels.outbox import OutboxClaimer
from connectors.channels.telegram import menus
from connectors.channels.telegram.adapter import TelegramAdapter
from connectors.channels.telegram.addresses import CHANNEL, chat_of
from connectors.channels.telegram.delivery import TelegramDelivery, open_bot
from connectors.channels.telegram.limits import FloodError, seconds_of
from connectors.channels.telegram.updates import ALLOWED_UPDATES, readable
from connectors.channels.telegram.webhook import PATH, read_update, secret_of
from connectors.channels.worker import ChannelWorker, Turn, WorkerSettings

logger = logging.getLogger(__name__)
_POLL_SECONDS = 25
# Telegram opens this many connections at once, so that updates may overtake each other.
_WEBHOOK_CONNECTIONS = 20
_SETTLE_SECONDS = 0.25


@dataclass(frozen=True)
class TelegramSettings:
    """How the bot runs.

    Attributes:
        token: the bot's token.
        api: address of the Bot API server.
        public_url: address at which Telegram reaches this server; empty for long polling.
        actions: address of the action server.
        journal: SQLAlchemy URL of the journal.
        read_seconds: how long to wait for an answer of Telegram.
        worker: how the worker works.
    """

    token: str
    api: str
    public_url: str
    actions: str
    journal: str
    read_seconds: float = 20.0
    worker: WorkerSettings = field(default_factory=WorkerSettings)

    @property
    def by_webhook(self) -> bool:
        """Whether Telegram posts the updates."""
        return bool(self.public_url)


class TelegramService:
    """The bot from the start of the server to its end.

    Args:
        settings: how it runs.
        on_new_message: runs one turn of Rasa.
        conversations: Rasa's conversations.

    Raises:
        JournalError: the journal's URL cannot be used.
    """

    def __init__(
        self, settings: TelegramSettings, on_new_message: Turn, conversations: Conversations
    ) -> None:
        self._settings = settings
        self._bot = open_bot(settings.token, settings.api, settings.read_seconds)
        self._journal = Journal(settings.journal)
        self._secret = secret_of(settings.token)
        actions = ActionServer(settings.actions)
        callbacks = CallbackStore(self._journal, CHANNEL)

        async def keep_poll(poll_id: str, sender: str, payloads: list[str]) -> None:
            # The poll has been sent: without this its answers would mean nothing.
            await self._until_done(
                lambda: asyncio.to_thread(callbacks.keep_as, poll_id, sender, payloads)
            )

        settle = _SETTLE_SECONDS if settings.by_webhook else 0.0
        delivery = TelegramDelivery(self._bot, actions, keep_poll)
        self._adapter = TelegramAdapter(self._bot, callbacks, conversations, delivery)
        self._worker = ChannelWorker(
            self._journal,
            self._adapter,
            on_new_message,
            conversations.said_to,
            actions.is_ready,
            replace(settings.worker, settle_seconds=settle),
        )
        self._outbox = OutboxClaimer(actions, self._worker, CHANNEL, chat_of)

        def erase(sender: str, before: float) -> None:
            chat_id = chat_of(sender)
            if chat_id is not None:
                self._journal.forget(CHANNEL, chat_id, before)
            callbacks.forget(sender, before)

        self._eraser = ChannelEraser(actions, CHANNEL, erase)
        self._tasks: list[asyncio.Task] = []
        self._takes_updates = False

    def start(self) -> None:
        """Start in the background: the server must not wait for Telegram."""
        self._tasks.append(asyncio.create_task(self._run()))

    async def stop(self, grace_seconds: float = 10.0) -> None:
        """Take no more updates, finish what is in flight, and close the connections.

        Args:
            grace_seconds: how long to wait for what is in flight.
        """
        self._takes_updates = False
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._worker.stop(grace_seconds)
        await self._bot.shutdown()

    async def _run(self) -> None:
        try:
            await self._until_done(self._bot.initialize)
            await self._until_done(self._worker.start)
            self._takes_updates = True
            self._tasks.append(asyncio.create_task(self._outbox.run()))
            self._tasks.append(asyncio.create_task(self._eraser.run()))
            if self._settings.by_webhook:
                await self._until_done(self._set_webhook)
                await self._until_done(self._publish_menus)
            else:
                await self._until_done(self._bot.delete_webhook)
                self._tasks.append(asyncio.create_task(self._until_done(self._publish_menus)))
                logger.info("Telegram: long polling")
                await self._poll()
        except InvalidToken:
            # Its text holds the token.
            logger.error("Telegram does not accept TELEGRAM_BOT_TOKEN; the bot stays off")  # noqa: TRY400
        except asyncio.CancelledError:
            raise
        except Exception:
            logger.exception("Telegram: the bot has stopped")

    async def _set_webhook(self) -> None:
        await self._bot.set_webhook(
            f"{self._settings.public_url.rstrip('/')}{PATH}",
            max_connections=_WEBHOOK_CONNECTIONS,
            allowed_updates=ALLOWED_UPDATES,
            secret_token=self._secret,
        )
        logger.info("Telegram: webhook set")

    async def _publish_menus(self) -> None:
        await menus.publish(self._bot)

    async def _until_done(self, operation: Callable[[], Awaitable[Any]]) -> None:
        """Try until Telegram and the journal let it happen; a wrong token is no use trying."""
        for wait in self._settings.worker.backoff.waits():
            try:
                await operation()
            except InvalidToken:
                raise
            except (TelegramError, JournalError) as error:
                logger.warning("Telegram: trying again: %s: %s", type(error).__name__, error)
                await asyncio.sleep(_seconds(error, wait))
            else:
                return

    async def _poll(self) -> None:
        """Fetch updates until cancelled.

        Fetching with an offset drops the updates before it at Telegram, so that it is only
        named once they are in the journal. After an empty answer none is named: Telegram
        starts numbers anew after a quiet week.
        """
        offset: Optional[int] = None
        waits = self._settings.worker.backoff.waits()
        while True:
            try:
                updates = await self._bot.get_updates(
                    offset=offset, timeout=_POLL_SECONDS, allowed_updates=ALLOWED_UPDATES
                )
                for update in updates:
                    await self._take(update)
            except InvalidToken:
                raise
            except Exception as error:
                # Whatever it is, fetching must not end with it. Its text may hold the token.
                if isinstance(error, Conflict):
                    logger.error("Telegram: another process fetches this bot's updates")  # noqa: TRY400
                else:
                    logger.warning("Telegram: no updates: %s", type(error).__name__)
                await asyncio.sleep(_seconds(error, next(waits)))
            else:
                waits = self._settings.worker.backoff.waits()
                offset = updates[-1].update_id + 1 if updates else None

    async def receive(self, request: Request) -> None:
        """Take an update that Telegram posts.

        Raises:
            RefusedError: it is none.
            NotRunningError: the bot cannot take it now.
            JournalError: it could not be written down.
        """
        content = await read_update(request, self._secret)
        if not self._takes_updates:
            raise NotRunningError("the bot is starting or stopping")
        update = Update.de_json(readable(content), self._bot)
        await self._take(update)

    async def _take(self, update: Update) -> None:
        """Write an update down and have it answered."""
        membership = self._adapter.membership(update)
        if membership is not None:
            chat_id, is_writable = membership
            note = self._journal.unblocked if is_writable else self._journal.blocked
            await asyncio.to_thread(note, CHANNEL, chat_id)
            return
        try:
            found = await self._adapter.reading(update)
        except JournalError:
            raise
        except Exception as error:
            # It will be no better the next time; the others must go on.
            logger.error("Telegram: an update could not be read: %s", type(error).__name__)  # noqa: TRY400
            return
        if found is not None:
            chat_id, reading = found
            await self._worker.receive(update.update_id, chat_id, reading.to_payload())


def _seconds(error: Exception, wait: float) -> float:
    """Return how long to wait after an error."""
    if isinstance(error, FloodError):
        return max(wait, error.seconds)
    # Fetching updates is not limited, and meets the library's own error.
    return max(wait, seconds_of(error)) if isinstance(error, RetryAfter) else wait
