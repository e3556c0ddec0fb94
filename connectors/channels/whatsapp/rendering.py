"""A reply of the bot as the messages that WhatsApp shows.

Limits: https://developers.facebook.com/documentation/business-messaging/whatsapp/messages
(interactive reply buttons, interactive lists, text, image, document).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Optional

from connectors.channels.text import cut, split
from knowledge_base.languages import registry

MAX_TEXT = 4096
MAX_BUTTON_BODY = 1024
MAX_LIST_BODY = 4096
MAX_CAPTION = 1024
MAX_BUTTONS = 3
MAX_BUTTON_TITLE = 20
MAX_ROWS = 10
MAX_ROW_TITLE = 24
MAX_ROW_DESCRIPTION = 72
MAX_MENU_LABEL = 20
MAX_SECTION_TITLE = 24
# A template's body has up to 1024 characters with its parameters; the rest is for its own words.
MAX_PARAMETER = 900
_PICTURES = ("image/jpeg", "image/png")
_FIRST_STRONG_ISOLATE, _POP_ISOLATE = "\u2068", "\u2069"
_ITEM = re.compile(r'"item_number": *(\d+)')

Content = dict[str, Any]


@dataclass(frozen=True)
class Part:
    """One message to send.

    Attributes:
        content: the message without its recipient, as the Cloud API takes it; of a picture or
            document the id is still missing.
        document: the file to upload for it: ``id``, ``name``, ``mime``.
        plain: what to send where WhatsApp refuses the content, or a template is not needed.
        locale: of its words.
    """

    content: Content
    document: Optional[Mapping[str, str]] = None
    plain: Sequence[Content] = ()
    locale: str = registry.DEFAULT_LOCALE

    def to_dict(self) -> dict[str, Any]:
        """Return it for the journal."""
        return asdict(self)

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Part:
        """Return it as it was stored."""
        return cls(**stored)

    @property
    def is_template(self) -> bool:
        """Whether it is one for users who have not written for 24 hours."""
        return self.content["type"] == "template"

    @property
    def words(self) -> str:
        """What it says without pictures, files and buttons."""
        contents = self.plain or (self.content,)
        return "\n".join(c["text"]["body"] for c in contents if c["type"] == "text")


@dataclass(frozen=True)
class _Choice:
    """What can be chosen; ``numbered`` is its title as the reply's text lists it."""

    id: str
    title: str
    numbered: str


def render(
    message: Mapping[str, Any],
    menu_label: str,
    keep: Callable[[Sequence[str]], Sequence[str]],
) -> list[Part]:
    """Return the messages that show a reply.

    Args:
        message: the reply with ``text``, ``buttons`` and ``custom``.
        menu_label: what stands on the button that opens a list, in the reply's language.
        keep: keeps the payloads of what can be chosen and returns a short id for each.
    """
    custom = message.get("custom") or {}
    choices = _choices(message, custom, keep)
    words = _body(message.get("text") or "", custom)
    body = _with_titles(words, choices, longer_than=MAX_ROW_TITLE)
    document = custom.get("document")
    parts = []
    if document:
        caption = "" if choices or len(body) > MAX_CAPTION else body
        parts.append(_document(document, caption))
        body = "" if caption else body
    if choices:
        parts += _interactive(body.strip() or menu_label, choices, menu_label)
    else:
        parts += [Part(content) for content in texts(body)]
    locale = custom.get("locale") or registry.DEFAULT_LOCALE
    return [replace(part, locale=locale) for part in parts]


def texts(body: str) -> list[Content]:
    """Return a text as messages."""
    return [
        {"type": "text", "text": {"body": part, "preview_url": False}}
        for part in split(body, MAX_TEXT)
    ]


def template(name: str, language: str, text: str) -> Content:
    """Return an approved template whose body has one variable.

    Args:
        name: name of the template.
        language: its language, a code of WhatsApp.
        text: put in for the variable, on one line and cut if need be.
    """
    parameter = {"type": "text", "text": cut(" ".join(text.split()), MAX_PARAMETER)}
    return {
        "type": "template",
        "template": {
            "name": name,
            "language": {"code": language},
            "components": [{"type": "body", "parameters": [parameter]}],
        },
    }


def bold(text: str) -> str:
    """Return a line in bold; a star in it would end the bold type."""
    line = " ".join(text.split()).replace("*", "∗")
    return f"*{line}*" if line else ""


def _italic(text: str) -> str:
    line = " ".join(text.split())
    return f"_{line}_" if line else ""


def _body(text: str, custom: Mapping[str, Any]) -> str:
    """Return the words of a reply, laid out from its facts where it has some."""
    blocks = []
    answer = custom.get("answer")
    if answer:
        blocks += _answer(answer, custom)
        for further in custom.get("further") or ():
            link = further.get("link")
            address = f"{link['label']}: {link['url']}" if link else ""
            blocks += [*_answer(further, further), "" if address in blocks else address]
    if custom.get("courses"):
        blocks.append(custom["heading"])
        is_rtl = custom.get("direction") == "rtl"
        blocks += [_card(course, is_rtl) for course in custom["courses"]]
        blocks.append(custom.get("hint") or "")
    if custom.get("course"):
        blocks.append(_details(custom["course"]))
    if not any(blocks):
        blocks.append(text)
    link = custom.get("link")
    if link and not any(link["url"] in block for block in blocks):
        blocks.append(f"{link['label']}: {link['url']}")
    return "\n\n".join(block for block in blocks if block)


