"""Learners that a portal introduces, by HTTP and real tables."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
from pydantic import SecretStr, ValidationError
from sanic import Sanic
from sqlalchemy import Engine, insert, select

from bot.actions.portal_routes import portal_routes
from connectors.platform import schema
from connectors.platform.database import migrate, open_database, transaction
from connectors.platform.factory import PlatformSettingError, open_portal
from connectors.platform.link_addresses import ChatSettings, link_addresses
from connectors.platform.linking import (
    Chat,
    ExpiredTokenError,
    InvalidTokenError,
    LinkService,
    UsedTokenError,
)
from connectors.platform.portal import Portal
from connectors.platform.records import NotKnownError
from connectors.platform.settings import PlatformSettings
from connectors.platform.sql import SqlPlatform
from tests.ports import free_port

SECRET = "p" * 40
SENDER = "web-0b0e7a52-54ab-4bd8-9d02-3d5c1d1c7d01"
CHAT = Chat("web", SENDER)


class Clock:
    def __init__(self) -> None:
        self.now = datetime.now(UTC).replace(microsecond=0)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = open_database(f"sqlite:///{tmp_path / 'sathi.db'}")
    migrate(engine)
    people = [
        {"id": name, "first_name": name, "last_name": "Rao", "department_id": 1}
        | {"languages": ["en"], "target_minutes": 60}
        for name in ("asha", "bina")
    ]
    with transaction(engine) as connection:
        connection.execute(insert(schema.departments), {"id": 1, "name": "Posts"})
        connection.execute(insert(schema.learners), people)
    yield engine
    engine.dispose()


@pytest.fixture
def links(engine: Engine, clock: Clock) -> LinkService:
    return LinkService(engine, "s" * 40, clock)


@pytest.fixture
def portal(engine: Engine, links: LinkService, clock: Clock) -> Portal:
    return Portal(SECRET, links, SqlPlatform(engine), clock)


def signed(
    clock: Clock, learner: Any = "asha", proof: Any = "n-1", secret: str = SECRET, **changes: Any
) -> str:
    """Return a portal's token; a change to None leaves the claim out."""
    now = clock()
    claims = {"sub": learner, "aud": "sathi", "jti": proof, "iat": now}
    claims |= {"exp": now + timedelta(minutes=2), **changes}
    kept = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode(kept, secret, algorithm="HS256")


def test_a_token_is_exchanged_for_a_link(portal: Portal, links: LinkService, clock: Clock) -> None:
    found = portal.introduce(signed(clock), CHAT)
    assert not found.is_taken
    assert links.redeem(found.link, CHAT) == "asha"


def test_a_token_is_exchanged_once(portal: Portal, clock: Clock) -> None:
    token = signed(clock)
    portal.introduce(token, CHAT)
    with pytest.raises(UsedTokenError):
        portal.introduce(token, CHAT)
    with pytest.raises(UsedTokenError):
        portal.introduce(signed(clock, learner="bina"), CHAT)
    portal.introduce(signed(clock, proof="n-2"), CHAT)


def test_of_many_who_exchange_it_at_once_one_gets_a_link(portal: Portal, clock: Clock) -> None:
    token = signed(clock)

    def try_it(_: int) -> bool:
        try:
            portal.introduce(token, CHAT)
        except UsedTokenError:
            return False
        return True

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(try_it, range(8))) == 1


def test_a_chat_that_is_the_learners_needs_no_link(
    portal: Portal, links: LinkService, clock: Clock
) -> None:
    first = portal.introduce(signed(clock), CHAT)
    links.redeem(first.link, CHAT)
    again = portal.introduce(signed(clock, proof="n-2"), CHAT)
    assert (again.link, again.is_taken, again.who) == (None, False, first.who)


def test_the_chat_of_another_learner_is_taken(
    portal: Portal, links: LinkService, clock: Clock
) -> None:
    asha = portal.introduce(signed(clock), CHAT)
    links.redeem(asha.link, CHAT)
    bina = portal.introduce(signed(clock, learner="bina", proof="n-2"), CHAT)
    assert bina.is_taken
    assert bina.who != asha.who
    assert "bina" not in bina.who


@pytest.mark.parametrize(
    "changes",
    [
        {"secret": "q" * 40},
        {"aud": "elsewhere"},
        {"aud": None},
        {"jti": None},
        {"jti": ""},
        {"jti": "n" * 201},
        {"sub": None},
        {"sub": ""},
        {"exp": None},
        {"iat": None},
        {"iat": "yesterday"},
        {"exp": 1e300},
    ],
)
def test_what_the_portal_did_not_sign_in_this_form_is_refused(
    portal: Portal, engine: Engine, clock: Clock, changes: dict[str, Any]
) -> None:
    with pytest.raises(InvalidTokenError):
        portal.introduce(signed(clock, **changes), CHAT)
    with transaction(engine) as connection:
        assert connection.execute(select(schema.link_tokens)).first() is None


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "ä.ö.ü", "." * 5000])
def test_what_is_no_token_is_refused(portal: Portal, token: str) -> None:
    with pytest.raises(InvalidTokenError):
        portal.introduce(token, CHAT)


def test_a_token_without_a_signature_or_by_another_algorithm_is_refused(
    portal: Portal, clock: Clock
) -> None:
    claims = jwt.decode(signed(clock), options={"verify_signature": False})
    for token in (
        jwt.encode(claims, None, algorithm="none"),
        jwt.encode(claims, SECRET * 2, algorithm="HS512"),
        signed(clock).rsplit(".", 1)[0] + ".",
    ):
        with pytest.raises(InvalidTokenError):
            portal.introduce(token, CHAT)


