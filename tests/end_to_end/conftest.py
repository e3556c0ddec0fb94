"""Both processes, started once for all end-to-end tests, on ports of their own."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, sync_playwright

from bot.actions.settings import ActionSettings
from connectors.platform.database import migrate, open_database
from connectors.platform.factory import link_secret
from connectors.platform.linking import LinkService
from connectors.platform.records import Learner, Status
from connectors.platform.schema import utc_now
from connectors.platform.seed.writer import fill
from connectors.platform.settings import PlatformSettings
from connectors.platform.sql import SqlPlatform
from knowledge_base.loader import load_catalogue
from knowledge_base.settings import KnowledgeBaseSettings
from tests.fakes.portal import SECRET as PORTAL_SECRET
from tests.fakes.portal import FakePortal
from tests.fakes.telegram import TOKEN, FakeTelegram
from tests.ports import free_port
from tools.processes import Addresses, running

_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
Messages = list[dict]
Ask = Callable[[str], Messages]


@pytest.fixture(scope="session")
def telegram() -> Iterator[FakeTelegram]:
    with FakeTelegram() as running_server:
        yield running_server


@pytest.fixture(scope="session")
def portal() -> Iterator[FakePortal]:
    with FakePortal() as running_server:
        yield running_server


@pytest.fixture(scope="session")
def sathi(
    tmp_path_factory: pytest.TempPathFactory, telegram: FakeTelegram, portal: FakePortal
) -> Iterator[Addresses]:
    logs = tmp_path_factory.mktemp("logs")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TELEGRAM_BOT_TOKEN", TOKEN)
        patch.setenv("SATHI_TELEGRAM_API", telegram.url)
        patch.setenv("SATHI_WEB_ORIGINS", portal.url)
        patch.setenv("SATHI_WIDGET_SECRET", PORTAL_SECRET)
        patch.setenv("SATHI_CHANNEL_DATABASE", f"sqlite:///{logs / 'channels.db'}")
        patch.setenv("SATHI_TRACKER_DB", str(logs / "conversations.db"))
        patch.setenv("SATHI_DATABASE", f"sqlite:///{logs / 'sathi.db'}")
        patch.setenv("SATHI_STATE_DIRECTORY", str(logs / "state"))
        patch.setenv("SATHI_EVENTS_DATABASE", f"sqlite:///{logs / 'events.db'}")
        engine = open_database(PlatformSettings().database)
        migrate(engine)
        catalogue = load_catalogue(KnowledgeBaseSettings().catalogue)
        fill(engine, catalogue, datetime.now(UTC), learners=60)
        with running(Addresses("127.0.0.1", free_port(), free_port()), logs) as addresses:
            portal.sathi = addresses.assistant
            yield addresses


@pytest.fixture(scope="session")
def logs(sathi: Addresses, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.getbasetemp()


@dataclass(frozen=True)
class Account:
    """A synthetic learner with courses, and a link that has not been opened."""

    learner: Learner
    token: str
    certificate: str


def _accounts() -> Iterator[Account]:
    """Yield learners who have finished courses and are in the middle of others."""
    engine = open_database(PlatformSettings().database)
    platform = SqlPlatform(engine)
    secret = link_secret(PlatformSettings(), ActionSettings().state_directory)
    links = LinkService(engine, secret, utc_now)
    with engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT id FROM learners ORDER BY id")
        identifiers = [row[0] for row in rows]
    for identifier in identifiers:
        certificates = platform.certificates(identifier)
        states = {enrolment.status for enrolment in platform.enrolments(identifier)}
        if len(certificates) > 1 and states == set(Status):
            learner = platform.learner(identifier)
            yield Account(learner, links.issue(identifier), certificates[0].number)


@pytest.fixture
def account(sathi: Addresses) -> Account:
    """Return a learner with a link that has not been opened."""
    return next(_accounts())


@pytest.fixture
def another(sathi: Addresses) -> Account:
    """Return another learner than ``account``."""
    accounts = _accounts()
    next(accounts)
    return next(accounts)


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


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    path = shutil.which("chromium")
    assert path, "chromium is missing: run `make browser`"
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=path, args=_ARGUMENTS)
        yield opened
        opened.close()
