"""Log lines of both processes: JSON or plain, with the request's id, without personal data."""

from __future__ import annotations

import logging
import os
from datetime import datetime, timezone
from typing import Any

from pythonjsonlogger.json import JsonFormatter

from connectors.log_redaction import RedactingFormatter, redact
from connectors.observability.request_id import current_request_id

SETTING = "SATHI_LOG_FORMAT"
_PLAIN = "%(levelname)s %(name)s: %(message)s"
_FIELDS = {"asctime": "time", "levelname": "level", "name": "logger"}
# Whatever else libraries attach to a record, such as addresses with their queries, is left out.
_KEPT = ("time", "level", "process", "logger", "message", "exc_info", "stack_info")


class LogFormatError(ValueError):
    """``SATHI_LOG_FORMAT`` is neither ``json`` nor ``plain``."""


class PlainFormatter(RedactingFormatter):
    """Lines for people: ``INFO logger: message [request id]``."""

    def __init__(self) -> None:
        super().__init__(_PLAIN)

    def format(self, record: logging.LogRecord) -> str:
        """Return the redacted line."""
        identifier = current_request_id()
        line = super().format(record)
        return f"{line} [{identifier}]" if identifier else line


class StructuredFormatter(JsonFormatter):
    """One JSON object a line: time (UTC), level, logger, message, process, request_id."""

    def __init__(self, process: str) -> None:
        super().__init__(
            "%(asctime)s %(levelname)s %(name)s %(message)s",
            rename_fields=_FIELDS,
            static_fields={"process": process},
            json_ensure_ascii=False,
        )

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: N802
        """Return the moment of a record, ISO 8601 in UTC with milliseconds."""
        moment = datetime.fromtimestamp(record.created, timezone.utc)
        return moment.isoformat(timespec="milliseconds")

    def process_log_record(self, log_data: dict[str, Any]) -> dict[str, Any]:
        """Keep the fields that are known and redact their texts before they are escaped."""
        kept = {name: redact(str(log_data[name])) for name in _KEPT if log_data.get(name)}
        identifier = current_request_id()
        return {**kept, "request_id": identifier} if identifier else kept


def log_formatter(process: str) -> logging.Formatter:
    """Return the formatter that ``SATHI_LOG_FORMAT`` names, ``json`` if it is not set.

    Args:
        process: name of the process, a field of each JSON line.

    Raises:
        LogFormatError: there is no such format.
    """
    wanted = os.environ.get(SETTING) or "json"
    if wanted == "plain":
        return PlainFormatter()
    if wanted == "json":
        return StructuredFormatter(process)
    raise LogFormatError(f"{SETTING} must be json or plain, not {wanted!r}")


def format_logs(process: str) -> None:
    """Have all lines that are logged from now on written in that format.

    Args:
        process: name of the process, see ``log_formatter``.

    Raises:
        LogFormatError: ``SATHI_LOG_FORMAT`` names none.
    """
    formatter = log_formatter(process)
    for handler in logging.getLogger().handlers:
        handler.setFormatter(formatter)
