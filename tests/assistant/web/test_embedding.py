"""Which pages may hold the chat, and what they may ask."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import pytest
from rasa.shared.exceptions import RasaException
from sanic import Sanic
from sanic.request import Request
from sanic.response import HTTPResponse, json

from connectors.channels.web import WebInput
from tests.assistant.test_web_channel import CONVERSATION, many_applications, served
from tests.ports import free_port

__all__ = ["many_applications"]
PORTAL = "https://portal.example.in"
Call = Callable[[aiohttp.ClientSession, str], Awaitable[Any]]


def with_page(call: Call, origins: str | None = "", status: int | None = 200) -> Any:
    """Call the channel; the action server answers with a status, or not at all."""
    channel_port, actions_port = free_port(), free_port()
    credentials = {"action_server": f"http://127.0.0.1:{actions_port}", "origins": origins}
    channel = Sanic(f"channel{uuid.uuid4().hex}")
    channel.blueprint(
        WebInput.from_credentials(credentials).blueprint(None), url_prefix="/webhooks/web"
    )
    actions = Sanic(f"actions{uuid.uuid4().hex}")

    @actions.post("/portal/introduce")
    async def introduce(request: Request) -> HTTPResponse:
        return json({"heard": request.json}, status=status)

    @actions.post("/portal/links")
    async def links(request: Request) -> HTTPResponse:
        return json({"heard": request.json}, status=status)

    async def ask() -> Any:
        async with aiohttp.ClientSession() as session:
            return await call(session, f"http://127.0.0.1:{channel_port}")

    async def both() -> Any:
        if status is None:
            return await served(channel, channel_port, ask)
        return await served(actions, actions_port, lambda: served(channel, channel_port, ask))

    return asyncio.run(both())


async def ancestors(session: aiohttp.ClientSession, address: str) -> tuple[str, list[str]]:
    async with session.get(f"{address}/") as page:
        policy = page.headers["Content-Security-Policy"]
    async with session.get(f"{address}/webhooks/web/embedding") as answer:
        return policy.split("frame-ancestors ")[1], (await answer.json())["origins"]


@pytest.mark.parametrize("setting", ["", None, " ", ","])
def test_no_page_may_hold_the_chat_unless_it_is_named(setting: str | None) -> None:
    assert with_page(ancestors, setting) == ("'none'", [])


def test_pages_that_are_named_may() -> None:
    setting = f"{PORTAL}/, http://Localhost:8080"
    both = [PORTAL, "http://localhost:8080"]
    assert with_page(ancestors, setting) == (" ".join(both), both)


@pytest.mark.parametrize(
    "setting",
    [
        "*",
        "portal.example.in",
        f"{PORTAL}/page",
        "https://*.in",
        f"{PORTAL}; script-src *",
        "'self'",
    ],
)
def test_what_is_no_origin_stops_the_start(setting: str) -> None:
    with pytest.raises(RasaException, match="SATHI_WEB_ORIGINS"):
        WebInput.from_credentials({"action_server": "http://127.0.0.1:1", "origins": setting})


@pytest.mark.parametrize(
    ("site", "status"), [("cross-site", 403), ("same-site", 403), ("same-origin", 200)]
)
def test_other_pages_ask_nothing(site: str, status: int) -> None:
    async def call(session: aiohttp.ClientSession, address: str) -> int:
        body = {"conversation": CONVERSATION, "most": 5}
        headers = {"Sec-Fetch-Site": site, "Origin": PORTAL}
        path = f"{address}/webhooks/web/history"
        async with session.post(path, json=body, headers=headers) as answer:
            assert "Access-Control-Allow-Origin" not in answer.headers
            return answer.status

    assert with_page(call, PORTAL) == status


def introduce(body: Any) -> Call:
    async def call(session: aiohttp.ClientSession, address: str) -> tuple[int, Any]:
        async with session.post(f"{address}/webhooks/web/introduce", json=body) as answer:
            return answer.status, await answer.json()

    return call


@pytest.mark.parametrize("status", [200, 401, 404, 409])
def test_a_portals_token_is_passed_on_and_the_answer_back(status: int) -> None:
    call = introduce({"conversation": CONVERSATION, "token": "a.b.c"})
    heard = {"channel": "web", "sender": f"web-{CONVERSATION.lower()}", "token": "a.b.c"}
    assert with_page(call, PORTAL, status) == (status, {"heard": heard})


def test_nonsense_is_refused_and_silence_behind_is_told() -> None:
    assert with_page(introduce({"conversation": "me", "token": "x"}))[0] == 400
    assert with_page(introduce({"conversation": CONVERSATION}))[0] == 400
    good = introduce({"conversation": CONVERSATION, "token": "x"})
    assert with_page(good, status=None)[0] == 503


def links(body: Any) -> Call:
    async def call(session: aiohttp.ClientSession, address: str) -> tuple[int, Any]:
        async with session.post(f"{address}/webhooks/web/links", json=body) as answer:
            return answer.status, await answer.json()

    return call


@pytest.mark.parametrize("status", [200, 401, 404, 409])
def test_a_portals_server_asks_for_links(status: int) -> None:
    call = links({"token": "a.b.c"})
    assert with_page(call, PORTAL, status) == (status, {"heard": {"token": "a.b.c"}})


def test_links_without_a_token_or_an_action_server_are_refused() -> None:
    assert with_page(links({}))[0] == 400
    assert with_page(links([]))[0] == 400
    assert with_page(links({"token": "x"}), status=None)[0] == 503
