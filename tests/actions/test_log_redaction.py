from __future__ import annotations

import logging
import sys

import pytest

from connectors.log_redaction import RedactingFormatter, redact


@pytest.mark.parametrize(
    "secret",
    [
        "anita.rao@nic.in",
        "9876543210",
        "+91 98765 43210",
        "+91-9876543210",
        "098765-43210",
        "SATHI-SAMPLE-00042-17",
        "KB-2024-00123",
        "3f2b8c1e-9d4a-4c55-8a21-0b6f5e7d9c10",
        "aB3" + "x_-9" * 14 + "zz",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.SflKxwRJSMeKKF2QT4",
    ],
)
def test_secrets_are_replaced(secret: str) -> None:
    line = redact(f'ERROR channel: user said "{secret}", retrying')
    assert secret not in line
    assert line.startswith("ERROR channel: user said")
    assert line.endswith("retrying")


@pytest.mark.parametrize(
    "line",
    [
        "INFO root: Rasa server is up and running.",
        "model multilingual-e5-small loaded in 1250 ms",
        "2026-11-27 10:15:00 listening on http://127.0.0.1:5005",
        "course do_1142012225299906561237 found",
        "INFO sathi: knowledge_base.recommend.collaborative ready",
    ],
)
def test_other_lines_stay(line: str) -> None:
    assert redact(line) == line


def test_tracebacks_are_redacted_too() -> None:
    try:
        int("anita.rao@nic.in")
    except ValueError:
        record = logging.LogRecord("x", 40, "f", 1, "failed", None, sys.exc_info())
    formatted = RedactingFormatter().format(record)
    assert "ValueError" in formatted
    assert "anita" not in formatted
