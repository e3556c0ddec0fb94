"""What operators see of both processes while people use them."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.end_to_end.conftest import Ask
from tools.processes import Addresses

IDENTIFIER = "0a1b2c3d4e5f6071"


def lines(path: Path) -> Iterator[dict]:
    """Return the JSON lines of a log; what libraries print before logging is set up is none."""
    for line in path.read_text(errors="replace").splitlines():
        if line.startswith("{"):
            yield json.loads(line)


def of_request(logs: Path, name: str) -> list[dict]:
    (path,) = logs.glob(f"logs0/{name}.log")
    return [line for line in lines(path) if line.get("request_id") == IDENTIFIER]


def test_both_processes_are_well_and_ready(sathi: Addresses, client: httpx.Client) -> None:
    for address in (sathi.assistant, sathi.actions):
        assert client.get(f"{address}/health").json()["status"] == "ok"
        answer = client.get(f"{address}/ready")
        assert answer.status_code == 200
        assert all(answer.json()["checks"].values())


def test_the_page_is_still_at_the_root(sathi: Addresses, client: httpx.Client) -> None:
    assert "<html" in client.get(f"{sathi.assistant}/").text


def test_a_request_is_found_in_the_logs_of_both(
    sathi: Addresses, client: httpx.Client, logs: Path
) -> None:
    answer = client.post(
        f"{sathi.assistant}/webhooks/rest/webhook",
        json={"sender": "operations", "message": "a course on cyber security"},
        headers={"X-Request-ID": IDENTIFIER},
    )
    assert answer.headers["X-Request-ID"] == IDENTIFIER
    time.sleep(0.5)
    assistant, actions = of_request(logs, "assistant"), of_request(logs, "actions")
    assert any(line["message"].startswith("a message was handled") for line in assistant)
    assert {"/webhook", "/nlg"} <= {line["message"].split(":")[0] for line in actions}
    assert {line["process"] for line in assistant} == {"assistant"}
    assert "cyber" not in json.dumps(assistant + actions)


@pytest.mark.parametrize(
    ("process", "wanted"),
    [
        (
            "assistant",
            (
                'sathi_stage_seconds_count{name="",stage="nlu"}',
                'sathi_stage_seconds_count{name="",stage="policy"}',
                'sathi_messages_total{channel="rest",language="hi"}',
                'sathi_turn_seconds_count{channel="rest"}',
                'sathi_conversations_total{channel="rest"}',
                'sathi_queue_depth{channel="telegram",queue="unsent"}',
            ),
        ),
        (
            "actions",
            (
                'sathi_stage_seconds_count{name="action_find_course",stage="action"}',
                'sathi_stage_seconds_count{name="",stage="nlg"}',
                'sathi_stage_seconds_count{name="search_courses",stage="search"}',
                'sathi_queue_depth{channel="telegram",queue="outbox"}',
            ),
        ),
    ],
)
def test_metrics_tell_what_happened(
    sathi: Addresses, client: httpx.Client, ask: Ask, process: str, wanted: tuple[str, ...]
) -> None:
    ask("मुझे साइबर सुरक्षा का कोर्स चाहिए")
    text = client.get(f"{getattr(sathi, process)}/metrics").text
    assert [name for name in wanted if name not in text] == []
