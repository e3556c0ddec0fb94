"""Layout of the replies about a learner's own records."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import groupby
from operator import itemgetter
from typing import Any

from bot.actions.translations import message
from bot.actions.views import View
from bot.actions.wording import activity, advice, duration, local_date, source_language

Message = dict[str, Any]
Facts = Mapping[str, Any]
_DATES = {"date", "start", "end"}
_TICKS = {True: "✓", False: "○"}


def words(facts: Facts, locale: str) -> dict[str, Any]:
    """Return the plain facts, dates worded."""
    plain = {k: v for k, v in facts.items() if isinstance(v, str | int | float)}
    for name in _DATES & facts.keys():
        if isinstance(facts[name], str):
            plain[name] = local_date(facts[name], locale)
    return plain


def _document(facts: Facts, locale: str) -> dict[str, Any]:
    """Return a document as channels need it, under the key ``document``."""
    document = facts.get("document")
    if not document:
        return {}
    label = message("button_download", locale, name=document["name"])
    return {"document": {**document, "label": label}}


def answer(text: str, **custom: Any) -> Message:
    """Return a message that a card shows as one text."""
    return {"text": text, "custom": {"answer": {"heading": "", "body": text}, **custom}}


def buttons(locale: str, *choices: tuple[str, str]) -> list[dict[str, str]]:
    """Return buttons, each given by the key of its title and what it sends."""
    return [{"title": message(key, locale), "payload": payload} for key, payload in choices]


def _dated(response: str, locale: str, facts: Facts) -> Message:
    return answer(message(response, locale, **words(facts, locale)), **_document(facts, locale))


def _certificate(response: str, locale: str, facts: Facts) -> Message:
    reply = _dated(response, locale, facts)
    if facts.get("url"):
        reply["text"] += f"\n{facts['url']}"
        reply["custom"]["link"] = {"url": facts["url"], "label": message("label_link", locale)}
    return reply


def _numbered(heading: str, lines: list[str]) -> str:
    return "\n".join([heading, *(f"{i}. {line}" for i, line in enumerate(lines, start=1))])


def _choices(titles: list[str]) -> list[dict[str, str]]:
    return [
        {"title": title, "payload": f'/choose_item{{"item_number": {number}}}'}
        for number, title in enumerate(titles, start=1)
    ]


def _certificates(response: str, locale: str, facts: Facts) -> Message:
    views = facts["certificates"]
    lines = [f"{v['course']} ({local_date(v['date'], locale)})" for v in views]
    text = _numbered(message(response, locale, **words(facts, locale)), lines)
    return {**answer(text), "buttons": _choices([view["course"] for view in views])}


def _status(row: View, locale: str) -> str:
    if row["status"] == "overdue":
        return message("status_overdue", locale, date=local_date(row["deadline"], locale))
    return message(f"status_{row['status']}", locale)


def _row(row: View, locale: str) -> str:
    line = f"{row['title']}: {row['percentage']} %, {_status(row, locale)}"
    if row["deadline"] and row["status"] in ("in_progress", "not_started"):
        due = message("label_due", locale, date=local_date(row["deadline"], locale))
        line += f", {due}"
    return line


def _rows(response: str, locale: str, facts: Facts) -> Message:
    rows = facts["rows"]
    text = _numbered(message(response, locale), [_row(row, locale) for row in rows])
    return {**answer(text), "buttons": _choices([row["title"] for row in rows])}


def _hours(hours: View, locale: str) -> dict[str, Any]:
    worded = {key: duration(hours[key], locale) for key in ("week", "month", "year", "target")}
    if hours["longer_are_lower_bounds"]:
        for key in ("month", "year"):
            worded[key] = message("duration_at_least", locale, duration=worded[key])
    return {**worded, "points": hours["points"]}


def _progress(response: str, locale: str, facts: Facts) -> Message:
    heading = message(response, locale, **words(facts, locale))
    hours = message("utter_progress_hours", locale, **_hours(facts["hours"], locale))
    lines = [_row(row, locale) for row in facts["rows"]]
    text = _numbered(heading, lines) + f"\n{hours}"
    choices = _choices([row["title"] for row in facts["rows"]])
    return {**answer(text, **_document(facts, locale)), "buttons": choices}


def _learning_hours(response: str, locale: str, facts: Facts) -> Message:
    return answer(message(response, locale, **_hours(facts["hours"], locale)))


def _open_resources(response: str, locale: str, facts: Facts) -> Message:
    lines = [message(response, locale, **words(facts, locale))]
    for resource in facts.get("resources", ()):
        kind = message(f"kind_{resource['kind']}", locale)
        length = duration(resource["minutes"], locale)
        lines.append(f"• {resource['name']} ({kind}, {length}). {advice(resource, locale)}")
    if facts.get("modules"):
        lines.append(message("label_modules", locale) + ":")
        lines += [f"{_TICKS[module['done']]} {module['title']}" for module in facts["modules"]]
    return answer("\n".join(lines))


def _quiz_question(response: str, locale: str, facts: Facts) -> Message:
    options = facts["options"]
    heading = message(response, locale, **words(facts, locale))
    note = source_language(facts["source_language"], locale)
    text = _numbered(heading, options) + (f"\n{note}" if note else "")
    return {**answer(text, **_poll(heading, note, facts)), "buttons": _choices(options)}


def _poll(heading: str, note: str, facts: Facts) -> dict[str, Any]:
    """Return a question as channels with polls need it, under the key ``quiz``."""
    if "right_option" not in facts:
        return {}
    quiz = {
        "question": f"{heading}\n{note}" if note else heading,
        "options": facts["options"],
        "correct": facts["right_option"] - 1,
        "explanation": facts["explanation"],
    }
    return {"quiz": quiz}


def _quiz_result(response: str, locale: str, facts: Facts) -> Message:
    lines = [message(response, locale, **words(facts, locale))]
    lines += [message("utter_quiz_score", locale, **score) for score in facts["scores"]]
    if facts["passages"]:
        lines.append(message("utter_quiz_read_again", locale))
        lines += [f"• {passage}" for passage in facts["passages"]]
    return answer("\n".join(lines))


def _plan(response: str, locale: str, facts: Facts) -> Message:
    lines = [message(response, locale, **words(facts, locale))]
    apar = facts.get("apar")
    if apar:
        key = "utter_plan_apar" if apar["missing"] else "utter_plan_apar_done"
        lines.append(message(key, locale, **words(apar, locale)))
    items = facts["items"]
    if items:
        lines.append(_numbered(message("utter_plan_next", locale), plan_lines(items, locale)))
    return {**answer("\n".join(lines)), "buttons": _choices([item["title"] for item in items])}


def _learning_plan(response: str, locale: str, facts: Facts) -> Message:
    lines = [message(response, locale, **words(facts, locale))]
    if not facts["has_course"]:
        lines.append(message("utter_learning_plan_no_course", locale))
    courses = 0
    for (week, start, end), items in groupby(
        facts["items"], key=itemgetter("week", "start", "end")
    ):
        days = {"start": local_date(start, locale), "end": local_date(end, locale)}
        lines.append("\n" + message("label_week", locale, week=week, **days))
        for item in items:
            courses += item["kind"] == "course"
            mark = f"{courses}." if item["kind"] == "course" else "•"
            kind = message(f"plan_kind_{item['kind']}", locale)
            length = duration(item["minutes"], locale)
            lines.append(f"{mark} {kind}: {activity(item, locale)} ({length})")
    document = {**facts["document"], "label": message("button_calendar", locale)}
    choices = _choices([item["course"] for item in facts["items"] if item["course"]])
    return {**answer("\n".join(lines), document=document), "buttons": choices}


def plan_lines(items: list[View], locale: str) -> list[str]:
    """Return a line for each course of a plan: its title, and when it is or was due."""
    lines = []
    for item in items:
        key = "status_overdue" if item["overdue"] else "label_due"
        due = message(key, locale, date=local_date(item["deadline"], locale))
        lines.append(f"{item['title']}, {due}")
    return lines


BUILDERS: dict[str, Callable[[str, str, Facts], Message]] = {
    "utter_progress": _progress,
    "utter_hours": _learning_hours,
    "utter_stuck_open": _open_resources,
    "utter_stuck_complete": _open_resources,
    "utter_certificate_unfinished": _open_resources,
    "utter_certificate_which_course": _rows,
    "utter_certificates": _certificates,
    "utter_certificates_between": _certificates,
    "utter_certificate": _certificate,
    "utter_certificate_there": _certificate,
    "utter_plan": _plan,
    "utter_learning_plan": _learning_plan,
    "utter_quiz_question": _quiz_question,
    "utter_quiz_result": _quiz_result,
    **dict.fromkeys(
        (
            "utter_certificate_wait",
            "utter_certificate_ticket",
            "utter_certificates_none_between",
            "utter_verify_genuine",
            "utter_my_data",
        ),
        _dated,
    ),
}
