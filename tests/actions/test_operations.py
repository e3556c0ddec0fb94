"""What operators see of the action server, and how it ends, in a process of its own."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.actions.operations_process import SLOW_SECONDS
from tests.ports import free_port
from tools.processes import REPOSITORY

IDENTIFIER = "0123456789abcdef"
NAMED = {"X-Request-ID": IDENTIFIER}


@dataclass
class Server:
    url: str
    process: subprocess.Popen
    database: Path


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    port, database = free_port(), tmp_path / "sathi.db"
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.actions.operations_process", str(port), str(database)],
        cwd=REPOSITORY,
    )
    url = f"http://127.0.0.1:{port}"
    end = time.monotonic() + 30
    try:
        while True:
            try:
                httpx.get(f"{url}/ready", timeout=5)
                break
            except httpx.TransportError:
                assert time.monotonic() < end
                assert process.poll() is None
                time.sleep(0.1)
        yield Server(url, process, database)
    finally:
        process.kill()
        process.wait()


def test_it_is_not_ready_before_its_services_are_open(server: Server) -> None:
    answer = httpx.get(f"{server.url}/ready")
    assert answer.status_code == 503
    assert answer.json()["checks"] == {"services": False, "database": True}


def test_a_database_that_cannot_be_written_is_noticed(server: Server) -> None:
    holder = sqlite3.connect(server.database, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    answer = httpx.get(f"{server.url}/ready", timeout=10)
    holder.rollback()
    assert answer.json()["checks"]["database"] is False
    assert httpx.get(f"{server.url}/ready").json()["checks"]["database"] is True


def test_metrics_are_for_this_machine(server: Server) -> None:
    assert "sathi_queue_depth" in httpx.get(f"{server.url}/metrics").text
    headers = {"X-Forwarded-For": "203.0.113.7"}
    assert httpx.get(f"{server.url}/metrics", headers=headers).status_code == 403


def test_a_call_runs_under_the_id_of_its_message(server: Server) -> None:
    answer = httpx.post(f"{server.url}/nlg", json={}, headers=NAMED)
    assert answer.json() == {"request_id": IDENTIFIER}
    assert answer.headers["X-Request-ID"] == IDENTIFIER


@pytest.mark.parametrize("headers", [{}, {"X-Request-ID": "anita@nic.in"}])
def test_a_call_without_an_id_gets_one(server: Server, headers: dict[str, str]) -> None:
    answer = httpx.post(f"{server.url}/nlg", json={}, headers=headers)
    assert len(answer.json()["request_id"]) == 16


def test_it_ends_when_the_turn_in_flight_has_ended(server: Server) -> None:
    with ThreadPoolExecutor() as pool:
        action = pool.submit(httpx.post, f"{server.url}/webhook", json={}, timeout=20)
        time.sleep(SLOW_SECONDS / 3)
        server.process.send_signal(signal.SIGTERM)
        assert action.result().status_code == 200
        # The turn goes on with the wording of what the action found.
        assert httpx.post(f"{server.url}/nlg", json={}).status_code == 200
    assert server.process.wait(timeout=10) == 0


def test_it_serves_a_turn_that_begins_just_before_the_end(server: Server) -> None:
    time.sleep(2)
    server.process.send_signal(signal.SIGTERM)
    time.sleep(0.5)
    assert httpx.post(f"{server.url}/webhook", json={}, timeout=20).status_code == 200
    assert server.process.wait(timeout=10) == 0


def test_it_ends_soon_when_nothing_runs(server: Server) -> None:
    started = time.monotonic()
    server.process.send_signal(signal.SIGTERM)
    assert server.process.wait(timeout=10) == 0
    assert time.monotonic() - started < 6
