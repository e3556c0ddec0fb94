"""The short a that is written but not spoken: "adhikāra" is said "adhikar".

The rules are those of aksharamukha's ``RemoveSchwaHindi`` (Rajan 2018,
virtualvinodh.com/aksharamukha), to the letter: the inherent vowel falls at the end of a
word and before its last syllable; after two consonants it falls if the second is a sibilant
or the less sonorous, if both are the same, or if the second aspirates the first.
"""

from __future__ import annotations

import re

_VIRAMA = "\u094d"
_CONSONANT = "[क-ह\u0958-\u095f]"
_SIGN = "[ा-ौॢॣॅॉॆॊ]"
_VOWEL = "[अ-औॠॡॲ]"
_NASAL = "[ँंः]?"
# Not before anything else of a word.
_END = "(?![\u0900-\u093c\u093e-\u0963\u0970-\u097f])"
_HEAD = f"((?:{_VOWEL}|{_CONSONANT}{_SIGN}?){_NASAL}"
_OPEN = f"{_CONSONANT}{_SIGN}{_NASAL}"
_ANY = f"{_CONSONANT}{_SIGN}?{_NASAL}"
_PLAIN = "कगङचजञटडणतदनपबमयरलवशषसहळऴऱऩ\u0958-\u095f"
# From the most to the least sonorous.
_SONORITY = ["यरलव", "नमण", "शषस", "कखपफगघबभ", "टठतथडढदध", "चछजझ\u095b"]
_FALLING = "|".join(
    f"[{first}]{_VIRAMA}[{''.join(_SONORITY[place + 1 :])}]"
    for place, first in enumerate(_SONORITY[:-1])
)
_ASPIRATED = "|".join(
    f"{plain}{_VIRAMA}{aspirated}"
    for plain, aspirated in zip("कगचजटडतदपब", "खघछझठढथधफभ", strict=True)
)
# Of the second rule a last nasal falls too: "antaralon" is typed more than "antaralom".
_RULES = [
    re.compile(pattern)
    for pattern in (
        f"{_HEAD}{_CONSONANT})({_CONSONANT}{_ANY}){_END}",
        f"{_HEAD}{_CONSONANT})({_OPEN}{_CONSONANT}{_SIGN}?){_NASAL}{_END}",
        f"{_HEAD}{_CONSONANT})({_OPEN}){_END}",
        f"{_HEAD}{_CONSONANT})(){_END}",
        f"{_HEAD}{_CONSONANT}{_VIRAMA}[शषस])(){_END}",
        f"{_HEAD}([{_PLAIN}]){_VIRAMA}\\2)(){_END}",
        f"{_HEAD}(?:{_ASPIRATED}))()",
        f"{_HEAD}(?:{_FALLING}))(){_END}",
    )
]


def drop_schwas(text: str) -> str:
    """Put a virama where a vowel is not spoken.

    Args:
        text: words in Devanagari, nuktas composed with their letter.
    """
    for rule in _RULES:
        text = rule.sub(lambda match: f"{match[1]}{_VIRAMA}{match[match.lastindex]}", text)
    return text
