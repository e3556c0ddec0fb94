"""Platform questions that go live while Sathi runs: found at once, without a new index.

They come from a source that numbers its versions; when the number changes, the new texts
are embedded and laid over the index on disk. They are few, so that they are compared one
by one.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from knowledge_base.catalogue import FaqEntry
from knowledge_base.encoder import Encoder
from knowledge_base.filters import Selection
from knowledge_base.index import Found, Groups, SearchIndex
from knowledge_base.lexical import K1, B, LexicalIndex, entry_tokens
from knowledge_base.passages import Entry
from knowledge_base.transliterate import Transliterator

if TYPE_CHECKING:
    from knowledge_base.knowledge_base import KnowledgeBase

logger = logging.getLogger(__name__)
_POLL_SECONDS = 1.0


@dataclass(frozen=True)
class LiveEntries:
    """What is live.

    Attributes:
        version: number of this state.
        entries: by locale and id.
    """

    version: int
    entries: Mapping[str, Mapping[str, FaqEntry]]


class LiveSource(Protocol):
    """Where live questions are kept."""

    def version(self) -> int:
        """Return a number that changes with what is live; cheap to ask for."""

    def live(self) -> LiveEntries:
        """Return what is live."""


class LiveIndex:
    """An index on disk with more entries laid over it; the interface is ``SearchIndex``'s.

    Args:
        base: the index on disk.
        entries: what is found besides.
        encoder: the model the index was built with.
        known: vectors of texts that were encoded before.

    Attributes:
        by_text: vectors of the texts laid over.
        table: see ``SearchIndex``.
        groups: see ``SearchIndex``.
    """

    def __init__(
        self,
        base: SearchIndex,
        entries: Sequence[Entry],
        encoder: Encoder,
        known: Mapping[str, np.ndarray] | None = None,
    ) -> None:
        self._base = base
        self._size = len(base.table)
        self._added = list(entries)
        known = known or {}
        new = list({entry.text for entry in entries} - known.keys())
        encoded = dict(zip(new, encoder.encode_passages(new), strict=True)) if new else {}
        available = {**known, **encoded}
        self.by_text = {entry.text: available[entry.text] for entry in entries}
        self._tokens = [Counter(entry_tokens(entry.text)) for entry in entries]
        attributes = [entry.attributes for entry in entries]
        ids = np.array([entry.id for entry in entries], dtype=np.int64)
        self.table = base.table.extended(ids, attributes)
        self.groups = Groups.of(self.table)
        self._codes = base.centring.codes(attributes)
        self._languages = base.centring.language_codes([entry.locale for entry in entries])
        vectors = np.array([self.by_text[entry.text] for entry in entries], dtype=np.float32)
        vectors = vectors.reshape(len(entries), encoder.dimension)
        self._vectors = base.centring.apply(vectors, self._codes)

    @property
    def transliterators(self) -> Mapping[str, Transliterator]:
        """See ``SearchIndex``."""
        return self._base.transliterators

    @property
    def words(self) -> LexicalIndex:
        """Words of the index on disk; live ones are as rare as they are there."""
        return self._base.words

    def dense(self, queries: np.ndarray, selection: Selection, limit: int) -> list[Found]:
        """Find the entries nearest to each of some queries, see ``SearchIndex.dense``."""
        added = np.flatnonzero(self.table.mask(selection)[self._size :])
        results = []
        for query, found in zip(queries, self._base.dense(queries, selection, limit), strict=True):
            scores = self._vectors[added] @ query
            cosines = self._base.centring.cosines(query, scores, self._codes[added])
            leads = self._base.centring.leads(query, cosines, self._languages[added])
            positions = np.concatenate([found.positions, self._size + added])
            all_scores = np.concatenate([found.scores, scores])
            best = np.argsort(-all_scores, kind="stable")[:limit]
            all_cosines = np.concatenate([found.cosines, cosines])[best]
            all_leads = np.concatenate([found.leads, leads])[best]
            results.append(Found(positions[best], all_scores[best], all_cosines, all_leads))
        return results

    def lexical(self, tokens: Sequence[str]) -> np.ndarray:
        """Return how much of a query's words each entry has, see ``SearchIndex.lexical``."""
        total = sum(map(self.words.rarity, tokens))
        added = np.zeros(len(self._added), dtype=np.float32)
        for row, held in enumerate(self._tokens):
            length = held.total() / max(self.words.mean_length, 1e-9)
            penalty = K1 * (1 - B + B * length)
            score = sum(
                self.words.rarity(token) * held[token] / (held[token] + penalty)
                for token in tokens
                if held[token]
            )
            added[row] = score / total if total else 0.0
        return np.concatenate([self._base.lexical(tokens), added])

    def tokens_of(self, position: int) -> list[str]:
        """Return the tokens of an entry's words."""
        if position < self._size:
            return self._base.tokens_of(position)
        return list(self._tokens[position - self._size])

    def entries(self, positions: Sequence[int]) -> list[Entry]:
        """Return the entries at some positions, in that order."""
        stored = self._base.entries([p for p in positions if p < self._size])
        given = iter(stored)
        return [next(given) if p < self._size else self._added[p - self._size] for p in positions]

    def cosines(self, query: np.ndarray, positions: np.ndarray) -> np.ndarray:
        """Return the similarities of entries with a query, see ``SearchIndex.cosines``."""
        found = np.zeros(len(positions), dtype=np.float32)
        added = positions >= self._size
        places = positions[added] - self._size
        scores = self._vectors[places] @ query
        found[added] = self._base.centring.cosines(query, scores, self._codes[places])
        if not added.all():
            found[~added] = self._base.cosines(query, positions[~added])
        return found

    def vectors(self, positions: Sequence[int]) -> np.ndarray:
        """Return centred vectors, see ``SearchIndex.vectors``."""
        places = np.asarray(positions, dtype=np.int64)
        vectors = np.zeros((len(places), self._vectors.shape[1]), dtype=np.float32)
        added = places >= self._size
        vectors[added] = self._vectors[places[added] - self._size]
        vectors[~added] = self._base.vectors(places[~added])
        return vectors


class LiveFaqWatcher:
    """Bring what is live into a knowledge base.

    Args:
        knowledge_base: where it shall be found.
        source: where it is kept.
    """

    def __init__(self, knowledge_base: KnowledgeBase, source: LiveSource) -> None:
        self._knowledge_base = knowledge_base
        self._source = source
        self._version: int | None = None

    def refresh(self) -> bool:
        """Take over what is live; tell whether it has changed since the last time."""
        if self._source.version() == self._version:
            return False
        live = self._source.live()
        self._knowledge_base.set_live_faq(live.entries)
        self._version = live.version
        return True

    async def run(self) -> None:
        """Take over changes within a second or two, until cancelled."""
        while True:
            await asyncio.sleep(_POLL_SECONDS)
            try:
                await asyncio.to_thread(self.refresh)
            except Exception:
                # Whatever it was: entries of later must still go live.
                logger.exception("live questions could not be read; the ones of before stay")
                await asyncio.sleep(_POLL_SECONDS)
