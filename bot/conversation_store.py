"""Conversations in SQL, read once while they last.

Rasa's own SQL store reads a conversation three times for each message: to answer, to find
out which events are new, and to count those it has. Here a conversation that was saved is
kept in memory, and used again if the database still ends where it did: another process may
have added to it, or a learner may have had it erased.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from rasa.core.tracker_store import SQLTrackerStore
from rasa.shared.core.events import Event, SessionStarted
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.constants import INTENT_NAME_KEY
from sqlalchemy.orm import sessionmaker
from sqlalchemy.pool import QueuePool

_MOST_KEPT = 500
_SQLITE_SETTINGS = (
    # Readers do not wait for writers; a loss of power may cost the last turns, no more.
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = NORMAL",
    "PRAGMA busy_timeout = 5000",
)
# Number of events of a conversation in the database, and the id of the last one.
_State = tuple[int, int | None]


@dataclass
class _Kept:
    """A conversation as it was saved.

    Attributes:
        tracker: the conversation.
        state: what the database held then.
    """

    tracker: DialogueStateTracker
    state: _State


class ConversationStore(SQLTrackerStore):
    """Rasa's SQL store that keeps running conversations in memory, see the module.

    Rasa locks a conversation while it answers, so that no two turns share a tracker.
    """

    def __init__(self, **options: Any) -> None:
        """Open the store; the options are those of ``SQLTrackerStore``."""
        super().__init__(**options)
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        # Of conversations that were handed out: how many of their events are stored.
        self._handed_out: dict[str, tuple[DialogueStateTracker, int]] = {}
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
        kept = self._kept.pop(sender_id, None)
        if kept is not None and self._state(sender_id) == kept.state:
            tracker: DialogueStateTracker | None = kept.tracker
        else:
            tracker = await super().retrieve(sender_id)
        if tracker is not None:
            self._handed_out[sender_id] = (tracker, len(tracker.events))
        return tracker

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Store and stream the events that are new, and keep the conversation."""
        handed_out, stored = self._handed_out.pop(tracker.sender_id, (None, 0))
        if handed_out is not tracker:
            await super().save(tracker)
            return
        new = list(tracker.events)[stored:]
        if self.event_broker is not None:
            await self._stream_new_events(self.event_broker, new, tracker.sender_id)
        with self.session_scope() as session:
            session.add_all([self._row(tracker.sender_id, event) for event in new])
            session.commit()
        # A session that has just begun is all that the next turn is to see.
        if any(isinstance(event, SessionStarted) for event in new[1:]):
            return
        self._kept[tracker.sender_id] = _Kept(tracker, self._state(tracker.sender_id))
        while len(self._kept) > _MOST_KEPT:
            self._kept.popitem(last=False)

    def _row(self, sender_id: str, event: Event) -> Any:
        data = event.as_dict()
        return self.SQLEvent(
            sender_id=sender_id,
            type_name=event.type_name,
            timestamp=data.get("timestamp"),
            intent_name=data.get("parse_data", {}).get("intent", {}).get(INTENT_NAME_KEY),
            action_name=data.get("name"),
            data=json.dumps(data),
        )

    def _state(self, sender_id: str) -> _State:
        columns = self.SQLEvent.__table__.c
        wanted = sa.select(sa.func.count(), sa.func.max(columns.id)).where(
            columns.sender_id == sender_id
        )
        with self.engine.connect() as connection:
            count, last = connection.execute(wanted).one()
        return count, last


def _set_up_sqlite(connection: Any, _: Any) -> None:
    cursor = connection.cursor()
    for setting in _SQLITE_SETTINGS:
        cursor.execute(setting)
    cursor.close()
