"""The 24 hours after a user's last message, in which they may be written to freely.

https://developers.facebook.com/documentation/business-messaging/whatsapp/messages/send-messages
"""

from __future__ import annotations

import time
from collections.abc import Callable

from sqlalchemy import Column, Float, String, Table, delete, insert, select

from connectors.channels.journal import Journal, metadata

# Ten minutes short of a day: WhatsApp's clock decides, and what is sent takes a while.
OPEN_SECONDS = 24 * 3600 - 600

_windows = Table(
    "whatsapp_windows",
    metadata,
    Column("chat_id", String(255), primary_key=True),
    Column("wrote_at", Float, nullable=False),
)


class Windows:
    """Remember when users wrote last, for a day. The methods block; threads may share it.

    Args:
        journal: in whose database it is kept.
        clock: returns seconds since the epoch.
    """

    def __init__(self, journal: Journal, clock: Callable[[], float] = time.time) -> None:
        self._journal = journal
        self._clock = clock

    def wrote(self, chat_id: str, sent_at: float) -> None:
        """Note that a user wrote; an older message changes nothing.

        Args:
            chat_id: the user.
            sent_at: when, seconds since the epoch.

        Raises:
            JournalError: the database failed.
        """
        mine = _windows.c.chat_id == chat_id
        with self._journal.transaction() as connection:
            over = _windows.c.wrote_at <= self._clock() - OPEN_SECONDS
            connection.execute(delete(_windows).where(over))
            known = connection.execute(select(_windows.c.wrote_at).where(mine)).scalar()
            if known is None or known < sent_at:
                connection.execute(delete(_windows).where(mine))
                connection.execute(insert(_windows), [{"chat_id": chat_id, "wrote_at": sent_at}])

    def forget(self, chat_id: str, before: float) -> None:
        """Forget when a user wrote.

        Args:
            chat_id: the user.
            before: seconds since the epoch; what is newer stays.

        Raises:
            JournalError: the database failed.
        """
        old = (_windows.c.chat_id == chat_id) & (_windows.c.wrote_at <= before)
        with self._journal.transaction() as connection:
            connection.execute(delete(_windows).where(old))

    def close(self, chat_id: str) -> None:
        """Note that WhatsApp holds a user's window to be closed.

        Raises:
            JournalError: the database failed.
        """
        with self._journal.transaction() as connection:
            connection.execute(delete(_windows).where(_windows.c.chat_id == chat_id))

    def is_open(self, chat_id: str) -> bool:
        """Tell whether a user may be written to without a template.

        Raises:
            JournalError: the database failed.
        """
        query = select(_windows.c.wrote_at).where(_windows.c.chat_id == chat_id)
        with self._journal.transaction() as connection:
            wrote_at = connection.execute(query).scalar()
        return wrote_at is not None and self._clock() - wrote_at < OPEN_SECONDS
