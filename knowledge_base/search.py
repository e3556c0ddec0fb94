"""Search: dense and lexical rankings, fused, grouped by what they lead to.

Dense and lexical rankings are fused by reciprocal rank (Cormack, Clarke, Büttcher 2009,
"Reciprocal Rank Fusion outperforms Condorcet and individual Rank Learning Methods").
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain

import numpy as np

from knowledge_base.calibration import Calibration, Evidence
from knowledge_base.encoder import Encoder
from knowledge_base.index import SearchIndex
from knowledge_base.languages import registry
from knowledge_base.languages.normalise import normalise
from knowledge_base.languages.script import dominant_script
from knowledge_base.passages import Entry, Kind

_RRF_K = 10
_LEXICAL_WEIGHT = 0.5
_CANDIDATES = 100

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
        self._encode = lru_cache(maxsize=512)(self._encode_query)

    def _encode_query(self, query: str) -> np.ndarray:
        return self._encoder.encode_queries([query])[0]

    def search(
        self, query: str, locale: str, kinds: Sequence[Kind], limit: int
    ) -> SearchResult:
        """Find what a query asks for, one hit a target.

        Args:
            query: text as typed.
            locale: locale of the query; entries in it and in English are searched.
            kinds: kinds of entries wanted.
            limit: number of targets wanted.

        Returns:
            Hits, best first; none for a query without words.
        """
        text = normalise(query)
        if not text:
            return SearchResult()
        vector = self._encode(text)
        groups = _locale_groups(locale)
        dense = [
            self._index.dense(vector, self._mask(tuple(kinds), group), _CANDIDATES)
            for group in groups
        ]
        everywhere = self._mask(tuple(kinds), tuple(x for group in groups for x in group))
        lexical = self._index.lexical(text, everywhere, _CANDIDATES)
        hits = self._fuse(dense, lexical, limit)
        if not hits:
            return SearchResult()
        evidence = self._evidence(hits[0], dense, lexical, text)
        calibration = self._calibrations.get(kinds[0])
        probability = calibration.probability(evidence) if calibration else 0.0
        return SearchResult(tuple(hits), evidence, probability)

    def _fuse(self, dense: list[Ranking], lexical: Ranking, limit: int) -> list[Hit]:
        scores: dict[str, float] = {}
        best: dict[str, tuple[float, int]] = {}
        for ranking, weight in [*((r, 1.0) for r in dense), (lexical, _LEXICAL_WEIGHT)]:
            for rank, target in enumerate(self._targets(ranking)):
                scores[target] = scores.get(target, 0.0) + weight / (_RRF_K + rank + 1)
        for position, similarity in chain(*dense, ((p, 0.0) for p, _ in lexical)):
            target = self._target(position)
            if target not in best or similarity > best[target][0]:
                best[target] = (similarity, position)
        ordered = sorted(scores, key=lambda target: (-scores[target], target))[:limit]
        return [
            Hit(self._index.entries[best[t][1]], best[t][1], scores[t], best[t][0])
            for t in ordered
        ]

    def _evidence(
        self, hit: Hit, dense: list[Ranking], lexical: Ranking, text: str
    ) -> Evidence:
        similarities = [similarity for ranking in dense for _, similarity in ranking]
        lead = hit.similarity - float(np.mean(similarities)) if similarities else 0.0
        overlap = self._index.overlap(text, hit.position)
        return Evidence(hit.similarity, lead, overlap)

    def _target(self, position: int) -> str:
        entry = self._index.entries[position]
        if entry.kind is Kind.CONTENT:
            return f"{entry.target}/{entry.passage}"
        return entry.target

    def _targets(self, ranking: Ranking) -> list[str]:
        return list(dict.fromkeys(self._target(position) for position, _ in ranking))


@lru_cache(maxsize=None)
def _locale_groups(locale: str) -> tuple[tuple[str, ...], ...]:
    """Return which locales are ranked together: the asker's own, and English.

    A multilingual encoder scores texts of the query's language higher than others, so
    that rankings across languages must be fused by rank and not by score.
    """
    own = [locale]
    if locale == "ur" + registry.ROMANISED_SUFFIX:
        # Urdu and Hindi in Latin letters are one spoken language, and Urdu script does
        # not write the vowels that its romanised entries would need.
        own.append("hi" + registry.ROMANISED_SUFFIX)
    return tuple(dict.fromkeys([tuple(own), (registry.DEFAULT_LOCALE,)]))
