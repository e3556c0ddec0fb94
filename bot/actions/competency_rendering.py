"""Layout of replies about the competency model: entries, roles, levels, courses."""

from __future__ import annotations

from collections.abc import Sequence

from bot.actions.layout import Facts, Message, paragraphs, scalars
from bot.actions.translations import message
from bot.actions.views import View
from bot.actions.wording import source_language

_SOURCE = "utter_competency_source"


def _reply(locale: str, heading: str, parts: Sequence[str], note: str = "") -> Message:
    """Return a reply with the model as its source.

    Args:
        locale: locale to word it in.
        heading: its first line.
        parts: its paragraphs.
        note: what is to be said of the source, empty for nothing.
    """
    source, body = message(_SOURCE, locale), paragraphs(parts)
    return {
        "text": paragraphs(("\n".join(filter(None, (heading, body))), source, note)),
        "custom": {"answer": {"heading": heading, "body": body}, "source": source, "note": note},
    }


def _entry(response: str, locale: str, facts: Facts) -> Message:
    """Lay out what an entry means, where it belongs, its parts, and who needs it."""
    entry = facts["competency"]
    heading = entry["name"]
    if entry.get("themes") and entry["kind"] == "sub_theme":
        whole = ", ".join(entry["themes"])
        parts = [message("sub_theme_of", locale, name=entry["name"], theme=whole)]
    else:
        parts = [entry["body"]]
        parts += [_labelled("label_competencies", entry.get("themes", ()), locale)]
    parts += [
        _labelled("label_area", entry.get("areas", ()), locale),
        _labelled("label_sub_themes", entry.get("sub_themes", ()), locale),
        _labelled("label_roles", [_role_level(r, locale) for r in entry.get("roles", ())], locale),
    ]
    note = message("utter_project_own", locale) if entry.get("project_own") else ""
    return _reply(locale, heading, parts, note)


def _labelled(key: str, values: Sequence[str], locale: str) -> str:
    return f"{message(key, locale)}: {', '.join(values)}" if values else ""


def _role_level(role: View, locale: str) -> str:
    return f"{role['name']} ({message('label_level_number', locale, level=role['level'])})"


def _level_line(need: View, locale: str) -> str:
    level = message("label_level_number", locale, level=need["level"])
    return f"- {need['name']}: {level} ({need['level_name']})"


def _lines(title: str, lines: Sequence[str]) -> str:
    return "\n".join((title, *lines)) if lines else ""


def _role(response: str, locale: str, facts: Facts) -> Message:
    activities = [f"- {activity}" for activity in facts["activities"]]
    needed = [_level_line(need, locale) for need in facts["competencies"]]
    parts = [
        _lines(message("label_activities", locale) + ":", activities),
        _lines(message(response, locale, role=facts["role"]), needed),
    ]
    notes = [
        source_language(facts["source_language"], locale),
        message("utter_role_note", locale) if facts["project_own"] else "",
    ]
    return _reply(locale, facts["role"], parts, " ".join(filter(None, notes)))


def _levels(response: str, locale: str, facts: Facts) -> Message:
    lines = [f"{level['level']}. {level['name']}" for level in facts["levels"]]
    return _reply(locale, message(response, locale), ["\n".join(lines)])


def _sentence(response: str, locale: str, facts: Facts) -> Message:
    note = message("utter_role_note", locale) if facts["project_own"] else ""
    return _reply(locale, "", [message(response, locale, **scalars(facts))], note)


def _roles(response: str, locale: str, facts: Facts) -> Message:
    lines = [_level_line(role, locale) for role in facts["roles"]]
    heading = message(response, locale, name=facts["name"])
    note = message("utter_role_note", locale) if facts["project_own"] else ""
    return _reply(locale, heading, ["\n".join(lines)], note)


def _of_course(response: str, locale: str, facts: Facts) -> Message:
    lines = [f"- {built['name']} ({', '.join(built['areas'])})" for built in facts["competencies"]]
    heading = message(response, locale, course=facts["course"])
    return {
        "text": "\n".join((heading, *lines)),
        "custom": {"answer": {"heading": heading, "body": "\n".join(lines)}},
    }


BUILDERS = {
    _SOURCE: _entry,
    "utter_role_competencies": _role,
    "utter_competency_levels": _levels,
    "utter_role_level": _sentence,
    "utter_role_needs_not": _sentence,
    "utter_roles_needing": _roles,
    "utter_course_builds": _of_course,
}
