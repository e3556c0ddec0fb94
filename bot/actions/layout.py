"""What the layouts of all replies are made of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from bot.actions.translations import message

Message = dict[str, Any]
Facts = Mapping[str, Any]


def scalars(facts: Facts) -> dict[str, Any]:
    """Return the facts that stand in a message as they are."""
    return {key: value for key, value in facts.items() if isinstance(value, str | int | float)}


def button(key: str, payload: str, locale: str) -> dict[str, str]:
    """Return a button with a title of the catalogue.

    Args:
        key: message key of the title.
        payload: what it sends.
        locale: locale of the title.
    """
    return {"title": message(key, locale), "payload": payload}


def paragraphs(parts: Iterable[str]) -> str:
    """Return texts with a blank line between them, empty ones left out."""
    return "\n\n".join(part for part in parts if part)
