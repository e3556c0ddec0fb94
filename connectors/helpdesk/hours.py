"""When people answer at the helpdesk."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

INDIA = ZoneInfo("Asia/Kolkata")
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_WEEK = 7
_SPAN = re.compile(r"(\d{1,2}:\d{2})-(\d{1,2}:\d{2})\s+([A-Za-z,\s-]+)")


class HoursError(ValueError):
    """The setting of the hours cannot be read; the message names it."""


@dataclass(frozen=True)
class _Span:
    start: time
    end: time
    weekdays: frozenset[int]


@dataclass(frozen=True)
class OfficeHours:
    """Times of the week in India, none of which goes past midnight.

    Attributes:
        spans: the times; none means always.
    """

    spans: Sequence[_Span] = ()

    @classmethod
    def parse(cls, setting: str) -> OfficeHours:
        """Read hours such as ``09:30-18:00 Mon-Fri; 10:00-13:00 Sat``.

        Raises:
            HoursError: that is something else.
        """
        parts = [part.strip() for part in setting.split(";") if part.strip()]
        return cls(tuple(_parse_span(part) for part in parts))

    def closes(self, moment: datetime) -> datetime | None:
        """Return when the helpdesk closes that is open at a moment.

        Args:
            moment: a moment with its time zone.

        Returns:
            A moment in India; None when the helpdesk is closed, or never closes.
        """
        local = moment.astimezone(INDIA)
        ends = [
            datetime.combine(local.date(), span.end, INDIA)
            for span in self.spans
            if local.weekday() in span.weekdays and span.start <= local.time() < span.end
        ]
        return max(ends, default=None)

    def opens(self, moment: datetime) -> datetime | None:
        """Return when the helpdesk opens that is closed at a moment.

        Args:
            moment: a moment with its time zone.

        Returns:
            A moment in India; None when the helpdesk is open.
        """
        if not self.spans or self.closes(moment) is not None:
            return None
        local = moment.astimezone(INDIA)
        days = [local.date() + timedelta(days=ahead) for ahead in range(_WEEK + 1)]
        starts = [
            datetime.combine(day, span.start, INDIA)
            for day in days
            for span in self.spans
            if day.weekday() in span.weekdays
        ]
        return min(start for start in starts if start > local)


def _parse_span(text: str) -> _Span:
    unreadable = HoursError(f"SATHI_HELPDESK_HOURS has {text!r}; write it like 09:30-18:00 Mon-Fri")
    match = _SPAN.fullmatch(text)
    if match is None:
        raise unreadable
    try:
        start, end = (time.fromisoformat(match[group].zfill(5)) for group in (1, 2))
        weekdays = _parse_days(match[3])
    except ValueError as error:
        raise unreadable from error
    if start >= end:
        raise unreadable
    return _Span(start, end, weekdays)


def _parse_days(text: str) -> frozenset[int]:
    days: set[int] = set()
    for part in text.split(","):
        first, dash, last = part.strip().partition("-")
        begin = _DAYS.index(first.strip().capitalize())
        end = _DAYS.index(last.strip().capitalize()) if dash else begin
        days |= {day % _WEEK for day in range(begin, end + 1 + (_WEEK if end < begin else 0))}
    return frozenset(days)
