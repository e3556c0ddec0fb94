"""Both processes with files of their own, for tests that stop and start them."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

from tests.ports import free_port
from tools.processes import REPOSITORY, Addresses, commands, environment, is_ready

_START_SECONDS = 120


class Sathi:
    """Both processes on ports and files of their own.

    Args:
        folder: for their files.
        settings: environment variables besides.
    """

    def __init__(self, folder: Path, settings: Mapping[str, str] | None = None) -> None:
        self.addresses = Addresses("127.0.0.1", free_port(), free_port())
        self.folder = folder
        self.database = f"sqlite:///{folder / 'sathi.db'}"
        self._environment = {
            **environment(self.addresses),
            "SATHI_DATABASE": self.database,
            "SATHI_TRACKER_DB": str(folder / "conversations.db"),
            "SATHI_STATE_DIRECTORY": str(folder / "state"),
            "SATHI_CHANNEL_DATABASE": f"sqlite:///{folder / 'channels.db'}",
            "SATHI_EVENTS_DATABASE": f"sqlite:///{folder / 'events.db'}",
            "TELEGRAM_BOT_TOKEN": "",
            "SATHI_HELPDESK_HOURS": "",
            "SATHI_HELPDESK": "embedded",
            **(settings or {}),
        }
        self._running: dict[str, subprocess.Popen] = {}

    def start(self, name: str) -> None:
        with (self.folder / f"{name}.log").open("ab") as log:
            self._running[name] = subprocess.Popen(
                commands(self.addresses)[name],
                cwd=REPOSITORY,
                env={**os.environ, **self._environment},
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def wait(self) -> None:
        end = time.monotonic() + _START_SECONDS
        while not is_ready(self.addresses):
            assert time.monotonic() < end, "not ready"
            time.sleep(0.5)

    def terminate(self, name: str) -> subprocess.Popen:
        """Ask a process to end, and return it."""
        process = self._running.pop(name)
        process.terminate()
        return process

    def kill(self, name: str) -> None:
        self._running[name].kill()
        self._running.pop(name).wait()

    def stop(self) -> None:
        for process in self._running.values():
            process.terminate()
        for process in self._running.values():
            process.wait(timeout=30)
