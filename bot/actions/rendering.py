"""Words and layout of the replies: facts and a message key in, a Rasa message out.

A message has a plain ``text`` that is complete by itself, for every channel, and
``custom`` with the same facts for channels that can draw cards.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bot.actions import helpdesk_rendering, learner_rendering, reminder_rendering
from bot.actions.translations import message
from bot.actions.views import View
from bot.actions.wording import duration, reasons, source_language
from knowledge_base.languages import registry

Message = dict[str, Any]
Facts = Mapping[str, Any]


def render(response: str, locale: str, facts: Facts) -> Message:
    """Word a reply.

    Args:
        response: name of the response, which is also its message key.
        locale: locale to reply in.
        facts: what the action found, see ``bot.actions.views``.

    Returns:
        A message as Rasa's NLG endpoint returns it.

    Raises:
        MessageMissingError: there is no such response.
    """
    builder = _BUILDERS.get(response, _plain)
    reply = builder(response, locale, facts)
    direction = registry.direction_of(locale)
    reply["custom"] = {"locale": locale, "direction": direction, **reply.get("custom", {})}
    if "confidence" in facts:
        # Channels do not show it; analytics count it.
        reply["custom"]["confidence"] = round(facts["confidence"], 3)
    reply.setdefault("buttons", [])
    return reply


def _plain(response: str, locale: str, facts: Facts) -> Message:
    return {"text": message(response, locale, **_scalars(facts))}


def _forgotten(response: str, locale: str, facts: Facts) -> Message:
    text = message(response, locale)
    if facts["copies"]:
        copies = ", ".join(facts["copies"])
        text += "\n\n" + message(
            "forgotten_copies", locale, tickets=copies, contact=facts["contact"]
        )
    # The page keeps what was said in the browser, and drops it at this word.
    return {"text": text, "custom": {"forgotten": True}}


def _scalars(facts: Facts) -> dict[str, Any]:
    return {key: value for key, value in facts.items() if isinstance(value, str | int | float)}


def _button(key: str, payload: str, locale: str) -> dict[str, str]:
    return {"title": message(key, locale), "payload": payload}


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


def _course_list(locale: str, facts: Facts) -> tuple[list[View], str]:
    cards = [
        _course_card(course, number, locale)
        for number, course in enumerate(facts["courses"], start=facts["start"] + 1)
    ]
    return cards, "\n".join(_course_line(card) for card in cards)


def _courses(response: str, locale: str, facts: Facts) -> Message:
    cards, lines = _course_list(locale, facts)
    heading = message(response, locale, **_scalars(facts))
    only = _only(locale, facts)
    if only:
        heading += f"\n{only}"
    hint = message("utter_list_hint" if facts["more"] else "utter_list_hint_end", locale)
    buttons = [_button("button_more", "/show_more", locale)] if facts["more"] else []
    buttons += _reply_in_language(locale, facts)
    return {
        "text": f"{heading}\n{lines}\n{hint}",
        "buttons": buttons,
        "custom": {"heading": heading, "courses": cards, "hint": hint},
    }


def _only(locale: str, facts: Facts) -> str:
    """Say what a list is narrowed to, besides what the heading says."""
    only = facts.get("only", {})
    parts = []
    if "language" in only and "language" not in facts:
        parts.append(registry.languages()[only["language"]].endonym)
    if "minutes" in only:
        parts.append(f"≤ {duration(only['minutes'], locale)}")
    if "level" in only:
        parts.append(message(f"level_{only['level']}", locale))
    if "provider" in only:
        parts.append(only["provider"])
    return message("label_only", locale, filters=" · ".join(parts)) if parts else ""


def _reply_in_language(locale: str, facts: Facts) -> list[dict[str, str]]:
    """Return a button that changes the language of the replies, too, where it differs."""
    code = facts.get("language_code")
    if not code or code == registry.language_of(locale):
        return []
    title = message("button_reply_in_language", locale, language=facts["language"])
    return [{"title": title, "payload": f'/choose_language{{"language_name": "{code}"}}'}]


def _none_in_language(response: str, locale: str, facts: Facts) -> Message:
    return {**_plain(response, locale, facts), "buttons": _reply_in_language(locale, facts)}


def _question(entity: str, intent: str, skip: bool) -> Callable[[str, str, Facts], Message]:
    """Return the layout of a question with entries of the competency model to choose from."""

    def build(response: str, locale: str, facts: Facts) -> Message:
        buttons = [
            {"title": choice["name"], "payload": f'/{intent}{{"{entity}": "{choice["id"]}"}}'}
            for choice in facts["choices"]
        ]
        lines = [message(response, locale), *(f"• {button['title']}" for button in buttons)]
        if skip:
            buttons.append(_button("button_skip", f"/{intent}", locale))
        custom = {"heading": lines[0]}
        return {"text": "\n".join(lines), "buttons": buttons, "custom": custom}

    return build


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
        _button("button_like", "/like_item", locale),
        _button("button_dislike", "/reject_item", locale),
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


def _content(response: str, locale: str, facts: Facts) -> Message:
    passage = facts["passage"]
    cards, lines = _course_list(locale, facts)
    source = message(response, locale, course=passage["course"], module=passage["module"])
    if passage["reference"]:
        source += f" ({passage['reference']})"
    note = source_language(passage["source_language"], locale)
    related = message("utter_related_courses", locale)
    parts = [passage["body"], source, note, f"{related}\n{lines}"]
    return {
        "text": "\n\n".join(part for part in parts if part),
        "custom": {
            "answer": {"heading": passage["heading"], "body": passage["body"]},
            "source": source,
            "note": note,
            "heading": related,
            "courses": cards,
        },
    }


def _faq(response: str, locale: str, facts: Facts) -> Message:
    faq = facts["faq"]
    source = message(response, locale, question=faq["question"])
    note = source_language(faq["source_language"], locale)
    parts = [faq["body"], source, note]
    return {
        "text": "\n\n".join(part for part in parts if part),
        "buttons": [_button("button_human", "/talk_to_human", locale)],
        "custom": {"answer": {"heading": "", "body": faq["body"]}, "source": source, "note": note},
    }


def _competency(response: str, locale: str, facts: Facts) -> Message:
    competency = facts["competency"]
    source = message(response, locale)
    body = (
        f"{competency['name']}: {competency['body']}" if competency["body"] else competency["name"]
    )
    return {
        "text": f"{body}\n\n{source}",
        "custom": {
            "answer": {"heading": competency["name"], "body": competency["body"]},
            "source": source,
        },
    }


def _role(response: str, locale: str, facts: Facts) -> Message:
    heading = message(response, locale, role=facts["role"])
    lines = [
        f"- {c['name']}: {message('label_level_number', locale, level=c['level'])}"
        for c in facts["competencies"]
    ]
    source = message("utter_competency_source", locale)
    note = message("utter_role_note", locale) if facts["project_own"] else ""
    parts = [heading + "\n" + "\n".join(lines), source, note]
    return {
        "text": "\n\n".join(part for part in parts if part),
        "custom": {
            "answer": {"heading": heading, "body": "\n".join(lines)},
            "source": source,
            "note": note,
        },
    }


def _items(response: str, locale: str, facts: Facts) -> Message:
    heading = message(response, locale)
    numbered = list(enumerate(facts["items"], start=facts["start"] + 1))
    lines = "\n".join(f"{number}. {item['title']}" for number, item in numbered)
    buttons = [
        {"title": item["title"], "payload": f'/choose_item{{"item_number": {number}}}'}
        for number, item in numbered
    ]
    if facts.get("more"):
        buttons.append(_button("button_more", "/show_more", locale))
    return {"text": f"{heading}\n{lines}", "buttons": buttons, "custom": {"heading": heading}}


def _with_choices(*choices: tuple[str, str]) -> Callable[[str, str, Facts], Message]:
    def build(response: str, locale: str, facts: Facts) -> Message:
        buttons = [_button(key, payload, locale) for key, payload in choices]
        return {**_plain(response, locale, facts), "buttons": buttons}

    return build


def _language_changed(response: str, locale: str, facts: Facts) -> Message:
    language = registry.languages()[registry.language_of(locale)]
    reply: Message = {"text": message(response, locale, language=language.endonym)}
    if facts.get("has_courses"):
        # "In Hindi" may mean the courses of the shown list.
        title = message("button_courses_in_language", locale, language=language.endonym)
        payload = f'/courses_in_language{{"language_name": "{language.code}"}}'
        reply["buttons"] = [{"title": title, "payload": payload}]
    return reply


def _choose_language(response: str, locale: str, facts: Facts) -> Message:
    languages = registry.languages().values()
    buttons = [
        {"title": lang.endonym, "payload": f'/choose_language{{"language_name": "{lang.code}"}}'}
        for lang in languages
    ]
    names = ", ".join(language.endonym for language in languages)
    return {"text": message(response, locale, languages=names), "buttons": buttons}


_TOPICS = _with_choices(
    ("button_find_course", "/find_course"),
    ("button_platform_help", "/help"),
    ("button_human", "/talk_to_human"),
)
_YES_NO = _with_choices(("button_yes", "/affirm"), ("button_no", "/deny"))

_BUILDERS: dict[str, Callable[[str, str, Facts], Message]] = {
    "utter_forgotten": _forgotten,
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
    "utter_course_details": _course_details,
    "utter_course_fact": _course_fact,
    "utter_compared": _compared,
    "utter_content_source": _content,
    "utter_faq_source": _faq,
    "utter_competency_source": _competency,
    "utter_role_competencies": _role,
    "utter_not_sure": _items,
    "utter_related_answers": _items,
    "utter_greet": _TOPICS,
    "utter_not_found": _TOPICS,
    "utter_out_of_scope": _TOPICS,
    "utter_offer_human": _YES_NO,
    "utter_feedback": _YES_NO,
    "utter_small_talk": _with_choices(
        ("button_find_course", "/find_course"), ("button_recommend", "/recommend")
    ),
    "utter_abuse": _with_choices(
        ("button_platform_help", "/help"), ("button_human", "/talk_to_human")
    ),
    "utter_language_changed": _language_changed,
    "utter_choose_language": _choose_language,
    "utter_link_confirm": _YES_NO,
    "utter_forget_confirm": _YES_NO,
    "utter_none_in_language": _none_in_language,
    "utter_ask_role": _question("role", "recommend", skip=True),
    "utter_ask_interest": _question("competency", "recommend", skip=True),
    "utter_learning_plan_which": _question("competency", "learning_plan", skip=False),
    **learner_rendering.BUILDERS,
    **reminder_rendering.BUILDERS,
    **helpdesk_rendering.BUILDERS,
}
