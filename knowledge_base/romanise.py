"""Indian scripts to Latin letters, and a spelling-proof key for words.

aksharamukha (Rajan 2018, virtualvinodh.com/aksharamukha) transliterates; its
"RomanColloquial" comes near to what people type. The *phonetic key* then folds what
typists vary: vowel length, aspiration, doubled letters, s/sh, v/w, the silent schwa.
"""

from __future__ import annotations

from functools import lru_cache

import regex

from knowledge_base.languages.script import count_scripts

_AKSHARAMUKHA = {
    "Deva": "Devanagari",
    "Beng": "Bengali",
    "Taml": "Tamil",
    "Telu": "Telugu",
    "Gujr": "Gujarati",
    "Knda": "Kannada",
    "Orya": "Oriya",
    "Mlym": "Malayalam",
    "Guru": "Gurmukhi",
    "Arab": "Urdu",
}
# Scripts whose languages leave the short a of a word's end unspoken ("adhikar", not
# "adhikara"); the rule is known for Devanagari, so they go by way of it.
_DROPS_SCHWA = {"Deva", "Gujr", "Guru", "Beng"}
_WORD = regex.compile(r"[\p{L}\p{M}\p{N}]+")
_SPACES = regex.compile(r"(\s+)")
# Arabic short vowels are not written, so the consonants are all there is to read.
_URDU_CONSONANTS = {
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
_KEY_RULES = [
    (regex.compile(pattern), replacement)
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


# (script, word) -> the word in Latin letters; emptied when it is full.
_KNOWN: dict[tuple[str, str], str] = {}
_MOST_KNOWN = 100_000


def _transliterate(text: str, script: str) -> str:
    from aksharamukha import transliterate

    if script not in _DROPS_SCHWA:
        return transliterate.process(_AKSHARAMUKHA[script], "RomanColloquial", text)
    text = transliterate.process(_AKSHARAMUKHA[script], "Devanagari", text)
    return transliterate.process(
        "Devanagari", "RomanColloquial", text, pre_options=["RemoveSchwaHindi"]
    )


def _in_latin(words: list[str], script: str) -> dict[str, str]:
    """Transliterate words, those not met before in one call: it costs more than its words."""
    if len(_KNOWN) > _MOST_KNOWN:
        _KNOWN.clear()
    found = {word: _KNOWN.get((script, word)) for word in words}
    new = [word for word, latin in found.items() if latin is None]
    if new:
        lines = _transliterate("\n".join(new), script).split("\n")
        found.update(zip(new, lines, strict=True))
        _KNOWN.update({(script, word): found[word] for word in new})
    return found


def romanise(text: str) -> str:
    """Write a text in Latin letters as people type it.

    Args:
        text: text in any script; Latin parts are kept.

    Returns:
        Text in unaccented Latin letters. Urdu is read by its consonants only.
    """
    for script in count_scripts(text):
        if script == "Arab":
            text = "".join(_URDU_CONSONANTS.get(char, char) for char in text)
        elif script != "Latn":
            parts = _SPACES.split(text)
            latin = _in_latin(parts[::2], script)
            parts[::2] = [latin[word] for word in parts[::2]]
            text = "".join(parts)
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
