"""Fixtures over real databases, the real wording, and a clock that tests move."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from bot.actions.rendering import render
from connectors.helpdesk.embedded import DeskRules, EmbeddedDesk
from connectors.helpdesk.records import Agent, Line, Sender, TicketRequest
from connectors.platform.database import transaction
from connectors.platform.linking import Chat, LinkService
from connectors.platform.outbox import Outbox
from connectors.platform.schema import outbox
from tests.actions.databases import migrated
from tests.postgresql import DATABASES

CHAT = Chat("telegram", "919812345678")
WEB = Chat("web", "web-4f0c1f2e-0000-4000-8000-000000000000")
MEENA = Agent("console:7", "Meena")
RAVI = Agent("console:8", "Ravi")


class Clock:
    """A clock that tests move."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 20, 6, 30, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **span: float) -> None:
        self.now += timedelta(**span)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=DATABASES)
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    with migrated(request, tmp_path) as engine:
        yield engine


@pytest.fixture
def links(engine: Engine, clock: Clock) -> LinkService:
    return LinkService(engine, "s" * 40, clock)


@pytest.fixture
def desk(engine: Engine, clock: Clock) -> EmbeddedDesk:
    return EmbeddedDesk(engine, clock, render, DeskRules())


@pytest.fixture
def waiting(engine: Engine, clock: Clock) -> Outbox:
    return Outbox(engine, clock)


Ask = Callable[..., TicketRequest]


@pytest.fixture
def asked(links: LinkService) -> Ask:
    """Return a function that makes a request for a person."""
    plain = TicketRequest(
        chat=CHAT,
        chat_key=links.chat_key(CHAT),
        subject="human_requested",
        locale="en",
        converses=True,
        summary=(Line(Sender.LEARNER, "my course is stuck"), Line(Sender.BOT, "Sorry.")),
    )

    def make(chat: Chat = CHAT, **changes: object) -> TicketRequest:
        return replace(plain, chat=chat, chat_key=links.chat_key(chat), **changes)

    return make


@pytest.fixture
def texts(engine: Engine) -> Callable[[], list[str]]:
    """Return a function that lists the texts in the outbox, oldest first."""

    def read() -> list[str]:
        with transaction(engine) as connection:
            rows = connection.execute(select(outbox.c.message).order_by(outbox.c.id))
            return [row.message["text"] for row in rows]

    return read
