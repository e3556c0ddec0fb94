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
from knowledge_base.encoder import Encoder
from knowledge_base.index import SearchIndex
from knowledge_base.languages import registry
from knowledge_base.languages.normalise import normalise
from knowledge_base.languages.script import dominant_script
from knowledge_base.passages import Entry, Kind

# Shared words say more where the encoder is weak.
_LEXICAL_WEIGHT = 1.0
_LEXICAL_WEIGHT_ROMANISED = 2.0
_CANDIDATES = 200

Ranking = list[tuple[int, float]]


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
        index: SearchIndex,
        encoder: Encoder,
        calibrations: Mapping[Kind, Calibration] | None = None,
    ) -> None:
        self._index = index
        self._encoder = encoder
        self._calibrations = calibrations or {}
        self._mask = lru_cache(maxsize=256)(index.mask)
        self._coverage = lru_cache(maxsize=256)(self._measure_coverage)
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
        reading, own = self._read(text, locale)
        vector = self._encode(reading)
        # A multilingual encoder scores texts of the query's language higher than others, so
        # that each language is ranked by itself.
        locales = tuple(dict.fromkeys((own, registry.DEFAULT_LOCALE)))
        dense = [
            (
                self._index.dense(vector, self._mask((kind,), (code,)), _CANDIDATES),
                self._coverage(kind, code),
            )
            for kind in kinds
            for code in locales
        ]
        everywhere = self._mask(tuple(kinds), locales)
        lexical = self._index.lexical(text, everywhere, _CANDIDATES)
        target = self._course if by_course else self._target
        romanised = registry.is_romanised(locale)
        weight = _LEXICAL_WEIGHT_ROMANISED if romanised else _LEXICAL_WEIGHT
        hits = self._fuse(dense, lexical, weight, target, limit)
        if not hits:
            return SearchResult()
        evidence = self._evidence(hits[0], [ranking for ranking, _ in dense], text)
        calibration = self._calibrations.get(kinds[0])
        probability = calibration.probability(evidence) if calibration else 0.0
        return SearchResult(tuple(hits), evidence, probability)

    def _read(self, text: str, locale: str) -> tuple[str, str]:
        """Return a query in the script the encoder knows best, and the language of that."""
        language = registry.language_of(locale)
        if not registry.is_romanised(locale):
            return text, language
        reading = registry.languages()[language].romanised_reading
        transliterator = self._index.transliterators.get(reading or "")
        if transliterator is None:
            return text, language
        return transliterator.transliterate(text), reading

    def _measure_coverage(self, kind: Kind, locale: str) -> float:
        """Return the share of a kind's targets that have an entry in a locale.

        A ranking of the three courses that exist in a language must not push them before
        all others.
        """
        in_locale = self._index.targets(kind, locale)
        in_english = self._index.targets(kind, registry.DEFAULT_LOCALE)
        return len(in_locale) / len(in_english) if in_english else 1.0

    def _fuse(
        self,
        dense: list[tuple[Ranking, float]],
        lexical: Ranking,
        lexical_weight: float,
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
    """Return scores as standard deviations above the ranking's mean, none below 0."""
    values = np.array(list(scores.values()))
    if not len(values):
        return {}
    mean, deviation = values.mean(), values.std() + 1e-6
    return {key: max(0.0, float((score - mean) / deviation)) for key, score in scores.items()}
