"""A channel process that is killed with unasked messages in its hands loses and repeats none.

The real outbox over HTTP, the real Telegram channel in a process of its own, and a Bot API
server on the loopback; no model is needed.
"""

from __future__ import annotations

import asyncio
import json
import signal
import sqlite3
import subprocess
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sanic import Sanic
from sanic.request import Request
from sanic.response import HTTPResponse, empty
from sqlalchemy import create_engine, select

from bot.actions.erasure import DELAY, ConversationEraser
from bot.actions.erasure_routes import erasure_routes
from bot.actions.outbox import outbox_routes
from bot.actions.stored_conversations import StoredConversations
from connectors.platform.database import migrate, open_database, transaction
from connectors.platform.linking import Chat, LinkService
from connectors.platform.outbox import LEASE, Outbox, keep_address, put
from connectors.platform.schema import channel_erasures, outbox, utc_now
from tests.fakes.telegram import TOKEN, FakeTelegram, flood, wait_until
from tests.ports import free_port
from tools.processes import REPOSITORY

_PYTHON = REPOSITORY / ".venvs" / "assistant" / "bin" / "python"
_NUMBER = 8_800_001
CHAT = Chat("telegram", f"telegram-{_NUMBER}")
_SECONDS = 60


class World:
    """The action server's outbox, and channel processes that share a journal.

    Attributes:
        passed: by how much the outbox's clock is fast.
        at_confirm: done when a confirmation arrives, before it counts; then it is refused.
    """

    def __init__(self, folder: Path, telegram: FakeTelegram) -> None:
        self.telegram = telegram
        self.passed = timedelta()
        self.at_confirm: Callable[[], None] | None = None
        self.engine = open_database(f"sqlite:///{folder / 'sathi.db'}")
        migrate(self.engine)
        self.links = LinkService(self.engine, "s" * 40, self.now)
        self.outbox = Outbox(self.engine, self.now)
        self.eraser = ConversationEraser(
            self.engine, StoredConversations(create_engine("sqlite://")), self.now
        )
        self.journal = folder / "channels.db"
        self._folder = folder
        self._port = free_port()
        self._processes: list[subprocess.Popen] = []

    def now(self) -> datetime:
        return utc_now() + self.passed

    def write(self, text: str) -> None:
        """Let a message of the helpdesk wait for the chat."""
        message = {"text": text, "buttons": [], "custom": {"locale": "en"}}
        with transaction(self.engine) as connection:
            key = self.links.chat_key(CHAT)
            keep_address(connection, key, CHAT)
            put(connection, key, None, message, self.now())

    def is_leased(self) -> bool:
        with transaction(self.engine) as connection:
            leased = select(outbox.c.id).where(outbox.c.lease.is_not(None))
            return connection.execute(leased).first() is not None

    def journalled(self) -> list[str]:
        """Return the states of the replies in the journal."""
        with closing(sqlite3.connect(self.journal)) as connection:
            return [state for (state,) in connection.execute("SELECT state FROM replies")]

    def start(self) -> subprocess.Popen:
        """Start the channel in a process of its own."""
        credentials = {
            "token": TOKEN,
            "api": self.telegram.url,
            "public_url": "",
            "action_server": f"http://127.0.0.1:{self._port}",
            "journal": f"sqlite:///{self.journal}",
        }
        arguments = (json.dumps(credentials), str(free_port()), str(self._folder / "turns.log"))
        with (self._folder / "channel.log").open("ab") as log:
            process = subprocess.Popen(
                [str(_PYTHON), "-m", "tests.assistant.telegram.process", *arguments],
                cwd=REPOSITORY,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self._processes.append(process)
        return process

    @contextmanager
    def serving(self) -> Iterator[None]:
        """Serve the outbox; no process outlives the block."""
        app = Sanic(f"outbox-{uuid.uuid4().hex}", configure_logging=False)
        app.config.TOUCHUP = False
        app.blueprint(outbox_routes(self.outbox, self.links))
        app.blueprint(erasure_routes(self.eraser))

        @app.on_request
        async def intercept(request: Request) -> HTTPResponse | None:
            if request.path != "/outbox/confirm" or self.at_confirm is None:
                return None
            await asyncio.to_thread(self.at_confirm)
            return empty(503)

        loop = asyncio.new_event_loop()
        threading.Thread(target=loop.run_forever, daemon=True).start()

        def run(coroutine: Any) -> Any:
            return asyncio.run_coroutine_threadsafe(coroutine, loop).result(timeout=20)

        async def start() -> Any:
            server = await app.create_server(
                "127.0.0.1", self._port, return_asyncio_server=True, access_log=False
            )
            await server.startup()
            await server.start_serving()
            return server

        server = run(start())
        try:
            yield
        finally:
            for process in self._processes:
                process.kill()
                process.wait()
            server.close()
            run(server.wait_closed())
            loop.call_soon_threadsafe(loop.stop)
            self.engine.dispose()


@pytest.fixture
def bot_api() -> Iterator[FakeTelegram]:
    with FakeTelegram() as running:
        yield running


@pytest.fixture
def world(tmp_path: Path, bot_api: FakeTelegram) -> Iterator[World]:
    created = World(tmp_path, bot_api)
    with created.serving():
        yield created


def kill(process: subprocess.Popen) -> None:
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL


def arrives_once(world: World, *texts: str) -> None:
    """Wait until the chat shows texts and nothing waits any more; nothing follows."""
    wait_until(lambda: world.telegram.texts(_NUMBER) == list(texts), _SECONDS)
    wait_until(lambda: world.outbox.depths() == {}, _SECONDS)
    # Longer than the channel waits between two questions.
    time.sleep(5)
    assert world.telegram.texts(_NUMBER) == list(texts)


def test_a_kill_between_lease_and_journal(world: World) -> None:
    first = world.start()
    world.write("warm-up")
    arrives_once(world, "warm-up")
    with closing(sqlite3.connect(world.journal)) as other:
        # Whoever cannot write into the journal has nothing but the lease.
        other.execute("BEGIN IMMEDIATE")
        world.write("hello")
        wait_until(world.is_leased, _SECONDS)
        kill(first)
        other.rollback()
    assert len(world.journalled()) == 1
    world.start()
    world.passed = LEASE
    arrives_once(world, "warm-up", "hello")


@pytest.mark.parametrize("is_sent", [False, True])
def test_a_kill_between_journal_and_confirmation(world: World, is_sent: bool) -> None:
    killed = threading.Event()
    state = "sent" if is_sent else "waiting"
    if not is_sent:
        world.telegram.fail("sendMessage", flood(60), chat=_NUMBER)

    def kill_it() -> None:
        wait_until(lambda: world.journalled() == [state], _SECONDS)
        wait_until(lambda: world.telegram.calls_of("sendMessage"), _SECONDS)
        wait_until(lambda: world.journalled() == [state], _SECONDS)
        kill(first)
        world.at_confirm = None
        killed.set()

    world.at_confirm = kill_it
    first = world.start()
    world.write("hello")
    assert killed.wait(_SECONDS)
    assert world.telegram.texts(_NUMBER) == ["hello"] * is_sent
    assert world.outbox.depths() == {"telegram": 1}
    world.start()
    world.passed = LEASE
    arrives_once(world, "hello")


def test_what_is_forgotten_leaves_the_journal_too(world: World) -> None:
    world.telegram.fail("sendMessage", flood(60), times=9, chat=_NUMBER)
    world.start()
    world.write("a private answer")
    wait_until(lambda: world.outbox.depths() == {}, _SECONDS)
    wait_until(lambda: world.journalled() == ["waiting"], _SECONDS)
    world.links.forget(CHAT)
    world.eraser.request(CHAT)
    world.passed = DELAY

    def is_acknowledged() -> bool:
        with transaction(world.engine) as connection:
            return connection.execute(select(channel_erasures.c.id)).first() is None

    wait_until(is_acknowledged, _SECONDS)
    assert world.journalled() == ["failed"]
    with closing(sqlite3.connect(world.journal)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    content = b"".join(path.read_bytes() for path in world.journal.parent.glob("channels.db*"))
    assert b"private" not in content
    assert str(_NUMBER).encode() not in content
