"""Sending replies to Telegram: what went wrong, and what that means for the reply."""

from __future__ import annotations

import io
import logging
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any, Optional

import httpx
from telegram import InlineKeyboardButton, InlineKeyboardMarkup, InputFile, Message, ReplyParameters
from telegram.constants import MessageLimit, ParseMode, PollType
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Forbidden,
    InvalidToken,
    NetworkError,
    TelegramError,
)
from telegram.ext import ExtBot
from telegram.request import HTTPXRequest

from connectors.channels.action_server import ActionServer, ActionServerError
from connectors.channels.telegram.limits import FloodError, RateLimiter
from connectors.channels.telegram.updates import readable
from connectors.channels.worker import ChatBlockedError, DeliveryError, NotSentError

logger = logging.getLogger(__name__)
# With these the request never reached Telegram.
_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
_PICTURES = ("image/png", "image/jpeg")
_CONNECTIONS = 32
_POOL_SECONDS = 10.0
# Pictures that Telegram finds too narrow, too large or cannot read go as files.
_TOO_LARGE = "too large"
_BAD_PICTURE = ("photo_", "image_process_failed", "wrong file identifier", _TOO_LARGE)
_CANNOT_EDIT = ("message can't be edited", "message to edit not found", "message_id_invalid")
_SAME_TEXT = "message is not modified"
Send = Callable[..., Awaitable[Any]]


class _UpdatesRequest(HTTPXRequest):
    """Requests for updates, in which one that the library cannot read spoils no other."""

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """Parse an answer and make its updates readable."""
        answer = HTTPXRequest.parse_json_payload(payload)
        if isinstance(answer.get("result"), list):
            answer["result"] = [readable(update) for update in answer["result"]]
        return answer


def open_bot(token: str, api: str, read_seconds: float) -> ExtBot:
    """Return a bot that keeps to Telegram's limits; it is not yet initialized.

    Args:
        token: the bot's token.
        api: address of the Bot API server.
        read_seconds: how long to wait for an answer.
    """
    return ExtBot(
        token,
        base_url=f"{api}/bot",
        base_file_url=f"{api}/file/bot",
        request=HTTPXRequest(
            _CONNECTIONS,
            read_timeout=read_seconds,
            write_timeout=read_seconds,
            pool_timeout=_POOL_SECONDS,
        ),
        get_updates_request=_UpdatesRequest(1, read_timeout=read_seconds),
        rate_limiter=RateLimiter(),
    )


