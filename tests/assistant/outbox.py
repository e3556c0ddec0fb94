"""What waits at a fake action server: leased, confirmed and erased as at the real one."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import Any

_numbers = itertools.count(1)


@dataclass
class FakeOutbox:
    """Messages and erasures that wait for a channel.

    Attributes:
        messages: with ``recipient``; one with an ``id`` keeps it, and its key.
        erasures: what is to be erased.
        confirmed: numbers of messages that the channel has confirmed.
    """

    messages: list[dict[str, Any]] = field(default_factory=list)
    erasures: list[dict[str, Any]] = field(default_factory=list)
    confirmed: list[int] = field(default_factory=list)

    def answer(self, path: str, call: dict[str, Any]) -> dict[str, Any]:
        """Return what the action server answers to a channel's call."""
        if path == "/outbox/claim":
            leased = self.messages[: call["limit"]]
            del self.messages[: call["limit"]]
            return {"lease": "token", "messages": [_numbered(one) for one in leased]}
        if path == "/outbox/confirm":
            assert call["lease"] == "token"
            self.confirmed += call["ids"]
            return {"confirmed": len(call["ids"])}
        if path == "/erasures":
            return {"erasures": list(self.erasures)}
        assert path == "/erasures/confirm"
        self.erasures = [one for one in self.erasures if one["id"] not in call["ids"]]
        return {}


def _numbered(message: dict[str, Any]) -> dict[str, Any]:
    number = message.get("id") or next(_numbers)
    return {"id": number, "key": f"{number}@noon", **message}
