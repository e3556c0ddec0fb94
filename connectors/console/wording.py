"""Dates, ages, shares and names as the console's pages write them."""

from __future__ import annotations

from datetime import date, datetime

from babel.dates import format_date, format_datetime, format_timedelta
from babel.numbers import format_decimal, format_percent

from connectors.analytics.queries import CONFIDENCE_STEPS, INDIA
from connectors.helpdesk.transcript import language_name
from knowledge_base.languages import registry

_LOCALE = "en_IN"


def moment(value: datetime) -> str:
    """Write a moment in India's time."""
    return format_datetime(value.astimezone(INDIA), "d MMM yyyy, HH:mm", locale=_LOCALE)


def day(value: date) -> str:
    """Write a day."""
    return format_date(value, "d MMM yyyy", locale=_LOCALE)


def age(value: datetime, now: datetime) -> str:
    """Write how long ago something was."""
    return format_timedelta(now - value, threshold=1.2, locale=_LOCALE)


def number(value: float) -> str:
    """Write a number as India groups it."""
    return format_decimal(value, locale=_LOCALE)


def share(value: float | None) -> str:
    """Write a share of 0 to 1 in percent, a dash for none."""
    return "–" if value is None else format_percent(value, "#,##0.#%", locale=_LOCALE)


def confidence_step(step: int) -> str:
    """Write the bounds of a step of ``Report.confidence``, the first of which is 0."""
    width = 100 // CONFIDENCE_STEPS
    return f"{step * width} to {(step + 1) * width} %"


def language(locale: str | None) -> str:
    """Write the English name of a locale."""
    if locale is None or registry.known_locale(locale) is None:
        return locale or "not known"
    return language_name(locale)


def tag(locale: str) -> str:
    """Return the value of HTML's ``lang`` for a locale (BCP 47)."""
    return locale.replace("_", "-")


def words(key: str | None) -> str:
    """Write a key in words: ``find_course`` is "find course"."""
    return (key or "–").replace("_", " ")