class TelegramDelivery:
    """Send replies as ``rendering`` makes them.

    Args:
        bot: the initialized bot.
        actions: where documents are fetched.
        keep_poll: remembers what a sent poll's options mean, by the id of the poll, the
            conversation and the payloads.
    """

    def __init__(
        self,
        bot: ExtBot,
        actions: ActionServer,
        keep_poll: Callable[[str, str, list[str]], Awaitable[None]],
    ) -> None:
        self._bot = bot
        self._actions = actions
        self._keep_poll = keep_poll

    async def deliver(self, chat_id: str, reply: dict[str, Any]) -> Optional[str]:
        """Send a reply once.

        Args:
            chat_id: where it goes.
            reply: see ``rendering``.

        Returns:
            Id of the message.

        Raises:
            NotSentError: it certainly did not arrive.
            ChatBlockedError: the chat has blocked the bot or is gone.
            DeliveryError: it will not arrive, or may have arrived.
        """
        kinds: dict[str, Send] = {
            "text": self._text,
            "document": self._document,
            "poll": self._poll,
        }
        send = kinds[reply["send"]]
        with _outcome():
            try:
                message = await send(int(chat_id), reply)
            except ChatMigrated as error:
                message = await send(error.new_chat_id, reply)
        return str(message.message_id) if isinstance(message, Message) else None

    async def _text(self, chat_id: int, reply: dict[str, Any]) -> Any:
        """Send a text; when Telegram dislikes its markup or buttons, without those."""
        keyboard = _markup(reply.get("keyboard"))
        attempts: list[dict[str, Any]] = [
            {"text": reply["html"], "parse_mode": ParseMode.HTML, "reply_markup": keyboard},
            {"text": reply["plain"], "reply_markup": keyboard},
            {"text": _with_links(reply)},
        ]
        for number, attempt in enumerate(attempts, start=1):
            try:
                return await self._send_or_edit(chat_id, reply, attempt)
            except BadRequest:
                if number == len(attempts):
                    raise
                logger.warning("Telegram refused markup; the text goes without")
        return None

    async def _send_or_edit(
        self, chat_id: int, reply: dict[str, Any], content: dict[str, Any]
    ) -> Any:
        if "edit" in reply:
            try:
                return await self._bot.edit_message_text(
                    chat_id=chat_id, message_id=reply["edit"], **content
                )
            except BadRequest as error:
                problem = error.message.lower()
                if _SAME_TEXT in problem:
                    return None
                if not any(reason in problem for reason in _CANNOT_EDIT):
                    raise
        return await self._bot.send_message(chat_id, **content, **_place(reply))

    async def _document(self, chat_id: int, reply: dict[str, Any]) -> Any:
        try:
            document = await self._actions.document(reply["id"])
        except ActionServerError as error:
            raise NotSentError(str(error)) from error
        if document is None:
            raise DeliveryError("the document is gone")
        if reply["mime"] in _PICTURES:
            try:
                return await self._bot.send_photo(
                    chat_id, _file(document.content, reply), **_place(reply)
                )
            except (BadRequest, NetworkError) as error:
                if not any(reason in error.message.lower() for reason in _BAD_PICTURE):
                    raise
        return await self._bot.send_document(
            chat_id, _file(document.content, reply), **_place(reply)
        )

    async def _poll(self, chat_id: int, reply: dict[str, Any]) -> Any:
        message = await self._bot.send_poll(
            chat_id,
            reply["question"],
            reply["options"],
            type=PollType.QUIZ,
            correct_option_ids=[reply["correct"]],
            explanation=reply["explanation"] or None,
            is_anonymous=False,
            **_place(reply),
        )
        await self._keep_poll(message.poll.id, reply["sender"], reply["payloads"])
        return message


def _place(reply: dict[str, Any]) -> dict[str, Any]:
    """Return where in the chat a reply goes."""
    place: dict[str, Any] = {}
    if "thread" in reply:
        place["message_thread_id"] = reply["thread"]
    if "reply_to" in reply:
        place["reply_parameters"] = ReplyParameters(
            reply["reply_to"], allow_sending_without_reply=True
        )
    return place


def _with_links(reply: dict[str, Any]) -> str:
    """Return a text with the addresses that its buttons open, for when it has none."""
    buttons = [button for row in reply.get("keyboard") or () for button in row]
    lines = [f"{button['text']}: {button['url']}" for button in buttons if "url" in button]
    whole = "\n".join([reply["plain"], *lines])
    return whole if len(whole) <= MessageLimit.MAX_TEXT_LENGTH else reply["plain"]


def _file(content: bytes, reply: dict[str, Any]) -> InputFile:
    return InputFile(io.BytesIO(content), filename=reply["name"])


def _markup(rows: Optional[list[list[dict]]]) -> Optional[InlineKeyboardMarkup]:
    if not rows:
        return None
    return InlineKeyboardMarkup(
        [
            [
                InlineKeyboardButton(
                    button["text"], url=button.get("url"), callback_data=button.get("id")
                )
                for button in row
            ]
            for row in rows
        ]
    )


@contextmanager
def _outcome() -> Iterator[None]:
    """Say what an error of Telegram means for the reply; its texts may quote the reply."""
    try:
        yield
    except FloodError as error:
        raise NotSentError("Telegram asks to wait", error.seconds) from error
    except Forbidden as error:
        raise ChatBlockedError("blocked") from error
    except BadRequest as error:
        raise DeliveryError("Telegram refused it") from error
    except InvalidToken as error:
        raise NotSentError("Telegram does not know the token") from error
    except NetworkError as error:
        raise _network_outcome(error) from error
    except TelegramError as error:
        raise DeliveryError("Telegram's answer could not be read") from error


def _network_outcome(error: NetworkError) -> DeliveryError:
    cause = error.__cause__
    if isinstance(cause, _NEVER_SENT):
        return NotSentError("Telegram cannot be reached")
    if isinstance(cause, httpx.HTTPError):
        return DeliveryError("the connection broke before Telegram's answer")
    if _TOO_LARGE in error.message.lower():
        return DeliveryError("Telegram finds it too large")
    return NotSentError("Telegram has a fault")
