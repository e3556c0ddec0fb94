"""Layout of answers: what a source says, where it stands, and further sources below."""

from __future__ import annotations

from typing import Any

from bot.actions.course_rendering import course_list
from bot.actions.layout import Facts, Message, button, paragraphs
from bot.actions.translations import message
from bot.actions.views import View
from bot.actions.wording import source_language
from knowledge_base.languages import registry


def _content(response: str, locale: str, facts: Facts) -> Message:
    """Lay out extracts, each with its source, or a written answer with all its sources."""
    if facts.get("written"):
        body = {"heading": "", "body": facts["written"], "source": "", "link": None}
        blocks = [
            {**body, "note": message("utter_written", locale)},
            *(_cited(response, source, locale) for source in facts["sources"]),
        ]
    else:
        blocks = [_extract(response, source, locale) for source in facts["sources"]]
    cards, lines = course_list(locale, facts)
    related = message("utter_related_courses", locale)
    first, *further = blocks
    return {
        "text": paragraphs((*map(_as_text, blocks), f"{related}\n{lines}")),
        "custom": {
            "answer": {"heading": first["heading"], "body": first["body"]},
            **{name: first[name] for name in ("source", "note", "link")},
            "further": further,
            "heading": related,
            "courses": cards,
        },
    }


def _extract(response: str, source: View, locale: str) -> View:
    language = registry.languages()[source["source_language"]].endonym
    return {
        "heading": source["heading"],
        "body": source["body"],
        "source": _source_line(response, source, locale),
        "note": message("utter_translated", locale, language=language)
        if source["translated"]
        else source_language(source["source_language"], locale),
        "link": _link(source, locale),
    }


def _cited(response: str, source: View, locale: str) -> View:
    line = f"[{source['number']}] {_source_line(response, source, locale)}"
    note = source_language(source["source_language"], locale)
    link = _link(source, locale)
    return {"heading": "", "body": "", "source": line, "note": note, "link": link}


def _source_line(response: str, source: View, locale: str) -> str:
    line = message(response, locale, course=source["course"], module=source["module"])
    details = [source["reference"], _place(source, locale)]
    known = ", ".join(detail for detail in details if detail)
    return f"{line} ({known})" if known else line


def _place(source: View, locale: str) -> str:
    """Say where in its document a passage stands."""
    place = source["place"]
    if place is None:
        return ""
    return message(f"place_{place['kind']}", locale, place=place["at"])


def _link(source: View, locale: str) -> dict[str, Any] | None:
    if not source["link"]:
        return None
    place = _place(source, locale)
    label = f"{source['course']}, {place}" if place else message("label_link", locale)
    return {"url": source["link"], "label": label}


def _as_text(block: View) -> str:
    link = block["link"]
    address = f"{link['label']}: {link['url']}" if link else ""
    return paragraphs((block["body"], block["source"], block["note"], address))


def _faq(response: str, locale: str, facts: Facts) -> Message:
    faq = facts["faq"]
    source = message(response, locale, question=faq["question"])
    note = source_language(faq["source_language"], locale)
    return {
        "text": paragraphs((faq["body"], source, note)),
        "buttons": [button("button_human", "/talk_to_human", locale)],
        "custom": {"answer": {"heading": "", "body": faq["body"]}, "source": source, "note": note},
    }


BUILDERS = {"utter_content_source": _content, "utter_faq_source": _faq}