def _answer(answer: Mapping[str, Any], source: Mapping[str, Any]) -> list[str]:
    """Return what a source says, then the source itself."""
    words = "\n".join(filter(None, (bold(answer["heading"]), answer["body"])))
    return [words, _italic(source.get("source") or ""), _italic(source.get("note") or "")]


def _card(course: Mapping[str, Any], is_rtl: bool) -> str:
    number = f"{course['number']}. " if course["number"] else ""
    names = ("provider", "duration", "level", "languages", "mandatory")
    facts = [course[name] for name in names if course.get(name)]
    if is_rtl:
        facts = [f"{_FIRST_STRONG_ISOLATE}{fact}{_POP_ISOLATE}" for fact in facts]
    lines = [bold(number + course["title"]), " · ".join(facts), course["reason"]]
    return "\n".join(line for line in lines if line)


def _details(course: Mapping[str, Any]) -> str:
    facts = [f"{bold(fact['label'])}: {fact['value']}" for fact in course["facts"]]
    modules = [f"{i}. {title}" for i, title in enumerate(course["modules"], start=1)]
    link = f"{course['link_label']}: {course['link']}" if course["link"] else ""
    blocks = [
        "\n".join((bold(course["title"]), course["summary"])),
        "\n".join(facts),
        "\n".join((bold(course["modules_label"]), *modules)) if modules else "",
        _italic(course["note"] or ""),
        link,
    ]
    return "\n\n".join(block for block in blocks if block)


def _choices(
    message: Mapping[str, Any],
    custom: Mapping[str, Any],
    keep: Callable[[Sequence[str]], Sequence[str]],
) -> list[_Choice]:
    """Return what can be chosen: courses of a list, then buttons; equal payloads once."""
    titles: dict[str, str] = {}
    for item in (*(custom.get("courses") or ()), *(message.get("buttons") or ())):
        if item.get("payload"):
            titles.setdefault(item["payload"], item["title"])
    if not titles:
        return []
    ids = keep(list(titles))
    return [
        _Choice(identifier, title, _numbered(title, payload))
        for identifier, (payload, title) in zip(ids, titles.items(), strict=True)
    ]


def _numbered(title: str, payload: str) -> str:
    item = _ITEM.search(payload)
    return f"{item[1]}. {title}" if item else title


def _with_titles(body: str, choices: Sequence[_Choice], longer_than: int = 0) -> str:
    """Return a body that has the full text of the choices longer than a button shows."""
    plain = body.replace("∗", "*")
    missing = [
        f"• {choice.numbered}"
        for choice in choices
        if len(choice.numbered) > longer_than and choice.title not in plain
    ]
    return "\n".join(filter(None, (body, *missing)))


def _interactive(body: str, choices: list[_Choice], menu_label: str) -> Iterator[Part]:
    """Yield a body with its choices: up to three short ones as buttons, others as lists."""
    *before, last = split(body, MAX_LIST_BODY)
    for text in before:
        yield from (Part(content) for content in texts(text))
    if _fit_buttons(last, choices):
        plain = texts(_with_titles(last, choices))
        yield Part(_buttons(last, choices), plain=plain)
        return
    for start in range(0, len(choices), MAX_ROWS):
        rows = choices[start : start + MAX_ROWS]
        text = last if start == 0 else f"{start + 1}–{start + len(rows)}"
        plain = texts(_with_titles(text, rows))
        yield Part(_list(text, rows, menu_label), plain=plain)


def _fit_buttons(body: str, choices: list[_Choice]) -> bool:
    titles = {choice.title for choice in choices}
    return (
        len(choices) <= MAX_BUTTONS
        and len(titles) == len(choices)
        and len(body) <= MAX_BUTTON_BODY
        and all(len(title) <= MAX_BUTTON_TITLE for title in titles)
    )


def _buttons(body: str, choices: list[_Choice]) -> Content:
    buttons = [
        {"type": "reply", "reply": {"id": choice.id, "title": choice.title}} for choice in choices
    ]
    return {
        "type": "interactive",
        "interactive": {"type": "button", "body": {"text": body}, "action": {"buttons": buttons}},
    }


def _row(choice: _Choice) -> dict[str, str]:
    row = {"id": choice.id, "title": cut(choice.numbered, MAX_ROW_TITLE)}
    if len(choice.numbered) > MAX_ROW_TITLE:
        row["description"] = cut(choice.title, MAX_ROW_DESCRIPTION)
    return row


def _list(body: str, choices: list[_Choice], menu_label: str) -> Content:
    rows = [_row(choice) for choice in choices]
    section = {"title": cut(menu_label, MAX_SECTION_TITLE), "rows": rows}
    action = {"button": cut(menu_label, MAX_MENU_LABEL), "sections": [section]}
    return {
        "type": "interactive",
        "interactive": {"type": "list", "body": {"text": body}, "action": action},
    }


def _document(document: Mapping[str, str], caption: str) -> Part:
    kind = "image" if document["mime"] in _PICTURES else "document"
    content = {"caption": caption} if caption else {}
    if kind == "document":
        content["filename"] = document["name"]
    return Part({"type": kind, kind: content}, document, texts(caption))
