"""Between the worker and Telegram: from an update to a message for Rasa, and back."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections import OrderedDict
from collections.abc import Sequence
from contextlib import asynccontextmanager
from typing import Any, AsyncIterator, Optional

from telegram import Chat, ChatMember, Message, Update
from telegram.constants import ChatAction
from telegram.error import TelegramError
from telegram.ext import ExtBot

from connectors.channels import journal
from connectors.channels.callbacks import CallbackStore
from connectors.channels.conversations import Conversations
from connectors.channels.strings import words
from connectors.channels.telegram.addresses import CHANNEL, chat_of, is_group, sender_id
from connectors.channels.telegram.delivery import TelegramDelivery
from connectors.channels.telegram.limits import sending_pace
from connectors.channels.telegram.menus import COMMANDS
from connectors.channels.telegram.rendering import is_next_page, render
from connectors.channels.telegram.updates import Reading, read_button, read_message, read_vote
from connectors.channels.worker import ChannelAdapter, Incoming
from knowledge_base.languages import registry

logger = logging.getLogger(__name__)
# Most turns are over sooner. Telegram shows "typing" for five seconds.
_TYPING_AFTER_SECONDS = 0.5
_TYPING_SECONDS = 4.5
_KEPT_TEXTS = 1000
_GONE = (ChatMember.BANNED, ChatMember.LEFT)


class TelegramAdapter(ChannelAdapter):
    """What the worker asks of Telegram.

    Args:
        bot: the initialized bot.
        callbacks: what buttons and polls send.
        conversations: Rasa's conversations.
        delivery: sends replies.
    """

    name = CHANNEL

    def __init__(
        self,
        bot: ExtBot,
        callbacks: CallbackStore,
        conversations: Conversations,
        delivery: TelegramDelivery,
    ) -> None:
        self._bot = bot
        self._callbacks = callbacks
        self._conversations = conversations
        self._delivery = delivery
        self._pace = sending_pace()
        # Telegram reports a message as edited also when its text stays the same.
        self._texts: OrderedDict[tuple[int, int], tuple[int, int]] = OrderedDict()

    async def reading(self, update: Update) -> Optional[tuple[str, Reading]]:
        """Read an update when it arrives.

        Returns:
            Its chat and what to answer, None when there is nothing to answer.

        Raises:
            JournalError: the chat of a poll cannot be looked up.
        """
        if update.callback_query:
            reading = read_button(update.callback_query)
        elif update.poll_answer:
            reading = await self._vote(update)
        else:
            message = update.message or update.edited_message
            if message is None or not self._is_new_text(update.update_id, message):
                return None
            reading = read_message(message, self._bot.bot, is_edited=bool(update.edited_message))
        return (chat_of(reading.sender) or "", reading) if reading else None

    async def _vote(self, update: Update) -> Optional[Reading]:
        answer = update.poll_answer
        if answer.user is None:
            return None
        asked = await asyncio.to_thread(self._callbacks.sender_of, answer.poll_id)
        # A quick vote may come before the poll is known: it waits in the queue of its chat, which
        # in a private one is the user's.
        return read_vote(
            answer.poll_id, answer.option_ids, asked or sender_id(answer.user.id), answer.user
        )

    def _is_new_text(self, update_id: int, message: Message) -> bool:
        """Tell whether a message, if it was edited, says something else than before."""
        key = (message.chat.id, message.message_id)
        text = hash(message.text or message.caption or "")
        known_text, known_update = self._texts.get(key, (None, None))
        self._texts[key] = text, update_id
        if len(self._texts) > _KEPT_TEXTS:
            self._texts.popitem(last=False)
        is_first = message.edit_date is None
        return is_first or text != known_text or update_id == known_update

    @staticmethod
    def membership(update: Update) -> Optional[tuple[str, bool]]:
        """Return the chat whose membership has changed and whether the bot may write to it."""
        change = update.my_chat_member
        if change is None or change.chat.type == Chat.CHANNEL:
            return None
        return str(change.chat.id), change.new_chat_member.status not in _GONE

    async def read(self, update: journal.Update) -> Optional[Incoming]:
        """Return what Rasa gets of an update, None when there is nothing to answer."""
        reading = Reading.of(update.payload)
        text: Optional[str] = reading.text
        if reading.button is not None:
            text = await self._button(reading)
        elif reading.poll is not None:
            text = await asyncio.to_thread(
                self._callbacks.find, reading.sender, reading.poll, reading.option or 0
            )
        elif text == COMMANDS["start"] and reading.language:
            text = await self._greeting(reading)
        if text is None:
            return None
        return Incoming(text, reading.sender, {"is_group": reading.is_group})

    async def _greeting(self, reading: Reading) -> str:
        """Return the first greeting in the language of the user's Telegram."""
        if await self._conversations.locale(reading.sender):
            return reading.text
        return reading.text + json.dumps({"locale": reading.language})

    async def _button(self, reading: Reading) -> Optional[str]:
        """Return what a button sends and let Telegram know that the press has arrived."""
        text, problem = await asyncio.to_thread(self._pressed, reading)
        note = words(problem, await self._locale(reading)) if problem else None
        # The press may be too old to be acknowledged; that is no loss.
        with contextlib.suppress(TelegramError):
            await self._bot.answer_callback_query(reading.query, note, show_alert=bool(note))
        return text

    def _pressed(self, reading: Reading) -> tuple[Optional[str], Optional[str]]:
        """Return what a button sends, or the key of the text that says why it sends nothing."""
        button = reading.button or ""
        owner = self._callbacks.sender_of(button)
        # What was sent to a group unasked is for whoever presses it.
        everybody = sender_id(chat_of(reading.sender) or "")
        if owner in (reading.sender, everybody):
            text = self._callbacks.find(owner, button)
            return text, None if text is not None else "button_old"
        return None, "button_of_other" if owner and reading.is_group else "button_old"

    async def render(
        self, chat_id: str, update: Optional[journal.Update], messages: Sequence[dict[str, Any]]
    ) -> list[dict[str, Any]]:
        """Turn the bot's messages into replies, with ids for what their buttons send."""
        reading = Reading.of(update.payload) if update else Reading(sender_id(chat_id))
        replies = [reply for message in messages for reply in render(message)]
        for position, reply in enumerate(replies):
            if reading.thread is not None:
                reply["thread"] = reading.thread
            if position == 0 and reading.reply_to is not None:
                reply["reply_to"] = reading.reply_to
            if reading.message is not None and len(replies) == 1 and is_next_page(reply):
                reply["edit"] = reading.message
            if reply["send"] == "poll":
                reply["sender"] = reading.sender
        for reply in replies:
            await self._give_ids(reading.sender, reply)
        return replies

    async def _give_ids(self, sender: str, reply: dict[str, Any]) -> None:
        buttons = [b for row in reply.get("keyboard", ()) for b in row if "payload" in b]
        payloads = [button.pop("payload") for button in buttons]
        if not payloads:
            return
        ids = await asyncio.to_thread(self._callbacks.keep, sender, payloads)
        for button, identifier in zip(buttons, ids, strict=True):
            button["id"] = identifier

    async def deliver(self, chat_id: str, reply: dict[str, Any]) -> Optional[str]:
        """Send a reply once, see ``TelegramDelivery.deliver``."""
        return await self._delivery.deliver(chat_id, reply)

    async def words(self, key: str, update: journal.Update) -> dict[str, Any]:
        """Return a text of ``connectors/channels/strings`` in the chat's language."""
        locale = await self._locale(Reading.of(update.payload))
        return {"text": words(key, locale), "buttons": [], "custom": {"locale": locale}}

    async def _locale(self, reading: Reading) -> str:
        known = await self._conversations.locale(reading.sender)
        return known or reading.language or registry.DEFAULT_LOCALE

    async def pace(self, chat_id: str) -> None:
        """Wait until Telegram allows another message to a chat."""
        await self._pace.wait(chat_id)

    @asynccontextmanager
    async def typing(self, update: journal.Update) -> AsyncIterator[None]:
        """Show "typing" in a private chat; in groups that would use up the few messages allowed."""
        if is_group(update.chat_id):
            yield
            return
        task = asyncio.create_task(self._show_typing(int(update.chat_id)))
        try:
            yield
        finally:
            task.cancel()

    async def _show_typing(self, chat_id: int) -> None:
        await asyncio.sleep(_TYPING_AFTER_SECONDS)
        while True:
            with contextlib.suppress(TelegramError):
                await self._bot.send_chat_action(chat_id, ChatAction.TYPING)
            await asyncio.sleep(_TYPING_SECONDS)
