"""A conversation in memory that stays as quick to handle as it grows.

Rasa replays all events of a session whenever it copies a tracker or asks its policies, and
sends all of them with each action: a conversation's tenth message costs ten times the first.
Here a tracker keeps the events of the last turns, hands those of some more to actions, and of
the others remembers what they set.
"""

from __future__ import annotations

import copy
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, Event, Restarted, SessionStarted
from rasa.shared.core.trackers import DialogueStateTracker, EventVerbosity

# About three turns; rules look back on two.
_KEPT_EVENTS = 30
# Old turns go several at a time.
_MOST_EVENTS = 50
# With the others about ten turns, which a ticket quotes.
_EARLIER_EVENTS = 60


# What events leave on a tracker besides slots.
_LATEST = ("latest_action", "latest_message", "latest_bot_utterance", "followup_action")


@dataclass(frozen=True)
class _State:
    """How a tracker stood after the events that it does not keep."""

    slots: Mapping[str, Any]
    latest: Mapping[str, Any]

    @classmethod
    def of(cls, tracker: DialogueStateTracker) -> _State:
        latest = {name: getattr(tracker, name) for name in _LATEST}
        return cls(tracker.current_slot_values(), latest)


class RunningTracker(DialogueStateTracker):
    """A tracker without the events of turns long past.

    Made by ``RunningTracker.of``; the database keeps every event.

    Attributes:
        forgotten: how many events of the session policies do not see any more.
    """

    # Rasa's constructor resets the tracker before it could set these.
    forgotten = 0
    _earlier: Sequence[Event] = ()
    _before: _State | None = None

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
            self._before = None
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
        before._before = self._before
        before._reset()
        return before

    def _events_for_verbosity(self, event_verbosity: EventVerbosity) -> list[Event] | None:
        if event_verbosity is EventVerbosity.ALL:
            return [*self._earlier, *self.events]
        return super()._events_for_verbosity(event_verbosity)

    def _reset(self) -> None:
        super()._reset()
        if self._before is not None:
            self.__dict__.update(self._before.latest)
            for name, value in self._before.slots.items():
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
        self._before = None if is_wiped else _State.of(before)
        self._earlier = [*self._earlier, *events[:first]][-_EARLIER_EVENTS:]
        self.forgotten += first
        self.events = deque(events[first:])


def _start_of_turn(events: list[Event], earliest: int) -> int:
    """Return the index from which on events can be undone without those before: of a wait."""
    for index in range(earliest, len(events)):
        event = events[index]
        if isinstance(event, ActionExecuted) and event.action_name == ACTION_LISTEN_NAME:
            return index
    return 0
