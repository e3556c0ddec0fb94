"""When a failed call over HTTP is tried again, and how long after: one policy for all clients.

Exponential back-off with full jitter (Brooker 2015, "Exponential Backoff And Jitter", AWS
Architecture Blog), never before ``Retry-After`` (RFC 9110, section 10.2.3).
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any

import httpx
from tenacity import (
    RetryCallState,
    retry_if_exception,
    stop_after_attempt,
    wait_random_exponential,
)

TRANSIENT_FAULTS = (
    httpx.TimeoutException,
    httpx.NetworkError,
    httpx.RemoteProtocolError,
    httpx.ProxyError,
)
_BACK_OFF = wait_random_exponential(multiplier=0.25, max=4)


class TransientError(Exception):
    """A failure that may be gone at the next attempt.

    Attributes:
        retry_after: seconds that the server asks to wait, None if it does not say.
    """

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


def is_transient(response: httpx.Response) -> bool:
    """Tell whether a server refuses for now only (429, 5xx)."""
    return response.status_code == HTTPStatus.TOO_MANY_REQUESTS or response.is_server_error


def retry_after_seconds(headers: Mapping[str, str]) -> float | None:
    """Return the seconds of a ``Retry-After`` header, given in seconds or as a date.

    Args:
        headers: those of an answer.

    Returns:
        Seconds, never negative; None without the header, or when it is neither.
    """
    value = headers.get("Retry-After", "")
    if value.isascii() and value.isdigit():
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())


def raise_if_transient(response: httpx.Response) -> None:
    """Let an answer that refuses for now only be a fault.

    Raises:
        TransientError: it does; with the wait that it asks for.
    """
    if is_transient(response):
        raise TransientError(f"HTTP {response.status_code}", retry_after_seconds(response.headers))


def retry_options(
    retries: int, longest_wait_seconds: float, logger: logging.Logger
) -> dict[str, Any]:
    """Return the arguments of tenacity's ``Retrying`` and ``AsyncRetrying``.

    Args:
        retries: attempts after the first.
        longest_wait_seconds: a server that asks for a longer wait is not asked again.
        logger: gets a line about each repeated attempt.
    """

    def is_worth_it(error: BaseException) -> bool:
        return (
            isinstance(error, TransientError) and (error.retry_after or 0.0) <= longest_wait_seconds
        )

    def log(state: RetryCallState) -> None:
        error = state.outcome.exception() if state.outcome else None
        logger.warning("%s; attempt %d follows", error, state.attempt_number + 1)

    return {
        "stop": stop_after_attempt(retries + 1),
        "wait": _wait,
        "retry": retry_if_exception(is_worth_it),
        "before_sleep": log,
        "reraise": True,
    }


def _wait(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    asked = error.retry_after if isinstance(error, TransientError) else None
    return max(_BACK_OFF(state), asked or 0.0)
