"""The console's services over a database of their own, with a clock that tests move."""

from __future__ import annotations

import asyncio
import re
import socket
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from argon2 import PasswordHasher
from sanic import Sanic
from sanic.server import AsyncioServer
from sqlalchemy import Engine

from connectors.analytics.queries import Analytics
from connectors.analytics.tables import open_events
from connectors.analytics.unanswered import UnansweredQuestions
from connectors.console.accounts import AccountService, Agent, Role
from connectors.console.audit import AuditLog
from connectors.console.canned import CannedAnswers
from connectors.console.faq import FaqService
from connectors.console.routes import console_routes
from connectors.console.services import ConsoleServices
from connectors.console.translator import NoTranslator
from connectors.helpdesk.embedded import DeskRules, EmbeddedDesk
from connectors.platform.database import migrate, open_database
from connectors.platform.sql import SqlPlatform
from knowledge_base.knowledge_base import KnowledgeBase

PASSWORD = "correct horse battery"  # noqa: S105


class Clock:
    """A clock that tests move."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 20, 6, 30, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, **duration: float) -> None:
        self.now += timedelta(**duration)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = open_database(f"sqlite:///{tmp_path / 'sathi.db'}")
    migrate(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def audit(engine: Engine, clock: Clock) -> AuditLog:
    return AuditLog(engine, clock)


@pytest.fixture
def accounts(engine: Engine, audit: AuditLog, clock: Clock) -> AccountService:
    # The weakest parameters that the library takes, so that tests do not wait.
    return AccountService(engine, audit, clock, PasswordHasher(1, 8, 1))


@pytest.fixture
def agent(accounts: AccountService) -> Agent:
    return accounts.add("Asha", "asha@example.in", Role.AGENT, PASSWORD)


@pytest.fixture
def lead(accounts: AccountService) -> Agent:
    return accounts.add("Lata", "lata@example.in", Role.LEAD, PASSWORD)


@pytest.fixture
def admin(accounts: AccountService) -> Agent:
    return accounts.add("Arun", "arun@example.in", Role.ADMIN, PASSWORD)


@pytest.fixture
def faq(engine: Engine, audit: AuditLog, clock: Clock) -> FaqService:
    return FaqService(engine, audit, clock)


@pytest.fixture
def desk(engine: Engine, clock: Clock) -> EmbeddedDesk:
    def word(response: str, locale: str, facts: Mapping[str, object]) -> dict[str, str]:
        return {"text": f"{response} {locale} {dict(facts)}"}

    return EmbeddedDesk(engine, clock, word, DeskRules())


@pytest.fixture
def services(
    engine: Engine,
    clock: Clock,
    audit: AuditLog,
    accounts: AccountService,
    faq: FaqService,
    desk: EmbeddedDesk,
    knowledge_base: KnowledgeBase,
    tmp_path: Path,
) -> ConsoleServices:
    events = open_events(f"sqlite:///{tmp_path / 'events.db'}")
    return ConsoleServices(
        accounts=accounts,
        audit=audit,
        canned=CannedAnswers(engine, audit),
        faq=faq,
        unanswered=UnansweredQuestions(engine, clock, days=180),
        analytics=Analytics(events, engine, {}),
        desk=desk,
        platform=SqlPlatform(engine),
        knowledge_base=knowledge_base,
        translator=NoTranslator(),
        secret="s" * 40,
        clock=clock,
    )


@pytest.fixture
def address(services: ConsoleServices) -> Iterator[str]:
    """Serve the console on a port of its own while the test lasts."""
    # Sanic rewrites its own methods when an app starts; like this it can do so again.
    Sanic.test_mode = True
    app = Sanic(f"console-{uuid.uuid4().hex}", configure_logging=False)
    app.blueprint(console_routes(services))
    listening = socket.create_server(("127.0.0.1", 0))
    loop = asyncio.new_event_loop()

    async def start() -> AsyncioServer:
        server = await app.create_server(sock=listening, return_asyncio_server=True)
        await server.startup()
        await server.before_start()
        await server.after_start()
        return server

    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    server = asyncio.run_coroutine_threadsafe(start(), loop).result(20)
    yield f"http://127.0.0.1:{listening.getsockname()[1]}/console"

    async def stop() -> None:
        await server.before_stop()
        await server.close()
        await server.after_stop()

    asyncio.run_coroutine_threadsafe(stop(), loop).result(20)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(10)


class Browser:
    """What a browser without scripts does: keeps cookies and sends forms with their token.

    ``last`` is the page with a form that was loaded last.
    """

    def __init__(self, address: str) -> None:
        self.client = httpx.Client(base_url=address, timeout=30)
        self.last = ""

    def get(self, path: str) -> httpx.Response:
        answer = self.client.get(path)
        if "csrf_token" in answer.text:
            self.last = answer.text
        return answer

    @property
    def token(self) -> str:
        return re.findall(r'name="csrf_token" value="([^"]+)"', self.last)[-1]

    def post(self, path: str, token: str | None = None, **fields: str) -> httpx.Response:
        token = self.token if token is None else token
        return self.client.post(path, data={"csrf_token": token, **fields})

    def log_in(self, agent: Agent, password: str = PASSWORD) -> httpx.Response:
        self.get("/login")
        answer = self.post("/login", email=agent.email, password=password)
        if answer.status_code == 303:
            self.get("/password")
        return answer


@pytest.fixture
def browser(address: str) -> Iterator[Callable[[Agent | None], Browser]]:
    """Return a function that opens a browser, logged in as an agent or as nobody."""
    opened: list[Browser] = []

    def open_one(who: Agent | None = None) -> Browser:
        opened.append(Browser(address))
        if who is not None:
            assert opened[-1].log_in(who).status_code == 303
        return opened[-1]

    yield open_one
    for one in opened:
        one.client.close()
