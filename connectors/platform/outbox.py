"""Messages that wait for chats: fetched by some channels, handed out to others.

A channel that can write to its chats by itself is handed each message once. The others
fetch: the web page by the id of the last message it has, Rasa's REST channel with the next
answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, delete, exists, false, func, insert, select, update

from connectors.platform.database import transaction
from connectors.platform.linking import Chat
from connectors.platform.schema import chats, outbox, reminders, tickets

Message = Mapping[str, Any]
# Who comes back later is told nothing that is over.
_KEPT = timedelta(days=14)
# Channels whose chats nobody can write to unasked: their addresses are not kept.
_FETCHING_CHANNELS = ("rest", "web", "socketio", "cmdline")


@dataclass(frozen=True)
class Outgoing:
    """A message that a channel has to send.

    Attributes:
        recipient: id of the conversation on the channel.
        message: text, buttons and card data.
    """

    id: int
    recipient: str
    message: Message


class Outbox:
    """Hand out messages.

    All methods raise ``PlatformUnavailableError`` when the database fails.

    Args:
        engine: the migrated database.
        clock: returns the current moment with its time zone.
    """

    def __init__(self, engine: Engine, clock: Callable[[], datetime]) -> None:
        self._engine = engine
        self._clock = clock

    def messages_after(self, chat_key: str, cursor: int, limit: int) -> list[tuple[int, Message]]:
        """Return a chat's messages of the last two weeks.

        Args:
            chat_key: keyed hash of the chat.
            cursor: id of the last message the chat has seen, 0 for none.
            limit: most messages wanted.

        Returns:
            (id, message), oldest first.
        """
        query = (
            select(outbox.c.id, outbox.c.message)
            .where(outbox.c.chat_key == chat_key, outbox.c.id > cursor)
            .where(outbox.c.created_on >= self._clock() - _KEPT)
            .order_by(outbox.c.id)
            .limit(limit)
        )
        with transaction(self._engine) as connection:
            return [(row.id, row.message) for row in connection.execute(query)]

    def claim(self, channel: str, limit: int) -> list[Outgoing]:
        """Hand out what a channel has to send; nobody gets it a second time.

        Args:
            channel: name of the Rasa channel.
            limit: most messages wanted.

        Returns:
            Messages, oldest first.
        """
        waiting = (
            select(outbox.c.id)
            .join(chats, chats.c.chat_key == outbox.c.chat_key)
            .where(chats.c.channel == channel, outbox.c.handed_out_on.is_(None))
            .order_by(outbox.c.id)
            .limit(limit)
        )
        recipient = select(chats.c.recipient).where(chats.c.chat_key == outbox.c.chat_key)
        # One statement, so that two who ask at once never get the same.
        taken = (
            update(outbox)
            .where(outbox.c.id.in_(waiting), outbox.c.handed_out_on.is_(None))
            .values(handed_out_on=self._clock())
            .returning(outbox.c.id, recipient.scalar_subquery().label("to"), outbox.c.message)
        )
        with transaction(self._engine) as connection:
            rows = connection.execute(taken).all()
        return sorted((Outgoing(*row) for row in rows), key=lambda outgoing: outgoing.id)

    def claim_of(self, chat_key: str) -> list[Message]:
        """Hand out the messages of one chat; nobody gets them a second time.

        Args:
            chat_key: keyed hash of the chat.

        Returns:
            Messages, oldest first.
        """
        taken = (
            update(outbox)
            .where(outbox.c.chat_key == chat_key, outbox.c.handed_out_on.is_(None))
            .values(handed_out_on=self._clock())
            .returning(outbox.c.id, outbox.c.message)
        )
        with transaction(self._engine) as connection:
            rows = connection.execute(taken).all()
        return [row.message for row in sorted(rows, key=lambda row: row.id)]

    def depths(self) -> dict[str, int]:
        """Return how many messages wait to be handed out, by channel."""
        query = (
            select(chats.c.channel, func.count())
            .join(outbox, outbox.c.chat_key == chats.c.chat_key)
            .where(outbox.c.handed_out_on.is_(None))
            .group_by(chats.c.channel)
        )
        with transaction(self._engine) as connection:
            return {row[0]: row[1] for row in connection.execute(query)}

    def check_writable(self) -> None:
        """Check that the database can be written, without changing it."""
        # It needs the right and the lock to write although it matches nothing.
        nothing = update(outbox).where(false()).values(handed_out_on=None)
        with transaction(self._engine) as connection:
            connection.execute(nothing)

    def drop_old(self) -> int:
        """Drop what nobody has fetched or taken for two weeks, and what was sent before that.

        Returns:
            How many messages were dropped.
        """
        old = outbox.c.created_on < self._clock() - _KEPT
        with transaction(self._engine) as connection:
            return connection.execute(delete(outbox).where(old)).rowcount

    def drop_addresses(self) -> int:
        """Forget the addresses of chats that nothing will be written to.

        Returns:
            How many were dropped.
        """
        with transaction(self._engine) as connection:
            return connection.execute(delete(chats).where(~_is_needed())).rowcount


def _is_needed() -> Any:
    own_ticket = (tickets.c.chat_key == chats.c.chat_key) & (tickets.c.status != "closed")
    waiting = (outbox.c.chat_key == chats.c.chat_key) & outbox.c.handed_out_on.is_(None)
    return (
        exists().where(own_ticket)
        | exists().where(waiting)
        | exists().where(reminders.c.chat_key == chats.c.chat_key)
    )


def keep_address(connection: Connection, chat_key: str, chat: Chat) -> None:
    """Keep the address of a chat that will be written to, if its channel can do that.

    Args:
        connection: within a transaction.
        chat_key: keyed hash of the chat.
        chat: the chat.
    """
    if chat.channel in _FETCHING_CHANNELS:
        return
    connection.execute(delete(chats).where(chats.c.chat_key == chat_key))
    row = {"chat_key": chat_key, "channel": chat.channel, "recipient": chat.sender_id}
    connection.execute(insert(chats), row)


def put(
    connection: Connection,
    chat_key: str,
    learner_id: str | None,
    message: Message,
    moment: datetime,
) -> None:
    """Let a message that is no reminder wait for a chat.

    Args:
        connection: within a transaction.
        chat_key: keyed hash of the chat.
        learner_id: the learner whose data it may hold, so that it goes with the link.
        message: text, buttons and card data.
        moment: the current moment with its time zone.
    """
    row = {
        "chat_key": chat_key,
        "learner_id": learner_id,
        "message": dict(message),
        "created_on": moment,
    }
    connection.execute(insert(outbox), row)
