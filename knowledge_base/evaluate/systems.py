"""What is compared: BM25 alone, the embedding alone, and search as the assistant does it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import bm25s
import numpy as np

from knowledge_base.embedding_cache import EmbeddingCache
from knowledge_base.encoder import Encoder
from knowledge_base.evaluate.collection import Query
from knowledge_base.languages.normalise import normalise
from knowledge_base.passages import Entry
from knowledge_base.romanise import phonetic_tokens
from knowledge_base.search import SearchResult

BM25, DENSE, HYBRID = "bm25", "dense", "hybrid"


@dataclass(frozen=True)
class Found:
    """What a system found.

    Attributes:
        ids: best first.
        probability: that the first one answers; None where a system does not say.
    """

    ids: tuple[str, ...]
    probability: float | None = None


class System(Protocol):
    """Ranks ids for a query."""

    def rank(self, query: Query, depth: int) -> Found:
        """Return at most ``depth`` ids, best first."""
        ...


class Bm25:
    """BM25 over phonetic keys, as in the index.

    Args:
        entries: texts to find, n of them.
        ids: id each one counts for; the best of an id decides.
    """

    def __init__(self, entries: Sequence[Entry], ids: Sequence[str]) -> None:
        self._ids = ids
        self._model = bm25s.BM25(method="lucene")
        self._model.index([phonetic_tokens(entry.text) for entry in entries], show_progress=False)

    def rank(self, query: Query, depth: int) -> Found:
        """See ``System.rank``; texts without a word of the query are left out."""
        known = self._model.vocab_dict
        tokens = [key for key in phonetic_tokens(normalise(query.text)) if key in known]
        if not tokens:
            return Found(())
        return Found(_best(self._model.get_scores(tokens), self._ids, depth, above=0.0))


class Dense:
    """The nearest texts by the cosine of the embedding: plain multilingual-e5.

    Args:
        entries: texts to find, n of them.
        ids: id each one counts for; the best of an id decides.
        encoder: the model.
        cache: vectors of texts that were encoded before.
    """

    def __init__(
        self,
        entries: Sequence[Entry],
        ids: Sequence[str],
        encoder: Encoder,
        cache: EmbeddingCache | None = None,
    ) -> None:
        self._ids = ids
        self._encoder = encoder
        self._vectors = encoder.encode_passages([entry.text for entry in entries], cache=cache)

    def rank(self, query: Query, depth: int) -> Found:
        """See ``System.rank``."""
        vector = self._encoder.encode_queries([normalise(query.text)])[0]
        return Found(_best(self._vectors @ vector, self._ids, depth))


class Hybrid:
    """Search as the assistant does it.

    Args:
        search: searches for a query, the second argument the number of hits.
        identify: returns the id of a hit.
        calibrated: whether the probabilities that it gives mean anything.
    """

    def __init__(
        self,
        search: Callable[[Query, int], SearchResult],
        identify: Callable[[Entry], str],
        calibrated: bool = True,
    ) -> None:
        self._search = search
        self._identify = identify
        self._calibrated = calibrated

    def rank(self, query: Query, depth: int) -> Found:
        """See ``System.rank``."""
        result = self._search(query, depth)
        ids = tuple(self._identify(hit.entry) for hit in result.hits)
        return Found(ids, result.probability if self._calibrated else None)


def _best(
    scores: np.ndarray, ids: Sequence[str], depth: int, above: float = -np.inf
) -> tuple[str, ...]:
    """Return the ids with the best scores, each once; equal scores in the order of the texts."""
    found: dict[str, None] = {}
    for position in np.argsort(-scores, kind="stable"):
        if len(found) == depth or scores[position] <= above:
            break
        found.setdefault(ids[position])
    return tuple(found)
