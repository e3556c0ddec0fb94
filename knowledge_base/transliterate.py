"""Latin letters back to an Indian script.

The encoder understands Hindi in Devanagari far better than Hindi in Latin letters. A word
is looked up by its phonetic key in a lexicon of the language's words, taken from the
catalogue and the training data; a noisy channel weighs how often a word occurs against how
usual its spelling is, and spells what no lexicon knows. English words and acronyms stay as
they are.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from heapq import nlargest
from math import log

import regex
from rapidfuzz.distance import JaroWinkler

from knowledge_base.languages.registry import languages
from knowledge_base.languages.script import dominant_script
from knowledge_base.noisy_channel import Channel, NoisyChannel, train_channel
from knowledge_base.romanise import phonetic_key, romanise
from knowledge_base.spelling_units import NASAL, kind_of

_WORD = regex.compile(r"[\p{L}\p{M}]+")
_TOKEN = regex.compile(r"[\p{L}\p{M}]+|[^\p{L}\p{M}]+")
_VOWEL = regex.compile("[aeiou]")
_FREQUENCY_WEIGHT = 0.02
# A word of the English texts is English unless it spells a common native word.
_ENGLISH_LENGTH = 4
_ACRONYM_LENGTH = 3
_LONGEST_ACRONYM = 6
_EXACT = 1.04
# A word has at most this many readings, and the words met last are remembered.
_READINGS = 3
_REMEMBERED = 20_000
# Fit of a typed word to a lexicon's from which it shows how the word is typed, and what such
# a pair weighs against the usual romanisation of a word.
_SURE = 0.85
_TYPED_WEIGHT = 3

# Word -> (its romanisation, how often it occurs).
Lexicon = Mapping[str, tuple[str, int]]


@dataclass
class Transliterator:
    """Write Latin-typed text of one language in its script.

    Attributes:
        language: language code.
        lexicon: words of the language.
        english: lower-case English words that are left as they are.
        channel: how people type what the lexicon does not know, see ``learn_channel``.
    """

    language: str
    lexicon: Lexicon
    english: frozenset[str]
    channel: Channel

    # Made when the first message in Latin letters comes: a change of the index needs none.
    @cached_property
    def _by_key(self) -> dict[str, list[str]]:
        return group_by_key(self.lexicon)

    @cached_property
    def _speller(self) -> NoisyChannel:
        counts = {word: count for word, (_, count) in self.lexicon.items()}
        return NoisyChannel(counts, self.channel)

    @cached_property
    def _readings(self) -> Callable[[str], list[tuple[str, float]]]:
        return lru_cache(maxsize=_REMEMBERED)(self._read)

    def candidates(self, text: str, limit: int = _READINGS) -> list[tuple[str, float]]:
        """Return the likeliest ways to write a text in the language's script.

        Args:
            text: normalised text in Latin letters, maybe with English words.
            limit: number of ways wanted.

        Returns:
            (text, its share of the probability of all that are returned), likeliest first;
            at least one.
        """
        best: list[tuple[str, float]] = [("", 1.0)]
        tokens = _TOKEN.findall(text)
        if text.isupper() and max(map(len, tokens)) > _LONGEST_ACRONYM:
            # Where all is in capitals they tell nothing.
            tokens = [token.lower() for token in tokens]
        for token in tokens:
            readings = self._readings(token) if token[0].isalpha() else [(token, 1.0)]
            longer = [
                (start + written, share * probability)
                for start, share in best
                for written, probability in readings
            ]
            best = nlargest(limit, longer, key=lambda reading: reading[1])
        total = sum(share for _, share in best)
        return [(written, share / total) for written, share in best]

    def _read(self, token: str) -> list[tuple[str, float]]:
        """Return the ways to write a word, with their probabilities, likeliest first."""
        typed = token.lower()
        is_english = typed in self.english
        known = self._by_key.get(phonetic_key(typed), ())
        if is_english and not any(word_fit(typed, w, self.lexicon) >= _EXACT for w in known):
            return [(token, 1.0)]
        is_acronym = token.isupper() and len(token) > 1
        if is_acronym or not typed.isascii() or (not known and not _VOWEL.search(typed)):
            return [(token, 1.0)]
        return self._speller.readings(typed, known, _READINGS) or [(token, 1.0)]


def group_by_key(lexicon: Lexicon) -> dict[str, list[str]]:
    """Return the words of a lexicon by phonetic key; a last nasal is typed or not."""
    groups: defaultdict[str, list[str]] = defaultdict(list)
    for word, (latin, _) in lexicon.items():
        keys = {phonetic_key(latin)}
        if kind_of(word[-1]) == NASAL:
            keys.add(phonetic_key(latin[:-1]))
        for key in keys:
            groups[key].append(word)
    return dict(groups)


def word_fit(typed: str, word: str, lexicon: Lexicon) -> float:
    """Return how well a word of a lexicon fits what was typed; from about 1 on it is meant."""
    latin, count = lexicon[word]
    return JaroWinkler.similarity(typed, latin) + _FREQUENCY_WEIGHT * log(count)


def english_words(texts: Iterable[str]) -> frozenset[str]:
    """Return the words of English texts, acronyms among them, in lower case.

    Short words look like native ones ("to", "hi"); acronyms ("RTI", "GFR") are told by their
    capitals.
    """
    return frozenset(
        word.lower()
        for text in texts
        for word in _WORD.findall(text)
        if len(word) >= _ENGLISH_LENGTH or (word.isupper() and len(word) >= _ACRONYM_LENGTH)
    )


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
    return {word: (romanise(word).lower(), counts[word]) for word in sorted(counts)}


def learn_channel(
    lexicon: Lexicon, typed_texts: Iterable[str], english: frozenset[str]
) -> dict[str, dict[str, float]]:
    """Learn how people type a language in Latin letters.

    Args:
        lexicon: words of the language.
        typed_texts: normalised texts in Latin letters as people type them.
        english: words that are none of the language.
    """
    by_key = group_by_key(lexicon)
    words = {word.lower() for text in typed_texts for word in _WORD.findall(text)}
    pairs = [
        (word, latin) for word, (latin, _) in lexicon.items() if latin.isascii() and latin.isalpha()
    ]
    for typed in sorted(words - english):
        fits = [(word_fit(typed, w, lexicon), w) for w in by_key.get(phonetic_key(typed), ())]
        fit, word = max(fits, default=(0.0, ""))
        if fit >= _SURE and typed.isascii():
            pairs += [(word, typed)] * _TYPED_WEIGHT
    return train_channel(pairs)
