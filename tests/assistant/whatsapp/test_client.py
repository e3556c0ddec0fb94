from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from connectors.channels.whatsapp.client import (
    GraphClient,
    RejectedError,
    UnansweredError,
    UnavailableError,
    UndeliverableError,
    WindowClosedError,
)
from connectors.channels.whatsapp.rendering import texts
from tests.fakes import whatsapp as fake

ASHA = "IN.1410018717833190"
(HELLO,) = texts("hello")


def run(scenario: Callable[[fake.FakeGraph, GraphClient], Awaitable[None]]) -> None:
    async def play() -> None:
        async with fake.FakeGraph() as graph:
            client = GraphClient(graph.address, fake.PHONE_NUMBER_ID, fake.ACCESS, timeout=0.5)
            await scenario(graph, client)
            await client.close()

    asyncio.run(play())


@pytest.mark.parametrize(("chat_id", "field"), [("919810218674", "to"), (ASHA, "recipient")])
def test_a_message_goes_to_a_number_or_to_a_business_scoped_id(chat_id: str, field: str) -> None:
    async def scenario(graph: fake.FakeGraph, client: GraphClient) -> None:
        assert await client.send(chat_id, HELLO, "tag") == "wamid.out1"
        assert graph.sent == [
            {
                "messaging_product": "whatsapp",
                "recipient_type": "individual",
                field: chat_id,
                "biz_opaque_callback_data": "tag",
                "type": "text",
                "text": {"body": "hello", "preview_url": False},
            }
        ]

    run(scenario)


def test_a_message_is_marked_as_read_with_a_typing_indicator() -> None:
    async def scenario(graph: fake.FakeGraph, client: GraphClient) -> None:
        await client.mark_read("wamid.in1")
        assert graph.read == [("wamid.in1", True)]

    run(scenario)


@pytest.mark.parametrize(
    ("name", "mime", "taken_as"),
    [
        ("a.png", "image/png", "image/png"),
        ("a.pdf", "application/pdf", "application/pdf"),
        ("प्रगति.ics", "text/calendar", "text/plain"),
        ("my-data.json", "application/json", "text/plain"),
    ],
)
def test_files_are_uploaded_under_a_type_that_whatsapp_takes(
    name: str, mime: str, taken_as: str
) -> None:
    async def scenario(graph: fake.FakeGraph, client: GraphClient) -> None:
        identifier = await client.upload(name, mime, b"content")
        assert graph.files[identifier] == (name, taken_as, b"content")

    run(scenario)


@pytest.mark.parametrize(
    ("fault", "error", "wait"),
    [
        (fake.RATE_LIMIT, UnavailableError, 2),
        (fake.PAIR_RATE_LIMIT, UnavailableError, 6),
        (fake.SERVER_ERROR, UnavailableError, 0),
        (fake.TOKEN_EXPIRED, UnavailableError, 60),
        (fake.Fault(503, 9), UnavailableError, 0),
        (fake.Fault(429, 9, retry_after=7), UnavailableError, 7),
        (fake.GATEWAY_ERROR, UnansweredError, None),
        (fake.CLOSED_WITHOUT_ANSWER, UnansweredError, None),
        (fake.TAKEN_WITHOUT_ANSWER, UnansweredError, None),
        (fake.UNDELIVERABLE, UndeliverableError, None),
        (fake.Fault(400, 131047), WindowClosedError, None),
        (fake.Fault(400, 100), RejectedError, None),
        (fake.Fault(404), RejectedError, None),
    ],
)
def test_every_failure_says_what_became_of_the_message(
    fault: fake.Fault, error: type[Exception], wait: float | None
) -> None:
    async def scenario(graph: fake.FakeGraph, client: GraphClient) -> None:
        graph.fail(fault)
        with pytest.raises(error) as raised:
            await client.send(ASHA, HELLO, "tag")
        assert raised.type is error
        assert getattr(raised.value, "retry_after", None) == wait
        assert raised.value.code == fault.code

    run(scenario)


def test_an_error_without_a_number_is_told_by_its_status() -> None:
    async def scenario(graph: fake.FakeGraph, client: GraphClient) -> None:
        graph.fail(fake.Fault(429, "none"))
        with pytest.raises(UnavailableError):
            await client.send(ASHA, HELLO, "tag")

    run(scenario)


def test_a_server_that_cannot_be_reached_has_not_taken_the_message() -> None:
    async def scenario() -> None:
        client = GraphClient("http://127.0.0.1:1/v25.0", fake.PHONE_NUMBER_ID, fake.ACCESS)
        with pytest.raises(UnavailableError):
            await client.send(ASHA, HELLO, "tag")
        await client.close()

    asyncio.run(scenario())


def test_nobody_knows_about_a_message_that_is_not_answered_in_time() -> None:
    async def scenario(graph: fake.FakeGraph, client: GraphClient) -> None:
        graph.fail(fake.Fault(delay=2))
        with pytest.raises(UnansweredError):
            await client.send(ASHA, HELLO, "tag")

    run(scenario)


def test_errors_hold_nothing_personal() -> None:
    async def scenario(graph: fake.FakeGraph, client: GraphClient) -> None:
        graph.fail(fake.UNDELIVERABLE)
        with pytest.raises(UndeliverableError) as raised:
            await client.send("919810218674", HELLO, "tag")
        assert str(raised.value) == "WhatsApp's error 131026"

    run(scenario)
