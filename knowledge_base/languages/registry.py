"""The languages Sathi speaks, read from one file a language in ``data/``.

A *locale* is a language in a script, written ``hi`` for Hindi in its own script and
``hi_Latn`` for Hindi typed in Latin letters (BCP 47 with an underscore, as CLDR does).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Dict, List, Optional, Tuple

import yaml

DATA_DIRECTORY = Path(__file__).parent / "data"
ROMANISED_SUFFIX = "_Latn"
DEFAULT_LOCALE = "en"


@dataclass(frozen=True)
class Language:
    """One language.

    Attributes:
        code: ISO 639 code, e.g. ``kok``.
        name: English name.
        endonym: the name in the language itself.
        script: ISO 15924 code of its script.
        direction: ``ltr`` or ``rtl``.
        romanised: whether replies and training data exist in Latin letters.
        fallbacks: codes of languages to show when a text is missing, nearest first.
        romanised_reading: language whose script romanised text is read in for search, the
            language itself but for Urdu: in Latin letters it is one spoken language with
            Hindi, and its own script leaves out the vowels.
    """

    code: str
    name: str
    endonym: str
    script: str
    direction: str
    romanised: bool
    fallbacks: Tuple[str, ...]
    romanised_reading: Optional[str]


@lru_cache(maxsize=None)
def languages() -> Dict[str, Language]:
    """Return all languages by code, English first, then by code."""
    found = {}
    for path in sorted(DATA_DIRECTORY.glob("*.yaml"), key=lambda p: (p.stem != "en", p.stem)):
        record = yaml.safe_load(path.read_text(encoding="utf-8"))
        record["fallbacks"] = tuple(record["fallbacks"])
        found[record["code"]] = Language(**record)
    return found


@lru_cache(maxsize=None)
def script_language(script: str) -> Optional[str]:
    """Return the language to assume for a script: the one its other languages fall back to."""
    same = [language for language in languages().values() if language.script == script]
    named = [code for language in same for code in language.fallbacks]
    return max(same, key=lambda language: named.count(language.code)).code if same else None


@lru_cache(maxsize=None)
def locales() -> List[str]:
    """Return every locale: each language in its script, then the romanised ones."""
    native = list(languages())
    romanised = [code + ROMANISED_SUFFIX for code in native if languages()[code].romanised]
    return native + romanised


def language_of(locale: str) -> str:
    """Return the language code of a locale (``hi_Latn`` -> ``hi``)."""
    return locale[: -len(ROMANISED_SUFFIX)] if is_romanised(locale) else locale


def is_romanised(locale: str) -> bool:
    """Tell whether a locale is an Indian language in Latin letters."""
    return locale.endswith(ROMANISED_SUFFIX)


def direction_of(locale: str) -> str:
    """Return ``ltr`` or ``rtl``; romanised Urdu runs left to right."""
    return "ltr" if is_romanised(locale) else languages()[locale].direction


def known_locale(tag: object) -> Optional[str]:
    """Return the locale a tag names (``hi-Latn``, ``hi_Latn``, ``hi``), or None.

    Args:
        tag: anything, as it may come from a message that somebody has made up.
    """
    candidate = tag.replace("-", "_") if isinstance(tag, str) else ""
    return candidate if candidate in locales() else None


def fallback_locales(locale: str) -> List[str]:
    """Return the locale itself and what to show in its stead, best first, English last."""
    language = languages()[language_of(locale)]
    chain = [locale, language.code, *language.fallbacks, DEFAULT_LOCALE]
    return list(dict.fromkeys(chain))
