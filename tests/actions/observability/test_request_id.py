from __future__ import annotations

import asyncio

import pytest

from connectors.observability.request_id import (
    HEADER,
    current_request_id,
    headers,
    known_or_new,
    request,
)

IDENTIFIER = "0123456789abcdef"


def test_an_id_that_was_handed_on_is_kept() -> None:
    assert known_or_new(IDENTIFIER) == IDENTIFIER


@pytest.mark.parametrize(
    "given", [None, "", "anita@nic.in", IDENTIFIER + "\n", "0123456789ABCDEF", 7, {"a": 1}]
)
def test_anything_else_is_replaced(given: object) -> None:
    made = known_or_new(given)
    assert made != given
    assert known_or_new(made) == made


def test_threads_know_the_id_of_the_request_that_started_them() -> None:
    async def handle() -> str | None:
        with request(IDENTIFIER):
            return await asyncio.to_thread(current_request_id)

    assert asyncio.run(handle()) == IDENTIFIER
    assert current_request_id() is None


def test_the_id_goes_on_in_a_header() -> None:
    assert headers() == {}
    with request(IDENTIFIER):
        assert headers() == {HEADER: IDENTIFIER}
