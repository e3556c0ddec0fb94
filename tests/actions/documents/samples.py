"""Titles and words in every language, for the tests of this folder."""

from __future__ import annotations

from functools import lru_cache

import yaml

from tests.actions.conftest import REPOSITORY

TITLES = REPOSITORY / "knowledge_base" / "sample" / "titles"
LOCALES = sorted(path.stem for path in TITLES.glob("*.yaml"))
BAD_TEXTS = {
    "nothing": "",
    "blank": " \t\r\n\u00a0",
    "controls": "\x00\x07line\r\nbreak\x1b[31m\x85",
    "emoji": "👍🏽 शाबाश 👩‍👩‍👧 1️⃣ ❤️",
    "only emoji": "🎓🎓",
    "another script": "漢字 курс ไทย",
    "reversed": "\u202eabc\u2066def\u2069",
    "surrogate": "a\ud800b",
    "stacked marks": "क" + "\u0301" * 500,
    "joiners": "\u200d\u200c\u200d",
    "markup": "<b>*a*</b> (b) \\ 100%",
    "500 letters": "अ" * 500,
    "500 words": "നായർ " * 500,
    "500 Urdu words": "(صاحب) 12 " * 500,
}


@lru_cache
def titles(locale: str) -> list[str]:
    """Return the titles of the sample catalogue's courses, the longest first."""
    record = yaml.safe_load((TITLES / f"{locale}.yaml").read_text(encoding="utf-8"))
    return sorted((course["title"] for course in record.values()), key=len, reverse=True)
