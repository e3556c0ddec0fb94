"""Erasing what a channel keeps of chats whose people had their data deleted."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from connectors.channels.action_server import ActionServer, ActionServerError
from connectors.channels.journal import JournalError

logger = logging.getLogger(__name__)
_POLL_SECONDS = 10.0
# Takes the sender's id and a moment, seconds since the epoch: what is older is erased.
Erase = Callable[[str, float], None]


class ChannelEraser:
    """Ask the action server what has to be erased, and erase it.

    Args:
        actions: where requests wait until they are confirmed.
        channel: name of the channel.
        erase: erases what the channel keeps of a conversation; it may block.
    """

    def __init__(self, actions: ActionServer, channel: str, erase: Erase) -> None:
        self._actions = actions
        self._channel = channel
        self._erase = erase

    async def run(self) -> None:
        """Erase what is due, again and again, until cancelled."""
        while True:
            try:
                await self.erase_due()
            except ActionServerError:
                # Told where its absence hurts; the requests wait there.
                pass
            except JournalError as error:
                logger.error("%s", error)  # noqa: TRY400
            await asyncio.sleep(_POLL_SECONDS)

    async def erase_due(self) -> None:
        """Erase what is due now.

        Raises:
            ActionServerError: the action server does not answer now.
            JournalError: the database failed; what is not confirmed is erased later.
        """
        due = await self._actions.erasures(self._channel)
        for erasure in due:
            await asyncio.to_thread(self._erase, erasure.sender, erasure.before)
        if due:
            await self._actions.confirm_erasures(self._channel, [one.id for one in due])
