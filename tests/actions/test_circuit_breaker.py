from __future__ import annotations

from connectors.circuit_breaker import CircuitBreaker


def test_a_server_is_left_alone_for_the_pause_after_a_failure() -> None:
    seconds = [100.0]
    breaker = CircuitBreaker(30, lambda: seconds[0])
    assert not breaker.is_open
    breaker.failed()
    seconds[0] += 29
    assert breaker.is_open
    seconds[0] += 1
    assert not breaker.is_open


def test_another_failure_begins_the_pause_anew() -> None:
    seconds = [0.0]
    breaker = CircuitBreaker(30, lambda: seconds[0])
    breaker.failed()
    seconds[0] = 20
    breaker.failed()
    seconds[0] = 40
    assert breaker.is_open
