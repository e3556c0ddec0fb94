"""The bot's messages as Telegram shows them: HTML, inline keyboards, pictures, quiz polls.

A message becomes one or more replies, dictionaries that the journal keeps and
``delivery`` sends one by one:

- ``{"send": "text", "html", "plain", "keyboard"?, "edit"?, "reply_to"?, "thread"?}``
- ``{"send": "document", "id", "name", "mime", "thread"?}``
- ``{"send": "poll", "question", "options", "correct", "explanation", "payloads", "thread"?}``
"""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Optional

from telegram.constants import MessageLimit, PollLimit

from connectors.channels.text import cut, split

Reply = dict[str, Any]
_LARGEST_UNIT = 0xFFFF
_SHORT_TITLE = 20
_LONGEST_TITLE = 64
_NUMBERS_IN_ROW = 5
_ITEM = re.compile(r'/choose_item\{"item_number": ?(\d+)\}')
_WEB_LINK = re.compile(r"https?://\S+")
_FIRST_STRONG_ISOLATE, _POP_ISOLATE = "\u2068", "\u2069"


@dataclass(frozen=True)
class Span:
    """A piece of text.

    Attributes:
        text: the text as it is read, not escaped.
        tag: HTML tag it stands in, empty for none.
    """

    text: str
    tag: str = ""


def render(message: dict[str, Any]) -> list[Reply]:
    """Turn one of the bot's messages into replies.

    Buttons keep their payloads here; ``channel`` puts ids in their place.

    Args:
        message: text, buttons and card data, see ``WholeMessageOutput``.
    """
    custom = message["custom"]
    poll = _poll(message)
    if poll:
        return [poll]
    replies = _texts(_spans(message["text"], custom))
    if replies:
        keyboard = _keyboard(message["buttons"], custom)
        if keyboard:
            replies[-1]["keyboard"] = keyboard
    document = custom.get("document")
    if document:
        kept = {name: document[name] for name in ("id", "name", "mime")}
        replies.append({"send": "document", **kept})
    return replies


def is_next_page(reply: Reply) -> bool:
    """Tell whether a reply goes on with a list, so that it may take the place of the page before.

    Its first item then has a number above 1.
    """
    buttons = [button for row in reply.get("keyboard", ()) for button in row]
    numbers = [int(match[1]) for b in buttons if (match := _ITEM.match(b.get("payload", "")))]
    return bool(numbers) and min(numbers) > 1


def _spans(text: str, custom: dict[str, Any]) -> list[Span]:
    """Return the text of a message, with what stands out."""
    spans: list[Span] = []
    answer, courses, course = (custom.get(name) for name in ("answer", "courses", "course"))
    if answer:
        spans += _answer(answer, custom)
        for block in custom.get("further") or ():
            spans += [Span("\n\n"), *_answer(block, block)]
    if courses:
        spans += [Span("\n\n")] if spans else []
        spans.append(Span(custom["heading"]))
        for entry in courses:
            spans += _list_entry(entry, custom)
        if custom.get("hint"):
            spans += [Span("\n\n"), Span(custom["hint"], "i")]
    if course:
        spans += _card(course)
    link = custom.get("link")
    if link and not _is_web_link(link["url"]):
        spans.append(Span(f"\n{link['label']}: {link['url']}"))
    return spans or [Span(text)]


def _answer(answer: dict[str, Any], source: dict[str, Any]) -> list[Span]:
    """Return what a source says, then the source itself."""
    paragraphs = [
        [*_paragraph(Span(answer["heading"], "b"), "\n"), *_paragraph(Span(answer["body"]), "")],
        *([Span(source[name], "i")] for name in ("source", "note") if source.get(name)),
    ]
    spans: list[Span] = []
    for paragraph in filter(None, paragraphs):
        spans += [Span("\n\n"), *paragraph] if spans else paragraph
    return spans


def _paragraph(span: Span, end: str) -> list[Span]:
    return [span, Span(end)] if span.text else []


def _list_entry(course: dict[str, Any], custom: dict[str, Any]) -> list[Span]:
    names = ("provider", "duration", "level", "languages", "mandatory")
    facts = [course[name] for name in names if course.get(name)]
    if custom.get("direction") == "rtl":
        facts = [f"{_FIRST_STRONG_ISOLATE}{fact}{_POP_ISOLATE}" for fact in facts]
    spans = [
        Span("\n\n"),
        Span(f"{course['number']}. {course['title']}", "b"),
        Span("\n" + " · ".join(facts)),
    ]
    if course.get("reason"):
        spans += [Span("\n"), Span(course["reason"], "i")]
    return spans