def test_a_token_holds_for_its_time_and_half_a_minute_for_the_clocks(
    portal: Portal, clock: Clock
) -> None:
    token, begin = signed(clock), clock.now
    for seconds in (-31, 150):
        clock.now = begin + timedelta(seconds=seconds)
        with pytest.raises(ExpiredTokenError):
            portal.introduce(token, CHAT)
    clock.now = begin + timedelta(seconds=149)
    portal.introduce(token, CHAT)


def test_a_token_for_hours_is_refused(portal: Portal, clock: Clock) -> None:
    long = signed(clock, exp=clock() + timedelta(minutes=5, seconds=1))
    with pytest.raises(InvalidTokenError):
        portal.introduce(long, CHAT)


def test_a_learner_unknown_to_the_platform_gets_no_link(portal: Portal, clock: Clock) -> None:
    with pytest.raises(NotKnownError):
        portal.introduce(signed(clock, learner="nobody"), CHAT)


def test_a_short_secret_stops_the_start_and_none_means_no_portal(
    engine: Engine, links: LinkService, clock: Clock
) -> None:
    def opened(secret: str) -> Portal | None:
        settings = PlatformSettings(widget_secret=SecretStr(secret))
        return open_portal(settings, links, SqlPlatform(engine), clock)

    assert opened("") is None
    assert opened("x" * 32) is not None
    with pytest.raises(PlatformSettingError, match="SATHI_WIDGET_SECRET"):
        opened("x" * 31)


Post = Callable[..., list[httpx.Response]]
CHATS = {
    "SATHI_PUBLIC_URL": "https://sathi.example.in/",
    "TELEGRAM_BOT_NAME": "@SathiTestBot",
    "SATHI_WHATSAPP_NUMBER": "+91 98765-43210",
}


@pytest.fixture
def chats(monkeypatch: pytest.MonkeyPatch) -> ChatSettings:
    for name, value in CHATS.items():
        monkeypatch.setenv(name, value)
    return ChatSettings(_env_file=None)


@pytest.fixture
def post(chats: ChatSettings) -> Post:
    """Return a function that posts JSON to the route."""

    async def serve_and_post(
        portal: Portal | None, bodies: list[Any], route: str, chats: ChatSettings
    ) -> list[httpx.Response]:
        app = Sanic(f"portal{free_port()}", configure_logging=False)
        app.config.TOUCHUP = False  # rewriting its own code is of no use for a few calls
        app.blueprint(portal_routes(portal, chats))
        port = free_port()
        server = await app.create_server(
            "127.0.0.1", port, return_asyncio_server=True, access_log=False
        )
        await server.startup()
        try:
            async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
                return [await client.post(f"/portal/{route}", json=body) for body in bodies]
        finally:
            server.close()
            await server.wait_closed()

    def post(portal: Portal | None, bodies: list[Any], route: str = "introduce") -> Any:
        return asyncio.run(serve_and_post(portal, bodies, route, chats))

    return post


def test_the_route_says_what_is_wrong(
    post: Post, portal: Portal, links: LinkService, clock: Clock
) -> None:
    good = {"channel": "web", "sender": SENDER, "token": signed(clock)}
    old = signed(clock, proof="o", iat=clock() - timedelta(hours=1), exp=clock() - timedelta(1))
    bodies = [
        good,
        good,
        good | {"token": "x"},
        good | {"token": old},
        good | {"token": signed(clock, learner="nobody", proof="n-2")},
        good | {"sender": "me"},
        good | {"token": 5},
        [],
    ]
    answers = post(portal, bodies)
    assert [answer.status_code for answer in answers] == [200, 409, 401, 401, 404, 400, 400, 400]
    found = answers[0].json()
    assert found.keys() == {"link", "who", "taken"}
    assert links.redeem(found["link"], CHAT) == "asha"


def test_without_a_portal_there_is_none(post: Post, clock: Clock) -> None:
    body = {"channel": "web", "sender": SENDER, "token": signed(clock)}
    assert post(None, [body])[0].status_code == 404
    assert post(None, [{"token": signed(clock)}], route="links")[0].status_code == 404


def test_a_portals_server_gets_a_link_for_each_chat(
    post: Post, portal: Portal, links: LinkService, clock: Clock
) -> None:
    token = signed(clock)
    bodies = [{"token": token}, {"token": token}, {"token": "x"}, {"token": 5}, {}, []]
    bodies.append({"token": signed(clock, learner="nobody", proof="n-2")})
    answers = post(portal, bodies, route="links")
    assert [answer.status_code for answer in answers] == [200, 409, 401, 400, 400, 400, 404]
    found = answers[0].json()
    issued = found["telegram"].removeprefix("https://t.me/SathiTestBot?start=")
    assert found == {
        "web": f"https://sathi.example.in/#link={issued}",
        "telegram": f"https://t.me/SathiTestBot?start={issued}",
        "whatsapp": f"https://wa.me/919876543210?text=LINK%20{issued}",
    }
    assert links.redeem(issued, Chat("telegram", "telegram-501")) == "asha"


def test_only_chats_that_are_there_get_a_link(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in CHATS:
        monkeypatch.delenv(name, raising=False)
    none = ChatSettings(_env_file=None)
    assert link_addresses("t", none) == {}
    assert link_addresses("t", none, "http://127.0.0.1:5005") == {
        "web": "http://127.0.0.1:5005/#link=t"
    }


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TELEGRAM_BOT_NAME", "https://t.me/SathiTestBot"),
        ("TELEGRAM_BOT_NAME", "a b"),
        ("SATHI_WHATSAPP_NUMBER", "098765"),
        ("SATHI_WHATSAPP_NUMBER", "number"),
    ],
)
def test_a_name_that_makes_no_link_is_refused(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ValidationError, match=name):
        ChatSettings(_env_file=None)
