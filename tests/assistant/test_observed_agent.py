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

from connectors.channels.observed_agent import ObservedAgent, TimedGraphRunner
from connectors.observability.request_id import current_request_id, request
from tests.assistant.served import Agent

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


@pytest.mark.parametrize("metadata", [None, {}, {"is_group": True}, "made up"])
def test_messages_carry_their_id_beside_their_metadata(metadata: Any) -> None:
    seen = []

    async def handle(message: UserMessage) -> None:
        seen.append((current_request_id(), message.metadata))

    async def run() -> None:
        with request(IDENTIFIER):
            message = UserMessage("x", sender_id="a", metadata=metadata)
            await ObservedAgent(Agent(handle)).handle_message(message)

    asyncio.run(run())
    kept = metadata if isinstance(metadata, dict) else {}
    assert seen == [(IDENTIFIER, {**kept, "request_id": IDENTIFIER})]


def test_a_failed_turn_is_counted_and_raised() -> None:
    async def handle(_: UserMessage) -> None:
        raise RuntimeError("no")

    before = sample("sathi_errors_total", kind="turn")
    with pytest.raises(RuntimeError):
        asyncio.run(ObservedAgent(Agent(handle)).handle_message(UserMessage("x", sender_id="a")))
    assert sample("sathi_errors_total", kind="turn") == before + 1


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
    done = subprocess.run(
        [sys.executable, "-c", LOGGING],
        cwd=REPOSITORY,
        env={**os.environ, "SATHI_LOG_FORMAT": wanted},
        capture_output=True,
        text=True,
        check=True,
    )
    line = (done.stdout + done.stderr).strip().splitlines()[-1]
    if wanted == "plain":
        assert line == f"WARNING x: written by [e-mail] [{IDENTIFIER}]"
        return
    found = json.loads(line)
    assert (found["process"], found["request_id"]) == ("assistant", IDENTIFIER)
    assert found["message"] == "written by [e-mail]"
