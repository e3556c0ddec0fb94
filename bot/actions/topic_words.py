"""Which words of a message name a topic, and which only hold a sentence together.

A probability cannot tell this for two or three words ("and for beginners?"). A word of a
topic stands in titles or search words of courses more often than in the situations in which
somebody needs them, which are everyday sentences.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from functools import lru_cache

import regex

from knowledge_base.catalogue import Catalogue
from knowledge_base.languages import registry
from knowledge_base.languages.normalise import normalise
from knowledge_base.romanise import phonetic_tokens

_WORD = regex.compile(r"[\p{L}\p{M}\p{N}]+")
_MIN_LETTERS = 2
# Shorter phonetic keys are those of particles.
_MIN_KEY_LENGTH = 3
# Share of the courses' situations that hold the word.
_COMMON = 0.08
# Courses named by it, against courses in whose situations it stands.
_NAMES_AT_LEAST = 0.4


class TopicWords:
    """Finds words of topics; what it knows of a language is gathered when first asked.

    Args:
        catalogue: the loaded catalogue.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._names = lru_cache(maxsize=None)(self._count_names)
        self._everyday = lru_cache(maxsize=None)(self._count_everyday)
        self._keys = lru_cache(maxsize=None)(self._name_keys)

    def find(self, text: str, locale: str) -> list[str]:
        """Return the words of a text that name topics, in their order.

        Args:
            text: a message, or what is left of one.
            locale: locale it is written in; English words count in every language.
        """
        return [word for word in _words(text) if self._is_topic(word, locale)]

    def _is_topic(self, word: str, locale: str) -> bool:
        if len(word) < _MIN_LETTERS:
            return False
        language = registry.language_of(locale)
        everyday = [
            self._everyday(code)
            for code in dict.fromkeys((locale, language, registry.DEFAULT_LOCALE))
        ]
        courses = len(self._catalogue.courses)
        common = max((counts[word] for counts in everyday), default=0)
        if common > _COMMON * courses:
            return False
        named = max(self._names(language)[word], self._names(registry.DEFAULT_LOCALE)[word])
        if named and named >= _NAMES_AT_LEAST * common:
            return True
        if not registry.is_romanised(locale):
            return False
        # Titles are not written in Latin letters; their words are known by their sound.
        keys = phonetic_tokens(word)
        return any(len(key) >= _MIN_KEY_LENGTH and key in self._keys(language) for key in keys)

    def _count_names(self, language: str) -> Counter[str]:
        """Count by word the courses whose title or search words hold it.

        A word of a longer phrase ("vote of thanks") counts when several courses have it.
        """
        if language == registry.DEFAULT_LOCALE:
            named = list(self._catalogue.courses.values())
        else:
            named = list(self._catalogue.titles.get(language, {}).values())
        all_words = _count((course.title, *course.keywords) for course in named)
        alone = {
            word
            for course in named
            for text in (course.title, *(k for k in course.keywords if len(_words(k)) == 1))
            for word in _words(text)
        }
        return Counter({w: n for w, n in all_words.items() if n > 1 or w in alone})

    def _count_everyday(self, locale: str) -> Counter[str]:
        return _count(self._catalogue.situations.get(locale, {}).values())

    def _name_keys(self, language: str) -> frozenset[str]:
        everyday, courses = self._everyday(language), len(self._catalogue.courses)
        telling = [
            word
            for word, named in self._names(language).items()
            if everyday[word] <= _COMMON * courses and named >= _NAMES_AT_LEAST * everyday[word]
        ]
        return frozenset(key for word in telling for key in phonetic_tokens(word))


def _count(courses: Iterable[Iterable[str]]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for texts in courses:
        counts.update({word for text in texts for word in _words(text)})
    return counts


def _words(text: str) -> list[str]:
    return _WORD.findall(normalise(text).lower())
