"""A conversation in memory that stays as quick to handle as it grows.

Rasa replays all events of a session whenever it copies a tracker or asks its policies, and
sends all of them with each action: a conversation's tenth message costs ten times the first.
Here a tracker keeps the events of the last turns, and of older ones what they set.
"""

from __future__ import annotations

import copy
from collections import deque
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, Event, Restarted, SessionStarted
from rasa.shared.core.trackers import DialogueStateTracker

# About ten turns, more than any rule looks back on or a ticket quotes.
_KEPT_EVENTS = 100
# Old turns go several at a time.
_MOST_EVENTS = 150


class RunningTracker(DialogueStateTracker):
    """A tracker without the events of turns long past.

    Made by ``RunningTracker.of``; the database keeps every event.

    Attributes:
        forgotten: how many events of the session are not kept.
    """

    # Rasa's constructor resets the tracker before it could set these.
    forgotten = 0
    _set_before: Mapping[str, Any] = MappingProxyType({})

    @classmethod
    def of(cls, tracker: DialogueStateTracker) -> RunningTracker:
        """Return a tracker in the same state, without the oldest of very many events."""
        if not isinstance(tracker, cls):
            running = cls.__new__(cls)
            running.__dict__.update(tracker.__dict__)
            tracker = running
        tracker._forget_old_turns()
        return tracker

    def update(self, event: Event, domain: Domain | None = None) -> None:
        """Add an event, see ``DialogueStateTracker``."""
        if isinstance(event, (Restarted, SessionStarted)):
            # What was set before counts no more.
            self._set_before = {}
        super().update(event, domain)

    def copy(self) -> RunningTracker:
        """Return a duplicate; Rasa's own replays all events for it."""
        duplicate = copy.copy(self)
        duplicate.events = self.events.copy()
        duplicate.slots = {name: copy.copy(slot) for name, slot in self.slots.items()}
        duplicate.latest_action = copy.copy(self.latest_action)
        duplicate.active_loop = copy.copy(self.active_loop)
        return duplicate

    def init_copy(self) -> RunningTracker:
        """Return a tracker as this one was before the first event that it keeps."""
        before = type(self)(
            self.sender_id,
            self.slots.values(),
            self._max_event_history,
            is_rule_tracker=self.is_rule_tracker,
        )
        before._set_before = self._set_before
        before._reset_slots()
        return before

    def _reset_slots(self) -> None:
        super()._reset_slots()
        for name, value in self._set_before.items():
            self.slots[name].value = value

    def _forget_old_turns(self) -> None:
        if len(self.events) <= _MOST_EVENTS:
            return
        events = list(self.events)
        first = _start_of_turn(events, len(events) - _KEPT_EVENTS)
        before = self.init_copy()
        before.events.extend(events[:first])
        before.replay_events()
        if before.active_loop is not None or before.is_paused():
            return
        is_wiped = any(isinstance(event, (Restarted, SessionStarted)) for event in events[first:])
        self._set_before = {} if is_wiped else before.current_slot_values()
        self.forgotten += first
        self.events = deque(events[first:])


def _start_of_turn(events: list[Event], earliest: int) -> int:
    """Return the index from which on events can be undone without those before: of a wait."""
    for index in range(earliest, len(events)):
        event = events[index]
        if isinstance(event, ActionExecuted) and event.action_name == ACTION_LISTEN_NAME:
            return index
    return 0
