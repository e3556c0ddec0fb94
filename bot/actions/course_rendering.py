"""Layout of the replies about courses: lists, one course, several side by side."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.actions.layout import Facts, Message, button, scalars
from bot.actions.translations import message
from bot.actions.views import View
from bot.actions.wording import duration, reasons, source_language
from knowledge_base.languages import registry


def _course_card(course: View, number: int | None, locale: str) -> View:
    """Return a course with its facts worded, for channels that draw cards."""
    endonyms = [registry.languages()[code].endonym for code in course["languages"]]
    return {
        "number": number,
        "title": course["title"],
        "provider": course["provider"],
        # What the source of a course does not tell is empty and left out.
        "duration": duration(course["minutes"], locale) if course["minutes"] else "",
        "level": message(f"level_{course['level']}", locale) if course["level"] else "",
        "languages": ", ".join(endonyms),
        "mandatory": message("course_mandatory", locale) if course["mandatory"] else "",
        "link": course["link"],
        "link_label": message("label_link", locale),
        "reason": reasons(course.get("reasons", ()), locale),
        "payload": f'/choose_item{{"item_number": {number}}}' if number else None,
    }


def _course_line(card: View) -> str:
    facts = [card[name] for name in ("provider", "duration", "level", "languages", "mandatory")]
    lines = [f"{card['number']}. {card['title']}", f"   {', '.join(filter(None, facts))}"]
    if card["reason"]:
        lines.append(f"   {card['reason']}")
    return "\n".join(lines)


def course_list(locale: str, facts: Facts) -> tuple[list[View], str]:
    """Return the cards of a list of courses, and the list as text."""
    cards = [
        _course_card(course, number, locale)
        for number, course in enumerate(facts["courses"], start=facts["start"] + 1)
    ]
    return cards, "\n".join(_course_line(card) for card in cards)


def _courses(response: str, locale: str, facts: Facts) -> Message:
    cards, lines = course_list(locale, facts)
    heading = message(response, locale, **scalars(facts))
    for label, wanted in (
        ("label_only", facts.get("only", {})),
        ("label_none_with", facts.get("unmet", {})),
    ):
        if filters := _filters(locale, wanted, facts):
            heading += f"\n{message(label, locale, filters=filters)}"
    hint = message("utter_list_hint" if facts["more"] else "utter_list_hint_end", locale)
    buttons = [button("button_more", "/show_more", locale)] if facts["more"] else []
    buttons += _reply_in_language(locale, facts)
    return {
        "text": f"{heading}\n{lines}\n{hint}",
        "buttons": buttons,
        "custom": {"heading": heading, "courses": cards, "hint": hint},
    }


def _filters(locale: str, wanted: Mapping[str, Any], facts: Facts) -> str:
    """Word what courses have to meet, besides what the heading says."""
    parts = []
    if "language" in wanted and "language" not in facts:
        parts.append(registry.languages()[wanted["language"]].endonym)
    if "minutes" in wanted:
        parts.append(f"≤ {duration(wanted['minutes'], locale)}")
    if "level" in wanted:
        parts.append(message(f"level_{wanted['level']}", locale))
    if "provider" in wanted:
        parts.append(wanted["provider"])
    if "mandatory" in wanted:
        parts.append(message("course_mandatory", locale))
    return " · ".join(parts)


def _reply_in_language(locale: str, facts: Facts) -> list[dict[str, str]]:
    """Return a button that changes the language of the replies, too, where it differs."""
    code = facts.get("language_code")
    if not code or code == registry.language_of(locale):
        return []
    title = message("button_reply_in_language", locale, language=facts["language"])
    return [{"title": title, "payload": f'/choose_language{{"language_name": "{code}"}}'}]


def _none_in_language(response: str, locale: str, facts: Facts) -> Message:
    text = message(response, locale, **scalars(facts))
    return {"text": text, "buttons": _reply_in_language(locale, facts)}


def _compared(response: str, locale: str, facts: Facts) -> Message:
    heading, note = message(response, locale), message("compare_note", locale)
    cards, blocks = [], []
    for number, course in zip(facts["numbers"], facts["courses"], strict=True):
        card = _course_card(course, number, locale)
        names = ", ".join(course["competencies"])
        labels = [
            ("label_duration", card["duration"]),
            ("label_level", card["level"]),
            ("label_languages", card["languages"]),
            ("label_provider", card["provider"]),
            ("label_competencies", names),
            ("label_link", card["link"]),
        ]
        lines = [f"{message(key, locale)}: {value}" for key, value in labels if value]
        blocks.append("\n".join((f"{number}. {card['title']}", *lines)))
        if names:
            # Cards show provider, duration, level and languages by themselves.
            card["reason"] = f"{message('label_competencies', locale)}: {names}"
        cards.append(card)
    buttons = [{"title": card["title"], "payload": card["payload"]} for card in cards]
    return {
        "text": "\n\n".join((heading, *blocks, note)),
        "buttons": buttons,
        "custom": {"heading": heading, "courses": cards, "hint": note},
    }


def _course_fact(response: str, locale: str, facts: Facts) -> Message:
    card = _course_card(facts["course"], None, locale)
    values = {
        "duration": card["duration"],
        "provider": card["provider"],
        "level": card["level"],
        "languages": card["languages"],
        "modules": str(len(facts["course"]["modules"])),
    }
    asked = facts["asked"]
    if asked == "mandatory":
        fact = card["mandatory"]
    else:
        fact = f"{message(f'label_{asked}', locale)}: {values[asked]}"
    return {"text": message(response, locale, course=card["title"], fact=fact)}


def _course_details(response: str, locale: str, facts: Facts) -> Message:
    course = facts["course"]
    card = _course_card(course, None, locale)
    labels = [
        (message("label_provider", locale), card["provider"]),
        (message("label_duration", locale), card["duration"]),
        (message("label_level", locale), card["level"]),
        (message("label_languages", locale), card["languages"]),
        (message("label_competencies", locale), ", ".join(course["competencies"])),
        (card["mandatory"], "✓" if card["mandatory"] else ""),
    ]
    lines = [card["title"], course["summary"]]
    lines += [f"{label}: {value}" for label, value in labels if value]
    lines.append(message("label_modules", locale) + ":")
    lines += [f"  {i}. {title}" for i, title in enumerate(course["modules"], start=1)]
    note = source_language(course["source_language"], locale)
    if note:
        lines.append(note)
    if card["link"]:
        lines.append(f"{card['link_label']}: {card['link']}")
    buttons = [
        button("button_like", "/like_item", locale),
        button("button_dislike", "/reject_item", locale),
    ]
    details = {
        "summary": course["summary"],
        "facts": [{"label": label, "value": value} for label, value in labels if value],
        "modules_label": message("label_modules", locale),
        "modules": course["modules"],
        "note": note,
    }
    custom = {"course": {**card, **details}}
    return {"text": "\n".join(lines), "buttons": buttons, "custom": custom}


BUILDERS = {
    **dict.fromkeys(
        (
            "utter_courses_found",
            "utter_courses_more",
            "utter_courses_for_competency",
            "utter_related_courses",
            "utter_recommend_popular",
            "utter_recommend_for_interest",
            "utter_courses_in_language",
            "utter_recommend_for_role",
            "utter_recommend_personal",
            "utter_similar",
            "utter_shorter",
            "utter_narrowed",
        ),
        _courses,
    ),
    "utter_none_in_language": _none_in_language,
    "utter_course_details": _course_details,
    "utter_course_fact": _course_fact,
    "utter_compared": _compared,
}
