"""Leave a server that fails alone for a while, so that it does not hold up every question."""

from __future__ import annotations

import time
from collections.abc import Callable


class CircuitBreaker:
    """Remembers that a server failed (Nygard 2018, "Release It!", circuit breaker).

    Args:
        pause_seconds: how long a server is left alone after a failure.
        clock: returns a number of seconds that only grows.
    """

    def __init__(self, pause_seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._pause = pause_seconds
        self._clock = clock
        self._closed_again_at = clock()

    @property
    def is_open(self) -> bool:
        """Whether the server is left alone now."""
        return self._clock() < self._closed_again_at

    def failed(self) -> None:
        """Note a failure: the pause begins."""
        self._closed_again_at = self._clock() + self._pause
