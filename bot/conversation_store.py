"""Conversations in SQL, read once while they last.

Rasa's own SQL store reads a conversation three times for each message: to answer, to find
out which events are new, and to count those it has. Here a conversation that was saved is
kept in memory, and used again if the database still holds the same: another process may have
added to it, or a learner may have had it erased.
"""

from __future__ import annotations

import json
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from rasa.core.tracker_store import SQLTrackerStore
from rasa.shared.core.events import Event, SessionStarted
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.constants import INTENT_NAME_KEY
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.pool import QueuePool

from bot.running_tracker import RunningTracker

_MOST_KEPT = 500
_KEPT_SECONDS = 600.0
_SQLITE_SETTINGS = (
    "PRAGMA busy_timeout = 5000",
    # Readers do not wait for writers; a loss of power may cost the last turns, no more.
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = NORMAL",
)


@dataclass(frozen=True)
class _State:
    """What the database holds of a conversation.

    Attributes:
        events: how many events.
        last: id of the last one, None without events. SQLite gives ids of deleted rows again.
        latest: that event's time, seconds since the epoch.
    """

    events: int
    last: int | None
    latest: float | None


@dataclass(frozen=True)
class _Known:
    """A conversation as it was saved or handed out.

    Attributes:
        tracker: the conversation.
        state: what the database held then.
        stored: how many of the session's events were stored then.
        since: when that was, in seconds of the monotonic clock.
    """

    tracker: RunningTracker
    state: _State
    stored: int
    since: float = field(default_factory=time.monotonic)


class ConversationStore(SQLTrackerStore):
    """Rasa's SQL store that keeps running conversations in memory, see the module.

    Rasa locks a conversation while it answers, so that no two turns share a tracker.
    """

    def __init__(self, **options: Any) -> None:
        """Open the store; the options are those of ``SQLTrackerStore``."""
        super().__init__(**options)
        self._kept: OrderedDict[str, _Known] = OrderedDict()
        # The last tracker of each conversation that was asked for and has not been saved yet.
        self._handed_out: OrderedDict[str, _Known] = OrderedDict()
        self._last = _last_event(self.SQLEvent.__table__)
        if self.engine.dialect.name == "sqlite":
            # By default a file is opened and closed for every statement.
            self.engine = sa.create_engine(
                self.engine.url,
                poolclass=QueuePool,
                connect_args={"check_same_thread": False},
            )
            sa.event.listen(self.engine, "connect", _set_up_sqlite)
            self.sessionmaker = sessionmaker(bind=self.engine)

    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        """Return the latest session of a conversation, see ``SQLTrackerStore``."""
        with self.session_scope() as session:
            state = self._state(session, sender_id)
        # Whoever asks may change the tracker without saving it: it is not handed out twice.
        kept = self._kept.pop(sender_id, None)
        if kept is not None and kept.state == state:
            tracker = kept.tracker
        else:
            stored = await super().retrieve(sender_id)
            if stored is None:
                return None
            tracker = RunningTracker.of(stored)
        _put(self._handed_out, sender_id, _Known(tracker, state, _session_length(tracker)))
        return tracker

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Store and stream the events that are new, and keep the conversation."""
        sender_id = tracker.sender_id
        known = self._handed_out.pop(sender_id, None)
        if known is None or known.tracker is not tracker:
            # What is new is what the database has not.
            self._kept.pop(sender_id, None)
            stored = await super().retrieve(sender_id)
            new = _since(tracker, len(stored.events) if stored else 0)
        else:
            new = _since(tracker, known.stored)
        if self.event_broker is not None:
            await self._stream_new_events(self.event_broker, new, sender_id)
        rows = [self._row(sender_id, event) for event in new]
        with self.session_scope() as session:
            before = self._state(session, sender_id)
            if rows:
                session.execute(sa.insert(self.SQLEvent.__table__), rows)
            state = self._state(session, sender_id)
            session.commit()
        # What others stored or erased meanwhile, and the end of a session, are read anew.
        if (
            known is not None
            and known.tracker is tracker
            and before == known.state
            and not any(isinstance(event, SessionStarted) for event in new)
        ):
            running = RunningTracker.of(tracker)
            _put(self._kept, sender_id, _Known(running, state, _session_length(running)))

    @staticmethod
    def _row(sender_id: str, event: Event) -> dict[str, Any]:
        data = event.as_dict()
        return {
            "sender_id": sender_id,
            "type_name": event.type_name,
            "timestamp": data.get("timestamp"),
            "intent_name": data.get("parse_data", {}).get("intent", {}).get(INTENT_NAME_KEY),
            "action_name": data.get("name"),
            "data": json.dumps(data),
        }

    def _state(self, session: Session, sender_id: str) -> _State:
        found = session.execute(self._last, {"sender_id": sender_id}).first()
        return _State(*found) if found else _State(0, None, None)


def _last_event(table: sa.Table) -> sa.sql.Select:
    """Return the query of a ``_State``, which reads one row however long the conversation is."""
    of_sender = table.c.sender_id == sa.bindparam("sender_id")
    events = sa.select(sa.func.count()).where(of_sender).scalar_subquery()
    last = sa.select(events, table.c.id, table.c.timestamp).where(of_sender)
    return last.order_by(table.c.id.desc()).limit(1)


def _session_length(tracker: RunningTracker) -> int:
    """Return how many events a session has had."""
    return tracker.forgotten + len(tracker.events)


def _since(tracker: DialogueStateTracker, stored: int) -> list[Event]:
    """Return a session's events after the first so many."""
    forgotten = tracker.forgotten if isinstance(tracker, RunningTracker) else 0
    return list(tracker.events)[stored - forgotten :]


def _put(conversations: OrderedDict[str, _Known], sender_id: str, known: _Known) -> None:
    """Put a conversation last; the first ones go when they are too many, or have rested long."""
    conversations[sender_id] = known
    conversations.move_to_end(sender_id)
    oldest = known.since - _KEPT_SECONDS
    while len(conversations) > _MOST_KEPT or next(iter(conversations.values())).since < oldest:
        conversations.popitem(last=False)


def _set_up_sqlite(connection: Any, _: Any) -> None:
    cursor = connection.cursor()
    for setting in _SQLITE_SETTINGS:
        cursor.execute(setting)
    cursor.close()
