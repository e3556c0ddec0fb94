from __future__ import annotations

import json
import logging
import sys
from datetime import datetime, timedelta

import pytest

from connectors.observability.logs import LogFormatError, log_formatter
from connectors.observability.request_id import request

IDENTIFIER = "0123456789abcdef"


def record(message: str, **extra: object) -> logging.LogRecord:
    made = logging.LogRecord("bot.actions", logging.WARNING, "f", 1, message, None, None)
    made.__dict__.update(extra)
    return made


@pytest.fixture
def plain(monkeypatch: pytest.MonkeyPatch) -> logging.Formatter:
    monkeypatch.setenv("SATHI_LOG_FORMAT", "plain")
    return log_formatter("actions")


@pytest.fixture
def structured(monkeypatch: pytest.MonkeyPatch) -> logging.Formatter:
    monkeypatch.delenv("SATHI_LOG_FORMAT", raising=False)
    return log_formatter("actions")


def test_a_line_is_one_json_object(structured: logging.Formatter) -> None:
    line = structured.format(record('two\nlines and "quotes", हिन्दी'))
    assert "\n" not in line
    found = json.loads(line)
    moment = datetime.fromisoformat(found.pop("time"))
    assert moment.utcoffset() == timedelta(0)
    assert found == {
        "level": "WARNING",
        "process": "actions",
        "logger": "bot.actions",
        "message": 'two\nlines and "quotes", हिन्दी',
    }


def test_lines_carry_the_id_of_their_request(
    structured: logging.Formatter, plain: logging.Formatter
) -> None:
    with request(IDENTIFIER):
        assert json.loads(structured.format(record("x")))["request_id"] == IDENTIFIER
        assert plain.format(record("x")) == f"WARNING bot.actions: x [{IDENTIFIER}]"
    assert "request_id" not in json.loads(structured.format(record("x")))
    assert plain.format(record("x")) == "WARNING bot.actions: x"


@pytest.mark.parametrize("secret", ["anita.rao@nic.in", "9876543210", "SATHI-SAMPLE-00042-17"])
def test_nothing_personal_is_left(
    structured: logging.Formatter, plain: logging.Formatter, secret: str
) -> None:
    # Right behind a line break, which JSON writes as a letter.
    for formatter in (structured, plain):
        assert secret not in formatter.format(record(f"somebody wrote\n{secret}"))


def test_tracebacks_are_redacted(structured: logging.Formatter) -> None:
    try:
        int("anita.rao@nic.in")
    except ValueError:
        failed = record("failed")
        failed.exc_info = sys.exc_info()
    found = json.loads(structured.format(failed))
    assert "ValueError" in found["exc_info"]
    assert "anita" not in found["exc_info"]


def test_what_libraries_attach_is_left_out(structured: logging.Formatter) -> None:
    line = structured.format(record("", request="GET http://x/?q=my+secret", host="1.2.3.4"))
    assert "secret" not in line
    assert "1.2.3.4" not in line


def test_another_format_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SATHI_LOG_FORMAT", "xml")
    with pytest.raises(LogFormatError, match="json or plain, not 'xml'"):
        log_formatter("actions")
