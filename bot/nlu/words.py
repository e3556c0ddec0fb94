r"""Where words begin and end in any script.

Python's ``re`` takes vowel signs and viramas for no part of a word, so that its ``\b`` lies
within Indic words; Unicode properties do not.
"""

from __future__ import annotations

from typing import Iterable, List, Text

import regex

WORD_START = r"(?<![\p{L}\p{M}\p{N}])"
WORD_END = r"(?![\p{L}\p{M}\p{N}])"
NOTHING = "(?!)"


def any_of(words: Iterable[Text], shortest_inflected: int) -> Text:
    """Return a pattern that matches any of some words, the longest first.

    Args:
        words: words or phrases; without any, the pattern matches nothing.
        shortest_inflected: words of at least so many characters may go on, since endings
            are attached to them; shorter ones have to end.
    """
    patterns = [
        regex.escape(word) + ("" if len(word) >= shortest_inflected else WORD_END)
        for word in longest_first(words)
    ]
    return "|".join(patterns) or NOTHING


def longest_first(words: Iterable[Text]) -> List[Text]:
    """Return words by length, so that a longer one is found before a part of it."""
    return sorted(words, key=len, reverse=True)
