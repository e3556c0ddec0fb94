"""Deleting a conversation from Rasa's tracker store.

Rasa writes the events of a turn after the action that deletes them has run; the deletion
is therefore noted down and done a little later, also when Sathi is restarted meanwhile.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import Engine, column, delete, insert, select, table
from sqlalchemy.exc import SQLAlchemyError

from connectors.platform.database import transaction
from connectors.platform.schema import erasures

logger = logging.getLogger(__name__)
# Longer than a turn takes, so that nothing is written after the deletion.
DELAY = timedelta(seconds=15)
_POLL_SECONDS = 5.0
# The table of Rasa's SQLTrackerStore.
_events = table("events", column("sender_id"))


class ConversationEraser:
    """Delete conversations once their last turn is over.

    Args:
        engine: Sathi's database, where deletions are noted down.
        tracker_store: database of Rasa's conversations.
        clock: returns the current moment with its time zone.
    """

    def __init__(
        self, engine: Engine, tracker_store: Engine, clock: Callable[[], datetime]
    ) -> None:
        self._engine = engine
        self._tracker_store = tracker_store
        self._clock = clock

    def request(self, sender_id: str) -> None:
        """Note down that a conversation has to be deleted."""
        row = {"sender_id": sender_id, "due_on": self._clock() + DELAY}
        with transaction(self._engine) as connection:
            connection.execute(delete(erasures).where(erasures.c.sender_id == sender_id))
            connection.execute(insert(erasures), row)

    def erase_due(self) -> int:
        """Delete the conversations whose time has come.

        Returns:
            How many were deleted.
        """
        with transaction(self._engine) as connection:
            due = erasures.c.due_on <= self._clock()
            senders = list(connection.execute(select(erasures.c.sender_id).where(due)).scalars())
        for sender_id in senders:
            with transaction(self._tracker_store) as connection:
                connection.execute(delete(_events).where(_events.c.sender_id == sender_id))
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
