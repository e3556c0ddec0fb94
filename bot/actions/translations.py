"""Reply texts from gettext catalogues, ``bot/locale/<locale>/LC_MESSAGES/sathi.mo``."""

from __future__ import annotations

import gettext
from functools import cache
from pathlib import Path

from knowledge_base.languages import registry

LOCALE_DIRECTORY = Path(__file__).parent.parent / "locale"
_DOMAIN = "sathi"


class MessageMissingError(KeyError):
    """No catalogue, not even the English one, has the message."""


@cache
def _catalogues(locale: str) -> tuple[gettext.NullTranslations, ...]:
    """Load the catalogues of a locale and its fallbacks, best first."""
    found = []
    for candidate in registry.fallback_locales(locale):
        path = LOCALE_DIRECTORY / candidate / "LC_MESSAGES" / f"{_DOMAIN}.mo"
        if path.is_file():
            with path.open("rb") as file:
                found.append(gettext.GNUTranslations(file))
    if not found:
        raise FileNotFoundError(
            f"no compiled catalogue in {LOCALE_DIRECTORY}; run `make translations`"
        )
    return tuple(found)


def message(key: str, locale: str, **values: object) -> str:
    """Return a message in a locale, its placeholders filled.

    Args:
        key: message id, e.g. ``utter_greet``.
        locale: locale wanted; the nearest that has the message is taken.
        values: values of the placeholders.

    Raises:
        MessageMissingError: no catalogue has the message.
    """
    for catalogue in _catalogues(locale):
        text = catalogue.gettext(key)
        if text != key:
            return text.format(**values)
    raise MessageMissingError(key)
