"""Prometheus metrics of both processes, and who may read them.

Each process counts what happens in it: the assistant understanding, dialogue and delivery,
the action server actions, wording, search and the learning platform. Labels have few values
and none that a user can choose.
"""

from __future__ import annotations

import hmac
import ipaddress
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from prometheus_client import REGISTRY, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from connectors.observability.tracing import step
from knowledge_base.languages import registry

TOKEN_SETTING = "SATHI_METRICS_TOKEN"  # noqa: S105 (a name)
CONTENT_TYPE = CONTENT_TYPE_LATEST
# What proxies add: behind one, a request that comes from this machine may be anybody's.
_PROXY_HEADERS = ("forwarded", "x-forwarded-for", "x-real-ip", "via")
_CHANNELS = frozenset({"rest", "web", "telegram", "whatsapp"})
_OTHER = "other"
_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 1.5, 2.5, 5.0, 10.0, 30.0)

_STAGE = Histogram(
    "sathi_stage_seconds",
    "Time of one step of a turn.",
    ["stage", "name"],
    buckets=_BUCKETS,
)
_TURN = Histogram(
    "sathi_turn_seconds", "Time from a message to its last reply.", ["channel"], buckets=_BUCKETS
)
_MESSAGES = Counter("sathi_messages", "Messages of users.", ["channel", "language"])
_CONVERSATIONS = Counter("sathi_conversations", "Conversations begun.", ["channel"])
_HAND_OFFS = Counter(
    "sathi_hand_offs", "Messages after which a person was asked to take over.", ["channel"]
)
_ERRORS = Counter("sathi_errors", "Faults by what failed.", ["kind"])
_QUEUE = Gauge("sathi_queue_depth", "Messages that wait.", ["queue", "channel"])
_IN_FLIGHT = Gauge("sathi_requests_in_flight", "Messages or calls that are being handled.")


@contextmanager
def timed(stage: str, name: str = "") -> Iterator[None]:
    """Measure the block as one step of a turn, and of its trace.

    Args:
        stage: nlu, policy, action, nlg, search, platform or delivery.
        name: which of them, e.g. the action; from a list that does not grow.
    """
    with step(f"{stage} {name}".rstrip()), _STAGE.labels(stage, name).time():
        yield


def count_error(kind: str) -> None:
    """Count a fault.

    Args:
        kind: what failed, e.g. ``action``, ``platform``, ``delivery``.
    """
    _ERRORS.labels(kind).inc()


def known_channel(channel: str | None) -> str:
    """Return the name of a channel, ``other`` for what is none: clients may choose it.

    Args:
        channel: as a message gave it.
    """
    return channel if channel in _CHANNELS else _OTHER


def count_turn(
    channel: str, locale: str | None, seconds: float, begins: bool, handed_off: bool
) -> None:
    """Count a message with what came of it.

    Args:
        channel: name of the channel as the message gave it.
        locale: locale of the message, None if it is not known.
        seconds: time to the last reply.
        begins: whether it begins a conversation.
        handed_off: whether a person was asked to take over.
    """
    channel = known_channel(channel)
    _MESSAGES.labels(channel, registry.known_locale(locale) or "unknown").inc()
    _TURN.labels(channel).observe(seconds)
    if begins:
        _CONVERSATIONS.labels(channel).inc()
    if handed_off:
        _HAND_OFFS.labels(channel).inc()


def set_queue_depths(queue: str, depths: Mapping[str, int]) -> None:
    """Set how many messages wait in a queue, by channel; channels not named have none.

    Args:
        queue: name of the queue.
        depths: messages by channel.
    """
    for channel in _CHANNELS | {_OTHER}:
        _QUEUE.labels(queue, channel).set(0)
    for channel, depth in depths.items():
        _QUEUE.labels(queue, known_channel(channel)).inc(depth)


def in_flight() -> Any:
    """Return a context manager that counts the block as a request that is being handled."""
    return _IN_FLIGHT.track_inprogress()


def exposition() -> bytes:
    """Return all metrics in Prometheus' text format."""
    return generate_latest(REGISTRY)


def may_read(address: str, headers: Mapping[str, str]) -> bool:
    """Tell whether a request may read the metrics.

    With ``SATHI_METRICS_TOKEN`` it must carry the token (``Authorization: Bearer ...``),
    without it it must come from this machine and not through a proxy.

    Args:
        address: address of the other end of the connection.
        headers: of the request, names without regard to case.
    """
    token = os.environ.get(TOKEN_SETTING)
    if token:
        given = headers.get("authorization") or ""
        return hmac.compare_digest(given.encode(), f"Bearer {token}".encode())
    if any(name in headers for name in _PROXY_HEADERS):
        return False
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


class TimedCalls:
    """Stand in for an object and measure calls of its methods as steps of turns.

    Args:
        target: the object.
        stage: see ``timed``.
        names: methods to measure; all public ones if none are named.
        is_fault: tells which exceptions are counted as errors of the stage.
    """

    def __init__(
        self,
        target: Any,
        stage: str,
        names: Iterable[str] = (),
        is_fault: Callable[[Exception], bool] = lambda _: True,
    ) -> None:
        self._target = target
        self._stage = stage
        self._names = frozenset(names)
        self._is_fault = is_fault

    def __getattr__(self, name: str) -> Any:
        """Return what the object has by that name, a method with its clock."""
        found = getattr(self._target, name)
        if not callable(found) or (self._names and name not in self._names):
            return found

        def measured(*arguments: Any, **named: Any) -> Any:
            with timed(self._stage, name):
                try:
                    return found(*arguments, **named)
                except Exception as error:
                    if self._is_fault(error):
                        count_error(self._stage)
                    raise

        return measured
