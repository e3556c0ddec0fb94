"""Short ids for what a button sends, where a messenger allows a few bytes only.

A button of a list ("the second one") means the list that was shown last; once another list
begins, the buttons of the older ones are worth nothing and their ids are forgotten. After a
week no button works any more.
"""

from __future__ import annotations

import json
import re
import secrets
import time
from collections.abc import Callable, Sequence
from typing import Optional

from sqlalchemy import Boolean, Column, Float, Index, String, Table, Text, delete, insert, select

from connectors.channels.journal import KEPT_SECONDS, Journal, metadata

_ID_BYTES = 12
_OF_A_LIST = ("/choose_item", "/show_more")
_FIRST_ITEM = re.compile(r'/choose_item\{"item_number": ?1\}')

_callbacks = Table(
    "callbacks",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("channel", String(32), nullable=False),
    Column("sender_id", String(255), nullable=False),
    Column("payloads", Text, nullable=False),
    Column("is_of_list", Boolean, nullable=False),
    Column("expires_on", Float, nullable=False),
    Index("ix_callbacks_sender", "channel", "sender_id"),
)


class CallbackStore:
    """Keep what buttons send. Its methods block, and threads may share it.

    Args:
        journal: in whose database it is kept.
        channel: name of the channel.
        clock: returns seconds since the epoch.
    """

    def __init__(
        self, journal: Journal, channel: str, clock: Callable[[], float] = time.time
    ) -> None:
        self._journal = journal
        self._channel = channel
        self._clock = clock

    def keep(self, sender_id: str, payloads: Sequence[str]) -> list[str]:
        """Keep the payloads of a message's buttons.

        Args:
            sender_id: the conversation they belong to.
            payloads: what the buttons send, e.g. ``/choose_item{"item_number": 2}``.

        Returns:
            An id of 16 characters for each.

        Raises:
            JournalError: the database failed.
        """
        ids = [secrets.token_urlsafe(_ID_BYTES) for _ in payloads]
        rows = [
            self._row(identifier, sender_id, [payload])
            for identifier, payload in zip(ids, payloads, strict=True)
        ]
        begins_list = any(_FIRST_ITEM.match(payload) for payload in payloads)
        self._store(sender_id, rows, begins_list)
        return ids

    def keep_as(self, identifier: str, sender_id: str, payloads: Sequence[str]) -> None:
        """Keep the payloads of a poll's options under its own id; it begins a new list.

        Raises:
            JournalError: the database failed.
        """
        self._store(sender_id, [self._row(identifier, sender_id, payloads)], begins_list=True)

    def find(self, sender_id: str, identifier: str, position: int = 0) -> Optional[str]:
        """Return what a button sends.

        Args:
            sender_id: the conversation it was pressed in.
            identifier: its id.
            position: which option of a poll.

        Returns:
            The payload, or None when the id is too old or belongs to another conversation.

        Raises:
            JournalError: the database failed.
        """
        wanted = (
            (_callbacks.c.id == identifier)
            & (_callbacks.c.channel == self._channel)
            & (_callbacks.c.sender_id == sender_id)
            & (_callbacks.c.expires_on > self._clock())
        )
        with self._journal.transaction() as connection:
            row = connection.execute(select(_callbacks.c.payloads).where(wanted)).first()
        payloads = json.loads(row.payloads) if row else []
        return payloads[position] if position < len(payloads) else None

    def sender_of(self, identifier: str) -> Optional[str]:
        """Return the conversation an id belongs to, None when it is too old."""
        wanted = (_callbacks.c.id == identifier) & (_callbacks.c.channel == self._channel)
        with self._journal.transaction() as connection:
            return connection.execute(select(_callbacks.c.sender_id).where(wanted)).scalar()

    def forget(self, sender_id: str, before: float) -> None:
        """Forget what the buttons of a conversation send.

        Args:
            sender_id: the conversation.
            before: seconds since the epoch; buttons that are newer stay.

        Raises:
            JournalError: the database failed.
        """
        old = (
            (_callbacks.c.channel == self._channel)
            & (_callbacks.c.sender_id == sender_id)
            & (_callbacks.c.expires_on <= before + KEPT_SECONDS)
        )
        with self._journal.transaction() as connection:
            connection.execute(delete(_callbacks).where(old))

    def _row(self, identifier: str, sender_id: str, payloads: Sequence[str]) -> dict:
        return {
            "id": identifier,
            "channel": self._channel,
            "sender_id": sender_id,
            "payloads": json.dumps(list(payloads)),
            "is_of_list": payloads[0].startswith(_OF_A_LIST),
            "expires_on": self._clock() + KEPT_SECONDS,
        }

    def _store(self, sender_id: str, rows: Sequence[dict], begins_list: bool) -> None:
        if not rows:
            return
        mine = (_callbacks.c.channel == self._channel) & (_callbacks.c.sender_id == sender_id)
        with self._journal.transaction() as connection:
            connection.execute(delete(_callbacks).where(_callbacks.c.expires_on < self._clock()))
            if begins_list:
                connection.execute(delete(_callbacks).where(mine & _callbacks.c.is_of_list))
            connection.execute(insert(_callbacks), list(rows))
