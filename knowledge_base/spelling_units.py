"""Words of Indian scripts as the units that typists spell: consonants, and vowels after them.

The inherent vowel is not written, but typed or not like any other; here it is a unit too.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from knowledge_base.languages.unify import to_devanagari

INHERENT = "ə"
# The last unit of a word is often not typed and therefore told from the same inside.
END = "$"
CLOSED, OPEN, SIGN, NASAL, OTHER = "closed", "open", "sign", "nasal", "other"
_UNIT = re.compile("CN?V|CN?|.")
_KINDS = {
    **dict.fromkeys("ािीुूृॄॅॆेैॉॊोौॢॣ", "S"),
    **dict.fromkeys("ँं", "A"),
    "\u093c": "N",
    "\u094d": "V",
}
_PLAIN = dict(zip("खघछझठढथधफभ", "कगचजटडतदपब", strict=True))


@lru_cache(maxsize=4096)
def _kind(char: str) -> str:
    letter = to_devanagari(char)
    is_consonant = "क" <= letter <= "ह" or "\u0958" <= letter <= "\u095f"
    return "C" if is_consonant and len(letter) == 1 else _KINDS.get(letter, "O")


@lru_cache(maxsize=65536)
def kind_of(unit: str) -> str:
    """Return what a unit is.

    Returns:
        ``open``: a consonant that a vowel follows; ``closed``: one that none follows;
        ``sign``: the vowel that follows one; ``nasal``; or ``other``, as a vowel by itself.
    """
    if unit[0] == INHERENT:
        return SIGN
    kinds = "".join(map(_kind, unit.removesuffix(END))) or "O"
    if kinds[0] == "C":
        return CLOSED if kinds[-1] == "V" else OPEN
    return {"S": SIGN, "A": NASAL}.get(kinds[0], OTHER)


def split_units(word: str) -> list[str]:
    """Split a word into units; consonants that are doubled or aspirated doubled are one.

    Args:
        word: normalised word of one Indian script.
    """
    units: list[str] = []
    kinds = "".join(map(_kind, word))
    for match in _UNIT.finditer(kinds):
        unit = word[match.start() : match.end()]
        if units and _doubles(units[-1], unit):
            units[-1] += unit
        else:
            units.append(unit)
        if kind_of(unit) == OPEN and kinds[match.end() : match.end() + 1] != "S":
            units.append(INHERENT)
    if units and can_end(units[-1]):
        units[-1] += END
    return units


def join_units(units: Sequence[str]) -> str:
    """Put units together to a word."""
    return "".join(units).replace(INHERENT, "").replace(END, "")


def can_end(unit: str) -> bool:
    """Tell whether a unit is told apart at the end of a word."""
    return unit[0] == INHERENT or kind_of(unit) == NASAL


def _doubles(first: str, second: str) -> bool:
    if kind_of(first) != CLOSED or kind_of(second) not in (OPEN, CLOSED):
        return False
    letter = to_devanagari(second[0])
    return to_devanagari(first[0]) in (letter, _PLAIN.get(letter))