def _card(course: dict[str, Any]) -> list[Span]:
    spans = [Span(course["title"], "b"), Span(f"\n{course['summary']}\n")]
    for fact in course["facts"]:
        spans += [Span("\n"), Span(fact["label"], "b"), Span(f": {fact['value']}")]
    if course["modules"]:
        spans += [Span("\n\n"), Span(course["modules_label"], "b")]
        spans += [Span(f"\n{i}. {title}") for i, title in enumerate(course["modules"], start=1)]
    if course.get("note"):
        spans += [Span("\n\n"), Span(course["note"], "i")]
    if course.get("link") and not _is_web_link(course["link"]):
        spans.append(Span(f"\n\n{course['link_label']}: {course['link']}"))
    return spans


def _texts(spans: Sequence[Span]) -> list[Reply]:
    """Divide a text into messages; no tag and no letter is divided."""
    whole = "".join(span.text for span in spans)
    replies, start = [], 0
    for part in split(whole, _limit(whole, MessageLimit.MAX_TEXT_LENGTH)):
        start = whole.index(part, start)
        end = start + len(part)
        replies.append({"send": "text", "html": _html(spans, start, end), "plain": part})
        start = end
    return replies


def _html(spans: Sequence[Span], start: int, end: int) -> str:
    """Return the part of a text from one position to another as HTML."""
    parts, position = [], 0
    for span in spans:
        piece = span.text[max(start - position, 0) : max(end - position, 0)]
        position += len(span.text)
        if piece:
            escaped = html.escape(piece, quote=False)
            parts.append(f"<{span.tag}>{escaped}</{span.tag}>" if span.tag else escaped)
    return "".join(parts)


def _limit(text: str, units: int) -> int:
    """Return how many characters surely fit, as Telegram may count UTF-16 units."""
    return units // 2 if any(ord(letter) > _LARGEST_UNIT for letter in text) else units


def _fits(text: str, units: int) -> bool:
    return len(text) <= _limit(text, units)


def _keyboard(buttons: Sequence[dict[str, str]], custom: dict[str, Any]) -> list[list[dict]]:
    """Return the rows of buttons below a message."""
    items = [
        {"text": str(course["number"]), "payload": course["payload"]}
        for course in custom.get("courses") or ()
        if course["payload"]
    ]
    rows = _rows(items, _NUMBERS_IN_ROW)
    titled = [{"text": b["title"], "payload": b["payload"]} for b in buttons]
    if all(len(button["text"]) <= _SHORT_TITLE for button in titled):
        rows += _rows(titled, 2)
    else:
        choices = [b for b in titled if _ITEM.match(b["payload"])]
        rows += _rows([_numbered(button) for button in choices], _NUMBERS_IN_ROW)
        others = [b for b in titled if b not in choices]
        rows += [[{**button, "text": cut(button["text"], _LONGEST_TITLE)}] for button in others]
    further = [block.get("link") for block in custom.get("further") or ()]
    for linked in (custom.get("course"), custom.get("link"), *further):
        rows += [row for row in _link_row(linked) if row not in rows]
    return rows


def _rows(buttons: Sequence[dict], width: int) -> list[list[dict]]:
    return [list(buttons[i : i + width]) for i in range(0, len(buttons), width)]


def _numbered(button: dict[str, str]) -> dict[str, str]:
    """Return a button of a list whose long titles stand in the text, with its number only."""
    match = _ITEM.match(button["payload"])
    return {**button, "text": match[1]} if match else button


def _link_row(linked: Optional[dict[str, Any]]) -> list[list[dict]]:
    address = (linked or {}).get("link") or (linked or {}).get("url")
    if not linked or not address or not _is_web_link(address):
        return []
    label = linked.get("link_label") or linked["label"]
    return [[{"text": cut(label, _LONGEST_TITLE), "url": address}]]


def _is_web_link(address: str) -> bool:
    return bool(_WEB_LINK.fullmatch(address))


def _poll(message: dict[str, Any]) -> Optional[Reply]:
    """Return a quiz question as a poll, None when it is none or too long for one."""
    quiz = message["custom"].get("quiz")
    if not quiz:
        return None
    options = quiz["options"]
    fits = (
        len(options) <= PollLimit.MAX_OPTION_NUMBER
        and _fits(quiz["question"], PollLimit.MAX_QUESTION_LENGTH)
        and all(_fits(option, PollLimit.MAX_OPTION_LENGTH) for option in options)
        and _fits(quiz["explanation"], PollLimit.MAX_EXPLANATION_LENGTH)
        and quiz["explanation"].count("\n") <= PollLimit.MAX_EXPLANATION_LINE_FEEDS
    )
    if not fits:
        return None
    return {
        "send": "poll",
        "question": quiz["question"],
        "options": options,
        "correct": quiz["correct"],
        "explanation": quiz["explanation"],
        "payloads": [button["payload"] for button in message["buttons"]],
    }
