"""Latin letters back to an Indian script.

The encoder understands Hindi in Devanagari far better than Hindi in Latin letters. A word
is looked up by its phonetic key in a lexicon of the language's words, taken from the
catalogue and the training data; among words with the same key the one whose usual
romanisation is nearest to what was typed is taken, common ones first. English words stay
as they are, and what no lexicon knows is spelled out letter by letter.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from math import log

import regex
from rapidfuzz.distance import JaroWinkler

from knowledge_base.languages.registry import languages
from knowledge_base.languages.script import dominant_script
from knowledge_base.romanise import phonetic_key, romanise

_WORD = regex.compile(r"[\p{L}\p{M}]+")
_TOKEN = regex.compile(r"[\p{L}\p{M}]+|[^\p{L}\p{M}]+")
_MIN_SIMILARITY = 0.75
_FREQUENCY_WEIGHT = 0.02
# A word this common in the English texts is English unless a native word fits exactly.
_ENGLISH_COUNT = 3
_ENGLISH_LENGTH = 4
_ACRONYM_LENGTH = 3
_EXACT = 0.97
_CHUNK = 400

_VOWELS = {
    "aa": "आ", "ai": "ऐ", "au": "औ", "ee": "ई", "ii": "ई", "oo": "ऊ", "uu": "ऊ", "ae": "ए",
    "a": "अ", "i": "इ", "u": "उ", "e": "ए", "o": "ओ",
}  # fmt: skip
_SIGNS = dict(zip("आऐऔईऊएअइउओ", ["ा", "ै", "ौ", "ी", "ू", "े", "", "ि", "ु", "ो"], strict=True))
_CONSONANTS = {
    "chh": "छ", "ksh": "क्ष", "kh": "ख", "gh": "घ", "ch": "च", "jh": "झ", "th": "थ", "dh": "ध",
    "ph": "फ", "bh": "भ", "sh": "श", "zh": "ळ", "k": "क", "g": "ग", "c": "क", "j": "ज", "t": "त",
    "d": "द", "n": "न", "p": "प", "b": "ब", "m": "म", "y": "य", "r": "र", "l": "ल", "v": "व",
    "w": "व", "s": "स", "h": "ह", "f": "फ", "z": "ज", "q": "क", "x": "क्स",
}  # fmt: skip
_VIRAMA = "्"
_LONGEST = 3
_AKSHARAMUKHA = {
    "Beng": "Bengali", "Taml": "Tamil", "Telu": "Telugu", "Gujr": "Gujarati",
    "Knda": "Kannada", "Mlym": "Malayalam", "Guru": "Gurmukhi",
}  # fmt: skip


@dataclass
class Transliterator:
    """Write Latin-typed text of one language in its script.

    Attributes:
        language: language code.
        lexicon: native word -> (its romanisation, how often it occurs).
        english: lower-case English words that are left as they are.
    """

    language: str
    lexicon: dict[str, tuple[str, int]]
    english: frozenset[str]
    _by_key: dict[str, list[str]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Group the lexicon by phonetic key."""
        self._by_key = defaultdict(list)
        for word, (latin, _) in self.lexicon.items():
            self._by_key[phonetic_key(latin)].append(word)

    def transliterate(self, text: str) -> str:
        """Return a text with its words in the language's script.

        Args:
            text: normalised text in Latin letters, maybe with English words.
        """
        tokens = _TOKEN.findall(text)
        return "".join(self._word(token) if token[0].isalpha() else token for token in tokens)

    def _word(self, token: str) -> str:
        typed = token.lower()
        candidates = self._by_key.get(phonetic_key(typed), [])
        best = max(((self._fit(typed, word), word) for word in candidates), default=None)
        is_english = typed in self.english
        if best and best[0] >= (_EXACT if is_english else _MIN_SIMILARITY):
            return best[1]
        return token if is_english or not typed.isascii() else self._spell(typed)

    def _fit(self, typed: str, word: str) -> float:
        latin, count = self.lexicon[word]
        return JaroWinkler.similarity(typed, latin) + _FREQUENCY_WEIGHT * log(count)

    def _spell(self, typed: str) -> str:
        from aksharamukha import transliterate

        devanagari = spell_devanagari(typed)
        script = languages()[self.language].script
        if script == "Deva":
            return devanagari
        return transliterate.process("Devanagari", _AKSHARAMUKHA[script], devanagari)


def spell_devanagari(word: str) -> str:
    """Spell a Latin word in Devanagari, letter by letter, longest letter group first."""
    spelled, position, after_consonant = [], 0, False
    while position < len(word):
        for length in range(_LONGEST, 0, -1):
            group = word[position : position + length]
            if len(group) == length and (group in _VOWELS or group in _CONSONANTS):
                break
        position += len(group)
        if group in _VOWELS:
            vowel = _VOWELS[group]
            final_a = group == "a" and position == len(word)
            sign = "ा" if final_a else _SIGNS[vowel]
            spelled.append(sign if after_consonant else vowel)
            after_consonant = False
        elif group in _CONSONANTS:
            if after_consonant:
                spelled.append(_VIRAMA)
            spelled.append(_CONSONANTS[group])
            after_consonant = True
    return "".join(spelled)


def english_words(texts: Iterable[str]) -> frozenset[str]:
    """Return the words that are common in English texts, acronyms among them, in lower case.

    Short words look like native ones ("to", "hi"); acronyms ("RTI", "GFR") are told by their
    capitals.
    """
    counts: Counter[str] = Counter()
    for text in texts:
        for word in _WORD.findall(text):
            is_acronym = word.isupper() and len(word) >= _ACRONYM_LENGTH
            if is_acronym or len(word) >= _ENGLISH_LENGTH:
                counts[word.lower()] += 1
    return frozenset(word for word, n in counts.items() if n >= _ENGLISH_COUNT)


def build_lexicon(texts: Iterable[str], language: str) -> dict[str, tuple[str, int]]:
    """Collect the words of a language with their romanisation and count.

    Args:
        texts: normalised texts of the language, in its script.
        language: language code.
    """
    script = languages()[language].script
    counts = Counter(
        word for text in texts for word in _WORD.findall(text) if dominant_script(word) == script
    )
    words = sorted(counts)
    lexicon = {}
    for start in range(0, len(words), _CHUNK):
        chunk = words[start : start + _CHUNK]
        for word, latin in zip(chunk, romanise(" ".join(chunk)).split(" "), strict=True):
            lexicon[word] = (latin.lower(), counts[word])
    return lexicon
