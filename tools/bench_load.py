"""Many chats at once: ``python -m tools.bench_load`` prints latencies and what was lost.

Twice: 50 chats alone, and the same beside one that floods; before that once without a record,
since what is met for the first time after a start takes longer.
"""

from __future__ import annotations

import argparse
import csv
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tools.processes import REPOSITORY, Addresses, StartError, fail, running

_LOGS = Path("var/logs/bench-load")
_LOCUST = REPOSITORY / ".venvs" / "load" / "bin" / "locust"
_FILE = REPOSITORY / "tests" / "load" / "locustfile.py"
_STARTED_A_SECOND = 10
_WAIT_FOR_LAST_SECONDS = 30


@dataclass(frozen=True)
class Figures:
    """What came of the messages of one channel; times in milliseconds."""

    channel: str
    messages: int
    lost: int
    p50: float
    p95: float


def measure(url: str, chats: int, seconds: int, flood: bool) -> list[Figures]:
    """Let chats ask and return what came of it by channel.

    Args:
        url: the assistant.
        chats: how many at once.
        seconds: for how long.
        flood: whether another chat floods.

    Raises:
        StartError: the load could not be made.
    """
    with tempfile.TemporaryDirectory() as folder:
        prefix = Path(folder) / "load"
        done = subprocess.run(
            [
                *(str(_LOCUST), "--headless", "--only-summary", "--locustfile", str(_FILE)),
                *("--host", url, "--users", str(chats + flood), "--csv", str(prefix)),
                *("--spawn-rate", str(_STARTED_A_SECOND), "--run-time", f"{seconds}s"),
                *("--stop-timeout", str(_WAIT_FOR_LAST_SECONDS), "--reset-stats"),
            ],
            env={**os.environ, "SATHI_LOAD_FLOOD": str(int(flood))},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
        statistics = Path(f"{prefix}_stats.csv")
        if not statistics.is_file():
            raise StartError(f"the load could not be made: {done.stderr.strip()[-500:]}")
        with statistics.open(newline="") as file:
            rows = [row for row in csv.DictReader(file) if row["Name"] != "Aggregated"]
    return [
        Figures(
            row["Name"],
            int(row["Request Count"]),
            int(row["Failure Count"]),
            float(row["50%"]),
            float(row["95%"]),
        )
        for row in rows
    ]


def main(arguments: list[str] | None = None) -> int:
    """Measure without and with a flood, and print the figures."""
    parser = argparse.ArgumentParser(prog="python -m tools.bench_load", description=__doc__)
    parser.add_argument("--chats", type=int, default=50)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--warm-up", type=int, default=60, help="seconds before that")
    options = parser.parse_args(arguments)
    table = Table("load", "channel", "messages", "lost", "p50 ms", "p95 ms")
    lost = 0
    try:
        with running(Addresses.from_environment(), _LOGS) as addresses:
            measure(addresses.assistant, options.chats, options.warm_up, flood=False)
            for flood in (False, True):
                name = f"{options.chats} chats" + (" and a flood" if flood else "")
                for found in measure(addresses.assistant, options.chats, options.seconds, flood):
                    lost += found.lost
                    times = (f"{found.p50:.0f}", f"{found.p95:.0f}")
                    table.add_row(name, found.channel, str(found.messages), str(found.lost), *times)
    except StartError as error:
        return fail(error)
    Console().print(table)
    return int(lost > 0)


if __name__ == "__main__":
    sys.exit(main())
