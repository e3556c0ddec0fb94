"""Webhooks passed on over real HTTP, from Sanic as Rasa runs it to a small action server."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from rasa.shared.exceptions import RasaException
from sanic import Sanic

from connectors.channels.helpdesk_hook import MAX_BODY, HelpdeskHook

SECRET = "w" * 32
Seen = list[tuple[str, bytes, Mapping[str, str]]]


def run(test: Callable[[str, Seen], Awaitable[Any]], status: int = 200, down: bool = False) -> Any:
    """Run a test with the address of the public port and what the action server has seen."""

    async def serve() -> Any:
        seen: Seen = []

        async def receive(request: web.Request) -> web.Response:
            seen.append((request.path, await request.read(), request.headers))
            return web.json_response({"status": "ok"}, status=status)

        actions = web.Application(client_max_size=2 * MAX_BODY)
        actions.router.add_post("/{path:.*}", receive)
        runner = web.AppRunner(actions)
        await runner.setup()
        listener = socket.create_server(("127.0.0.1", 0))
        port = listener.getsockname()[1]
        await web.SockSite(runner, listener).start()
        if down:
            await runner.cleanup()
        hook = HelpdeskHook.from_credentials({"action_server": f"http://127.0.0.1:{port}/"})
        app = Sanic("helpdesk_hook_test")
        Sanic.test_mode = True
        app.blueprint(hook.blueprint(None), url_prefix="/webhooks/helpdesk")
        public = socket.create_server(("127.0.0.1", 0))
        server = await app.create_server(sock=public, return_asyncio_server=True, access_log=False)
        await server.startup()
        await server.start_serving()
        try:
            address = f"http://127.0.0.1:{public.getsockname()[1]}/webhooks/helpdesk"
            return await test(address, seen)
        finally:
            server.close()
            await server.wait_closed()
            await runner.cleanup()
            Sanic._app_registry.pop("helpdesk_hook_test", None)

    return asyncio.run(serve())


async def post(address: str, **content: Any) -> int:
    async with aiohttp.ClientSession() as session, session.post(address, **content) as answer:
        await answer.read()
        return answer.status


def test_the_body_arrives_byte_by_byte_with_its_signature() -> None:
    body = '{"content":  "नमस्ते"}'.encode()
    headers = {
        "X-Chatwoot-Signature": "sha256=abc",
        "X-Chatwoot-Timestamp": "1",
        "Cookie": "a=b",
    }

    async def test(address: str, seen: Seen) -> int:
        status = await post(f"{address}/chatwoot/{SECRET}", data=body, headers=headers)
        [(path, received, got)] = seen
        assert (path, received) == (f"/helpdesk/chatwoot/{SECRET}", body)
        assert got["X-Chatwoot-Signature"] == "sha256=abc"
        assert got["X-Chatwoot-Timestamp"] == "1"
        assert "Cookie" not in got
        return status

    assert run(test) == 200


@pytest.mark.parametrize("status", [200, 400, 401, 409, 503])
def test_the_answer_is_the_action_servers(status: int) -> None:
    async def test(address: str, _: Seen) -> int:
        return await post(f"{address}/chatwoot/{SECRET}", json={})

    assert run(test, status=status) == status


def test_without_the_action_server_the_desk_hears_of_it() -> None:
    async def test(address: str, _: Seen) -> int:
        return await post(f"{address}/chatwoot/{SECRET}", json={})

    assert run(test, down=True) == 503


@pytest.mark.parametrize("path", ["/chatwoot/..%2Foutbox", "/chatwoot/%2e%2e", "/chatwoot/a.b"])
def test_no_other_route_is_reached(path: str) -> None:
    async def test(address: str, seen: Seen) -> int:
        status = await post(f"{address}{path}", json={})
        assert seen == []
        return status

    assert run(test) in (401, 404)


def test_what_is_too_large_is_refused() -> None:
    async def test(address: str, seen: Seen) -> int:
        status = await post(f"{address}/chatwoot/{SECRET}", data=b"x" * (MAX_BODY + 1))
        assert seen == []
        return status

    assert run(test) == 413


@pytest.mark.parametrize("credentials", [None, {}, {"action_server": ""}])
def test_a_missing_address_is_named(credentials: dict) -> None:
    with pytest.raises(RasaException, match="action_server"):
        HelpdeskHook.from_credentials(credentials)
