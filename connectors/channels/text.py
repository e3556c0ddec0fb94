"""Texts that fit the limits of a channel, cut where a reader would cut them."""

from __future__ import annotations

from typing import List

import regex

# Grapheme clusters, those of a conjunct (letter, virama, letter) as one: "क्षि".
_GRAPHEMES = regex.compile(r"(?:\X(?<=\p{InSC=Virama}\u200d?))*\X")
# Where a text may be divided, best first: blank line, line, sentence (danda and the Urdu full
# stop too), word.
_BREAKS = [regex.compile(pattern) for pattern in (r"\n\s*\n", r"\n", r"(?<=[.!?।॥۔؟…])\s+", r"\s+")]
_ELLIPSIS = "…"


def cut(text: str, limit: int) -> str:
    """Return a text of at most ``limit`` characters, with an ellipsis where it was cut.

    Args:
        text: any text.
        limit: in code points; letters keep their vowel signs, emoji stay whole.
    """
    if len(text) <= limit:
        return text
    return text[: _boundary(text, limit - len(_ELLIPSIS))].rstrip() + _ELLIPSIS


def split(text: str, limit: int) -> List[str]:
    """Divide a text into parts of at most ``limit`` characters.

    Parts end at the end of a paragraph, else of a line, a sentence, a word, and never
    within a letter with its signs.

    Args:
        text: any text; white space at the ends of parts is dropped.
        limit: in code points.
    """
    parts = []
    rest = text.strip()
    while len(rest) > limit:
        end = _end(rest, limit)
        parts.append(rest[:end].rstrip())
        rest = rest[end:].lstrip()
    return [*parts, rest] if rest else parts


def _end(text: str, limit: int) -> int:
    """Return where the first part ends; one that would be shorter than half is no good end."""
    for pattern in _BREAKS:
        ends = [match.start() for match in pattern.finditer(text, 0, limit + 1)]
        if ends and ends[-1] >= limit // 2:
            return ends[-1]
    return _boundary(text, limit)


def _boundary(text: str, limit: int) -> int:
    """Return the last end of a grapheme cluster within the limit, the limit if there is none."""
    end = 0
    for match in _GRAPHEMES.finditer(text):
        if match.end() > limit:
            break
        end = match.end()
    return end or limit
