"""Layout of the reminders, and of the replies that switch them on and off."""

from __future__ import annotations

from collections.abc import Callable

from bot.actions.learner_rendering import Facts, Message, answer, buttons, plan_lines, words
from bot.actions.translations import message
from bot.actions.views import View
from bot.actions.wording import duration, reasons

_ON = ("button_reminders_on", "/reminders_on")
_OFF = ("button_reminders_off", "/reminders_off")
_AFTER_A_REMINDER = (
    ("button_my_progress", "/my_progress"),
    ("button_recommend", "/recommend"),
    _OFF,
)


def _with_stop_word(key: str, locale: str) -> str:
    return message(key, locale, stop=message("word_stop", locale))


def _reminders_on(response: str, locale: str, facts: Facts) -> Message:
    return {"text": _with_stop_word(response, locale), "buttons": buttons(locale, _OFF)}


def _reminders_off(response: str, locale: str, facts: Facts) -> Message:
    return {"text": message(response, locale), "buttons": buttons(locale, _ON)}


def _reminder(lines: list[str], locale: str) -> Message:
    """Lay out a reminder: what it says, how to end such messages, and what to do next."""
    footer = _with_stop_word("reminder_footer", locale)
    reply = answer("\n".join(lines), note=footer)
    reply["text"] += f"\n\n{footer}"
    return {**reply, "buttons": buttons(locale, *_AFTER_A_REMINDER)}


def _bullets(lines: list[str]) -> list[str]:
    """Set marks before lines; no numbers, which would seem to choose from the last list."""
    return [f"• {line}" for line in lines]


def _deadline(response: str, locale: str, facts: Facts) -> Message:
    heading = message(response, locale, **words(facts, locale))
    return _reminder([heading, *_bullets(plan_lines(facts["items"], locale))], locale)


def _idle(response: str, locale: str, facts: Facts) -> Message:
    return _reminder([message(response, locale, **words(facts, locale))], locale)


def _new_course(response: str, locale: str, facts: Facts) -> Message:
    course: View = facts["course"]
    line = f"{course['title']} ({course['provider']}, {duration(course['minutes'], locale)})"
    lines = [message(response, locale, **words(facts, locale)), *_bullets([line])]
    why = reasons(course["reasons"], locale)
    reply = _reminder([*lines, f"  {why}"] if why else lines, locale)
    if course["link"]:
        reply["text"] += f"\n{course['link']}"
        reply["custom"]["link"] = {"url": course["link"], "label": message("label_link", locale)}
    return reply


def _digest(response: str, locale: str, facts: Facts) -> Message:
    week = duration(facts["minutes"], locale)
    lines = [message(response, locale, **words(facts, locale), week=week)]
    if facts["items"]:
        lines.append(message("utter_plan_next", locale))
        lines += _bullets(plan_lines(facts["items"], locale))
    return _reminder(lines, locale)


BUILDERS: dict[str, Callable[[str, str, Facts], Message]] = {
    "utter_reminders_on": _reminders_on,
    "utter_reminders_off": _reminders_off,
    "utter_reminder_deadline": _deadline,
    "utter_reminder_idle": _idle,
    "utter_reminder_new_course": _new_course,
    "utter_reminder_digest": _digest,
}
