"""Indian scripts in the letters of Devanagari.

Unicode took the nine scripts over from ISCII (IS 13194:1991) with the same letter in the
same place of each block, so that a letter is found in another script by the distance of
the blocks. What a script has of its own is listed here.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Dict

# The blocks follow each other in this order.
_SCRIPTS = ("Deva", "Beng", "Guru", "Gujr", "Orya", "Taml", "Telu", "Knda", "Mlym")
_FIRST = 0x0900
_BLOCK_LENGTH = 0x80
_OWN_LETTERS = {
    # Bengali and Assamese: the final t, r and v of their own, the length mark of au.
    "ৎ": "त्", "ৰ": "र", "ৱ": "व", "ৗ": "ौ",
    # Gurmukhi: the nasal of short vowels, and the subjoined y.
    "ੰ": "ं", "ੵ": "्य",
    "ୱ": "व",
    # Tamil: the aytham.
    "ஃ": "ग्",
    "ఀ": "ँ", "ౝ": "न्",
    "ೞ": "ऴ", "ೝ": "न्",
    # Malayalam: consonants without a vowel have letters of their own.
    "ൺ": "ण्", "ൻ": "न्", "ർ": "र्", "ൽ": "ल्", "ൾ": "ळ्", "ൿ": "क्", "ൎ": "र्",
    "ൔ": "म्", "ൕ": "य्", "ൖ": "ऴ्", "ൗ": "ौ", "ൟ": "ई",
    # Gujarati and Devanagari: the zha.
    "ૹ": "ज़", "ॹ": "ज़",
}  # fmt: skip
_NUKTA = "\u093c"
_COMPOSED = {
    "क": "\u0958", "ख": "\u0959", "ग": "\u095a", "ज": "\u095b", "ड": "\u095c",
    "ढ": "\u095d", "फ": "\u095e", "य": "\u095f", "न": "ऩ", "र": "ऱ", "ळ": "ऴ",
}  # fmt: skip
_WITH_NUKTA = re.compile(f"([{''.join(_COMPOSED)}]){_NUKTA}")
# What is one sound but not one letter: Gurmukhi sh, rh and retroflex l, Tamil f, z
# and y; and the nasals that Gurmukhi doubles with a tippi.
_DIGRAPHS = {
    "\u0a38\u0a3c": "श", "\u0a32\u0a3c": "ळ", "ஃப": "\u095e", "ஃஜ": "\u095b", "ஃய": "\u095f",
    "ੰਨ": "न्न", "ੰਮ": "म्म", "ੜ੍ਹ": "\u095d",
}  # fmt: skip
_DIGRAPH = re.compile("|".join(_DIGRAPHS))
# Gurmukhi: the addak doubles the consonant that follows it, an aspirate by its plain letter.
_ADDAK = re.compile("\u0a71(.)")
_PLAIN = dict(zip("ਖਘਛਝਠਢਥਧਫਭ", "ਕਗਚਜਟਡਤਦਪਬ", strict=True))


def script_of(letter: str) -> str:
    """Return the ISO 15924 code of the script of a letter of one of the nine blocks."""
    return _SCRIPTS[(ord(letter) - _FIRST) // _BLOCK_LENGTH]


@lru_cache(maxsize=None)
def _letters() -> Dict[int, str]:
    end = _FIRST + len(_SCRIPTS) * _BLOCK_LENGTH
    table = {
        code: chr(_FIRST + (code - _FIRST) % _BLOCK_LENGTH)
        for code in range(_FIRST + _BLOCK_LENGTH, end)
    }
    table.update({ord(letter): devanagari for letter, devanagari in _OWN_LETTERS.items()})
    return table


def to_devanagari(text: str) -> str:
    """Write a text of any of the nine scripts in Devanagari, letter by letter.

    Args:
        text: any text; what is of no such script is kept.

    Returns:
        The text with nuktas composed with their letter.
    """
    if "\u0a71" in text:
        text = _ADDAK.sub(lambda m: f"{_PLAIN.get(m[1], m[1])}\u0a4d{m[1]}", text)
    text = _DIGRAPH.sub(lambda m: _DIGRAPHS[m[0]], text).translate(_letters())
    return _WITH_NUKTA.sub(lambda m: _COMPOSED[m[1]], text)
