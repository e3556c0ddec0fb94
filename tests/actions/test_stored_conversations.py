"""Reading and deleting conversations in Rasa's table."""

from __future__ import annotations

import json
from pathlib import Path

from bot.actions.stored_conversations import StoredConversations
from tests.actions.databases import open_tracker_store


def test_what_was_said_is_read_in_order_and_deleted(tmp_path: Path) -> None:
    engine = open_tracker_store(tmp_path / "conversations.db")
    rows = [
        ("a", "action", 1.0, {"name": "action_listen"}),
        ("a", "user", 2.0, {"text": "नमस्ते"}),
        ("b", "user", 3.0, {"text": "somebody else"}),
        ("a", "slot", 4.0, {"name": "locale", "value": "hi"}),
        ("a", "bot", 5.0, {"text": None}),
    ]
    with engine.begin() as connection:
        for sender, kind, time, data in rows:
            connection.exec_driver_sql(
                "INSERT INTO events (sender_id, type_name, timestamp, data) VALUES (?, ?, ?, ?)",
                (sender, kind, time, json.dumps(data)),
            )
    stored = StoredConversations(engine)
    assert stored.said("a") == [
        {"time": 2.0, "from": "user", "text": "नमस्ते"},
        {"time": 5.0, "from": "bot", "text": None},
    ]
    stored.delete("a")
    assert stored.said("a") == []
    assert [line["text"] for line in stored.said("b")] == ["somebody else"]
    engine.dispose()
