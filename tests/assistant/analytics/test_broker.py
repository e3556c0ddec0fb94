"""The event broker, fed with events as Rasa makes and publishes them."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import time
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import REGISTRY
from rasa.core.brokers.broker import EventBroker
from rasa.shared.core.events import (
    ActionExecuted,
    ActionReverted,
    BotUttered,
    SessionStarted,
    SlotSet,
    UserUttered,
)
from rasa.shared.exceptions import RasaException
from rasa.utils.endpoints import EndpointConfig

from connectors.analytics.broker import AnalyticsBroker
from connectors.chat_identity import chat_key

SECRET = "s" * 40
START = 1_795_000_000.0  # 18 November 2026, 16:36 in India
SENDER = "web-5f1d7a84-9a4b-4d0e-8d84-2f1a1b1c1d1e"
TEXT = "my phone is 9876543210 and I want cyber security"


class Collecting(EventBroker):
    """Keep what is published."""

    def __init__(self) -> None:
        self.events: list[dict] = []

    def publish(self, event: dict[str, Any]) -> None:
        self.events.append(event)


async def broker_of(folder: Path, **settings: Any) -> AnalyticsBroker:
    section = {
        "type": "connectors.analytics.broker.AnalyticsBroker",
        "database": f"sqlite:///{folder / 'events.db'}",
        "secret": SECRET,
        "retention_days": 100_000,
        **settings,
    }
    broker = await EventBroker.create(EndpointConfig.from_dict(section))
    assert isinstance(broker, AnalyticsBroker)
    return broker


def a_turn(
    action: str = "action_find_course", response: str = "utter_courses_found", start: float = START
) -> list:
    parsed = {
        "intent": {"name": "find_course", "confidence": 0.91},
        "entities": [{"entity": "locale", "value": "hi_Latn"}],
        "text": TEXT,
    }
    items = [
        {"kind": "course", "id": "do_1"},
        {"kind": "certificate", "id": "KB-2024-00123"},
        {"kind": "course", "id": "do_2"},
    ]
    return [
        UserUttered(TEXT, parse_data=parsed, input_channel="web", timestamp=start),
        ActionExecuted(action, timestamp=start + 0.1),
        BotUttered(
            "Courses for you, 9876543210",
            data={"custom": {"locale": "hi_Latn", "confidence": 0.77}},
            metadata={"utter_action": response},
            timestamp=start + 0.25,
        ),
        SlotSet("search", {"items": items, "shown": 2}, timestamp=start + 0.25),
        ActionExecuted("action_listen", timestamp=start + 0.25),
    ]


def published(events: list, sender: str = SENDER) -> list[dict]:
    return [{"sender_id": sender, **event.as_dict()} for event in events]


def rows(folder: Path) -> list[dict]:
    connection = sqlite3.connect(folder / "events.db")
    connection.row_factory = sqlite3.Row
    found = [dict(row) for row in connection.execute("SELECT * FROM turns ORDER BY id")]
    connection.close()
    return found


def run(folder: Path, events: list[dict], **settings: Any) -> list[dict]:
    async def act() -> None:
        broker = await broker_of(folder, **settings)
        for event in events:
            broker.publish(event)
        await broker.close()

    asyncio.run(act())
    return rows(folder)


def test_a_turn_is_counted_with_what_came_of_it(tmp_path: Path) -> None:
    first = [ActionExecuted("action_session_start"), SessionStarted(), *a_turn()]
    (one, two) = run(tmp_path, published([*first, *a_turn()]))
    assert one["chat_key"] == chat_key(SECRET, "web", SENDER)
    assert (one["channel"], one["locale"]) == ("web", "hi_Latn")
    assert (one["intent"], one["intent_confidence"]) == ("find_course", 0.91)
    assert (one["action"], one["response"]) == ("action_find_course", "utter_courses_found")
    assert (one["outcome"], one["answer_confidence"]) == ("answered", 0.77)
    assert json.loads(one["courses"]) == ["do_1", "do_2"]
    assert one["milliseconds"] == 250
    assert one["day"] == "2026-11-18"
    assert (one["starts_conversation"], two["starts_conversation"]) == (1, 0)
    assert (one["hand_off"], two["hand_off"]) == (0, 0)


def test_nothing_personal_is_written(tmp_path: Path) -> None:
    run(tmp_path, published(a_turn()))
    content = b"".join(path.read_bytes() for path in tmp_path.glob("events.db*"))
    for secret in (TEXT, "9876543210", SENDER, "KB-2024-00123", "Courses for you"):
        assert secret.encode() not in content


@pytest.mark.parametrize(
    ("action", "response", "outcome", "hand_off"),
    [
        ("action_fallback", "utter_not_found", "nothing", 0),
        ("action_fallback", "utter_not_sure", "guessed", 0),
        ("action_out_of_scope", "utter_out_of_scope", "out_of_scope", 0),
        ("action_find_course", "utter_platform_unavailable", "fault", 0),
        ("action_contact_human", "utter_contact_human", None, 1),
        ("utter_greet", "utter_greet", None, 0),
    ],
)
def test_outcomes(
    tmp_path: Path, action: str, response: str, outcome: str | None, hand_off: int
) -> None:
    (row,) = run(tmp_path, published(a_turn(action, response)))
    assert (row["outcome"], row["hand_off"]) == (outcome, hand_off)


def test_a_message_that_the_helpdesk_passes_back_is_no_hand_off(tmp_path: Path) -> None:
    said, *answered = a_turn()
    relayed = ActionExecuted("action_relay_to_human", timestamp=START)
    passed_back = [said, relayed, ActionReverted(timestamp=START), *answered]
    passed_on = [said, relayed, answered[-1]]
    (back, on) = run(tmp_path, published([*passed_back, *passed_on]))
    assert (back["action"], back["outcome"], back["hand_off"]) == (
        *("action_find_course", "answered"),
        0,
    )
    assert (on["action"], on["hand_off"]) == ("action_relay_to_human", 1)


def test_a_message_that_nobody_takes_is_sathis(tmp_path: Path) -> None:
    user, *answer = a_turn()
    relay = [ActionExecuted("action_relay_to_human"), ActionReverted()]
    ignored, taken = run(
        tmp_path,
        published([user, *relay, *answer, user, relay[0], ActionExecuted("action_listen")]),
    )
    assert (ignored["hand_off"], ignored["action"]) == (0, "action_find_course")
    assert (taken["hand_off"], taken["action"]) == (1, "action_relay_to_human")


def test_who_has_their_data_deleted_is_forgotten_here_too(tmp_path: Path) -> None:
    leaving = a_turn("action_confirm_forget", "utter_forgotten")
    other = published(a_turn(), "another-chat")
    found = run(tmp_path, [*published(a_turn()), *other, *published(leaving)])
    assert [row["chat_key"] for row in found] == [chat_key(SECRET, "web", "another-chat")]


def test_turns_that_mix_are_kept_apart(tmp_path: Path) -> None:
    one, two = published(a_turn()), published(a_turn(response="utter_not_found"), "another-chat")
    mixed = [event for pair in zip(one, two, strict=True) for event in pair]
    assert [row["outcome"] for row in run(tmp_path, mixed)] == ["answered", "nothing"]


@pytest.mark.parametrize(
    "event",
    [
        {},
        {"event": "user", "sender_id": SENDER, "parse_data": {"entities": [None]}},
        {"event": "user", "sender_id": SENDER, "timestamp": "x"},
        {"event": "bot", "sender_id": SENDER, "data": 7},
    ],
)
def test_events_of_another_shape_stop_nothing(tmp_path: Path, event: dict) -> None:
    assert len(run(tmp_path, [event, *published(a_turn())])) == 1


def test_a_locked_database_delays_nobody_and_loses_nothing(tmp_path: Path) -> None:
    async def act() -> float:
        broker = await broker_of(tmp_path)
        other = sqlite3.connect(tmp_path / "events.db", isolation_level=None)
        other.execute("BEGIN EXCLUSIVE")
        start = time.monotonic()
        for event in published(a_turn()):
            broker.publish(event)
        took = time.monotonic() - start
        await asyncio.sleep(0.5)
        other.rollback()
        other.close()
        await broker.close()
        return took

    assert asyncio.run(act()) < 0.2
    assert len(rows(tmp_path)) == 1


def test_old_turns_are_dropped(tmp_path: Path) -> None:
    run(tmp_path, published(a_turn(start=1000.0)), retention_days=100_000)
    now = time.time()
    (row,) = run(tmp_path, published(a_turn(start=now)), retention_days=30)
    assert row["started_on"] == now


def test_other_brokers_get_turns_and_no_texts() -> None:
    from connectors.analytics.turns import TurnReader

    forward = Collecting()
    broker = AnalyticsBroker(TurnReader(SECRET), None, forward)
    leaving = a_turn("action_confirm_forget", "utter_forgotten")
    for event in published([*a_turn(), *leaving]):
        broker.publish(event)
    turn, forget = forward.events
    assert turn["sender_id"] == forget["sender_id"] == chat_key(SECRET, "web", SENDER)
    assert turn["courses"] == ["do_1", "do_2"]
    assert "9876543210" not in json.dumps(forward.events)
    assert forget["event"] == "forget"


@pytest.mark.parametrize(
    "settings", [{"secret": "short"}, {"database": "sqlite:////proc/none/events.db"}]
)
def test_settings_that_cannot_be_used_are_named(tmp_path: Path, settings: dict) -> None:
    with pytest.raises(RasaException, match="SATHI_"):
        asyncio.run(broker_of(tmp_path, **settings))


def test_a_made_secret_is_kept(tmp_path: Path) -> None:
    settings = {"secret": "", "state_directory": str(tmp_path / "state")}
    (first, second) = [run(tmp_path, published(a_turn()), **settings) for _ in range(2)][1]
    assert first["chat_key"] == second["chat_key"]
    kept = tmp_path / "state" / "link_secret"
    assert first["chat_key"] == chat_key(kept.read_text(), "web", SENDER)
    assert kept.stat().st_mode & 0o777 == 0o600


def test_turns_are_counted_for_operators(tmp_path: Path) -> None:
    def count(name: str, /, **labels: str) -> float:
        return REGISTRY.get_sample_value(name, {"channel": "web", **labels}) or 0.0

    def counts() -> list[float]:
        return [
            count("sathi_messages_total", language="hi_Latn"),
            count("sathi_turn_seconds_sum"),
            count("sathi_conversations_total"),
            count("sathi_hand_offs_total"),
        ]

    before = counts()
    handed_off = a_turn("action_contact_human", "utter_passed_on", START + 9)
    relayed = a_turn("action_relay_to_human", "utter_passed_on", START + 19)
    turns = [ActionExecuted("action_session_start"), SessionStarted(), *a_turn()]
    run(tmp_path, published([*turns, *handed_off, *relayed]))
    counted = [after - earlier for after, earlier in zip(counts(), before)]  # noqa: B905
    assert counted == pytest.approx([3, 0.75, 1, 1], abs=0.01)
