"""Durable record of what channels have received and of what they have to send.

An update is written down before it is acknowledged, its replies in the same transaction as
the fact that it is answered, and each reply is marked just before it is sent. Whatever
happens to the process, an update is answered once, and no reply is sent twice.

Texts and addresses are emptied as soon as they are no longer needed; what remains for a week
are the ids that tell a repeated update from a new one, and a little longer the keys of messages
that were sent unasked.
"""

from __future__ import annotations

import json
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any, Iterator, Optional, Union

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    create_engine,
    delete,
    event,
    false,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.engine import Connection, make_url
from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

KEPT_SECONDS = 7 * 24 * 3600
# Longer than a message waits at the action server.
_KEYS_KEPT_SECONDS = 15 * 24 * 3600
_BUSY_SECONDS = 5.0
# What an answered update and a finished reply are emptied to.
_NOTHING = ""
_ANSWERED = {"is_answered": True, "payload": _NOTHING, "chat_id": _NOTHING}

metadata = MetaData()
_id = BigInteger().with_variant(Integer, "sqlite")
_updates = Table(
    "updates",
    metadata,
    Column("id", _id, primary_key=True, autoincrement=True),
    Column("channel", String(32), nullable=False),
    Column("update_id", String(255), nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("chat_id", String(255), nullable=False),
    Column("payload", Text, nullable=False),
    Column("is_answered", Boolean, nullable=False),
    Column("is_apologised", Boolean, nullable=False),
    Column("received_on", Float, nullable=False),
    UniqueConstraint("channel", "update_id"),
    Index("ix_updates_open", "channel", "is_answered"),
)
_replies = Table(
    "replies",
    metadata,
    Column("id", _id, primary_key=True, autoincrement=True),
    Column("channel", String(32), nullable=False),
    Column("chat_id", String(255), nullable=False),
    Column("payload", Text, nullable=False),
    Column("state", String(8), nullable=False),
    Column("message_id", String(255)),
    Column("reason", String(255)),
    Column("created_on", Float, nullable=False),
    Index("ix_replies_open", "channel", "state"),
)
_posted = Table(
    "posted_messages",
    metadata,
    Column("channel", String(32), primary_key=True),
    Column("key", String(255), primary_key=True),
    Column("posted_on", Float, nullable=False),
)
_blocked = Table(
    "blocked_chats",
    metadata,
    Column("channel", String(32), primary_key=True),
    Column("chat_id", String(255), primary_key=True),
    Column("noted_on", Float, nullable=False),
)


_preparing = threading.Lock()


class JournalError(RuntimeError):
    """The journal's database cannot be used now."""


class _State(str, Enum):
    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"


@dataclass(frozen=True)
class Update:
    """Something a chat sent.

    Attributes:
        channel: name of the channel.
        update_id: what tells it from all others of the channel.
        sequence: number by which the updates of a chat are ordered.
        chat_id: where it came from.
        payload: what the channel needs to answer it.
        is_apologised: whether the chat was told that the answer takes longer.
    """

    channel: str
    update_id: str
    sequence: int
    chat_id: str
    payload: dict[str, Any]
    is_apologised: bool = False


@dataclass(frozen=True)
class Reply:
    """Something to send to a chat.

    Attributes:
        id: number in the journal.
        channel: name of the channel.
        chat_id: where it goes.
        payload: what the channel needs to send it.
    """

    id: int
    channel: str
    chat_id: str
    payload: dict[str, Any]


class Journal:
    """The journal of all channels. Its methods block, and threads may share it.

    Args:
        url: SQLAlchemy URL, e.g. ``sqlite:///var/channels.db``.
        clock: returns seconds since the epoch.

    Raises:
        JournalError: the URL, its driver or its folder cannot be used.
    """

    def __init__(self, url: str, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        try:
            address = make_url(url)
            is_sqlite = address.get_backend_name() == "sqlite"
            if is_sqlite and address.database:
                Path(address.database).parent.mkdir(parents=True, exist_ok=True)
            has_timeout = not is_sqlite or "timeout" in address.query
            options = {} if has_timeout else {"connect_args": {"timeout": _BUSY_SECONDS}}
            self._engine = create_engine(
                address, future=True, hide_parameters=True, pool_pre_ping=True, **options
            )
        except (SQLAlchemyError, ImportError, OSError) as error:
            raise JournalError(
                f"the journal of the channels cannot be used ({error}); set SATHI_CHANNEL_DATABASE "
                "to something like sqlite:///var/channels.db"
            ) from error
        if is_sqlite:
            event.listen(self._engine, "connect", _prepare_sqlite)

    def prepare(self) -> None:
        """Make the tables that are missing.

        Raises:
            JournalError: the database failed.
        """
        # Two channels that start at once would both find them missing.
        with _preparing, self.transaction() as connection:
            metadata.create_all(connection)

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Give a connection whose work is committed at the end, or undone by an exception.

        Raises:
            JournalError: the database failed. ``IntegrityError`` passes.
        """
        try:
            with self._engine.begin() as connection:
                yield connection
        except IntegrityError:
            raise
        except (DBAPIError, PoolTimeoutError) as error:
            reason = getattr(error, "orig", None) or error
            raise JournalError(f"the journal of the channels failed: {reason}") from error

    # What comes in.

    def receive(
        self,
        channel: str,
        update_id: Union[int, str],
        chat_id: str,
        payload: dict[str, Any],
        sequence: Optional[int] = None,
    ) -> Optional[Update]:
        """Write down an update; acknowledge it to the messenger only after that.

        A chat that writes has not blocked the bot (any more).

        Args:
            channel: name of the channel.
            update_id: what tells it from all others of the channel.
            chat_id: where it came from.
            payload: what the channel needs to answer it; JSON.
            sequence: number by which the updates of a chat are ordered; by default the id if
                it is a number, else the order of receipt counts.

        Returns:
            The update, or None when it is known already.

        Raises:
            JournalError: the database failed; nothing is written.
        """
        if sequence is None:
            sequence = update_id if isinstance(update_id, int) else 0
        found = Update(channel, str(update_id), sequence, chat_id, payload)
        row = {
            "channel": channel,
            "update_id": found.update_id,
            "sequence": sequence,
            "chat_id": chat_id,
            "payload": _packed(payload),
            "is_answered": False,
            "is_apologised": False,
            "received_on": self._clock(),
        }
        try:
            with self.transaction() as connection:
                connection.execute(insert(_updates), [row])
                connection.execute(delete(_blocked).where(_of_chat(_blocked, channel, chat_id)))
        except IntegrityError:
            return None
        return found

    def unanswered(self, channel: str) -> list[Update]:
        """Return the updates without an answer.

        Returns:
            The updates in order of receipt, but those of a chat by their sequence.
        """
        query = (
            select(_updates)
            .where(_updates.c.channel == channel, _updates.c.is_answered.is_(False))
            .order_by(_updates.c.id)
        )
        with self.transaction() as connection:
            rows = connection.execute(query).all()
        by_chat = defaultdict(list)
        for row in rows:
            by_chat[row.chat_id].append(row)
        ordered = {
            chat_id: iter(sorted(of_chat, key=lambda row: (row.sequence, row.id)))
            for chat_id, of_chat in by_chat.items()
        }
        return [_update(next(ordered[row.chat_id])) for row in rows]

    def apologise(
        self, channel: str, update_id: str, replies: Sequence[dict[str, Any]]
    ) -> list[Reply]:
        """Store what tells a chat that the answer takes longer, once for each update.

        Returns:
            The stored replies, none when the chat has been told or has the answer.
        """
        unsaid = (
            _of_update(channel, update_id)
            & _updates.c.is_apologised.is_(False)
            & _updates.c.is_answered.is_(False)
        )
        with self.transaction() as connection:
            row = connection.execute(select(_updates.c.chat_id).where(unsaid)).first()
            marked = connection.execute(update(_updates).where(unsaid).values(is_apologised=True))
            if not marked.rowcount:
                return []
            return self._store(connection, channel, row.chat_id, replies)

    def answered(
        self, channel: str, update_id: str, replies: Sequence[dict[str, Any]]
    ) -> list[Reply]:
        """Store the answer to an update and empty the update.

        Args:
            channel: name of the channel.
            update_id: id of the update.
            replies: what has to be sent, JSON; empty if nothing.

        Returns:
            The stored replies, none when the update had been answered before.
        """
        unanswered = _of_update(channel, update_id) & _updates.c.is_answered.is_(False)
        with self.transaction() as connection:
            chat_id = connection.execute(select(_updates.c.chat_id).where(unanswered)).scalar()
            marked = connection.execute(update(_updates).where(unanswered).values(**_ANSWERED))
            if not marked.rowcount:
                return []
            return self._store(connection, channel, chat_id, replies)

    # What goes out.

    def post(
        self, channel: str, chat_id: str, replies: Sequence[dict[str, Any]], key: str
    ) -> list[Reply]:
        """Store a message that answers no update.

        Args:
            channel: name of the channel.
            chat_id: where it goes.
            replies: its parts, JSON.
            key: tells the message from all others of the channel.

        Returns:
            The stored parts, none when the message is known already or the chat has blocked
            the bot.
        """
        row = {"channel": channel, "key": key, "posted_on": self._clock()}
        try:
            with self.transaction() as connection:
                connection.execute(insert(_posted), [row])
                if _is_blocked(connection, channel, chat_id):
                    return []
                return self._store(connection, channel, chat_id, replies)
        except IntegrityError:
            return []

    def is_posted(self, channel: str, key: str) -> bool:
        """Tell whether a message that answers no update is known already."""
        mine = (_posted.c.channel == channel) & (_posted.c.key == key)
        with self.transaction() as connection:
            return connection.execute(select(_posted.c.key).where(mine)).first() is not None

    def _store(
        self,
        connection: Connection,
        channel: str,
        chat_id: str,
        replies: Iterable[dict[str, Any]],
    ) -> list[Reply]:
        stored = []
        for payload in replies:
            row = {
                "channel": channel,
                "chat_id": chat_id,
                "payload": _packed(payload),
                "state": _State.WAITING.value,
                "created_on": self._clock(),
            }
            number = connection.execute(insert(_replies).values(**row)).inserted_primary_key[0]
            stored.append(Reply(number, channel, chat_id, payload))
        return stored

    def unsent(self, channel: str) -> list[Reply]:
        """Return the replies that wait to be sent, in order."""
        waiting = (_replies.c.channel == channel) & (_replies.c.state == _State.WAITING.value)
        query = select(_replies).where(waiting).order_by(_replies.c.id)
        with self.transaction() as connection:
            rows = connection.execute(query).all()
        return [Reply(row.id, row.channel, row.chat_id, json.loads(row.payload)) for row in rows]

    def sending(self, reply_id: int) -> bool:
        """Mark a reply just before it is sent.

        Returns:
            Whether it was waiting; otherwise it must not be sent.
        """
        waiting = (_replies.c.id == reply_id) & (_replies.c.state == _State.WAITING.value)
        with self.transaction() as connection:
            marked = connection.execute(
                update(_replies).where(waiting).values(state=_State.SENDING.value)
            )
        return bool(marked.rowcount)

    def not_sent(self, reply_id: int) -> None:
        """Mark a reply that certainly did not arrive, so that it may be sent again."""
        sending = (_replies.c.id == reply_id) & (_replies.c.state == _State.SENDING.value)
        with self.transaction() as connection:
            connection.execute(update(_replies).where(sending).values(state=_State.WAITING.value))

    def sent(self, reply_id: int, message_id: Optional[str]) -> None:
        """Mark a reply that has arrived, and empty it."""
        self._finish(_replies.c.id == reply_id, _State.SENT, message_id=message_id)

    def failed(self, reply_id: int, reason: str) -> None:
        """Mark a reply that will not arrive, and empty it.

        Args:
            reply_id: number of the reply.
            reason: why, without anything personal.
        """
        self._finish(_replies.c.id == reply_id, _State.FAILED, reason=reason[:255])

    def give_up_interrupted(self, channel: str) -> int:
        """Close the replies that were being sent when the process ended.

        Nobody knows whether they arrived, so that they are not sent again.

        Returns:
            How many there were.
        """
        sending = (_replies.c.channel == channel) & (_replies.c.state == _State.SENDING.value)
        return self._finish(sending, _State.FAILED, reason="interrupted")

    def _finish(self, which: Any, state: _State, **values: Any) -> int:
        emptied = {"state": state.value, "payload": _NOTHING, "chat_id": _NOTHING, **values}
        with self.transaction() as connection:
            return connection.execute(update(_replies).where(which).values(**emptied)).rowcount

    # Who does not want to be written to.

    def blocked(self, channel: str, chat_id: str) -> None:
        """Note that a chat has blocked the bot; what waits for it will not be sent."""
        waiting = _of_chat(_replies, channel, chat_id) & (_replies.c.state == _State.WAITING.value)
        self._finish(waiting, _State.FAILED, reason="blocked")
        row = {"channel": channel, "chat_id": chat_id, "noted_on": self._clock()}
        with self.transaction() as connection:
            connection.execute(delete(_blocked).where(_of_chat(_blocked, channel, chat_id)))
            connection.execute(insert(_blocked), [row])

    def unblocked(self, channel: str, chat_id: str) -> None:
        """Note that a chat may be written to again."""
        with self.transaction() as connection:
            connection.execute(delete(_blocked).where(_of_chat(_blocked, channel, chat_id)))

    def is_blocked(self, channel: str, chat_id: str) -> bool:
        """Tell whether a chat has blocked the bot."""
        with self.transaction() as connection:
            return _is_blocked(connection, channel, chat_id)

    # Who has their data deleted.

    def forget(self, channel: str, chat_id: str, before: float) -> None:
        """Empty what is kept of a chat and would still be answered or sent.

        Args:
            channel: name of the channel.
            chat_id: the chat.
            before: seconds since the epoch; what is newer stays.

        Raises:
            JournalError: the database failed.
        """
        # Finished ones are emptied. One that is being sent must not wait again afterwards.
        unfinished = _of_chat(_replies, channel, chat_id) & (_replies.c.created_on <= before)
        self._finish(unfinished, _State.FAILED, reason="forgotten")
        old = _of_chat(_updates, channel, chat_id) & (_updates.c.received_on <= before)
        with self.transaction() as connection:
            connection.execute(update(_updates).where(old).values(**_ANSWERED))

    # What operators ask.

    def depths(self) -> dict[str, dict[str, int]]:
        """Return how many messages wait, by queue (``unanswered``, ``unsent``) and channel."""
        queues = {
            "unanswered": (_updates, _updates.c.is_answered.is_(False)),
            "unsent": (_replies, _replies.c.state == _State.WAITING.value),
        }
        found = {}
        with self.transaction() as connection:
            for queue, (table, waiting) in queues.items():
                query = select(table.c.channel, func.count()).where(waiting)
                rows = connection.execute(query.group_by(table.c.channel)).all()
                found[queue] = dict(rows)
        return found

    def check_writable(self) -> None:
        """Check that the database can be written, without changing it.

        Raises:
            JournalError: it cannot.
        """
        # It needs the right and the lock to write although it matches nothing.
        nothing = update(_updates).where(false()).values(is_answered=False)
        with self.transaction() as connection:
            connection.execute(nothing)

    def drop_old(self) -> None:
        """Delete what is older than a week, answered or not, and keys of two weeks."""
        oldest = self._clock() - KEPT_SECONDS
        with self.transaction() as connection:
            connection.execute(delete(_updates).where(_updates.c.received_on < oldest))
            connection.execute(delete(_replies).where(_replies.c.created_on < oldest))
            outlived = _posted.c.posted_on < self._clock() - _KEYS_KEPT_SECONDS
            connection.execute(delete(_posted).where(outlived))


def _prepare_sqlite(connection: Any, _: Any) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode = WAL")
    # An acknowledged update must survive a power cut too.
    cursor.execute("PRAGMA synchronous = FULL")
    # What is emptied leaves nothing in the file.
    cursor.execute("PRAGMA secure_delete = ON")
    cursor.close()


def _packed(payload: dict[str, Any]) -> str:
    return json.dumps(payload, ensure_ascii=False)


def _update(row: Any) -> Update:
    return Update(
        row.channel,
        row.update_id,
        row.sequence,
        row.chat_id,
        json.loads(row.payload),
        row.is_apologised,
    )


def _of_update(channel: str, update_id: str) -> Any:
    return (_updates.c.channel == channel) & (_updates.c.update_id == update_id)


def _is_blocked(connection: Connection, channel: str, chat_id: str) -> bool:
    query = select(_blocked.c.channel).where(_of_chat(_blocked, channel, chat_id))
    return connection.execute(query).first() is not None


def _of_chat(table: Table, channel: str, chat_id: str) -> Any:
    return (table.c.channel == channel) & (table.c.chat_id == chat_id)
