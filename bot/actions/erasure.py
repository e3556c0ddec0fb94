"""Deleting a conversation from Rasa's tracker store and from its channel's journal.

Rasa writes the events of a turn after the action that deletes them has run; the deletion
is therefore noted down and done a little later, also when Sathi is restarted meanwhile. The
channel, which alone knows its journal, asks what it has to erase and confirms it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Engine, delete, insert, select
from sqlalchemy.exc import SQLAlchemyError

from bot.actions.stored_conversations import StoredConversations
from connectors.platform.database import transaction
from connectors.platform.linking import Chat
from connectors.platform.outbox import FETCHING_CHANNELS
from connectors.platform.schema import channel_erasures, erasures

logger = logging.getLogger(__name__)
# Longer than a turn takes, so that nothing is written after the deletion.
DELAY = timedelta(seconds=15)
_POLL_SECONDS = 5.0
# Channels keep nothing for as long; a request that none has taken is of no use any more.
_KEPT = timedelta(days=14)
_AT_ONCE = 100


@dataclass(frozen=True)
class ChannelErasure:
    """What a channel has to erase.

    Attributes:
        id: its number.
        sender_id: id of the conversation on the channel.
        requested_on: what is older has to go.
    """

    id: int
    sender_id: str
    requested_on: datetime


class ConversationEraser:
    """Delete conversations once their last turn is over, and have channels do the same.

    Args:
        engine: Sathi's database, where deletions are noted down.
        conversations: Rasa's conversations.
        clock: returns the current moment with its time zone.
    """

    def __init__(
        self, engine: Engine, conversations: StoredConversations, clock: Callable[[], datetime]
    ) -> None:
        self._engine = engine
        self._conversations = conversations
        self._clock = clock

    def request(self, chat: Chat) -> None:
        """Note down that a chat's conversation has to be deleted."""
        now = self._clock()
        row = {"sender_id": chat.sender_id, "due_on": now + DELAY}
        with transaction(self._engine) as connection:
            connection.execute(delete(erasures).where(erasures.c.sender_id == chat.sender_id))
            connection.execute(insert(erasures), row)
            # The others keep nothing.
            if chat.channel not in FETCHING_CHANNELS:
                row = {"channel": chat.channel, "sender_id": chat.sender_id, "requested_on": now}
                connection.execute(insert(channel_erasures), row)

    def of_channel(self, channel: str) -> list[ChannelErasure]:
        """Return what a channel has to erase now, oldest first; it may ask again and again.

        Raises:
            PlatformUnavailableError: the database failed.
        """
        query = (
            select(*(channel_erasures.c[name] for name in ChannelErasure.__dataclass_fields__))
            .where(channel_erasures.c.channel == channel)
            .where(channel_erasures.c.requested_on <= self._clock() - DELAY)
            .order_by(channel_erasures.c.id)
            .limit(_AT_ONCE)
        )
        with transaction(self._engine) as connection:
            return [ChannelErasure(**row) for row in connection.execute(query).mappings()]

    def confirm(self, channel: str, ids: Collection[int]) -> None:
        """Note that a channel has erased what it had to.

        Raises:
            PlatformUnavailableError: the database failed.
        """
        done = (channel_erasures.c.channel == channel) & channel_erasures.c.id.in_(ids)
        with transaction(self._engine) as connection:
            connection.execute(delete(channel_erasures).where(done))

    def erase_due(self) -> int:
        """Delete the conversations whose time has come.

        Returns:
            How many were deleted.
        """
        old = channel_erasures.c.requested_on < self._clock() - _KEPT
        with transaction(self._engine) as connection:
            connection.execute(delete(channel_erasures).where(old))
            due = erasures.c.due_on <= self._clock()
            senders = list(connection.execute(select(erasures.c.sender_id).where(due)).scalars())
        for sender_id in senders:
            self._conversations.delete(sender_id)
            with transaction(self._engine) as connection:
                connection.execute(delete(erasures).where(erasures.c.sender_id == sender_id))
        return len(senders)

    async def run(self) -> None:
        """Delete what is due, again and again, until cancelled."""
        while True:
            try:
                await asyncio.to_thread(self.erase_due)
            except (RuntimeError, SQLAlchemyError):
                logger.exception("conversations could not be deleted; trying again")
            await asyncio.sleep(_POLL_SECONDS)
