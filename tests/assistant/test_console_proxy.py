"""The console's proxy over HTTP, between a real client and a server that tells what it got."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from rasa.shared.exceptions import RasaException
from sanic import Sanic
from yarl import URL

from connectors.channels.console_proxy import MAX_BODY, ConsoleProxy
from tests.ports import free_port

REQUESTS = web.AppKey("requests", list)
BODIES = web.AppKey("bodies", list)
Check = Callable[[aiohttp.ClientSession, str, list[web.Request]], Awaitable[Any]]


async def answer(request: web.Request) -> web.Response:
    request.app[BODIES].append(await request.read())
    request.app[REQUESTS].append(request)
    if request.path.endswith("/moved"):
        raise web.HTTPSeeOther("/console/queue?done=saved")
    response = web.Response(text=f"{request.method} {request.raw_path}", status=201)
    response.headers["X-Secret-Of-The-Server"] = "1"
    response.headers["Content-Security-Policy"] = "default-src 'none'"
    response.set_cookie("sathi_console", "a", path="/console", httponly=True)
    response.set_cookie("other", "b")
    return response


def run(check: Check, is_up: bool = True) -> Any:
    async def act() -> Any:
        upstream = web.Application(client_max_size=10 * MAX_BODY)
        upstream[REQUESTS], upstream[BODIES] = [], []
        upstream.router.add_route("*", "/{path:.*}", answer)
        runner = web.AppRunner(upstream)
        await runner.setup()
        upstream_port, port = free_port(), free_port()
        if is_up:
            await web.TCPSite(runner, "127.0.0.1", upstream_port).start()
        # Sanic rewrites its own methods when an app starts; like this it can do so again.
        Sanic.test_mode = True
        app = Sanic(f"proxy-{uuid.uuid4().hex}", configure_logging=False)
        proxy = ConsoleProxy.from_credentials(
            {"action_server": f"http://127.0.0.1:{upstream_port}"}
        )

        async def nobody(_: Any) -> None:
            raise AssertionError("the console sends no messages to Rasa")

        app.blueprint(proxy.blueprint(nobody), url_prefix=proxy.url_prefix())
        server = await app.create_server("127.0.0.1", port, return_asyncio_server=True)
        await server.startup()
        await server.before_start()
        await server.after_start()
        try:
            jar = aiohttp.DummyCookieJar()
            async with aiohttp.ClientSession(cookie_jar=jar) as client:
                check_result = await check(client, f"http://127.0.0.1:{port}", upstream[REQUESTS])
            return check_result, upstream[BODIES]
        finally:
            await server.before_stop()
            await server.close()
            await runner.cleanup()

    return asyncio.run(act())


def test_a_page_goes_through_with_cookies_query_and_forwarding_headers() -> None:
    async def check(client, url, requests):
        sent = {"Cookie": "sathi_console=x", "X-Forwarded-For": "6.6.6.6", "Authorization": "y"}
        address = URL(f"{url}/console/tickets/S-1?a=%2F..&b=%E0", encoded=True)
        async with client.get(address, headers=sent) as got:
            assert got.status == 201
            assert await got.text() == "GET /console/tickets/S-1?a=%2F..&b=%E0"
            assert [c.split("=")[0] for c in got.headers.getall("set-cookie")] == [
                "sathi_console",
                "other",
            ]
            assert got.headers["content-security-policy"] == "default-src 'none'"
            assert "x-secret-of-the-server" not in got.headers
        (heard,) = requests
        assert heard.headers["cookie"] == "sathi_console=x"
        assert heard.headers["x-forwarded-for"] == "127.0.0.1"
        assert heard.headers["x-forwarded-proto"] == "http"
        assert heard.headers["x-forwarded-host"] == url.split("//")[1]
        assert "authorization" not in heard.headers

    run(check)


def test_https_before_us_is_told() -> None:
    async def check(client, url, requests):
        await client.get(f"{url}/console/", headers={"X-Forwarded-Proto": "https"})
        assert requests[0].headers["x-forwarded-proto"] == "https"

    run(check)


def test_forms_go_through_and_redirects_come_back() -> None:
    async def check(client, url, requests):
        form = {"text": "नमस्ते & more"}
        async with client.post(f"{url}/console/moved", data=form, allow_redirects=False) as got:
            assert (got.status, got.headers["location"]) == (303, "/console/queue?done=saved")
        assert requests[0].headers["content-type"] == "application/x-www-form-urlencoded"

    _, bodies = run(check)
    assert bodies[0].startswith(b"text=%E0%A4%A8")
    assert bodies[0].endswith(b"%26+more")


@pytest.mark.parametrize("size", [MAX_BODY + 1, 3 * MAX_BODY])
def test_a_large_form_goes_no_further(size: int) -> None:
    async def check(client, url, requests):
        try:
            async with client.post(f"{url}/console/x", data=b"a" * size) as got:
                assert got.status == 413
        except aiohttp.ClientError:
            # The connection was closed while the rest was still being sent.
            pass
        assert requests == []

    run(check)


def test_a_form_of_one_megabyte_goes_through() -> None:
    async def check(client, url, _):
        async with client.post(f"{url}/console/x", data=b"a" * MAX_BODY) as got:
            assert got.status == 201

    _, bodies = run(check)
    assert len(bodies[0]) == MAX_BODY


@pytest.mark.parametrize(
    "path",
    [
        "/console/../webhook",
        "/console/%2e%2e/webhook",
        "/console/..%2fwebhook",
        "/console/.%2e/webhook",
        "/console//webhook",
        "/console/a/../../webhook",
        "/console/@evil.example/",
        "/console/a%00b",
        "/webhook",
        "/consolewebhook",
        "/documents/x",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_nothing_else_of_the_action_server_is_reachable(path: str, method: str) -> None:
    async def check(client, url, requests):
        address = URL(url + path, encoded=True)
        async with client.request(method, address, allow_redirects=False) as got:
            assert got.status in (404, 405)
        assert requests == []

    run(check)


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
def test_other_methods_are_refused(method: str) -> None:
    async def check(client, url, requests):
        async with client.request(method, f"{url}/console/x") as got:
            assert got.status in (404, 405)
        assert requests == []

    run(check)


def test_the_address_without_a_slash_leads_on() -> None:
    async def check(client, url, _):
        async with client.get(f"{url}/console", allow_redirects=False) as got:
            assert got.headers["location"] == "/console/"

    run(check)


def test_without_the_action_server_there_is_an_apology() -> None:
    async def check(client, url, _):
        async with client.get(f"{url}/console/") as got:
            assert got.status == 503
            assert "Try again" in await got.text()

    run(check, is_up=False)


@pytest.mark.parametrize("credentials", [None, {}, {"action_server": ""}])
def test_credentials_without_an_address_are_refused(credentials: dict | None) -> None:
    with pytest.raises(RasaException, match="action_server"):
        ConsoleProxy.from_credentials(credentials)
