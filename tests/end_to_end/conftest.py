"""Both processes, started once for all end-to-end tests, on ports of their own."""

from __future__ import annotations

import socket
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from tools.processes import Addresses, running

Messages = list[dict]
Ask = Callable[[str], Messages]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="session")
def sathi(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Addresses]:
    logs = tmp_path_factory.mktemp("logs")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SATHI_TRACKER_DB", str(logs / "conversations.db"))
        with running(Addresses("127.0.0.1", free_port(), free_port()), logs) as addresses:
            yield addresses


@pytest.fixture(scope="session")
def logs(sathi: Addresses, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.getbasetemp()


@pytest.fixture(scope="session")
def client() -> Iterator[httpx.Client]:
    with httpx.Client(timeout=30) as opened:
        yield opened


@pytest.fixture
def ask(sathi: Addresses, client: httpx.Client) -> Ask:
    """Return a function that sends one message of a new conversation over REST."""
    sender = str(uuid.uuid4())

    def send(message: str) -> Messages:
        answer = client.post(
            f"{sathi.assistant}/webhooks/rest/webhook", json={"sender": sender, "message": message}
        )
        answer.raise_for_status()
        return answer.json()

    return send
