"""Moments and days of the seed: seconds since 1970, and days of India since 1970."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from math import isnan

import numpy as np

DAY = 86_400.0
HOUR = 3_600.0
MONTHS_18 = 548 * DAY
_INDIA = 5.5 * HOUR  # India knows no summer time
_WAKES, _SLEEPS = 8 * HOUR, 22 * HOUR
_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True)
class Clock:
    """The moment that a seed is made for.

    Attributes:
        now: seconds since 1970; nothing happens later.
    """

    now: float

    @property
    def today(self) -> date:
        """The day in India."""
        return to_date(int(india_days(np.array(self.now))))

    def awake(self, moments: np.ndarray) -> np.ndarray:
        """Squeeze each day of India into waking hours, order kept: 8 to 22, today up to now.

        Args:
            moments: seconds since 1970, any shape, none after ``now``.

        Returns:
            Moments on the same days, none after ``now``.
        """
        day = np.floor((moments + _INDIA) / DAY) * DAY - _INDIA
        elapsed = max(1.0, (self.now + _INDIA) % DAY)
        today = day > self.now - DAY
        share = (moments - day) / np.where(today, elapsed, DAY)
        wakes = np.where(today, min(_WAKES, elapsed / 2), _WAKES)
        sleeps = np.where(today, elapsed, _SLEEPS)
        return np.minimum(day + wakes + share * (sleeps - wakes), self.now)


def india_days(moments: np.ndarray) -> np.ndarray:
    """Return the days of India that moments fall on, as integers since 1970.

    Args:
        moments: seconds since 1970, any shape.
    """
    return np.floor((moments + _INDIA) / DAY).astype(np.int64)


def to_date(day: int) -> date:
    """Return the date of a day since 1970."""
    return _EPOCH + timedelta(days=day)


def to_day(day: date) -> int:
    """Return the day since 1970 of a date."""
    return (day - _EPOCH).days


def to_datetimes(moments: np.ndarray) -> list[datetime | None]:
    """Return moments of shape (n,) as datetimes in UTC, whole seconds, NaN as None."""
    return [
        None if isnan(moment) else datetime.fromtimestamp(int(moment), UTC)
        for moment in moments.tolist()
    ]
