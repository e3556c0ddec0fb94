"""Which days a message means: "last month", "March 2026", "this year"."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta

from bot.actions.base import Turn
from bot.actions.conversation import entity_values
from bot.actions.learner_views import today

Days = tuple[date, date]


def period_named(turn: Turn) -> Days | None:
    """Return the first and the last day of what the message names, None without a name."""
    day = today(turn)
    periods = entity_values(turn.tracker, "period")
    months = [m for m in entity_values(turn.tracker, "month") if m in range(1, 13)]
    years = [y for y in entity_values(turn.tracker, "year") if isinstance(y, int)]
    if months:
        return _month(months[0], years[0] if years else _latest_year(months[0], day))
    if years:
        return _year(years[0])
    if periods:
        return _relative(str(periods[0]), day)
    return None


def _relative(period: str, day: date) -> Days | None:
    last_month = day.replace(day=1) - timedelta(days=1)
    next_month = day.replace(day=monthrange(day.year, day.month)[1]) + timedelta(days=1)
    known = {
        "today": (day, day),
        "yesterday": (day - timedelta(days=1), day - timedelta(days=1)),
        "this_week": _week(day),
        "last_week": _week(day - timedelta(days=7)),
        "next_week": _week(day + timedelta(days=7)),
        "this_month": _month(day.month, day.year),
        "last_month": _month(last_month.month, last_month.year),
        "next_month": _month(next_month.month, next_month.year),
        "this_year": _year(day.year),
        "last_year": _year(day.year - 1),
    }
    return known.get(period)


def _latest_year(month: int, day: date) -> int:
    """Return the year of the latest such month that has begun."""
    return day.year if month <= day.month else day.year - 1


def _week(day: date) -> Days:
    monday = day - timedelta(days=day.weekday())
    return monday, monday + timedelta(days=6)


def _month(month: int, year: int) -> Days:
    return date(year, month, 1), date(year, month, monthrange(year, month)[1])


def _year(year: int) -> Days:
    return date(year, 1, 1), date(year, 12, 31)
