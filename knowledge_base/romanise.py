"""Indian scripts to Latin letters, and a spelling-proof key for words.

A word is read akshara by akshara in the manner of aksharamukha's "RomanColloquial" (Rajan
2018, virtualvinodh.com/aksharamukha), which comes near to what people type. The *phonetic
key* then folds what typists vary: vowel length, aspiration, doubled letters, s/sh, v/w, the
silent schwa.
"""

from __future__ import annotations

import re
from functools import lru_cache

import regex

from knowledge_base.languages.schwa import drop_schwas
from knowledge_base.languages.unify import script_of, to_devanagari

# Scripts whose languages leave the short a of a word's end unspoken ("adhikar", not
# "adhikara"); the rule is known for Devanagari.
_DROPS_SCHWA = {"Deva", "Gujr", "Guru", "Beng"}
_WORD = regex.compile(r"[\p{L}\p{M}\p{N}]+")
# Without the dandas, which all scripts share.
_INDIC = re.compile("[\u0900-\u0963\u0966-\u0d7f]+")
_ARABIC = regex.compile(r"\p{Script=Arabic}")

_CONSONANTS = {
    "क": "k", "ख": "kh", "ग": "g", "घ": "gh", "ङ": "ng",
    "च": "ch", "छ": "chh", "ज": "j", "झ": "jh", "ञ": "nj",
    "ट": "t", "ठ": "th", "ड": "d", "ढ": "dh", "ण": "n",
    "त": "t", "थ": "th", "द": "d", "ध": "dh", "न": "n",
    "प": "p", "फ": "ph", "ब": "b", "भ": "bh", "म": "m",
    "य": "y", "र": "r", "ल": "l", "व": "v", "श": "sh", "ष": "sh", "स": "s", "ह": "h",
    "ळ": "l", "ऴ": "zh", "ऱ": "r", "ऩ": "n",
    "\u0958": "q", "\u0959": "kh", "\u095a": "g", "\u095b": "z", "\u095c": "r",
    "\u095d": "rh", "\u095e": "f", "\u095f": "y",
}  # fmt: skip
_VOWELS = {
    "अ": "a", "आ": "a", "इ": "i", "ई": "i", "उ": "u", "ऊ": "u", "ऋ": "ri", "ॠ": "ri",
    "ऌ": "li", "ॡ": "li", "ए": "e", "ऐ": "ai", "ओ": "o", "औ": "au", "ऎ": "e", "ऒ": "o",
    "ऍ": "a", "ऑ": "o", "ॲ": "a",
}  # fmt: skip
_SIGNS = {
    "ा": "a", "ि": "i", "ी": "i", "ु": "u", "ू": "u", "ृ": "ri", "ॄ": "ri", "ॢ": "li",
    "ॣ": "li", "े": "e", "ै": "ai", "ो": "o", "ौ": "au", "ॆ": "e", "ॊ": "o", "ॅ": "a",
    "ॉ": "o", "\u094d": "",
}  # fmt: skip
# A nasal is spelled by what follows; this stands for it until that is known.
_NASAL = "M"
_OTHERS = {
    "ँ": _NASAL, "ं": _NASAL, "ः": "h", "़": "", "ऽ": "", "ॐ": "Om",
    **{chr(ord("०") + digit): str(digit) for digit in range(10)},
}  # fmt: skip
_AKSHARA = re.compile(f"([{''.join(_CONSONANTS)}])([{''.join(_SIGNS)}]?)")
_LONE = str.maketrans({**_VOWELS, **_SIGNS, **_OTHERS})
_SPELLING = [
    (re.compile(pattern), replacement)
    for pattern, replacement in [
        (r"(?<![^aeiou])nj(?=[aeiou])", "ny"),
        (r"njnj", "nny"),
        (r"ng(?=[kg])", "n"),
        (r"nj(?=[cj])", "n"),
        (rf"{_NASAL}(?=[kgcjtd])", "n"),
        (_NASAL, "m"),
        (r"jnj", "jny"),
    ]
]
_TAMIL = _CONSONANTS | {"त": "th"}
_ODIA = _CONSONANTS | {"श": "s", "ष": "s", "\u095c": "d", "\u095d": "dh"}
_ODIA_X = re.compile("क\u094d[शष](?:\u094d|(?=[ृॄॢॣ]))")
# Arabic short vowels are not written, so the consonants are all there is to read.
_URDU_CONSONANTS = str.maketrans(
    {
        **dict.fromkeys(["ا", "آ", "أ", "ع", "ء", "ئ", "ؤ"], "a"),
        **dict.fromkeys(["ب"], "b"),
        **dict.fromkeys(["پ"], "p"),
        **dict.fromkeys(["ت", "ط", "ٹ"], "t"),
        **dict.fromkeys(["ث", "س", "ص"], "s"),
        **dict.fromkeys(["ج"], "j"),
        **dict.fromkeys(["چ"], "ch"),
        **dict.fromkeys(["ح", "ہ", "ھ"], "h"),
        **dict.fromkeys(["خ"], "kh"),
        **dict.fromkeys(["د", "ڈ"], "d"),
        **dict.fromkeys(["ذ", "ز", "ژ", "ض", "ظ"], "z"),
        **dict.fromkeys(["ر", "ڑ"], "r"),
        **dict.fromkeys(["ش"], "sh"),
        **dict.fromkeys(["غ", "گ"], "g"),
        **dict.fromkeys(["ف"], "f"),
        **dict.fromkeys(["ق", "ک"], "k"),
        **dict.fromkeys(["ل"], "l"),
        **dict.fromkeys(["م"], "m"),
        **dict.fromkeys(["ن", "ں"], "n"),
        **dict.fromkeys(["و"], "o"),
        **dict.fromkeys(["ی"], "i"),
        **dict.fromkeys(["ے"], "e"),
    }
)
_KEY_RULES = [
    (re.compile(pattern), replacement)
    for pattern, replacement in [
        (r"[^a-z0-9]", ""),
        # English endings: "limits" and "limit", "replying" and "reply" are one word.
        (r"(?<=[a-z]{4})ing$", ""),
        (r"(?<=[a-z]{3})s$", ""),
        (r"x", "ks"),
        (r"q|ck", "k"),
        (r"ph", "f"),
        (r"w", "v"),
        (r"z", "j"),
        (r"c(?!h)", "k"),
        (r"([kgcjtdbs])h", r"\1"),
        (r"zh", "l"),
        (r"m(?=[kgcjtds])", "n"),
        (r"(.)\1+", r"\1"),
        (r"y", "i"),
        (r"(?<=.)[aeiou]+", ""),
        (r"^[ei]", "i"),
        (r"^[ou]", "u"),
    ]
]


