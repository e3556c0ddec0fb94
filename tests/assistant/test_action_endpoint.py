"""The lasting connections to the action server, against a server on this machine."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest
from rasa.utils.endpoints import ClientResponseError, EndpointConfig

from connectors.channels.action_endpoint import ActionEndpoint
from connectors.observability.request_id import request
from tests.assistant.answering import Answering, answering
from tests.ports import free_port

pytestmark = pytest.mark.anyio
IDENTIFIER = "0123456789abcdef"
CALL = {"next_action": "action_find_course", "tracker": {"sender_id": "me"}}


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def served() -> AsyncIterator[Answering]:
    async with answering() as server:
        yield server


@pytest.fixture
async def endpoint(served: Answering) -> AsyncIterator[ActionEndpoint]:
    lasting = ActionEndpoint.of(EndpointConfig(f"{served.address}/webhook"))
    yield lasting
    await lasting.close()


async def test_calls_one_after_the_other_share_a_connection(
    served: Answering, endpoint: ActionEndpoint
) -> None:
    served.answer = {"events": [], "responses": []}
    answers = [await endpoint.request(json=CALL) for _ in range(5)]
    assert answers == [served.answer] * 5
    assert served.connections == 1
    # As Rasa has it.
    plain = EndpointConfig(f"{served.address}/webhook")
    for _ in range(2):
        await plain.request(json=CALL)
    assert served.connections == 3


async def test_calls_at_once_do_not_wait_for_each_other(
    served: Answering, endpoint: ActionEndpoint
) -> None:
    bodies = [{**CALL, "number": number} for number in range(20)]
    await asyncio.gather(*(endpoint.request(json=body) for body in bodies))
    assert sorted(body["number"] for body in served.bodies) == list(range(20))
    assert served.connections > 1


async def test_an_action_gets_a_domain_and_words_do_not(
    served: Answering, endpoint: ActionEndpoint
) -> None:
    given = dict(CALL)
    words = {"response": "utter_greet"}
    await endpoint.request(json=given)
    await endpoint.request(json={**CALL, "domain": {"slots": {}}})
    await endpoint.request(json=words)
    assert served.bodies == [{**CALL, "domain": {}}, {**CALL, "domain": {"slots": {}}}, words]
    assert given == CALL


async def test_a_call_carries_the_id_of_its_message(
    served: Answering, endpoint: ActionEndpoint
) -> None:
    with request(IDENTIFIER):
        await endpoint.request(json=CALL, headers={"X-Own": "kept"})
    await endpoint.request(json=CALL)
    named, unnamed = served.requests
    assert (named.headers["X-Request-ID"], named.headers["X-Own"]) == (IDENTIFIER, "kept")
    assert "X-Request-ID" not in unnamed.headers


async def test_what_is_configured_stays(served: Answering) -> None:
    configured = EndpointConfig(
        f"{served.address}/webhook",
        headers={"X-Configured": "yes"},
        basic_auth={"username": "sathi", "password": "secret"},
        token="t",  # noqa: S106
    )
    lasting = ActionEndpoint.of(configured)
    assert lasting == configured
    await lasting.request(json=CALL)
    await lasting.close()
    (given,) = served.requests
    assert given.headers["X-Configured"] == "yes"
    assert given.headers["Authorization"] == aiohttp.BasicAuth("sathi", "secret").encode()
    assert given.query["token"] == "t"  # noqa: S105


async def test_a_failure_is_raised_and_the_connection_serves_on(
    served: Answering, endpoint: ActionEndpoint
) -> None:
    served.status, served.answer = 400, {"action_name": "x", "error": "no"}
    with pytest.raises(ClientResponseError) as raised:
        await endpoint.request(json=CALL)
    assert raised.value.status == 400
    assert b'"action_name"' in raised.value.text
    served.status = 200
    assert await endpoint.request(json=CALL) == served.answer
    assert served.connections == 1


async def test_an_action_server_that_comes_back_is_reached() -> None:
    port = free_port()
    lasting = ActionEndpoint.of(EndpointConfig(f"http://127.0.0.1:{port}/webhook"))
    async with answering(port):
        await lasting.request(json=CALL)
    with pytest.raises(aiohttp.ClientConnectionError):
        await lasting.request(json=CALL)
    async with answering(port) as again:
        await lasting.request(json=CALL)
        assert again.bodies == [{**CALL, "domain": {}}]
    await lasting.close()


async def test_close_leaves_nothing_open_and_the_next_call_opens_anew(
    served: Answering, endpoint: ActionEndpoint
) -> None:
    await endpoint.close()  # nothing was opened
    await endpoint.request(json=CALL)
    session = endpoint._session
    await endpoint.close()
    assert session is not None and session.closed
    await endpoint.request(json=CALL)
    assert served.connections == 2
