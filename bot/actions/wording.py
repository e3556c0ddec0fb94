"""Dates, durations and advice in the reader's words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_time

from bot.actions.translations import message
from bot.actions.views import View
from knowledge_base.languages import registry

_WEEK = 7 * 24 * 60  # minutes


def local_date(day: str | None, locale: str) -> str:
    """Word a day.

    Args:
        day: ISO 8601 date, or None.
        locale: locale to word it in; Latin letters get the English form.

    Returns:
        The day in the form that CLDR gives for the language, empty for None.
    """
    if day is None:
        return ""
    return format_date(date.fromisoformat(day), format="long", locale=_known(locale))


def local_time(moment: str, locale: str) -> str:
    """Word the time of day of a moment.

    Args:
        moment: ISO 8601 moment, in the time zone of the reader.
        locale: locale to word it in; Latin letters get the English form.
    """
    return format_time(datetime.fromisoformat(moment).time(), format="short", locale=_known(locale))


def _known(locale: str) -> Locale:
    wanted = registry.DEFAULT_LOCALE if registry.is_romanised(locale) else locale
    try:
        return Locale.parse(wanted)
    except UnknownLocaleError:
        return Locale.parse(registry.DEFAULT_LOCALE)


def duration(minutes: int, locale: str) -> str:
    """Word a duration; whole weeks are said as weeks.

    Args:
        minutes: duration in minutes.
        locale: locale to word it in.
    """
    weeks, rest = divmod(minutes, _WEEK)
    if weeks and not rest:
        return message("duration_weeks", locale, weeks=weeks)
    hours, rest = divmod(minutes, 60)
    if hours:
        return message("duration_hours_minutes", locale, hours=hours, minutes=rest)
    return message("duration_minutes", locale, minutes=rest)


def advice(resource: View, locale: str) -> str:
    """Say how an open resource is finished.

    Args:
        resource: view of the resource.
        locale: locale to word it in.
    """
    kind, pass_mark = resource["kind"], resource["pass_mark"]
    if kind != "assessment" or pass_mark is None:
        return message("advice_other" if kind == "assessment" else f"advice_{kind}", locale)
    score, attempts = resource["score"], resource["attempts_left"]
    facts = {"pass_mark": round(pass_mark)}
    if score is None:
        parts = [message("advice_assessment", locale, **facts)]
    else:
        parts = [message("advice_assessment_score", locale, score=round(score), **facts)]
    if attempts == 0:
        parts.append(message("advice_no_attempts", locale))
    elif attempts is not None:
        parts.append(message("advice_attempts_left", locale, attempts=attempts))
    return " ".join(parts)


def activity(item: View, locale: str) -> str:
    """Say what is to be done in one week of a learning plan.

    Args:
        item: view of the plan's item.
        locale: locale to word it in.
    """
    facts = {"competency": item["competency"], "course": item["course"]}
    return message(f"activity_{item['activity']}", locale, **facts)


def reasons(views: Sequence[View], locale: str) -> str:
    """Say why a course is recommended.

    Args:
        views: the reasons, weightiest first.
        locale: locale to word them in.

    Returns:
        The reasons in one line, empty without any.
    """
    return "; ".join(message(view["key"], locale, **_reason_words(view, locale)) for view in views)


def _reason_words(view: View, locale: str) -> View:
    words = {name: value for name, value in view.items() if name != "key"}
    if "date" in words:
        words["date"] = local_date(words["date"], locale)
    if "language" in words:
        words["language"] = registry.languages()[words["language"]].endonym
    return words


def source_language(language: str, locale: str) -> str:
    """Say which language a source is in when it is not the reader's."""
    if language == registry.language_of(locale):
        return ""
    return message("utter_source_language", locale, language=registry.languages()[language].endonym)
