"""Which script a text is written in (Unicode Standard Annex 24)."""

from __future__ import annotations

from collections import Counter
from functools import lru_cache
from typing import Dict, Optional, Tuple

import regex

_UNICODE_SCRIPTS = {
    "Deva": "Devanagari",
    "Beng": "Bengali",
    "Taml": "Tamil",
    "Telu": "Telugu",
    "Gujr": "Gujarati",
    "Arab": "Arabic",
    "Knda": "Kannada",
    "Orya": "Oriya",
    "Mlym": "Malayalam",
    "Guru": "Gurmukhi",
    "Latn": "Latin",
}
_PATTERNS = {
    code: regex.compile(rf"\p{{Script={name}}}") for code, name in _UNICODE_SCRIPTS.items()
}
_LETTER = regex.compile(r"\p{L}")
# An English term inside Indic text is longer in letters than the Indic words that carry
# the sentence; an Indic letter therefore counts more than a Latin one.
_INDIC_WEIGHT = 5


def count_scripts(text: str) -> Dict[str, int]:
    """Count the characters of each script in a text.

    Args:
        text: any text.

    Returns:
        ISO 15924 code -> number of characters, scripts that do not occur left out.
    """
    return dict(_counted(text))


@lru_cache(maxsize=4096)
def _counted(text: str) -> Tuple[Tuple[str, int], ...]:
    counts = Counter(map(_script, text))
    return tuple((code, counts[code]) for code in _PATTERNS if counts[code])


@lru_cache(maxsize=4096)
def _script(char: str) -> Optional[str]:
    return next((code for code, pattern in _PATTERNS.items() if pattern.match(char)), None)


def dominant_script(text: str) -> Optional[str]:
    """Return the script that carries a text, or None when it holds no letters.

    Code-mixed text ("RTI course के बारे में") counts as the Indic script.
    """
    counts = count_scripts(text)
    if not counts:
        return None
    return max(counts, key=lambda code: counts[code] * (1 if code == "Latn" else _INDIC_WEIGHT))


def has_letters(text: str) -> bool:
    """Tell whether a text holds a letter of any script."""
    return _LETTER.search(text) is not None
