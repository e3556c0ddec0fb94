"""Names as sequences of words: what the gazetteer holds and what a message is split into."""

from __future__ import annotations

from dataclasses import dataclass

import regex

from knowledge_base.languages.normalise import normalise
from knowledge_base.romanise import phonetic_key, romanise

_WORD = regex.compile(r"[\p{L}\p{M}\p{N}]+")
_WORD_LIKE = regex.compile(r"[^aeiou]?(?:[aeiou]+[^aeiou]{1,2})*[aeiou]*")
_VOWELS = regex.compile("[aeiou]+")
_SHORTEST_ACRONYM = 3


@dataclass(frozen=True)
class Word:
    """A word of a text.

    Attributes:
        text: the word as it stands.
        start: where it begins.
        end: where it ends.
    """

    text: str
    start: int
    end: int


def words_of(text: str) -> list[Word]:
    """Split a text into words; hyphens, stops and signs only separate them.

    Args:
        text: normalised text in any script.
    """
    return [Word(match.group(), match.start(), match.end()) for match in _WORD.finditer(text)]


def phrase_of(name: str) -> str:
    """Return a name as its words in lower case, one space between them."""
    return " ".join(word.text for word in words_of(normalise(name).lower()))


def phonetic_keys(text: str, words: list[Word]) -> list[str]:
    """Return the phonetic key of every word of a text.

    Args:
        text: normalised text; it is romanised as a whole, as the intent classifier does, so
            that the result is at hand already.
        words: its words.

    Returns:
        One key a word, empty where a word folds to nothing.
    """
    latin = [match.group() for match in _WORD.finditer(romanise(text))]
    if len(latin) != len(words):
        latin = [romanise(word.text) for word in words]
    return [phonetic_key(word) for word in latin]


def is_word_like(acronym: str) -> bool:
    """Tell whether an acronym in small letters may be a word: of two letters, or speakable."""
    syllables = len(_VOWELS.findall(acronym))
    if len(acronym) < _SHORTEST_ACRONYM:
        return True
    if not syllables or not _WORD_LIKE.fullmatch(acronym):
        return False
    return len(acronym) == _SHORTEST_ACRONYM or syllables > 1
