from __future__ import annotations

import pytest
from prometheus_client.parser import text_string_to_metric_families

from connectors.observability.metrics import (
    TimedCalls,
    count_error,
    count_turn,
    exposition,
    may_read,
    set_queue_depths,
    timed,
)


def value(name: str, /, **labels: str) -> float:
    for family in text_string_to_metric_families(exposition().decode()):
        for sample in family.samples:
            if sample.name == name and sample.labels == labels:
                return sample.value
    return 0.0


def test_a_step_is_measured_even_when_it_fails() -> None:
    labels = {"stage": "action", "name": "action_of_this_test"}
    with timed("action", "action_of_this_test"):
        pass
    with pytest.raises(ValueError, match="no"), timed("action", "action_of_this_test"):
        raise ValueError("no")
    assert value("sathi_stage_seconds_count", **labels) == 2


def test_a_turn_counts_with_channel_and_language() -> None:
    labels = {"channel": "web", "language": "hi_Latn"}
    before = value("sathi_messages_total", **labels)
    count_turn("web", "hi_Latn", 0.2, begins=True, handed_off=True)
    assert value("sathi_messages_total", **labels) == before + 1
    assert value("sathi_turn_seconds_bucket", channel="web", le="0.25") >= 1
    assert value("sathi_conversations_total", channel="web") >= 1
    assert value("sathi_hand_offs_total", channel="web") >= 1


def test_no_user_can_make_a_label() -> None:
    count_turn("channel-of-mallory", "locale-of-mallory", 0.1, begins=False, handed_off=False)
    assert b"mallory" not in exposition()
    assert value("sathi_messages_total", channel="other", language="unknown") >= 1


def test_a_queue_that_has_emptied_is_empty() -> None:
    set_queue_depths("outbox", {"telegram": 3, "unheard-of": 2})
    assert value("sathi_queue_depth", queue="outbox", channel="telegram") == 3
    assert value("sathi_queue_depth", queue="outbox", channel="other") == 2
    set_queue_depths("outbox", {})
    assert value("sathi_queue_depth", queue="outbox", channel="telegram") == 0


class Platform:
    name = "platform"

    def learner(self, identifier: str) -> str:
        if not identifier:
            raise KeyError(identifier)
        return identifier.upper()

    def plan(self) -> list[str]:
        return []


def test_calls_are_measured_and_their_faults_counted() -> None:
    platform = TimedCalls(Platform(), "platform")
    errors = value("sathi_errors_total", kind="platform")
    assert platform.name == "platform"
    assert platform.learner("a") == "A"
    with pytest.raises(KeyError):
        platform.learner("")
    assert value("sathi_stage_seconds_count", stage="platform", name="learner") == 2
    assert value("sathi_errors_total", kind="platform") == errors + 1


def test_a_refusal_is_no_fault() -> None:
    platform = TimedCalls(Platform(), "asked", is_fault=lambda e: not isinstance(e, KeyError))
    with pytest.raises(KeyError):
        platform.learner("")
    assert value("sathi_errors_total", kind="asked") == 0


def test_only_the_named_calls_are_measured() -> None:
    platform = TimedCalls(Platform(), "search", names=["learner"])
    platform.plan()
    platform.learner("a")
    assert value("sathi_stage_seconds_count", stage="search", name="plan") == 0
    assert value("sathi_stage_seconds_count", stage="search", name="learner") == 1


def test_errors_are_counted_by_kind() -> None:
    before = value("sathi_errors_total", kind="kind-of-this-test")
    count_error("kind-of-this-test")
    assert value("sathi_errors_total", kind="kind-of-this-test") == before + 1


@pytest.mark.parametrize(
    ("address", "headers", "allowed"),
    [
        ("127.0.0.1", {}, True),
        ("::1", {}, True),
        ("10.0.0.7", {}, False),
        ("127.0.0.1", {"x-forwarded-for": "127.0.0.1"}, False),
        ("", {}, False),
    ],
)
def test_without_a_token_only_this_machine_reads(
    monkeypatch: pytest.MonkeyPatch, address: str, headers: dict[str, str], allowed: bool
) -> None:
    monkeypatch.delenv("SATHI_METRICS_TOKEN", raising=False)
    assert may_read(address, headers) is allowed


@pytest.mark.parametrize(
    ("header", "allowed"),
    [("Bearer right", True), ("Bearer wrong", False), ("right", False), ("", False)],
)
def test_with_a_token_everybody_needs_it(
    monkeypatch: pytest.MonkeyPatch, header: str, allowed: bool
) -> None:
    monkeypatch.setenv("SATHI_METRICS_TOKEN", "right")
    headers = {"authorization": header} if header else {}
    for address in ("127.0.0.1", "10.0.0.7"):
        assert may_read(address, headers) is allowed
