"""Learning time as people write it: ``2h 30m``, ``01:30``, ``90``, ``1.5 hours``."""

from __future__ import annotations

from datetime import time, timedelta

import regex

_CLOCK = regex.compile(r"(\d{1,3}):([0-5]\d)(?::([0-5]\d))?")
_NUMBER = regex.compile(r"\d+(?:\.\d+)?")
_PARTS = regex.compile(
    r"(?:(?P<d>\d+(?:\.\d+)?)\s*d(?:ays?)?\s*)?"
    r"(?:(?P<h>\d+(?:\.\d+)?)\s*h(?:(?:ou)?rs?)?\s*)?"
    r"(?:(?P<m>\d+(?:\.\d+)?)\s*m(?:in(?:ute)?s?)?\s*)?"
    r"(?:(?P<s>\d+(?:\.\d+)?)\s*s(?:ec(?:ond)?s?)?)?",
    regex.IGNORECASE,
)
# A day of learning, as Indian offices count one.
_SECONDS = {"d": 8 * 3600, "h": 3600, "m": 60, "s": 1}


def duration_seconds(value: object) -> int:
    """Return a learning time in seconds.

    Args:
        value: a text, a number of minutes, or what spreadsheets make of ``01:30``. With one
            colon a text is hours and minutes.

    Raises:
        ValueError: it is no duration.
    """
    if isinstance(value, timedelta):
        return round(value.total_seconds())
    if isinstance(value, time):
        return value.hour * 3600 + value.minute * 60 + value.second
    text = str(value).strip()
    clock = _CLOCK.fullmatch(text)
    if clock:
        return int(clock[1]) * 3600 + int(clock[2]) * 60 + int(clock[3] or 0)
    if _NUMBER.fullmatch(text):
        return round(float(text) * 60)
    parts = _PARTS.fullmatch(text)
    if not text or not parts:
        raise ValueError(f"{text!r} is no duration; write it as '2h 30m', '02:30' or in minutes")
    return round(sum(float(parts[unit] or 0) * size for unit, size in _SECONDS.items()))
