"""What the measuring commands print, and what they keep quiet."""

from __future__ import annotations

import logging
import os
import sys
import warnings
from typing import Any, Iterable, Sequence, Text


def quiet(level: int = logging.ERROR) -> None:
    """Keep what Rasa and TensorFlow say at their start out of the output.

    Args:
        level: of the log lines that stay.
    """
    os.environ.setdefault("RASA_TELEMETRY_ENABLED", "false")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    os.environ.setdefault("SQLALCHEMY_SILENCE_UBER_WARNING", "1")
    warnings.filterwarnings("ignore")
    from rasa.utils.common import configure_logging_and_warnings
    from rasa.utils.log_utils import configure_structlog

    configure_logging_and_warnings(level)
    configure_structlog(level)


def progress(text: Text) -> None:
    """Say on standard error what is being done."""
    print(text, file=sys.stderr, flush=True)


def markdown_table(header: Sequence[Any], rows: Iterable[Sequence[Any]]) -> Text:
    """Return a Markdown table; None leaves a cell empty, floats get three digits."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(map(_cell, line)) + " |" for line in lines)


def _cell(value: Any) -> Text:
    if value is None:
        return ""
    return f"{value:.3f}" if isinstance(value, float) else str(value)
