"""Messages that wait for chats: fetched by some channels, handed out to others.

A channel that can write to its chats by itself leases messages, writes them down and then
confirms them; what it has not confirmed in time, because it was killed, is leased again. The
others fetch: the web page by the id of the last message it has, Rasa's REST channel with the
next answer, which the conversation confirms.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    delete,
    exists,
    false,
    func,
    insert,
    or_,
    select,
    update,
)

from connectors.platform.database import transaction
from connectors.platform.linking import Chat
from connectors.platform.quiet_hours import is_quiet
from connectors.platform.schema import chats, outbox, reminders, tickets

Message = Mapping[str, Any]
# Who comes back later is told nothing that is over.
_KEPT = timedelta(days=14)
# Longer than a channel needs to write messages down.
LEASE = timedelta(minutes=1)
_TOKEN_BYTES = 12
# A conversation holds what it said for at least as long; see session_expiration_time in
# domain.yml, after which its beginning is not known any more.
_SESSION = timedelta(minutes=110)
# Channels whose chats nobody can write to unasked: their addresses are not kept.
FETCHING_CHANNELS = ("rest", "web", "socketio", "cmdline")


@dataclass(frozen=True)
class Outgoing:
    """A message that a channel has to send.

    Attributes:
        id: its number.
        key: tells it from all others that ever were, also of a database that was restored.
        recipient: id of the conversation on the channel.
        message: text, buttons and card data.
    """

    id: int
    key: str
    recipient: str
    message: Message


@dataclass(frozen=True)
class Lease:
    """Messages that nobody else gets while the lease lasts.

    Attributes:
        token: names the lease when messages are confirmed.
        messages: oldest first.
    """

    token: str
    messages: list[Outgoing]


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

    def claim(self, channel: str, limit: int) -> Lease:
        """Lease what a channel has to send; nobody else gets it for ``LEASE``.

        Reminders wait while the quiet hours last. What follows a message of a chat that is
        leased already waits, too, so that order is kept.

        Args:
            channel: name of the Rasa channel.
            limit: most messages wanted.
        """
        now = self._clock()
        free = outbox.c.handed_out_on.is_(None) & _is_unleased(now)
        if is_quiet(now):
            free = free & outbox.c.day.is_(None)
        earlier = outbox.alias()
        overtakes = exists().where(
            earlier.c.chat_key == outbox.c.chat_key,
            earlier.c.id < outbox.c.id,
            earlier.c.handed_out_on.is_(None),
            earlier.c.leased_until > now,
        )
        waiting = (
            select(outbox.c.id)
            .join(chats, chats.c.chat_key == outbox.c.chat_key)
            .where(chats.c.channel == channel, free, ~overtakes)
            .order_by(outbox.c.id)
            .limit(limit)
            # Whoever asks at the same time gets others instead of none. PostgreSQL might run a
            # subquery several times, and lock more than the limit; this it runs once.
            .with_for_update(skip_locked=True, of=outbox)
            .cte("waiting")
        )
        token = secrets.token_urlsafe(_TOKEN_BYTES)
        # One statement, so that two who ask at once never get the same.
        taken = (
            update(outbox)
            .where(outbox.c.id.in_(select(waiting.c.id)), free)
            .values(lease=token, leased_until=now + LEASE)
        )
        # Not by RETURNING, where SQLite takes the columns of a subquery for the wrong table's.
        addressed = (
            select(outbox.c.id, outbox.c.created_on, chats.c.recipient, outbox.c.message)
            .join(chats, chats.c.chat_key == outbox.c.chat_key)
            .where(outbox.c.lease == token)
            .order_by(outbox.c.id)
        )
        with transaction(self._engine) as connection:
            connection.execute(taken)
            rows = connection.execute(addressed).all()
        return Lease(
            token,
            [
                Outgoing(row.id, _key(row.id, row.created_on), row.recipient, row.message)
                for row in rows
            ],
        )

    def confirm(self, token: str, ids: Collection[int]) -> int:
        """Note that a channel has leased messages in its own hands; nobody gets them again.

        Args:
            token: of the lease.
            ids: numbers of the messages.

        Returns:
            How many are noted; those are not that somebody else has leased since.
        """
        own = (outbox.c.lease == token) & outbox.c.id.in_(ids) & outbox.c.handed_out_on.is_(None)
        with transaction(self._engine) as connection:
            return connection.execute(_handed_out(own, self._clock())).rowcount

    def claim_of(
        self, chat_key: str, shown: Collection[int], since: datetime
    ) -> list[tuple[int, Message]]:
        """Return the messages of one chat that its conversation does not hold yet.

        The turns of a chat come one after the other. What was returned in an earlier turn
        and is not in the conversation got lost with that turn.

        Args:
            chat_key: keyed hash of the chat.
            shown: numbers of the messages that are in the conversation.
            since: how far back the conversation is known; what was returned a session before
                that counts as shown.

        Returns:
            (number, message), oldest first.
        """
        now = self._clock()
        waiting = (outbox.c.chat_key == chat_key) & outbox.c.handed_out_on.is_(None)
        known = or_(outbox.c.id.in_(shown), outbox.c.leased_until < since)
        taken = (
            update(outbox)
            .where(waiting)
            .values(leased_until=now + _SESSION)
            .returning(outbox.c.id, outbox.c.message)
        )
        with transaction(self._engine) as connection:
            connection.execute(_handed_out(waiting & known, now))
            rows = connection.execute(taken).all()
        return sorted(((row.id, row.message) for row in rows), key=lambda found: found[0])

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


def _is_unleased(moment: datetime) -> ColumnElement[bool]:
    return outbox.c.leased_until.is_(None) | (outbox.c.leased_until <= moment)


def _handed_out(which: ColumnElement[bool], moment: datetime) -> Any:
    values = {"handed_out_on": moment, "lease": None, "leased_until": None}
    return update(outbox).where(which).values(values)


def _key(number: int, created_on: datetime) -> str:
    # A database that is restored gives numbers out anew.
    return f"{number}@{created_on.isoformat()}"


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
    if chat.channel in FETCHING_CHANNELS:
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
