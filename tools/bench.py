"""Latency, memory and training time beside a stock Rasa bot: ``python -m tools.bench``.

The stock bot is what ``rasa init`` makes, trained and asked in the same run on the same
machine. Figures are wall-clock times of one client that waits for each answer.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil
from rich.console import Console
from rich.table import Table

from knowledge_base.evaluate import read_questions
from tools.processes import REPOSITORY, Addresses, StartError, environment, fail, is_ready, running

_LOGS = Path("var/logs/bench")
_QUESTIONS = sorted((REPOSITORY / "tests" / "data" / "search").glob("*.jsonl"))
_REQUESTS = 200
_WARM_UP = 10
_STOCK_PORT = 5205
_START_SECONDS = 180
_MIB = 1024**2


@dataclass(frozen=True)
class Latency:
    """Median and 95th percentile of a request, in milliseconds."""

    p50: float
    p95: float


def measure(client: httpx.Client, url: str, messages: list[str]) -> Latency:
    """Ask one message after another, each in its own conversation.

    Args:
        client: HTTP client.
        url: REST channel of the bot.
        messages: what to ask; the first few are not counted.
    """
    times = []
    for message in messages:
        body = {"sender": f"bench-{uuid.uuid4()}", "message": message}
        start = time.perf_counter()
        client.post(url, json=body).raise_for_status()
        times.append((time.perf_counter() - start) * 1000)
    counted = sorted(times[_WARM_UP:])
    return Latency(statistics.median(counted), counted[int(len(counted) * 0.95)])


def resident_mib(port: int) -> float:
    """Return the resident memory, in MiB, of the process that listens on a port."""
    for connection in psutil.net_connections("tcp"):
        if connection.status == psutil.CONN_LISTEN and connection.laddr.port == port:
            return psutil.Process(connection.pid).memory_info().rss / _MIB
    raise StartError(f"nothing listens on port {port}")


def search_questions() -> list[str]:
    """Return the questions of all languages in turn, as many as are asked."""
    by_language = [[q.query for q in read_questions(path)] for path in _QUESTIONS]
    mixed = [query for row in zip(*by_language, strict=False) for query in row]
    return mixed[: _REQUESTS + _WARM_UP]


@contextmanager
def stock_bot(folder: Path) -> Iterator[tuple[str, float]]:
    """Run what ``rasa init`` makes; yield its URL and its training time in seconds."""
    python = str(REPOSITORY / ".venvs" / "assistant" / "bin" / "python")
    settings = environment(Addresses.from_environment()) | {"SANIC_WORKERS": "1"}
    rasa = [python, "-m", "rasa"]
    quiet = {
        "cwd": folder,
        "env": settings,
        "stdout": subprocess.DEVNULL,
        "stderr": subprocess.DEVNULL,
    }
    subprocess.run([*rasa, "init", "--no-prompt", "--init-dir", "."], check=True, **quiet)
    start = time.perf_counter()
    subprocess.run([*rasa, "train", "--force"], check=True, **quiet)
    seconds = time.perf_counter() - start
    (folder / "credentials.yml").write_text("rest:\n")
    process = subprocess.Popen(
        [*rasa, "run", "--interface", "127.0.0.1", "--port", str(_STOCK_PORT)], **quiet
    )
    try:
        url = f"http://127.0.0.1:{_STOCK_PORT}/webhooks/rest"
        deadline = time.monotonic() + _START_SECONDS
        while not _answers(f"{url}/"):
            if time.monotonic() > deadline or process.poll() is not None:
                raise StartError("the stock bot did not start")
            time.sleep(0.5)
        yield f"{url}/webhook", seconds
    finally:
        process.terminate()
        process.wait(timeout=30)


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=2).is_success
    except httpx.TransportError:
        return False


def _training_seconds() -> float:
    """Train Sathi from nothing in a copy and return the seconds it took."""
    python = str(REPOSITORY / ".venvs" / "assistant" / "bin" / "python")
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "sathi"
        ignored = shutil.ignore_patterns(
            ".venvs", ".build", ".git", ".rasa", "models", "var", "tests"
        )
        shutil.copytree(REPOSITORY, copy, ignore=ignored)
        made, copied = REPOSITORY / ".build", copy / ".build"
        copied.mkdir()
        for name in ("gazetteer.json", "multilingual-e5-small"):
            (copied / name).symlink_to(made / name)
        start = time.perf_counter()
        subprocess.run(
            [python, "-m", "tools.train"],
            cwd=copy,
            env={**os.environ, "PYTHONPATH": str(copy), "SATHI_ACTION_PORT": "5055"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=True,
        )
        return time.perf_counter() - start


def main() -> int:
    """Measure both bots and print the figures."""
    addresses = Addresses.from_environment()
    if is_ready(addresses):
        return fail(StartError("it runs already; stop it, so that each bot is measured alone"))
    questions = search_questions()
    hello = ["hello"] * (_REQUESTS + _WARM_UP)
    table = Table("bot", "request", "p50 ms", "p95 ms", "Rasa MiB", "actions MiB", "training s")
    try:
        with tempfile.TemporaryDirectory() as folder, httpx.Client(timeout=60) as client:
            with stock_bot(Path(folder)) as (url, seconds):
                latency = measure(client, url, questions)
                greeting = measure(client, url, hello)
                memory = f"{resident_mib(_STOCK_PORT):.0f}"
            for request, figures in (("search question", latency), ("hello", greeting)):
                row = (f"{figures.p50:.0f}", f"{figures.p95:.0f}", memory, "-", f"{seconds:.0f}")
                table.add_row("stock rasa init", request, *row)
            with running(addresses, _LOGS):
                url = f"{addresses.assistant}/webhooks/rest/webhook"
                latency = measure(client, url, questions)
                greeting = measure(client, url, hello)
                memory = f"{resident_mib(addresses.port):.0f}"
                actions = f"{resident_mib(addresses.action_port):.0f}"
        seconds = _training_seconds()
    except StartError as error:
        return fail(error)
    for request, figures in (("search question", latency), ("hello", greeting)):
        row = (f"{figures.p50:.0f}", f"{figures.p95:.0f}", memory, actions, f"{seconds:.0f}")
        table.add_row("Karmayogi Sathi", request, *row)
    Console().print(table)
    return 0


if __name__ == "__main__":
    sys.exit(main())