def romanise(text: str) -> str:
    """Write a text in Latin letters as people type it.

    Args:
        text: text in any script; Latin parts are kept.

    Returns:
        Text in unaccented Latin letters. Urdu is read by its consonants only.
    """
    text = _INDIC.sub(lambda match: _romanise_run(match[0]), text)
    text = text.replace("।", ".").replace("॥", "..")
    return text.translate(_URDU_CONSONANTS) if _ARABIC.search(text) else text


@lru_cache(maxsize=65536)
def _romanise_run(run: str) -> str:
    """Romanise letters of Indian scripts that stand together."""
    script = script_of(run[0])
    text = to_devanagari(run)
    if script in _DROPS_SCHWA:
        text = drop_schwas(text)
    consonants = _CONSONANTS
    if script == "Taml":
        consonants = _TAMIL
    elif script == "Orya":
        consonants = _ODIA
        text = _ODIA_X.sub("x", text)
    text = _AKSHARA.sub(
        lambda match: consonants[match[1]] + (_SIGNS[match[2]] if match[2] else "a"), text
    )
    text = text.translate(_LONE)
    for pattern, replacement in _SPELLING:
        text = pattern.sub(replacement, text)
    return text


@lru_cache(maxsize=65536)
def phonetic_key(word: str) -> str:
    """Fold a Latin word to what all its usual spellings share.

    Args:
        word: one word in Latin letters, any case.

    Returns:
        Its consonants after folding, with the first vowel if it begins with one:
        "chahiye", "chaahie" and "chahie" all give "ch". Numbers stay as they are.
    """
    key = word.lower()
    if key.isdigit():
        return key
    for pattern, replacement in _KEY_RULES:
        key = pattern.sub(replacement, key)
    return key


def phonetic_tokens(text: str) -> list[str]:
    """Split a normalised text into phonetic keys, the same for every script.

    Args:
        text: text in any script.

    Returns:
        Keys of its words in order; words that fold to nothing are left out.
    """
    return list(_tokens(text))


@lru_cache(maxsize=1024)
def _tokens(text: str) -> tuple[str, ...]:
    # One search asks for the tokens of its query several times.
    latin = romanise(text)
    return tuple(key for word in _WORD.findall(latin.lower()) if (key := phonetic_key(word)))
