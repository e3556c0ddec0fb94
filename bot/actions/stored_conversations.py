"""Conversations as Rasa's tracker store holds them; a tracker has only the last turns."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Engine, column, delete, select, table

from connectors.platform.database import transaction

# The table of Rasa's SQLTrackerStore.
_events = table(
    "events", *(column(name) for name in ("id", "sender_id", "type_name", "timestamp", "data"))
)
# Types of events that hold what was said.
SAID = ("user", "bot")


class StoredConversations:
    """Read and delete conversations.

    Args:
        engine: database of Rasa's conversations.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def said(self, sender_id: str) -> list[dict[str, Any]]:
        """Return what was said in a conversation, oldest first, all sessions of it.

        Args:
            sender_id: id of the conversation.

        Returns:
            Lines ``{"time": seconds since 1970, "from": "user" or "bot", "text": text}``.

        Raises:
            PlatformUnavailableError: the database failed.
        """
        query = (
            select(_events.c.timestamp, _events.c.type_name, _events.c.data)
            .where(_events.c.sender_id == sender_id, _events.c.type_name.in_(SAID))
            .order_by(_events.c.id)
        )
        with transaction(self._engine) as connection:
            return [
                {"time": time, "from": kind, "text": json.loads(data).get("text")}
                for time, kind, data in connection.execute(query)
            ]

    def delete(self, sender_id: str) -> None:
        """Delete a conversation.

        Raises:
            PlatformUnavailableError: the database failed.
        """
        with transaction(self._engine) as connection:
            connection.execute(delete(_events).where(_events.c.sender_id == sender_id))
