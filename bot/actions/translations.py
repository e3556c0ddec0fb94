"""Reply texts from gettext catalogues, ``bot/locale/<locale>/LC_MESSAGES/sathi.mo``."""

from __future__ import annotations

import gettext
import re
from functools import cache
from pathlib import Path

from knowledge_base.languages import registry
from knowledge_base.romanise import romanise

LOCALE_DIRECTORY = Path(__file__).parent.parent / "locale"
_DOMAIN = "sathi"
_PLACEHOLDER = re.compile(r"{\w+}")


class MessageMissingError(KeyError):
    """No catalogue, not even the English one, has the message."""


@cache
def _catalogues(locale: str) -> tuple[tuple[str, gettext.NullTranslations], ...]:
    """Load the catalogues of a locale and its fallbacks, best first, each with its locale."""
    found = []
    for candidate in registry.fallback_locales(locale):
        path = LOCALE_DIRECTORY / candidate / "LC_MESSAGES" / f"{_DOMAIN}.mo"
        if path.is_file():
            with path.open("rb") as file:
                found.append((candidate, gettext.GNUTranslations(file)))
    if not found:
        raise FileNotFoundError(
            f"no compiled catalogue in {LOCALE_DIRECTORY}; run `make translations`"
        )
    return tuple(found)


def message(key: str, locale: str, **values: object) -> str:
    """Return a message in a locale, its placeholders filled.

    A romanised locale without a catalogue of its own gets the message of its language in
    Latin letters.

    Args:
        key: message id, e.g. ``utter_greet``.
        locale: locale wanted; the nearest that has the message is taken.
        values: values of the placeholders.

    Raises:
        MessageMissingError: no catalogue has the message.
    """
    for found, catalogue in _catalogues(locale):
        text = catalogue.gettext(key)
        if text != key:
            is_native = registry.is_romanised(locale) and not registry.is_romanised(found)
            return (_in_latin_letters(text) if is_native else text).format(**values)
    raise MessageMissingError(key)


@cache
def _in_latin_letters(text: str) -> str:
    """Romanise a message; its placeholders stand as numbers meanwhile, else they change too."""
    placeholders = _PLACEHOLDER.findall(text)
    numbers = iter(range(len(placeholders)))
    numbered = _PLACEHOLDER.sub(lambda _: f"{{{next(numbers)}}}", text)
    return romanise(numbered).format(*placeholders)
