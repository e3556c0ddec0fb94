"""Acronyms in every script: "RTI", "rti" and "आरटीआई" are one token.

What is written in capitals is an acronym; in Indian scripts one is known by being made of
the names of Latin letters and nothing else, in one word or letter by letter.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, lru_cache

import regex

from knowledge_base.languages.letter_names import letters_by_name
from knowledge_base.languages.script import dominant_script
from knowledge_base.phrases import is_word_like

# No phonetic key contains it.
_MARK = "="
_WORD = regex.compile(r"[\p{L}\p{M}\p{N}]+")
_CAPITALS = regex.compile(r"(?=(?:.*[A-Z]){2})[A-Za-z]{2,8}")
_SMALL = regex.compile(r"[a-z]{3,8}")
_STARTS_SMALL = regex.compile(r"([a-z])([A-Z]+)")
_SOFT_G = regex.compile(r"[Gg](?=[EeIi])")
# Fewer letters' names are ordinary words as well ("बीज", "के").
_FEWEST_LETTERS = 3
# Vowels whose length varies in writing, the mark of a silent vowel and the dot below: offsets
# in the blocks of the nine scripts, which Unicode lays out alike (The Unicode Standard, 12.1).
_BLOCKS = range(0x0900, 0x0D80, 0x80)
_SHORTENED = {
    0x08: 0x07, 0x0A: 0x09, 0x0D: 0x0F, 0x0E: 0x0F, 0x11: 0x13, 0x12: 0x13,
    0x40: 0x3F, 0x42: 0x41, 0x45: 0x47, 0x46: 0x47, 0x49: 0x4B, 0x4A: 0x4B,
}  # fmt: skip
_DROPPED = (0x3C, 0x4D)
_FOLD = {
    **{block + long: block + short for block in _BLOCKS for long, short in _SHORTENED.items()},
    **{block + sign: None for block in _BLOCKS for sign in _DROPPED},
}


def acronym_tokens(text: str) -> list[str]:
    """Return a token for every acronym of a text, the same for every script.

    Args:
        text: normalised text; acronyms in Latin letters are known by their capitals.
    """
    words = _WORD.findall(text)
    found = [_MARK + word.lower() for word in words if _CAPITALS.fullmatch(word)]
    return found + [_MARK + spelled for spelled in _spelled_out(words)]


def small_letter_tokens(text: str) -> list[str]:
    """Return tokens for words that may be acronyms typed in small letters: "rti".

    Args:
        text: a normalised query.
    """
    words = (word for word in _WORD.findall(text) if _SMALL.fullmatch(word))
    return [_MARK + word for word in words if not is_word_like(word)]


def spoken_forms(text: str) -> list[str]:
    """Return acronyms that are spoken as words in the spelling of their sound.

    "iGOT" is spoken "ai-got" and written so in other scripts, "GeM" is spoken "jem".

    Args:
        text: normalised text.
    """
    forms = []
    for word in _WORD.findall(text):
        if not _CAPITALS.fullmatch(word):
            continue
        small = _STARTS_SMALL.fullmatch(word)
        if small:
            forms.append({"i": "ai", "e": "i"}.get(small[1], small[1]) + small[2].lower())
        elif _SOFT_G.match(word):
            forms.append("j" + word[1:].lower())
    return forms


def _spelled_out(words: list[str]) -> Iterator[str]:
    run: list[str] = []
    for word in [*words, ""]:
        letters = _letters(word)
        if len(letters) == 1:
            run.append(letters)
            continue
        if len(run) >= _FEWEST_LETTERS:
            yield "".join(run)
        run = []
        if len(letters) >= _FEWEST_LETTERS:
            yield letters


@lru_cache(maxsize=65536)
def _letters(word: str) -> str:
    """Return the Latin letters that a word names, empty when it is another word."""
    script = dominant_script(word) if word else None
    names = _names(script) if script else {}
    if not names:
        return ""
    folded = word.translate(_FOLD)
    parts = _pattern(script).fullmatch(folded)
    return "".join(names[name] for name in parts.captures(1)) if parts else ""


@cache
def _names(script: str) -> dict[str, str]:
    return {
        name.translate(_FOLD): letter.lower() for letter, name in letters_by_name(script).items()
    }


@cache
def _pattern(script: str) -> regex.Pattern:
    names = sorted(_names(script), key=len, reverse=True)
    return regex.compile(f"(?:({'|'.join(map(regex.escape, names))}))+")
