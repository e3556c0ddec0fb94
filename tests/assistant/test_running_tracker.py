"""Trackers without turns long past stand as Rasa's own trackers of all events do."""

from __future__ import annotations

import random

import pytest
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted,
    ActionReverted,
    BotUttered,
    Event,
    Restarted,
    SessionStarted,
    SlotSet,
    UserUtteranceReverted,
    UserUttered,
)
from rasa.shared.core.trackers import DialogueStateTracker, EventVerbosity

from bot.running_tracker import RunningTracker
from tests.assistant.conftest import REPOSITORY

SLOTS = ("locale", "search", "held_by_human", "pending")
# The longest rule is shorter.
LOOKED_BACK = 4
# A ticket quotes as many events.
QUOTED = 80


@pytest.fixture(scope="module")
def domain() -> Domain:
    return Domain.load(str(REPOSITORY / "domain.yml"))


def random_of(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311 (no secret)


def turn(choose: random.Random) -> list[Event]:
    """Return a turn such as Rasa's processor may make it, now and then one that is undone."""
    intent = choose.choice(["find_course", "greet", "thanks"])
    events: list[Event] = [UserUttered("x", {"name": intent, "confidence": 1.0})]
    if choose.random() < 0.1:
        events += [UserUtteranceReverted(), ActionExecuted("action_listen")]
        return events
    if choose.random() < 0.2:
        events += [ActionExecuted("action_relay_to_human"), ActionReverted()]
    if choose.random() < 0.6:
        events.append(SlotSet(choose.choice(SLOTS), choose.choice([None, "hi", "ta", True])))
    events.append(ActionExecuted("action_find_course"))
    events += [BotUttered(f"{choose.random()}") for _ in range(choose.randint(0, 2))]
    return [*events, ActionExecuted("action_listen")]


def session(choose: random.Random, turns: int) -> list[Event]:
    """Return a session, which may be restarted."""
    events: list[Event] = [SessionStarted(), ActionExecuted("action_listen")]
    for _ in range(turns):
        if choose.random() < 0.02:
            events += [Restarted(), ActionExecuted("action_listen")]
        events += turn(choose)
    return events


def standing(tracker: DialogueStateTracker) -> dict[str, object]:
    """Return all but the events."""
    return {
        "slots": tracker.current_slot_values(),
        "message": tracker.latest_message,
        "action": tracker.latest_action,
        "said": tracker.latest_bot_utterance,
        "next": tracker.followup_action,
        "loop": tracker.active_loop,
        "paused": tracker.is_paused(),
    }


@pytest.mark.parametrize("seed", range(20))
def test_it_stands_as_rasas_tracker_of_all_events(domain: Domain, seed: int) -> None:
    choose = random_of(seed)
    whole = DialogueStateTracker("a", domain.slots)
    short = RunningTracker.of(DialogueStateTracker("a", domain.slots))
    for number, event in enumerate(session(choose, 120)):
        for tracker in (whole, short):
            tracker.update(event)
        if isinstance(event, ActionExecuted) and event.action_name == "action_listen":
            short = RunningTracker.of(short)
        if number % 7 == 0:
            assert standing(short) == standing(whole)
            assert standing(short.copy()) == standing(whole)
            states = short.past_states(domain)
            assert states[-LOOKED_BACK:] == whole.past_states(domain)[-len(states) :][-LOOKED_BACK:]
    assert short.forgotten > 0
    assert short.forgotten + len(short.events) == len(whole.events)
    assert list(short.events) == list(whole.events)[short.forgotten :]
    handed = short.current_state(EventVerbosity.ALL)["events"]
    assert QUOTED <= len(handed) <= 2 * QUOTED
    assert handed == [event.as_dict() for event in whole.events][-len(handed) :]


def test_a_stored_session_is_shortened_when_it_is_read(domain: Domain) -> None:
    events = session(random_of(1), 120)
    whole = DialogueStateTracker.from_events("a", events, domain.slots)
    short = RunningTracker.of(DialogueStateTracker.from_events("a", events, domain.slots))
    assert len(short.events) < len(whole.events)
    assert standing(short) == standing(whole)
    again = RunningTracker.of(short)
    assert again is short
    for tracker in (whole, short):
        tracker.update(ActionExecuted("action_relay_to_human"))
        tracker.update(ActionReverted())
    assert standing(short) == standing(whole)


def test_a_copy_changes_by_itself(domain: Domain) -> None:
    tracker = RunningTracker.of(DialogueStateTracker("a", domain.slots))
    tracker.update_with_events(session(random_of(2), 3), domain)
    before = standing(tracker), len(tracker.events)
    duplicate = tracker.copy()
    duplicate.update_with_events([SlotSet("locale", "ur"), ActionExecuted("action_x")], domain)
    assert (standing(tracker), len(tracker.events)) == before
    assert duplicate.get_slot("locale") == "ur"


def test_a_restart_wipes_what_was_set_in_forgotten_turns(domain: Domain) -> None:
    tracker = RunningTracker.of(DialogueStateTracker("a", domain.slots))
    tracker.update(SlotSet("locale", "ta"))
    choose = random_of(3)
    for _ in range(80):
        events = [event for event in turn(choose) if not isinstance(event, SlotSet)]
        tracker.update_with_events(events, domain)
    tracker = RunningTracker.of(tracker)
    assert tracker.forgotten
    assert tracker.get_slot("locale") == "ta"
    tracker.update(Restarted())
    assert tracker.get_slot("locale") is None
    assert tracker.copy().get_slot("locale") is None
    assert tracker.init_copy().get_slot("locale") is None
