"""The action server's outbox, over HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from sanic import Sanic
from sqlalchemy import Engine

from bot.actions.outbox import outbox_routes
from connectors.platform.linking import Chat, LinkService
from connectors.platform.outbox import Outbox
from connectors.platform.reminders import ReminderService
from tests.actions.databases import migrated
from tests.ports import free_port
from tests.postgresql import DATABASES

SENDER = "web-0b0e7a52-54ab-4bd8-9d02-3d5c1d1c7d01"
STRANGER = "web-0b0e7a52-54ab-4bd8-9d02-3d5c1d1c7d02"
Post = Callable[[Any], httpx.Response]


def now() -> datetime:
    return datetime(2026, 11, 24, 6, tzinfo=UTC)


@pytest.fixture(params=DATABASES)
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    with migrated(request, tmp_path) as engine:
        yield engine


@pytest.fixture
def links(engine: Engine) -> LinkService:
    return LinkService(engine, "s" * 40, now)


@pytest.fixture
def waiting(engine: Engine, links: LinkService) -> Outbox:
    """Return the outbox; three reminders wait in the chat of ``SENDER``."""
    service = ReminderService(engine, now)
    chat = Chat("web", SENDER)
    service.subscribe(links.chat_key(chat), chat, "asha", "en")
    (subscription,) = service.unchecked(date.max, 1)
    for number in (1, 2, 3):
        message = {"text": f"no. {number}", "buttons": [], "custom": {}}
        assert service.queue(subscription, [str(number)], date(2026, 11, number), message)
    return Outbox(engine, now)


@pytest.fixture
def post(waiting: Outbox, links: LinkService) -> Post:
    """Return a function that posts JSON to the route."""

    async def serve_and_post(body: Any) -> httpx.Response:
        app = Sanic(f"outbox{free_port()}", configure_logging=False)
        app.config.TOUCHUP = False  # rewriting its own code is of no use for one call
        app.blueprint(outbox_routes(waiting, links))
        port = free_port()
        server = await app.create_server(
            "127.0.0.1", port, return_asyncio_server=True, access_log=False
        )
        await server.startup()
        try:
            async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
                return await client.post("/outbox", json=body)
        finally:
            server.close()
            await server.wait_closed()

    return lambda body: asyncio.run(serve_and_post(body))


def test_messages_come_with_their_ids_after_the_last_one_seen(post: Post) -> None:
    call = {"channel": "web", "sender": SENDER, "after": 0}
    messages = post(call).json()["messages"]
    assert [message["text"] for message in messages] == ["no. 1", "no. 2", "no. 3"]
    assert messages[0].keys() == {"id", "text", "buttons", "custom"}
    rest = post(call | {"after": messages[1]["id"]}).json()["messages"]
    assert rest == messages[2:]


@pytest.mark.parametrize(
    "other", [{"sender": STRANGER}, {"channel": "rest"}, {"channel": "telegram"}]
)
def test_another_chat_gets_nothing(post: Post, other: dict) -> None:
    answer = post({"channel": "web", "sender": SENDER, "after": 0} | other)
    assert answer.json() == {"messages": []}


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        "x",
        {},
        {"channel": "web", "sender": SENDER},
        {"channel": "web", "sender": SENDER, "after": "0"},
        {"channel": "web", "sender": SENDER, "after": True},
        {"channel": "web", "sender": SENDER, "after": -1},
        {"channel": "web", "sender": SENDER, "after": 2**63},
        {"channel": "web", "sender": 5, "after": 0},
        {"channel": None, "sender": SENDER, "after": 0},
        {"channel": "web", "sender": "default", "after": 0},
    ],
)
def test_nonsense_and_senders_that_can_be_guessed_are_refused(post: Post, body: Any) -> None:
    assert post(body).status_code == httpx.codes.BAD_REQUEST


def test_a_database_that_fails_is_told(post: Post, engine: Engine) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE outbox")
    answer = post({"channel": "web", "sender": SENDER, "after": 0})
    assert answer.status_code == httpx.codes.SERVICE_UNAVAILABLE


def test_what_waits_to_be_handed_out_is_counted_by_channel(
    engine: Engine, links: LinkService, waiting: Outbox
) -> None:
    # The page fetches by itself; nothing waits to be handed out to it.
    assert waiting.depths() == {}
    service, chat = ReminderService(engine, now), Chat("telegram", "telegram-7-7")
    service.subscribe(links.chat_key(chat), chat, "meena", "en")
    (subscription,) = [one for one in service.unchecked(date.max, 9) if one.learner_id == "meena"]
    message = {"text": "x", "buttons": [], "custom": {}}
    assert service.queue(subscription, ["1"], date(2026, 11, 1), message)
    assert waiting.depths() == {"telegram": 1}
    lease = waiting.claim("telegram", 10)
    assert waiting.depths() == {"telegram": 1}
    waiting.confirm(lease.token, [one.id for one in lease.messages])
    assert waiting.depths() == {}
