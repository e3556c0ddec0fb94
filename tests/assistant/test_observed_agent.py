"""The agent with a clock, and log lines of the assistant as it sets them up."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import REGISTRY
from rasa.core.channels.channel import UserMessage
from rasa.core.nlg.callback import CallbackNaturalLanguageGenerator
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.training_data.message import Message
from rasa.utils.endpoints import EndpointConfig
from sanic import Sanic
from sanic.request import Request
from sanic.response import HTTPResponse
from sanic.response import json as json_response

from connectors.channels.observed_agent import ObservedAgent, TimedGraphRunner
from connectors.observability import tracing
from connectors.observability.request_id import current_request_id, request
from tests.assistant.served import Agent
from tests.fakes.collector import FakeCollector
from tests.ports import free_port

REPOSITORY = Path(__file__).parent.parent.parent
IDENTIFIER = "0123456789abcdef"


def sample(name: str, /, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


class Runner:
    """Stands in for what runs a model."""

    def __init__(self) -> None:
        self.calls: list[Any] = []

    def run(self, inputs: Any = None, targets: Any = None) -> dict[str, Any]:
        self.calls.append((inputs, targets))
        return {targets[0]: "result"}


def test_understanding_and_policies_are_measured_apart() -> None:
    inner = Runner()
    runner = TimedGraphRunner(inner, "end_of_nlu")
    nlu = sample("sathi_stage_seconds_count", stage="nlu", name="")
    policy = sample("sathi_stage_seconds_count", stage="policy", name="")
    assert runner.run({"m": 1}, ["end_of_nlu"]) == {"end_of_nlu": "result"}
    assert runner.run({"t": 1}, ["end_of_core"]) == {"end_of_core": "result"}
    assert runner.run({"t": 1}, ["end_of_core"]) == {"end_of_core": "result"}
    assert inner.calls[0] == ({"m": 1}, ["end_of_nlu"])
    assert sample("sathi_stage_seconds_count", stage="nlu", name="") == nlu + 1
    assert sample("sathi_stage_seconds_count", stage="policy", name="") == policy + 2


def test_a_message_is_handled_under_the_id_of_its_request() -> None:
    seen = []

    async def handle(message: UserMessage) -> None:
        seen.append((current_request_id(), message.metadata))

    async def run() -> None:
        agent = ObservedAgent(Agent(handle))
        with request(IDENTIFIER):
            await agent.handle_message(UserMessage("x", sender_id="a", metadata={"kept": 1}))
        await agent.handle_message(UserMessage("x", sender_id="a"))

    asyncio.run(run())
    (first, metadata), (second, _) = seen
    assert (first, metadata) == (IDENTIFIER, {"kept": 1})
    assert second not in (None, IDENTIFIER)


def test_a_failed_turn_is_counted_and_raised() -> None:
    async def handle(_: UserMessage) -> None:
        raise RuntimeError("no")

    before = sample("sathi_errors_total", kind="turn")
    with pytest.raises(RuntimeError):
        asyncio.run(ObservedAgent(Agent(handle)).handle_message(UserMessage("x", sender_id="a")))
    assert sample("sathi_errors_total", kind="turn") == before + 1


def test_a_message_is_a_trace_that_the_action_server_is_told_of(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen: list[tuple[str, str]] = []
    port = free_port()

    async def act() -> None:
        tracing.start_tracing("assistant")
        server = await _action_server(port, seen)
        agent = Agent(lambda message: _turn(agent, message))
        agent.processor.graph_runner = Understanding()
        agent.processor.action_endpoint = EndpointConfig(f"http://127.0.0.1:{port}/webhook")
        words = EndpointConfig(f"http://127.0.0.1:{port}/nlg")
        agent.processor.nlg = CallbackNaturalLanguageGenerator(words)
        message = UserMessage("my secret", sender_id="anita", input_channel="forged by anita")
        observed = ObservedAgent(agent)
        with request(IDENTIFIER):
            await observed.handle_message(message)
        await observed.close()
        await tracing.stop_tracing()
        server.close()
        await server.wait_closed()

    monkeypatch.setattr(Sanic, "test_mode", True)
    with FakeCollector() as collector:
        monkeypatch.setenv(tracing.SETTING, collector.address)
        asyncio.run(act())
    spans = {span.name: span for span in collector.spans()}
    names = {"message", "nlu", "policy", "call action_find_course", "call utter_greet"}
    assert spans.keys() == names
    (message,) = [span for span in spans.values() if not span.parent]
    assert message.attributes == {
        "sathi.channel": "other",
        "sathi.language": "hi_Latn",
        "sathi.request_id": IDENTIFIER,
    }
    assert {span.service for span in spans.values()} == {"sathi-assistant"}
    for name, given in zip(("call action_find_course", "call utter_greet"), seen, strict=True):
        assert given == (f"00-{message.trace}-{spans[name].span}-01", IDENTIFIER)
        assert spans[name].parent == message.span
    assert not [body for body in collector.bodies if b"secret" in body or b"anita" in body]


class Understanding:
    """Stands in for what runs a model, and finds a language."""

    def run(self, inputs: Any = None, targets: Any = None) -> dict[str, Any]:
        found = {"entities": [{"entity": "locale", "value": "hi_Latn"}]}
        return {targets[0]: [Message(data=found)]}


async def _turn(agent: Agent, message: UserMessage) -> None:
    processor = agent.processor
    processor.graph_runner.run({}, ["nlu"])
    processor.graph_runner.run({}, ["core"])
    await processor.action_endpoint.request(json={"next_action": "action_find_course"})
    tracker = DialogueStateTracker.from_events(message.sender_id, [])
    await processor.nlg.generate("utter_greet", tracker, "rest")


async def _action_server(port: int, seen: list[tuple[str, str]]) -> Any:
    app = Sanic(f"actions{port}")

    async def answer(given: Request) -> HTTPResponse:
        seen.append((given.headers["traceparent"], given.headers["x-request-id"]))
        return json_response({"text": "x"})

    app.add_route(answer, "/webhook", methods=["POST"], name="webhook")
    app.add_route(answer, "/nlg", methods=["POST"], name="nlg")
    server = await app.create_server("127.0.0.1", port, return_asyncio_server=True)
    await server.startup()
    return server


LOGGING = """
import logging
from rasa.utils.common import configure_logging_and_warnings
from rasa.utils.io import configure_colored_logging
from connectors.channels.operations import Operations
from connectors.observability.request_id import request
# As Rasa's command line does.
configure_logging_and_warnings(None, "logging.yml")
configure_colored_logging(None)
Operations.from_credentials({"action_server": "http://127.0.0.1:1", "journal": "sqlite://"})
with request("0123456789abcdef"):
    logging.getLogger("x").warning("written by anita.rao@nic.in")
