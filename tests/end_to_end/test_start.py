"""What a person sees when Sathi cannot start."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

from tests.ports import free_port
from tools.processes import REPOSITORY


def start(**environment: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-m", "tools.run"],
        cwd=REPOSITORY,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_port_in_use_is_named_with_the_setting() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = start(SATHI_PORT=str(port), SATHI_ACTION_PORT=str(free_port()))
    assert done.returncode == 1
    assert done.stderr.strip().splitlines() == [
        f"Sathi cannot start: port {port} is in use; stop what listens there, "
        "or set SATHI_PORT to another port."
    ]


def test_a_missing_interpreter_says_what_to_install() -> None:
    done = subprocess.run(
        [str(REPOSITORY / "tools" / "find-python"), "3.99"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "apt-get install python3.99" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_an_index_of_another_model_stops_the_action_server_with_one_line(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bot.actions.server"],
        cwd=REPOSITORY,
        env={
            **os.environ,
            "SATHI_EMBEDDING_MODEL": str(tmp_path),
            "SATHI_ACTION_PORT": str(free_port()),
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 2
    assert "SATHI_EMBEDDING_MODEL" in done.stderr
    assert "Traceback" not in done.stderr
