"""The id of a request: one a message, in every log line of both processes.

It begins where a message arrives, goes to the action server in the header ``X-Request-ID``
of each call, and is returned in that header.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from connectors.observability import tracing

HEADER = "X-Request-ID"
# Whatever else a client sends could hold personal data, or forge a log line.
_FORM = re.compile(r"[0-9a-f]{16}")
_current: ContextVar[str | None] = ContextVar("request_id", default=None)


def current_request_id() -> str | None:
    """Return the id of the request that is being handled, None outside of one."""
    return _current.get()


def known_or_new(given: Any) -> str:
    """Return an id that was handed on, or a new one in place of anything that is none.

    Args:
        given: what a header holds.
    """
    if isinstance(given, str) and _FORM.fullmatch(given):
        return given
    return secrets.token_hex(8)


def set_request_id(identifier: str) -> None:
    """Set the id for the rest of the running task, and for threads and tasks it starts."""
    _current.set(identifier)


@contextmanager
def request(identifier: str) -> Iterator[None]:
    """Let log lines carry an id while the block lasts."""
    token = _current.set(identifier)
    try:
        yield
    finally:
        _current.reset(token)


def headers() -> dict[str, str]:
    """Return the headers that hand the current id, and its trace, on to the other process."""
    identifier = _current.get()
    return {**({HEADER: identifier} if identifier else {}), **tracing.headers()}
