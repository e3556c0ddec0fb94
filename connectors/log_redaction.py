"""Log lines without personal data: phone numbers, e-mail addresses, tokens, certificates.

Both processes format their logs with ``RedactingFormatter``; it sees the finished line,
tracebacks included, so that no caller has to remember to leave anything out.
"""

from __future__ import annotations

import logging
import re

_PATTERNS = [
    (re.compile(pattern), f"[{name}]")
    for name, pattern in (
        ("e-mail", r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"),
        ("token", r"eyJ[\w-]+\.[\w-]+\.[\w-]+"),  # JSON web tokens
        # One-time link tokens, ids of documents, API keys; not ids of courses.
        ("token", r"(?<![\w-])(?!do_\d)(?=[\w-]*\d)[\w-]{24,}(?![\w-])"),
        ("id", r"(?i)[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}"),
        # Capitals and digits in groups, a digit somewhere: "KB-2024-00123".
        ("certificate", r"(?<![\w-])(?=[A-Z0-9-]*\d)[A-Z][A-Z0-9]+(?:-[A-Z0-9]+)+(?![\w-])"),
        ("phone", r"(?<![\w.-])(?:\+?91[\s-]?|0)?[6-9]\d{4}[\s-]?\d{5}(?![\w-])"),
    )
]


def redact(text: str) -> str:
    """Return a text with what could be personal replaced by what it was.

    Args:
        text: a line of a log, or several.
    """
    for pattern, replacement in _PATTERNS:
        text = pattern.sub(replacement, text)
    return text


class RedactingFormatter(logging.Formatter):
    """A formatter whose lines hold no personal data."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the redacted line."""
        return redact(super().format(record))
