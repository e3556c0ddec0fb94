"""Sathi's two processes: how they are started, waited for, and stopped."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from dotenv import dotenv_values

REPOSITORY = Path(__file__).parent.parent
MODEL = REPOSITORY / "models" / "sathi.tar.gz"
_MIN_FREE_BYTES = 500 * 1024**2
_START_SECONDS = 120
_STOP_SECONDS = 30
# Named in credentials.yml; without a token the channel is off.
_WHATSAPP_SETTINGS = [
    f"SATHI_WHATSAPP_{name}"
    for name in (
        *("TOKEN", "APP_SECRET", "VERIFY_TOKEN", "PHONE_NUMBER_ID", "API"),
        *("TEMPLATE", "TEMPLATE_LANGUAGES"),
    )
]


class StartError(RuntimeError):
    """Sathi cannot start; the message says why and what to do."""


@dataclass(frozen=True)
class Addresses:
    """Where the processes listen."""

    host: str
    port: int
    action_port: int

    @classmethod
    def from_environment(cls) -> Addresses:
        """Read ``SATHI_HOST``, ``SATHI_PORT`` and ``SATHI_ACTION_PORT``."""
        return cls(
            os.environ.get("SATHI_HOST", "127.0.0.1"),
            int(os.environ.get("SATHI_PORT", "5005")),
            int(os.environ.get("SATHI_ACTION_PORT", "5055")),
        )

    @property
    def assistant(self) -> str:
        """URL of the assistant."""
        return f"http://{self.host}:{self.port}"

    @property
    def actions(self) -> str:
        """URL of the action server."""
        return f"http://127.0.0.1:{self.action_port}"


def environment(addresses: Addresses) -> dict[str, str]:
    """Return the environment both processes run in."""
    conversations = REPOSITORY / "var" / "conversations.db"
    conversations.parent.mkdir(exist_ok=True)
    return {
        "SATHI_DATABASE": f"sqlite:///{REPOSITORY / 'var' / 'sathi.db'}",
        "SATHI_CHANNEL_DATABASE": f"sqlite:///{REPOSITORY / 'var' / 'channels.db'}",
        "TELEGRAM_BOT_TOKEN": "",
        "SATHI_TELEGRAM_API": "",
        "SATHI_PUBLIC_URL": "",
        "SATHI_WEB_ORIGINS": "",
        **dict.fromkeys(_WHATSAPP_SETTINGS, ""),
        "SATHI_EVENTS_DATABASE": f"sqlite:///{REPOSITORY / 'var' / 'events.db'}",
        "SATHI_LINK_SECRET": "",
        "SATHI_STATE_DIRECTORY": str(REPOSITORY / "var"),
        "SATHI_TRACKER_DIALECT": "sqlite",
        "SATHI_TRACKER_DB": str(conversations),
        "SATHI_TRACKER_HOST": "",
        "SATHI_TRACKER_PORT": "0",
        "SATHI_TRACKER_USERNAME": "",
        "SATHI_TRACKER_PASSWORD": "",
        # The processes share the cores with each other and serve many chats at once; threads
        # that wait for one another inside one sentence cost more than they bring.
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "SATHI_TORCH_THREADS": "1",
        # The assistant reads no such file itself.
        **{name: value or "" for name, value in dotenv_values(REPOSITORY / ".env").items()},
        **os.environ,
        "SATHI_ACTION_PORT": str(addresses.action_port),
        "RASA_TELEMETRY_ENABLED": "false",
        "PYTHONPATH": str(REPOSITORY),
        "PYTHONWARNINGS": "ignore",
        "TF_CPP_MIN_LOG_LEVEL": "2",
        "TOKENIZERS_PARALLELISM": "false",
        "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    }


def commands(addresses: Addresses) -> dict[str, list[str]]:
    """Return the command of each process by its name."""
    assistant = REPOSITORY / ".venvs" / "assistant" / "bin" / "python"
    actions = REPOSITORY / ".venvs" / "actions" / "bin" / "python"
    return {
        "actions": [str(actions), "-m", "bot.actions.server"],
        "assistant": [
            *(str(assistant), "-m", "rasa", "run", "--model", str(MODEL)),
            *("--interface", addresses.host, "--port", str(addresses.port)),
            *("--credentials", "credentials.yml", "--endpoints", "endpoints.yml"),
            *("--logging-config-file", "logging.yml"),
        ],
    }


def check(addresses: Addresses) -> None:
    """Check that Sathi can start.

    Raises:
        StartError: a port is taken, a part is missing or the disk is full.
    """
    for name, host, port in (
        ("SATHI_PORT", addresses.host, addresses.port),
        ("SATHI_ACTION_PORT", "127.0.0.1", addresses.action_port),
    ):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError as error:
                raise StartError(
                    f"port {port} is in use; stop what listens there, or set {name} to another port"
                ) from error
    if not MODEL.is_file():
        raise StartError(f"no trained model at {MODEL}; run `make train`")
    if shutil.disk_usage(REPOSITORY).free < _MIN_FREE_BYTES:
        raise StartError("less than 500 MB are free on this disk; free some and start again")


def is_ready(addresses: Addresses) -> bool:
    """Tell whether both processes can answer messages."""
    try:
        # The assistant asks the action server, too.
        return httpx.get(f"{addresses.assistant}/ready", timeout=5).is_success
    except httpx.TransportError:
        return False


@contextmanager
def running(addresses: Addresses, log_directory: Path) -> Iterator[Addresses]:
    """Run Sathi while the block lasts; one that runs already is used and left running.

    Args:
        addresses: where to listen.
        log_directory: folder for the output of the processes.

    Raises:
        StartError: Sathi cannot start.
    """
    if is_ready(addresses):
        yield addresses
        return
    check(addresses)
    log_directory.mkdir(parents=True, exist_ok=True)
    started: list[subprocess.Popen] = []
    try:
        for name, command in commands(addresses).items():
            with (log_directory / f"{name}.log").open("wb") as log:
                started.append(
                    subprocess.Popen(
                        command,
                        cwd=REPOSITORY,
                        env=environment(addresses),
                        stdout=log,
                        stderr=subprocess.STDOUT,
                    )
                )
        _wait(addresses, started, log_directory)
        yield addresses
    finally:
        # The assistant first: it needs the action server for the messages in flight.
        for process in reversed(started):
            process.terminate()
            try:
                process.wait(timeout=_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()


def _wait(addresses: Addresses, started: list[subprocess.Popen], log_directory: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while not is_ready(addresses):
        if any(process.poll() is not None for process in started):
            raise StartError(f"a process ended while starting; see the logs in {log_directory}")
        if time.monotonic() > deadline:
            raise StartError(f"not ready after {_START_SECONDS} s; see the logs in {log_directory}")
        time.sleep(0.5)


def fail(error: StartError) -> int:
    """Print why Sathi cannot start and return the exit code."""
    print(f"Sathi cannot start: {error}.", file=sys.stderr)
    return 1