"""


@pytest.mark.parametrize("wanted", ["json", "plain"])
def test_the_assistants_lines_are_as_set_and_without_personal_data(wanted: str) -> None:
    # Rasa keeps the level that another test may have set in the environment.
    settings = {"SATHI_LOG_FORMAT": wanted, "PYTHONWARNINGS": "ignore", "LOG_LEVEL": "INFO"}
    done = subprocess.run(
        [sys.executable, "-c", LOGGING],
        cwd=REPOSITORY,
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        check=True,
    )
    # Libraries may warn before and after it, on either stream.
    (line,) = [line for line in (done.stdout + done.stderr).splitlines() if "written by" in line]
    if wanted == "plain":
        assert line == f"WARNING x: written by [e-mail] [{IDENTIFIER}]"
        return
    found = json.loads(line)
    assert (found["process"], found["request_id"]) == ("assistant", IDENTIFIER)
    assert found["message"] == "written by [e-mail]"


def test_a_chat_that_floods_waits_while_others_are_answered() -> None:
    answered: list[str] = []

    async def handle(message: UserMessage) -> None:
        answered.append(message.sender_id)

    async def run() -> None:
        agent = ObservedAgent(Agent(handle))
        flood = [
            asyncio.create_task(agent.handle_message(UserMessage("x", sender_id="flood")))
            for _ in range(15)
        ]
        await asyncio.sleep(0)
        await agent.handle_message(UserMessage("x", sender_id="other"))
        assert answered.count("flood") == 10
        assert answered.count("other") == 1
        done, _ = await asyncio.wait(flood, timeout=3)
        assert len(done) == 11
        for task in flood:
            task.cancel()

    asyncio.run(run())
