"""The real python-telegram-bot against a Bot API server on the loopback."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
import pytest

from connectors.channels.conversations import Conversations
from connectors.channels.telegram.service import TelegramService, TelegramSettings
from connectors.channels.worker import Backoff, WorkerSettings
from tests.assistant.conftest import REPOSITORY
from tests.assistant.outbox import FakeOutbox
from tests.assistant.telegram.bot import ScriptedBot
from tests.fakes.telegram import TOKEN, FakeTelegram
from tests.ports import free_port

BACKOFF = Backoff(first_seconds=0.05, longest_seconds=0.2)
PNG = b"\x89PNG\r\n\x1a\n" + b"x" * 20


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def telegram() -> Iterator[FakeTelegram]:
    with FakeTelegram() as running:
        yield running


@dataclass
class FakeActions:
    """An action server that answers over HTTP on the loopback.

    Attributes:
        documents: content by id.
        outbox: what waits for the channel.
        is_ready: whether it says so.
    """

    documents: dict[str, bytes] = field(default_factory=dict)
    outbox: FakeOutbox = field(default_factory=FakeOutbox)
    is_ready: bool = True
    url: str = ""


@pytest.fixture
def actions() -> Iterator[FakeActions]:
    state = FakeActions()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/ready":
                self._answer(200 if state.is_ready else 503, b"{}")
                return
            content = state.documents.get(self.path.rpartition("/")[2])
            self._answer(404 if content is None else 200, content or b"")

        def do_POST(self) -> None:
            call = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            answer = state.outbox.answer(self.path, call)
            self._answer(200, json.dumps(answer).encode(), "application/json")

        def _answer(self, status: int, content: bytes, kind: str = "image/png") -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.url = f"http://127.0.0.1:{server.server_address[1]}"
    Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield state
    server.shutdown()
    server.server_close()


@pytest.fixture
def journal_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'channels.db'}"


@pytest.fixture
def bot() -> ScriptedBot:
    return ScriptedBot()


Running = Callable[..., Any]


@pytest.fixture
def running(
    telegram: FakeTelegram, actions: FakeActions, journal_url: str, bot: ScriptedBot
) -> Running:
    """Return a context manager in which the channel runs by long polling."""

    @asynccontextmanager
    async def run(
        worker: WorkerSettings | None = None, **changes: Any
    ) -> AsyncIterator[TelegramService]:
        settings = TelegramSettings(
            **{
                "token": TOKEN,
                "api": telegram.url,
                "public_url": "",
                "actions": actions.url,
                "journal": journal_url,
                "read_seconds": 1.0,
                "worker": worker or WorkerSettings(backoff=BACKOFF),
                **changes,
            }
        )
        service = TelegramService(settings, bot, Conversations(lambda: None))
        service.start()
        try:
            yield service
        finally:
            await service.stop(grace_seconds=3)

    return run


async def until(condition: Callable[[], object], seconds: float = 10.0) -> None:
    """Wait until something holds; fail when it takes too long."""
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    while not condition():
        assert loop.time() < end, "it did not happen in time"
        await asyncio.sleep(0.01)


async def stays(condition: Callable[[], object], seconds: float = 0.5) -> None:
    """Fail if something ceases to hold within a while."""
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    while loop.time() < end:
        assert condition(), "it did not stay so"
        await asyncio.sleep(0.02)


@dataclass
class ChannelProcess:
    """The channel in a process of its own.

    Attributes:
        process: the process.
        url: address of its server.
        log: file with a line for each turn.
    """

    process: subprocess.Popen
    url: str
    log: Path

    def turns(self) -> list[str]:
        """Return the texts of the turns so far."""
        lines = self.log.read_text().splitlines() if self.log.is_file() else []
        return [line.partition(" ")[2] for line in lines]

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


@pytest.fixture
def start_process(
    telegram: FakeTelegram, actions: FakeActions, journal_url: str, tmp_path: Path
) -> Iterator[Callable[..., ChannelProcess]]:
    """Return a function that starts the channel in a process; all of them share a journal."""
    started: list[ChannelProcess] = []

    def start(public_url: str = "") -> ChannelProcess:
        port = free_port()
        credentials = {
            "token": TOKEN,
            "api": telegram.url,
            "public_url": public_url,
            "action_server": actions.url,
            "journal": journal_url,
        }
        log = tmp_path / "turns.log"
        output = (tmp_path / f"process-{len(started)}.log").open("wb")
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "tests.assistant.telegram.process"),
                *(json.dumps(credentials), str(port), str(log)),
            ],
            cwd=REPOSITORY,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        started.append(ChannelProcess(process, f"http://127.0.0.1:{port}", log))
        return started[-1]

    yield start
    for one in started:
        if one.process.poll() is None:
            one.process.terminate()
            try:
                one.process.wait(20)
            except subprocess.TimeoutExpired:
                one.kill()


Post = Callable[..., Awaitable[httpx.Response]]
