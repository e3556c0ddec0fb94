"""Rasa's event broker for analytics: turns without texts, to SQL or on to Kafka or RabbitMQ.

Named in ``endpoints.yml``. Nothing that a user typed and no address of a chat leaves this
module; a chat is known by a keyed hash.
"""

from __future__ import annotations

import asyncio
import logging
import queue
import threading
import time
from asyncio import AbstractEventLoop
from datetime import timedelta
from pathlib import Path
from typing import Any, Union

import sqlalchemy as sa
from rasa.core.brokers.broker import EventBroker
from rasa.shared.exceptions import RasaException
from rasa.utils.endpoints import EndpointConfig
from sqlalchemy.exc import SQLAlchemyError

from connectors.analytics.forwarding import Forwarder
from connectors.analytics.tables import open_events, turns
from connectors.analytics.turns import RELAY, Forgotten, Outcome, Turn, TurnReader, day_of
from connectors.chat_identity import SecretError, kept_secret
from connectors.observability.metrics import count_error, count_turn

logger = logging.getLogger(__name__)
_WAITING = 10_000
_AT_ONCE = 200
_RETRY_SECONDS = (0.2, 1.0, 5.0)
_CLOSE_SECONDS = 10.0
_DAY_SECONDS = 86_400.0

Record = Union[Turn, Forgotten]


class SqlWriter:
    """Write turns from a thread of its own, so that no conversation waits for the database.

    Args:
        url: SQLAlchemy URL of the database.
        retention_days: how long turns are kept, in days.
    """

    def __init__(self, url: str, retention_days: int) -> None:
        self._engine = open_events(url)
        self._retention = timedelta(days=retention_days)
        self._waiting: queue.Queue[Record | None] = queue.Queue(_WAITING)
        self._expire_at = 0.0
        self._thread = threading.Thread(target=self._run, name="analytics", daemon=True)
        self._thread.start()

    def add(self, record: Record) -> None:
        """Write a record soon; it is dropped when the database has failed for long."""
        try:
            self._waiting.put_nowait(record)
        except queue.Full:
            logger.warning("analytics: the database does not keep up; a turn is not counted")

    def close(self) -> None:
        """Write what waits and stop."""
        try:
            self._waiting.put(None, timeout=_CLOSE_SECONDS)
        except queue.Full:
            logger.warning("analytics: turns that waited are not counted")
        self._thread.join(_CLOSE_SECONDS)
        self._engine.dispose()

    def _run(self) -> None:
        stop = False
        while not stop:
            records: list[Record] = []
            record = self._waiting.get()
            while record is not None:
                records.append(record)
                if len(records) == _AT_ONCE or self._waiting.empty():
                    break
                record = self._waiting.get()
            stop = record is None
            if records:
                self._write(records)

    def _write(self, records: list[Record]) -> None:
        for pause in (*_RETRY_SECONDS, None):
            try:
                with self._engine.begin() as connection:
                    for record in records:
                        _apply(connection, record)
                    self._expire(connection)
            except SQLAlchemyError as error:
                if pause is None:
                    logger.warning(
                        "analytics: %d turns are not counted: %s",
                        len(records),
                        type(error).__name__,
                    )
                else:
                    time.sleep(pause)
            else:
                return

    def _expire(self, connection: sa.engine.Connection) -> None:
        if time.monotonic() < self._expire_at:
            return
        oldest = day_of(time.time()) - self._retention
        connection.execute(sa.delete(turns).where(turns.c.day < oldest))
        self._expire_at = time.monotonic() + _DAY_SECONDS


def _apply(connection: sa.engine.Connection, record: Record) -> None:
    if isinstance(record, Forgotten):
        connection.execute(sa.delete(turns).where(turns.c.chat_key == record.chat_key))
    else:
        connection.execute(sa.insert(turns), [record.to_row()])


def _measure(turn: Turn) -> None:
    asks_for_person = turn.hand_off and turn.action != RELAY
    seconds = turn.milliseconds / 1000
    count_turn(turn.channel, turn.locale, seconds, turn.starts_conversation, asks_for_person)
    if turn.outcome == Outcome.FAULT.value:
        count_error("answer")


class AnalyticsBroker(EventBroker):
    """Turn Rasa's events into what analytics may know, and hand it on.

    Args:
        reader: puts events together to turns.
        writer: writes them to SQL, if they are kept there.
        forward: hands them on to another system, if there is one.
    """

    def __init__(
        self,
        reader: TurnReader,
        writer: SqlWriter | None = None,
        forward: Forwarder | None = None,
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._forward = forward

    @classmethod
    async def from_endpoint_config(
        cls,
        broker_config: EndpointConfig,
        event_loop: AbstractEventLoop | None = None,
    ) -> AnalyticsBroker | None:
        """Create the broker from its section in ``endpoints.yml``.

        Keys: ``database`` (URL; empty to keep nothing in SQL), ``retention_days``,
        ``secret`` and ``state_directory`` (where the secret is kept when none is set), and
        ``forward``, a section as Rasa documents it for Kafka or RabbitMQ.

        Raises:
            RasaException: the section or the database cannot be used.
        """
        settings = broker_config.kwargs
        try:
            secret = kept_secret(
                settings.get("secret") or "", Path(settings.get("state_directory") or "var")
            )
        except (SecretError, OSError) as error:
            raise RasaException(f"endpoints.yml: event_broker: {error}") from error
        writer = None
        if settings.get("database"):
            days = int(settings.get("retention_days") or 400)
            try:
                writer = await asyncio.to_thread(SqlWriter, settings["database"], days)
            except (SQLAlchemyError, OSError) as error:
                raise RasaException(
                    f"the database of analytics cannot be used ({type(error).__name__}); set "
                    "SATHI_EVENTS_DATABASE to something like sqlite:///var/events.db"
                ) from error
        forward = Forwarder(settings["forward"]) if settings.get("forward") else None
        return cls(TurnReader(secret), writer, forward)

    def publish(self, event: dict[str, Any]) -> None:
        """Take an event; a fault here must not stop a conversation."""
        try:
            record = self._reader.read(event)
        except Exception as error:
            # The traceback could quote the event.
            logger.warning("analytics: an event is not counted: %s", type(error).__name__)
            return
        if record is None:
            return
        if isinstance(record, Turn):
            _measure(record)
        if self._writer:
            self._writer.add(record)
        if self._forward:
            self._forward.publish(record.to_event())

    async def close(self) -> None:
        """Write what waits and close the connections."""
        if self._writer:
            await asyncio.to_thread(self._writer.close)
        if self._forward:
            await asyncio.to_thread(self._forward.close)
