"""Search: dense and lexical rankings, fused, grouped by what they lead to.

Each ranking's scores are standardised and summed (CombSUM, Fox and Shaw 1994, with the
z-score normalisation of Montague and Aslam 2001, "Relevance Score Normalization for
Metasearch"), so that a clear lead in one ranking counts more than a place in it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from knowledge_base.calibration import Calibration, Evidence
from knowledge_base.course_views import standardise
from knowledge_base.encoder import Encoder
from knowledge_base.index import SearchIndex
from knowledge_base.languages import registry
from knowledge_base.languages.normalise import normalise
from knowledge_base.languages.script import dominant_script
from knowledge_base.live_faq import LiveIndex
from knowledge_base.passages import Entry, Kind, View

_CANDIDATES = 200

Ranking = list[tuple[int, float]]


@dataclass(frozen=True)
class Weights:
    """What rankings count for, against 1 for a dense ranking of one view in one language.

    Attributes:
        lexical: of shared words, for a query in its own script.
        lexical_romanised: the same in Latin letters, where the encoder is weaker.
        content: of passages and their questions.
        other_languages: of what all other languages say.
    """

    lexical: float
    lexical_romanised: float
    content: float
    other_languages: float


# Chosen on situations that were left out of the index. A course's passages say less about
# its topic than its own descriptions.
_BY_COURSE = Weights(lexical=8.0, lexical_romanised=9.0, content=0.5, other_languages=3.0)
_BY_ENTRY = Weights(lexical=4.0, lexical_romanised=5.0, content=1.0, other_languages=0.0)


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


@dataclass(frozen=True)
class Reading:
    """A query in one script, and whose entries it is compared with.

    Attributes:
        text: the query, transliterated or as typed.
        locales: locales of the entries, the query's own first.
    """

    text: str
    locales: tuple[str, ...]


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
        self._mask = lru_cache(maxsize=1024)(index.mask)
        self._views = lru_cache(maxsize=256)(index.views)
        self._coverage = lru_cache(maxsize=1024)(self._measure_coverage)
        self._encode = lru_cache(maxsize=512)(self._encode_query)

    def _encode_query(self, query: str) -> np.ndarray:
        return self._encoder.encode_queries([query])[0]

    def rarity(self, key: str) -> float:
        """Return how telling a word is, see ``SearchIndex.rarity``."""
        return self._index.rarity(key)

    def search(
        self,
        query: str,
        locale: str,
        kinds: Sequence[Kind],
        limit: int,
        by_course: bool = False,
    ) -> SearchResult:
        """Find what a query asks for, one hit a target.

        Args:
            query: text as typed.
            locale: locale of the query; entries in it and in English are searched.
            kinds: kinds of entries wanted; the first one's calibration is used.
            limit: number of targets wanted.
            by_course: whether passages count for their course instead of themselves.

        Returns:
            Hits, best first; none for a query without words.
        """
        text = normalise(query)
        if not text:
            return SearchResult()
        readings = self._read(text, locale)
        weights = _BY_COURSE if by_course else _BY_ENTRY
        # A multilingual encoder scores texts of the query's language higher than others, so
        # that each language is ranked by itself.
        dense = [
            (
                self._index.dense(
                    self._encode(reading.text), self._mask((kind,), (code,), view), _CANDIDATES
                ),
                self._coverage(kind, code, view)
                * (weights.content if kind is Kind.CONTENT else 1.0),
            )
            for kind in kinds
            for reading in readings
            for code in reading.locales
            for view in self._views(kind, code)
        ]
        locales = tuple(code for reading in readings for code in reading.locales)
        everywhere = self._mask(tuple(kinds), locales)
        lexical = self._index.lexical(text, everywhere, _CANDIDATES)
        target = self._course if by_course else self._target
        others = {}
        if weights.other_languages:
            vector = self._encode(readings[0].text)
            others = {
                course: weights.other_languages * score
                for course, score in self._index.course_views.scores(vector, locales).items()
            }
        romanised = registry.is_romanised(locale)
        weight = weights.lexical_romanised if romanised else weights.lexical
        hits = self._fuse(dense, lexical, weight, others, target, limit)
        if not hits:
            return SearchResult()
        evidence = self._evidence(hits[0], [ranking for ranking, _ in dense], text)
        calibration = self._calibrations.get(kinds[0])
        probability = calibration.probability(evidence) if calibration else 0.0
        return SearchResult(tuple(hits), evidence, probability)

    def _read(self, text: str, locale: str) -> list[Reading]:
        """Return the ways to read a query, each with the locales whose entries it is for."""
        language = registry.language_of(locale)
        if not registry.is_romanised(locale):
            return [Reading(text, tuple(registry.fallback_locales(language)))]
        native = registry.languages()[language].romanised_reading or ""
        transliterator = self._index.transliterators.get(native)
        if transliterator is None:
            return [Reading(text, (locale, registry.DEFAULT_LOCALE))]
        return [
            Reading(transliterator.transliterate(text), tuple(registry.fallback_locales(native))),
            Reading(text, (locale,)),
        ]

    def _measure_coverage(self, kind: Kind, locale: str, view: View) -> float:
        """Return the share of a kind's targets that a view in a locale describes.

        A ranking of the three courses that exist in a language must not push them before
        all others.
        """
        every = self._index.targets(kind, registry.DEFAULT_LOCALE)
        return len(self._index.targets(kind, locale, view)) / len(every) if every else 1.0

    def _fuse(
        self,
        dense: list[tuple[Ranking, float]],
        lexical: Ranking,
        lexical_weight: float,
        others: Mapping[str, float],
        target: Callable[[int], str],
        limit: int,
    ) -> list[Hit]:
        scores: dict[str, float] = defaultdict(float)
        best: dict[str, tuple[float, int]] = {}
        for ranking, weight in dense:
            for position, similarity in ranking:
                key = target(position)
                if key not in best or similarity > best[key][0]:
                    best[key] = (similarity, position)
            for key, score in _standardised(_grouped(ranking, target)).items():
                scores[key] += weight * score
        top = max((score for _, score in lexical), default=0.0)
        for key, score in _grouped(lexical, target).items():
            scores[key] += lexical_weight * score / top
        for position, _ in lexical:
            best.setdefault(target(position), (0.0, position))
        # What only another language describes has no text to show and waits for its own.
        for key in scores.keys() & others.keys():
            scores[key] += others[key]
        ordered = sorted(scores, key=lambda key: (-scores[key], key))[:limit]
        return [
            Hit(self._index.entries[best[key][1]], best[key][1], scores[key], best[key][0])
            for key in ordered
        ]

    def _evidence(self, hit: Hit, dense: list[Ranking], text: str) -> Evidence:
        similarities = [similarity for ranking in dense for _, similarity in ranking]
        lead = hit.similarity - float(np.mean(similarities)) if similarities else 0.0
        overlap = self._index.overlap(text, hit.position)
        return Evidence(hit.similarity, lead, overlap)

    def _course(self, position: int) -> str:
        return self._index.entries[position].target

    def _target(self, position: int) -> str:
        entry = self._index.entries[position]
        if entry.kind is Kind.CONTENT:
            return f"{entry.target}/{entry.passage}"
        return entry.target


def _grouped(ranking: Ranking, target: Callable[[int], str]) -> dict[str, float]:
    """Return the best score of each target."""
    best: dict[str, float] = {}
    for position, score in ranking:
        key = target(position)
        best[key] = max(score, best.get(key, score))
    return best


def _standardised(scores: dict[str, float]) -> dict[str, float]:
    values = standardise(np.array(list(scores.values())))
    return dict(zip(scores, map(float, values), strict=True))
