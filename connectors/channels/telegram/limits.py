"""How often Telegram lets a bot write.

https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from aiolimiter import AsyncLimiter
from telegram.constants import FloodLimit
from telegram.error import RetryAfter, TelegramError
from telegram.ext import AIORateLimiter

from connectors.channels.pace import ChatPace
from connectors.channels.telegram.addresses import is_group

# One message a second in a private chat; short bursts are allowed.
_BURST = 3
_GROUP_SECONDS = 60


class FloodError(TelegramError):
    """Telegram asks to wait.

    Args:
        seconds: how long.
    """

    def __init__(self, seconds: float) -> None:
        super().__init__("Telegram asks to wait")
        self.seconds = seconds


class RateLimiter(AIORateLimiter):
    """The library's limiter, but a request that is told to wait keeps no other one waiting.

    The library stops all requests after a ``RetryAfter``, and who presses buttons all the time
    brings one about; here ``FloodError`` is raised, and whoever made the request waits.
    """

    async def process_request(
        self,
        callback: Any,
        args: Any,
        kwargs: dict[str, Any],
        endpoint: str,
        data: dict[str, Any],
        rate_limit_args: Any,
    ) -> Any:
        """Make a request when the limits allow it."""

        async def request(*call_args: Any, **call_kwargs: Any) -> Any:
            try:
                return await callback(*call_args, **call_kwargs)
            except RetryAfter as error:
                raise FloodError(seconds_of(error)) from error

        return await super().process_request(request, args, kwargs, endpoint, data, rate_limit_args)


def seconds_of(error: RetryAfter) -> float:
    """Return how long Telegram asks to wait; the library is about to change the type."""
    wait = error.retry_after
    return float(wait.total_seconds() if isinstance(wait, timedelta) else wait)


def sending_pace() -> ChatPace:
    """Return what spreads the messages to each chat, so that Telegram need not ask to wait."""
    return ChatPace(_limiter_of)


def _limiter_of(chat_id: str) -> AsyncLimiter:
    if is_group(chat_id):
        return AsyncLimiter(FloodLimit.MESSAGES_PER_MINUTE_PER_GROUP, _GROUP_SECONDS)
    return AsyncLimiter(_BURST, _BURST / FloodLimit.MESSAGES_PER_SECOND_PER_CHAT)
