"""The id of a request: one a message, in every log line of both processes.

It begins where a message arrives, goes to the action server in the message's metadata (or
in the header ``X-Request-ID`` where there is no message), and is returned in that header.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

HEADER = "X-Request-ID"
METADATA_KEY = "request_id"
# Whatever else a client sends could hold personal data, or forge a log line.
_FORM = re.compile(r"[0-9a-f]{16}")
_current: ContextVar[str | None] = ContextVar("request_id", default=None)


def current_request_id() -> str | None:
    """Return the id of the request that is being handled, None outside of one."""
    return _current.get()


def known_or_new(given: Any) -> str:
    """Return an id that was handed on, or a new one in place of anything that is none.

    Args:
        given: what a header or metadata hold.
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
    """Return the headers that hand the current id on to the other process."""
    identifier = _current.get()
    return {HEADER: identifier} if identifier else {}


def of_action_call(call: Any) -> Any:
    """Return what stands for the id in a call of Rasa's to ``/webhook`` or ``/nlg``.

    Args:
        call: the body of the call.
    """
    for key in ("tracker", "latest_message", "metadata"):
        call = call.get(key) if isinstance(call, Mapping) else None
    return call.get(METADATA_KEY) if isinstance(call, Mapping) else None
