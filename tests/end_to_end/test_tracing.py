"""A message's trace through both processes, as a collector gets it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.end_to_end.own_processes import Sathi
from tests.fakes.collector import FakeCollector, Received

IDENTIFIER = "0a1b2c3d4e5f6071"
SENDER = "nobody-may-read-this"
QUESTION = "मुझे साइबर सुरक्षा का कोर्स चाहिए, 9876543210"
SERVICES = {"sathi-assistant", "sathi-actions"}
STEPS = {
    *("message", "nlu", "policy", "call action_find_course", "nlg"),
    *("action action_find_course", "search search_courses"),
}


@pytest.fixture(scope="module")
def collector() -> Iterator[FakeCollector]:
    with FakeCollector() as running:
        yield running


@pytest.fixture(scope="module")
def traced(tmp_path_factory: pytest.TempPathFactory, collector: FakeCollector) -> Iterator[Sathi]:
    settings = {"SATHI_OTLP_ENDPOINT": collector.address, "OTEL_BSP_SCHEDULE_DELAY": "200"}
    sathi = Sathi(tmp_path_factory.mktemp("traced"), settings)
    for name in ("actions", "assistant"):
        sathi.start(name)
    try:
        sathi.wait()
        yield sathi
    finally:
        sathi.stop()


def ask(sathi: Sathi, message: str) -> list[dict]:
    answer = httpx.post(
        f"{sathi.addresses.assistant}/webhooks/rest/webhook",
        json={"sender": SENDER, "message": message},
        headers={"X-Request-ID": IDENTIFIER},
        timeout=30,
    )
    return answer.raise_for_status().json()


def message_spans(spans: list[Received]) -> list[Received]:
    return [span for span in spans if span.name == "message"]


def is_whole(spans: list[Received]) -> bool:
    """Tell whether both processes have sent theirs, whichever was first."""
    known = {"", *(span.span for span in spans)}
    is_connected = all(span.parent in known for span in spans)
    return is_connected and {span.name for span in spans} >= STEPS


def test_one_message_is_one_trace_in_both_processes(
    traced: Sathi, collector: FakeCollector
) -> None:
    replies = ask(traced, QUESTION)
    assert replies
    spans = collector.wait_for(is_whole)
    (message,) = message_spans(spans)
    assert {span.trace for span in spans} == {message.trace}
    assert {span.service for span in spans} == SERVICES
    assert message.attributes == {
        "sathi.channel": "rest",
        "sathi.language": "hi",
        "sathi.request_id": IDENTIFIER,
    }
    ids = {span.span: span for span in spans}
    (action,) = [span for span in spans if span.name == "action action_find_course"]
    assert ids[action.parent].name == "call action_find_course"
    (search,) = [span for span in spans if span.name == "search search_courses"]
    assert search.parent == action.span


def test_nothing_that_somebody_wrote_or_is_leaves(traced: Sathi, collector: FakeCollector) -> None:
    before = len(message_spans(collector.spans()))
    replies = ask(traced, QUESTION)
    collector.wait_for(lambda found: len(message_spans(found)) > before)
    exported = b"".join(collector.bodies)
    words = [*QUESTION.split(), SENDER, "9876543210"]
    words += [reply["text"].splitlines()[0] for reply in replies if reply.get("text")]
    assert [word for word in words if word.encode() in exported] == []


def test_what_waits_is_sent_at_the_end(tmp_path: Path) -> None:
    with FakeCollector() as collector:
        settings = {"SATHI_OTLP_ENDPOINT": collector.address, "OTEL_BSP_SCHEDULE_DELAY": "600000"}
        sathi = Sathi(tmp_path, settings)
        for name in ("actions", "assistant"):
            sathi.start(name)
        try:
            sathi.wait()
            ask(sathi, "hello")
            assert collector.bodies == []
        finally:
            sathi.stop()
        assert {span.service for span in collector.spans()} == SERVICES
