from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest
from tenacity import AsyncRetrying, Retrying

from connectors.retrying import TransientError, is_transient, retry_after_seconds, retry_options

LOGGER = logging.getLogger("test-retrying")


class Flaky:
    """Fails with some errors, then succeeds."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.calls = 0

    def __call__(self) -> str:
        self.calls += 1
        if self.errors:
            raise self.errors.pop(0)
        return "done"

    async def later(self) -> str:
        return self()


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("0", 0), ("7", 7), ("", None), ("soon", None), ("-3", None), ("1.5", None), ("٣", None)],
)
def test_seconds_of_a_header(value: str, seconds: float | None) -> None:
    assert retry_after_seconds(httpx.Headers({"retry-after": value.encode()})) == seconds
    assert retry_after_seconds({}) is None


def test_a_date_counts_from_now_and_never_back() -> None:
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    seconds = retry_after_seconds({"Retry-After": later})
    assert seconds is not None
    assert 20 < seconds <= 30
    assert retry_after_seconds({"Retry-After": "Thu, 01 Jan 1970 00:00:00 GMT"}) == 0


@pytest.mark.parametrize(
    ("status", "transient"), [(200, False), (404, False), (429, True), (500, True), (503, True)]
)
def test_which_answers_are_transient(status: int, transient: bool) -> None:
    assert is_transient(httpx.Response(status)) is transient


def test_transient_errors_are_tried_again_after_the_wait_that_is_asked_for(
    caplog: pytest.LogCaptureFixture,
) -> None:
    waits: list[float] = []
    flaky = Flaky(TransientError("HTTP 503", 7), TransientError("HTTP 500"))
    options = retry_options(2, 10, LOGGER)
    assert Retrying(sleep=waits.append, **options)(flaky) == "done"
    assert waits[0] == 7
    assert 0 <= waits[1] <= 0.5
    assert caplog.messages == [
        "HTTP 503; attempt 2 follows",
        "HTTP 500; attempt 3 follows",
    ]


@pytest.mark.parametrize(
    ("error", "calls"),
    [(TransientError("x"), 3), (TransientError("x", 11), 1), (ValueError("x"), 1)],
)
def test_the_last_error_is_raised(error: Exception, calls: int) -> None:
    flaky = Flaky(*[error] * 9)
    with pytest.raises(type(error)):
        Retrying(sleep=lambda _: None, **retry_options(2, 10, LOGGER))(flaky)
    assert flaky.calls == calls


def test_coroutines_are_tried_again_too() -> None:
    flaky = Flaky(TransientError("x", 0))
    assert asyncio.run(AsyncRetrying(**retry_options(1, 10, LOGGER))(flaky.later)) == "done"
    assert flaky.calls == 2
