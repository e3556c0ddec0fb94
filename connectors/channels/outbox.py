"""Messages the bot sends unasked: reminders, and what helpdesk agents write.

They are leased, written into the journal and then confirmed. Whoever is killed in between finds
them again: what was not written down is leased anew, and what was is known by its key.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable
from typing import Optional

from connectors.channels.action_server import ActionServer, ActionServerError, Claimed
from connectors.channels.journal import JournalError
from connectors.channels.worker import ChannelWorker

logger = logging.getLogger(__name__)
_AT_ONCE = 20
_POLL_SECONDS = 3.0
_FAULT_SECONDS = 30.0
# Attempts with a message that cannot be written down though the journal works.
_FRUITLESS_ATTEMPTS = 3


class OutboxClaimer:
    """Fetch the messages that wait for chats of a channel, and post them.

    Args:
        actions: where they wait.
        worker: posts them.
        channel: name of the channel.
        chat_of: returns the chat of a conversation, None if it is none of this channel.
    """

    def __init__(
        self,
        actions: ActionServer,
        worker: ChannelWorker,
        channel: str,
        chat_of: Callable[[str], Optional[str]],
    ) -> None:
        self._actions = actions
        self._worker = worker
        self._channel = channel
        self._chat_of = chat_of
        self._faults: Counter[str] = Counter()

    async def run(self) -> None:
        """Fetch and post, again and again, until cancelled."""
        while True:
            try:
                more = await self.claim()
            except ActionServerError:
                # Told where its absence hurts; here nothing is lost.
                await asyncio.sleep(_FAULT_SECONDS)
            else:
                await asyncio.sleep(0 if more else _POLL_SECONDS)

    async def claim(self) -> bool:
        """Fetch and post once.

        Returns:
            Whether more may be waiting.

        Raises:
            ActionServerError: the action server does not answer now.
        """
        lease = await self._actions.claim(self._channel, _AT_ONCE)
        settled = [one.id for one in lease.messages if await self._settle(one)]
        if settled:
            await self._actions.confirm(lease.token, settled)
        return len(lease.messages) == _AT_ONCE

    async def _settle(self, claimed: Claimed) -> bool:
        """Hand a message to the worker, as soon as the journal takes it.

        Returns:
            Whether it need not come again.
        """
        chat_id = self._chat_of(claimed.recipient)
        if chat_id is None:
            logger.error("%s: a waiting message has no chat of this channel", self._channel)
            return True
        while True:
            try:
                await self._worker.post(chat_id, [claimed.message], claimed.key)
            except JournalError as error:
                logger.error("%s", error)  # noqa: TRY400
                await asyncio.sleep(1)
            except Exception:
                # A fault with one message must not end those that follow.
                logger.exception("%s: a message sent unasked cannot be sent", self._channel)
                self._faults[claimed.key] += 1
                return self._faults[claimed.key] >= _FRUITLESS_ATTEMPTS
            else:
                return True
