"""The routes over real HTTP: the webhook, and what channels fetch."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
import uuid
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from sanic import Blueprint, Sanic
from sqlalchemy import Engine

from bot.actions.outbox import outbox_routes
from bot.actions.rendering import render
from connectors.helpdesk.embedded import EmbeddedDesk
from connectors.helpdesk.factory import Helpdesk, open_helpdesk
from connectors.helpdesk.records import TicketStatus
from connectors.helpdesk.routes import helpdesk_routes
from connectors.helpdesk.settings import HelpdeskSettings
from connectors.platform.linking import LinkService
from connectors.platform.outbox import Outbox
from tests.actions.helpdesk.conftest import CHAT, MEENA, WEB, Ask, Clock
from tests.fakes.chatwoot import FakeChatwoot, signed

SECRET = "w" * 32
Call = Callable[..., httpx.Response]


@pytest.fixture
def chatwoot() -> Iterator[FakeChatwoot]:
    with FakeChatwoot() as fake:
        yield fake


@pytest.fixture
def helpdesk(chatwoot: FakeChatwoot, engine: Engine, clock: Clock) -> Helpdesk:
    settings = HelpdeskSettings(
        _env_file=None,
        helpdesk="chatwoot",
        chatwoot_url=chatwoot.url,
        chatwoot_inbox="inbox-1",
        chatwoot_webhook_secret=SECRET,
    )
    return open_helpdesk(settings, engine, clock, render)


@contextmanager
def serving(*blueprints: Blueprint) -> Iterator[Call]:
    """Serve routes on the loopback; give a function that posts to them."""
    app = Sanic(f"routes-{uuid.uuid4().hex}")
    # Sanic rewrites its own source for speed, once a process.
    app.config.TOUCHUP = False
    for blueprint in blueprints:
        app.blueprint(blueprint)
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, daemon=True).start()
    listener = socket.create_server(("127.0.0.1", 0))
    address = f"http://127.0.0.1:{listener.getsockname()[1]}"

    def run(coroutine: Coroutine) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, loop).result(timeout=20)

    async def start() -> Any:
        server = await app.create_server(sock=listener, return_asyncio_server=True)
        await server.startup()
        await server.start_serving()
        return server

    async def stop(server: Any) -> None:
        server.close()
        await server.wait_closed()

    server = run(start())
    try:
        with httpx.Client(base_url=address, timeout=10) as client:
            yield client.post
    finally:
        run(stop(server))
        loop.call_soon_threadsafe(loop.stop)
        Sanic.unregister_app(app)


@pytest.fixture
def post(helpdesk: Helpdesk, waiting: Outbox, links: LinkService) -> Iterator[Call]:
    """Return a function that posts to the routes."""
    with serving(helpdesk_routes(helpdesk), outbox_routes(waiting, links)) as call:
        yield call


def test_a_webhook_is_followed_and_answered_at_once(
    post: Call, helpdesk: Helpdesk, asked: Ask, chatwoot: FakeChatwoot, links: LinkService
) -> None:
    number = helpdesk.desk.open(asked())
    asyncio.run(helpdesk.forwarder.deliver_due())
    payload = chatwoot.agent_writes(chatwoot.only(), "hello")
    began = time.monotonic()
    answer = post(f"/helpdesk/chatwoot/{SECRET}", json=payload)
    assert answer.status_code == 200
    assert time.monotonic() - began < 5
    assert helpdesk.desk.ticket(number).status is TicketStatus.HELD
    wrong = post(f"/helpdesk/chatwoot/{SECRET[:-1]}x", json=payload)
    assert wrong.status_code == 401
    assert post(f"/helpdesk/chatwoot/{SECRET}", content=b"{").status_code == 400
    helpdesk.desk.close(number)
    late = chatwoot.agent_writes(chatwoot.only(), "one more")
    assert post(f"/helpdesk/chatwoot/{SECRET}", json=late).status_code == 409


def test_tickets_that_another_desk_has_a_copy_of_are_known(
    helpdesk: Helpdesk, asked: Ask, links: LinkService
) -> None:
    number = helpdesk.desk.open(asked())
    key = links.chat_key(CHAT)
    assert helpdesk.desk.copied_elsewhere(key) == []
    asyncio.run(helpdesk.forwarder.deliver_due())
    assert helpdesk.desk.copied_elsewhere(key) == [number]
    assert helpdesk.desk.copied_elsewhere(links.chat_key(WEB)) == []


def test_signed_bytes_arrive_as_they_were(
    chatwoot: FakeChatwoot,
    engine: Engine,
    clock: Clock,
    asked: Ask,
) -> None:
    settings = HelpdeskSettings(
        _env_file=None,
        helpdesk="chatwoot",
        chatwoot_url=chatwoot.url,
        chatwoot_inbox="inbox-1",
        chatwoot_webhook_secret=SECRET,
        chatwoot_signing_secret="key",  # noqa: S106
    )
    helpdesk = open_helpdesk(settings, engine, clock, render)
    number = helpdesk.desk.open(asked())
    asyncio.run(helpdesk.forwarder.deliver_due())
    payload = chatwoot.agent_writes(chatwoot.only(), "नमस्ते")
    body, headers = signed(payload, "key", clock.now.timestamp())
    with serving(helpdesk_routes(helpdesk)) as post:
        answer = post(f"/helpdesk/chatwoot/{SECRET}", content=body, headers=headers)
    assert answer.status_code == 200
    assert helpdesk.desk.messages(number)[0].text == "नमस्ते"


def test_without_chatwoot_there_is_no_webhook(engine: Engine, clock: Clock) -> None:
    helpdesk = open_helpdesk(HelpdeskSettings(_env_file=None), engine, clock, render)
    with serving(helpdesk_routes(helpdesk)) as post:
        assert post("/helpdesk/chatwoot/x", json={}).status_code == 404


def test_channels_claim_what_they_have_to_send(
    post: Call, desk: EmbeddedDesk, asked: Ask, clock: Clock
) -> None:
    desk.reply(desk.open(asked()), MEENA, "hello")
    body = {"channel": "telegram", "limit": 20}
    lease = post("/outbox/claim", json=body).json()
    [claimed] = lease["messages"]
    assert claimed["recipient"] == CHAT.sender_id
    assert claimed["text"] == "Meena (helpdesk): hello"
    assert claimed["custom"]["locale"] == "en"
    assert claimed["buttons"] == []
    assert post("/outbox/claim", json=body).json()["messages"] == []
    confirmation = {"lease": lease["lease"], "ids": [claimed["id"]]}
    assert post("/outbox/confirm", json=confirmation).json() == {"confirmed": 1}
    clock.forward(days=1)
    assert post("/outbox/claim", json=body).json()["messages"] == []
    assert post("/outbox/confirm", json=confirmation).json() == {"confirmed": 0}


def test_the_page_fetches_what_agents_wrote(post: Call, desk: EmbeddedDesk, asked: Ask) -> None:
    desk.reply(desk.open(asked(chat=WEB)), MEENA, "hello")
    wanted = {"channel": "web", "sender": WEB.sender_id, "after": 0}
    [fetched] = post("/outbox", json=wanted).json()["messages"]
    assert fetched["text"] == "Meena (helpdesk): hello"
    later = {**wanted, "after": fetched["id"]}
    assert post("/outbox", json=later).json() == {"messages": []}


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        {},
        {"channel": "telegram"},
        {"channel": 5, "limit": 1},
        {"channel": "telegram", "limit": 0},
        {"channel": "telegram", "limit": 101},
        {"channel": "telegram", "limit": True},
        {"channel": "telegram", "limit": "5"},
    ],
)
def test_a_claim_that_is_none_is_refused(post: Call, body: Any) -> None:
    assert post("/outbox/claim", json=body).status_code == 400


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        {},
        {"lease": "x"},
        {"lease": 5, "ids": [1]},
        {"lease": "x", "ids": 1},
        {"lease": "x", "ids": ["1"]},
        {"lease": "x", "ids": [True]},
        {"lease": "x", "ids": [0]},
        {"lease": "x", "ids": [2**63]},
        {"lease": "x", "ids": [1] * 101},
    ],
)
def test_a_confirmation_that_is_none_is_refused(post: Call, body: Any) -> None:
    assert post("/outbox/confirm", json=body).status_code == 400
