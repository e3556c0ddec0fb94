"""Traces, sent to a collector over HTTP."""

from __future__ import annotations

import asyncio
import logging
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import pytest

from connectors.observability import tracing
from connectors.observability.metrics import TimedCalls, timed
from tests.fakes.collector import FakeCollector, Received
from tests.ports import free_port
from tools.processes import REPOSITORY

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
SECRET = "my phone is 9876543210"  # noqa: S105 (what nobody may read)


@pytest.fixture
def collector(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeCollector]:
    with FakeCollector() as running:
        monkeypatch.setenv(tracing.SETTING, running.address)
        monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "100")
        yield running


def record(act: Callable[[], None]) -> None:
    """Do something while traces are on, in a task as requests are."""

    async def run() -> None:
        tracing.start_tracing("actions")
        try:
            await asyncio.create_task(asyncio.to_thread(act))
        finally:
            await tracing.stop_tracing()

    asyncio.run(run())


def by_name(spans: list[Received]) -> dict[str, Received]:
    return {span.name: span for span in spans}


def test_a_message_is_a_trace_with_its_steps(collector: FakeCollector) -> None:
    def act() -> None:
        with tracing.trace("message", channel="web"):
            with timed("nlu"):
                pass
            tracing.note(language="hi")

    record(act)
    found = by_name(collector.spans())
    message, nlu = found["message"], found["nlu"]
    assert message.service == "sathi-actions"
    assert message.attributes == {"sathi.channel": "web", "sathi.language": "hi"}
    assert (message.parent, nlu.parent, nlu.trace) == ("", message.span, message.trace)


def test_a_trace_goes_on_in_the_other_process(collector: FakeCollector) -> None:
    class Records:
        def enrolments(self) -> None:
            """Read nothing."""

    def act() -> None:
        tracing.join({"traceparent": PARENT})
        with timed("action", "action_find_course"):
            TimedCalls(Records(), "platform").enrolments()

    record(act)
    found = by_name(collector.spans())
    action, platform = found["action action_find_course"], found["platform enrolments"]
    _, trace, caller, _ = PARENT.split("-")
    assert (action.trace, action.parent, action.kind) == (trace, caller, 2)  # a server's
    assert (platform.trace, platform.parent, platform.kind) == (trace, action.span, 1)


def test_a_call_hands_the_trace_on(collector: FakeCollector) -> None:
    given = []

    def act() -> None:
        given.append(tracing.headers())
        with tracing.trace("message"), tracing.call("call action"):
            given.append(tracing.headers())

    record(act)
    call = by_name(collector.spans())["call action"]
    outside, inside = given
    assert outside == {}
    assert inside["traceparent"].startswith(f"00-{call.trace}-{call.span}-")
    assert call.kind == 3  # a client's


@pytest.mark.parametrize("given", [{}, {"traceparent": SECRET}, {"traceparent": "00-0-0-01"}])
def test_what_belongs_to_no_message_is_not_recorded(
    collector: FakeCollector, given: dict[str, str]
) -> None:
    def act() -> None:
        tracing.join({"traceparent": PARENT})
        tracing.join(given)
        with timed("platform", "enrolments"), tracing.call("call"):
            tracing.note(language="hi")

    record(act)
    assert collector.bodies == []


def test_a_fault_is_named_and_not_quoted(collector: FakeCollector) -> None:
    def act() -> None:
        with pytest.raises(ValueError, match="phone"), tracing.trace("message"), timed("action"):
            raise ValueError(SECRET)

    record(act)
    for span in collector.spans():
        assert span.is_error
        assert span.attributes == {"error.type": "ValueError"}
    assert len(collector.spans()) == 2
    assert not any(b"9876543210" in body for body in collector.bodies)


def test_a_dead_collector_costs_nothing_and_is_named_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    port = free_port()
    monkeypatch.setenv(tracing.SETTING, f"http://127.0.0.1:{port}")
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "50")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "1")

    def messages() -> None:
        for _ in range(200):
            with tracing.trace("message"), timed("nlu"):
                pass

    async def until(is_done: Callable[[], object]) -> None:
        end = time.monotonic() + 30
        while not is_done():
            assert time.monotonic() < end
            messages()
            await asyncio.sleep(0.1)

    async def run() -> float:
        tracing.start_tracing("actions")
        started = time.monotonic()
        messages()
        took = time.monotonic() - started
        await until(lambda: caplog.records)
        # Some more that fail.
        for _ in range(30):
            messages()
            await asyncio.sleep(0.1)
        with FakeCollector(port) as late:
            await until(lambda: late.bodies)
            await tracing.stop_tracing()
        return took

    with caplog.at_level(logging.INFO, "connectors"):
        took = asyncio.run(run())
    assert took < 0.5
    failed, well = [record.message for record in caplog.records if record.name != "asyncio"]
    assert "the collector takes no traces now" in failed
    assert well == "the collector takes traces again"


def test_a_dead_collector_does_not_hold_up_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(tracing.SETTING, f"http://127.0.0.1:{free_port()}")

    async def run() -> float:
        tracing.start_tracing("actions")
        with tracing.trace("message"):
            pass
        started = time.monotonic()
        await tracing.stop_tracing()
        return time.monotonic() - started

    assert asyncio.run(run()) < tracing._STOP_SECONDS + 1


def test_an_address_that_is_none_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(tracing.SETTING, "127.0.0.1:4318")
    with pytest.raises(tracing.TracingSettingError, match=tracing.SETTING):
        tracing.start_tracing("actions")


OFF = """
import sys
from connectors.observability import tracing
from connectors.observability.metrics import timed
tracing.start_tracing("actions")
with tracing.trace("message"), tracing.call("call"), timed("nlu"):
    tracing.join({})
    tracing.note(language="hi")
    assert tracing.headers() == {}
assert not [name for name in sys.modules if name.startswith("opentelemetry")]
"""


def test_nothing_is_imported_while_it_is_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(tracing.SETTING, "")
    subprocess.run([sys.executable, "-c", OFF], cwd=REPOSITORY, check=True)
