"""Search: one dense ranking over all languages and one of words, fused, grouped by target."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache

import numpy as np

from knowledge_base.calibration import Calibration, Evidence
from knowledge_base.encoder import Encoder
from knowledge_base.filters import EVERYTHING, Filters, Selection
from knowledge_base.fusion import (
    Ranked,
    completeness,
    dense_scores,
    lexical_scores,
    nearest_scores,
    rank,
    scaled,
    vary,
)
from knowledge_base.index import Found, SearchIndex
from knowledge_base.languages import registry
from knowledge_base.languages.normalise import normalise
from knowledge_base.languages.script import dominant_script
from knowledge_base.live_faq import LiveIndex
from knowledge_base.passages import Entry, Kind

_CANDIDATES = 600
_LEXICAL_CANDIDATES = 200
# Among how many times the wanted number of targets variety chooses.
_POOL = 3
# What a unit's nearest text counts for besides, against 1 for the sum of all views: a sum alone
# lets what is somewhat near in all views win over what is asked for in so many words. On texts
# left out of the index MRR gains half a point to three, but for Hindi questions to passages,
# which lose one.
_NEAREST = 0.5


@dataclass(frozen=True)
class Weights:
    """What scores count for, against 1 for one view in the query's own language.

    Attributes:
        lexical: of shared words against all dense scores, for a query in its own script.
        lexical_romanised: the same in Latin letters, where the encoder is weaker.
        content: of passages and their questions.
        other_languages: of all languages together that the query does not speak; one of a
            few counts at most like its own.
    """

    lexical: float
    lexical_romanised: float
    content: float
    other_languages: float


# Chosen on the last situation of forty courses, left out in all languages, and on questions
# about passages, asked for their course with all such questions left out: the former share
# their author's words, the latter do not. A course's passages say less about its topic than
# its own descriptions.
_BY_COURSE = Weights(lexical=5.0, lexical_romanised=7.0, content=0.5, other_languages=3.0)
# Chosen on Hindi and English questions about passages and on headings and sentences of
# translations, all left out of the index: a passage is long and shares words by chance.
_OF_PASSAGES = Weights(lexical=1.0, lexical_romanised=1.5, content=1.0, other_languages=4.0)
# Chosen on questions of the platform's help that were left out.
_OF_ENTRIES = Weights(lexical=1.5, lexical_romanised=2.5, content=1.0, other_languages=8.0)


class Verdict(StrEnum):
    """Whether the best hit of a search answers."""

    ANSWERS = "answers"
    MAYBE = "maybe"
    NO_ANSWER = "no answer"


@dataclass(frozen=True)
class Hit:
    """One result.

    Attributes:
        entry: the text that matched best.
        position: its position in the index.
        score: fused score; comparable within one search only.
        similarity: cosine of the best matching text.
    """

    entry: Entry
    position: int
    score: float
    similarity: float

    @property
    def target(self) -> str:
        """Id of the course, question or competency found."""
        return self.entry.target


@dataclass(frozen=True)
class SearchResult:
    """What a search found.

    Attributes:
        hits: best first, one a target.
        evidence: what is known about the best hit; None without hits.
        probability: calibrated probability that the best hit answers, 0 to 1.
    """

    hits: tuple[Hit, ...] = ()
    evidence: Evidence | None = None
    probability: float = 0.0

    def verdict(self, answers: float, maybe: float) -> Verdict:
        """Return whether the best hit answers; without hits there is no answer.

        Args:
            answers: probability from which on it does.
            maybe: probability from which on it may.
        """
        if not self.hits or self.probability < maybe:
            return Verdict.NO_ANSWER
        return Verdict.ANSWERS if self.probability >= answers else Verdict.MAYBE


@dataclass(frozen=True)
class Reading:
    """A query in one script, and whose entries it is compared with.

    Attributes:
        text: the query, transliterated or as typed.
        own: locales that the reader speaks, the query's own first.
        searched: locales of the entries it is compared with, those of ``own`` among them.
        weight: how likely this reading is, 1 for the only one.
    """

    text: str
    own: tuple[str, ...]
    searched: tuple[str, ...]
    weight: float = 1.0


@lru_cache(maxsize=1)
def _native_locales() -> tuple[str, ...]:
    return tuple(registry.languages())


def query_locale(query: str, language: str) -> str:
    """Return the locale of a query whose language is known but not its script.

    Args:
        query: the text.
        language: language code or locale.
    """
    code = registry.language_of(language)
    romanised = dominant_script(query) == "Latn" and code != registry.DEFAULT_LOCALE
    return code + registry.ROMANISED_SUFFIX if romanised else code


class Searcher:
    """Search an index.

    Args:
        index: the opened index.
        encoder: the model the index was built with.
        calibrations: by kind, how evidence becomes a probability; without one it stays 0.
    """

    def __init__(
        self,
        index: SearchIndex | LiveIndex,
        encoder: Encoder,
        calibrations: Mapping[Kind, Calibration] | None = None,
    ) -> None:
        self._index = index
        self._encoder = encoder
        self._calibrations = calibrations or {}
        self._weigh = lru_cache(maxsize=256)(self._weights_of_groups)
        self._encode = lru_cache(maxsize=512)(self._encode_texts)

    def _encode_texts(self, texts: tuple[str, ...]) -> np.ndarray:
        return self._encoder.encode_queries(texts)

    def _encode_readings(self, readings: Sequence[Reading]) -> np.ndarray:
        """Return the vectors of readings, encoded together and once."""
        return self._encode(tuple(reading.text for reading in readings))

    def question_vector(self, query: str, locale: str) -> np.ndarray:
        """Return the vector of a query in its likeliest reading, shape (dimension,), length 1.

        Args:
            query: text as typed, with words.
            locale: locale of the query.
        """
        return self._encode_readings(self._read(normalise(query), locale))[0]

    def rarity(self, key: str) -> float:
        """Return how telling a word is, see ``LexicalIndex.rarity``."""
        return self._index.words.rarity(key)

    def search(
        self,
        query: str,
        locale: str,
        kinds: Sequence[Kind],
        limit: int,
        by_course: bool = False,
        filters: Filters = EVERYTHING.filters,
        variety: float = 0.0,
    ) -> SearchResult:
        """Find what a query asks for, one hit a target.

        Args:
            query: text as typed.
            locale: locale of the query; entries of all languages are searched, those of its
                own and of English count most.
            kinds: kinds of entries wanted; the first one's calibration is used.
            limit: number of targets wanted.
            by_course: whether passages count for their course instead of themselves.
            filters: what is wanted of courses.
            variety: 0 for the best hits, up to 1 for the most unlike ones.

        Returns:
            Hits, best first; none for a query without words.
        """
        text = normalise(query)
        if not text:
            return SearchResult()
        readings = self._read(text, locale)
        wanted = Selection(tuple(kind.value for kind in kinds), filters=filters)
        dense = self._dense(readings, wanted)
        tokens = self._index.words.query_tokens(text)
        lexical = np.where(self._index.table.mask(wanted), self._index.lexical(tokens), 0.0)
        best = _best(lexical, _LEXICAL_CANDIDATES)
        unit_of = "target" if by_course else "unit"
        unit_of_row = self._index.table[unit_of].codes
        weights = _weights_for(kinds, by_course)
        scores = self._fuse(readings, dense, (lexical, best), unit_of, weights, locale)
        depth = limit * _POOL if variety else limit
        ranked = rank(scores, dense, best, unit_of_row, depth)
        if not len(ranked.units):
            return SearchResult()
        ranked = self._measured(ranked, self._encode_readings(readings)[0])
        evidence = self._evidence(ranked, dense, tokens)
        chosen = range(len(ranked.units))
        if variety:
            vectors = self._index.vectors(ranked.positions)
            chosen = vary(ranked.scores, vectors, limit, variety)
        hits = self._hits(ranked, list(chosen))
        calibration = self._calibrations.get(kinds[0])
        probability = calibration.probability(evidence) if calibration else 0.0
        return SearchResult(tuple(hits), evidence, probability)

    def _read(self, text: str, locale: str) -> list[Reading]:
        """Return the ways to read a query, each with the locales whose entries it is for."""
        language = registry.language_of(locale)
        if not registry.is_romanised(locale):
            own = tuple(registry.fallback_locales(language))
            return [Reading(text, own, _native_locales())]
        native = registry.languages()[language].romanised_reading or ""
        transliterator = self._index.transliterators.get(native)
        if transliterator is None:
            own = (locale, registry.DEFAULT_LOCALE)
            return [Reading(text, own, (locale, *_native_locales()))]
        own = tuple(registry.fallback_locales(native))
        read = [
            Reading(written, own, _native_locales(), share)
            for written, share in transliterator.candidates(text)
        ]
        return [*read, Reading(text, (locale,), (locale,))]

    def _dense(self, readings: Sequence[Reading], wanted: Selection) -> list[Found]:
        """Return a ranking a reading; those of the same locales are searched together."""
        vectors = self._encode_readings(readings)
        found: dict[int, Found] = {}
        for searched in dict.fromkeys(reading.searched for reading in readings):
            places = [i for i, reading in enumerate(readings) if reading.searched == searched]
            selection = Selection(wanted.kinds, searched, filters=wanted.filters)
            rankings = self._index.dense(vectors[places], selection, _CANDIDATES)
            found.update(zip(places, rankings, strict=True))
        return [found[i] for i in range(len(readings))]

    def _fuse(
        self,
        readings: Sequence[Reading],
        dense: Sequence[Found],
        lexical: tuple[np.ndarray, np.ndarray],
        unit_of: str,
        weights: Weights,
        locale: str,
    ) -> np.ndarray:
        """Return the fused score of every unit."""
        column = self._index.table[unit_of]
        count = len(column.values)
        totals, nearest = np.zeros(count), np.zeros(count)
        for reading, found in zip(readings, dense, strict=True):
            of_group, factors = self._weigh(reading.own, reading.searched, unit_of, weights)
            scores = dense_scores(found, column.codes, self._index.groups, of_group, count)
            totals += reading.weight * factors * scores
            nearest += reading.weight * nearest_scores(found, column.codes, count)
        near = (scaled(totals) + _NEAREST * scaled(nearest)) / (1 + _NEAREST)
        weight = weights.lexical
        if registry.is_romanised(locale):
            weight = weights.lexical_romanised
        return near + weight * lexical_scores(*lexical, column.codes, count)

    def _weights_of_groups(
        self, own: tuple[str, ...], searched: tuple[str, ...], unit_of: str, weights: Weights
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return what each group counts for a reading, and the factors of units' scores."""
        groups = self._index.groups
        is_own = np.isin(groups.locales, own)
        others = np.unique(groups.locales[np.isin(groups.locales, searched) & ~is_own])
        of_other = min(1.0, weights.other_languages / max(1, len(others)))
        of_kind = np.where(groups.kinds == Kind.CONTENT.value, weights.content, 1.0)
        of_group = np.where(is_own, 1.0, of_other) * of_kind
        # Groups of locales that are not searched count for nothing.
        of_group = np.where(np.isin(groups.locales, searched), of_group, 0.0)
        column = self._index.table[unit_of]
        return of_group, completeness(groups, column.codes, of_group, len(column.values))

    def _measured(self, ranked: Ranked, query: np.ndarray) -> Ranked:
        """Return the ranking with the similarities of entries that only share words."""
        unknown = np.isnan(ranked.cosines)
        if not unknown.any():
            return ranked
        cosines = ranked.cosines.copy()
        cosines[unknown] = self._index.cosines(query, ranked.positions[unknown])
        return replace(ranked, cosines=cosines)

    def _hits(self, ranked: Ranked, chosen: Sequence[int]) -> list[Hit]:
        entries = self._index.entries([int(ranked.positions[i]) for i in chosen])
        return [
            Hit(entry, int(ranked.positions[i]), float(ranked.scores[i]), float(ranked.cosines[i]))
            for i, entry in zip(chosen, entries, strict=True)
        ]

    def _evidence(self, ranked: Ranked, dense: Sequence[Found], tokens: list[str]) -> Evidence:
        cosines = np.concatenate([found.cosines for found in dense])
        similarity = float(ranked.cosines[0])
        lead = similarity - float(cosines.mean()) if len(cosines) else 0.0
        held = self._index.tokens_of(int(ranked.positions[0]))
        return Evidence(similarity, lead, self._index.words.shared(tokens, held))


def _weights_for(kinds: Sequence[Kind], by_course: bool) -> Weights:
    if by_course:
        return _BY_COURSE
    return _OF_PASSAGES if Kind.CONTENT in kinds else _OF_ENTRIES


def _best(scores: np.ndarray, limit: int) -> np.ndarray:
    """Return the positions of the best scores above 0, best first."""
    above = np.flatnonzero(scores > 0)
    if len(above) > limit:
        above = above[np.argpartition(-scores[above], limit - 1)[:limit]]
    return above[np.lexsort((above, -scores[above]))]
