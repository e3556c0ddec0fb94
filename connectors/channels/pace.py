"""How many messages of one chat are let through in what time; more wait for their turn."""

from __future__ import annotations

from typing import Callable, Dict, Text

from aiolimiter import AsyncLimiter

_KEPT_LIMITERS = 512


class ChatPace:
    """Keep a leaky bucket for each chat.

    Args:
        limiter_of: makes the bucket of a chat, by its id.
    """

    def __init__(self, limiter_of: Callable[[Text], AsyncLimiter]) -> None:
        self._limiter_of = limiter_of
        self._limiters: Dict[Text, AsyncLimiter] = {}

    async def wait(self, chat_id: Text) -> None:
        """Wait until a chat may have another message."""
        limiter = self._limiters.get(chat_id)
        if limiter is None:
            self._drop_unused()
            limiter = self._limiters[chat_id] = self._limiter_of(chat_id)
        await limiter.acquire()

    def _drop_unused(self) -> None:
        if len(self._limiters) >= _KEPT_LIMITERS:
            self._limiters = {
                chat_id: limiter
                for chat_id, limiter in self._limiters.items()
                if not limiter.has_capacity(limiter.max_rate)
            }
