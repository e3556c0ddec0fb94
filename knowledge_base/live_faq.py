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
from knowledge_base.course_views import CourseViews
from knowledge_base.encoder import Encoder
from knowledge_base.index import SearchIndex
from knowledge_base.passages import Entry, Kind, View
from knowledge_base.romanise import phonetic_tokens
from knowledge_base.transliterate import Transliterator

if TYPE_CHECKING:
    from knowledge_base.knowledge_base import KnowledgeBase

logger = logging.getLogger(__name__)
_POLL_SECONDS = 1.0
# Parameters of BM25 as the index on disk has them (Robertson and Zaragoza 2009).
_K1 = 1.5
_B = 0.75


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
        vectors: of the texts laid over.
    """

    def __init__(
        self,
        base: SearchIndex,
        entries: Sequence[Entry],
        encoder: Encoder,
        known: Mapping[str, np.ndarray] | None = None,
    ) -> None:
        self._base = base
        self._size = len(base.entries)
        self._added = list(entries)
        known = known or {}
        new = list({entry.text for entry in entries} - known.keys())
        encoded = dict(zip(new, encoder.encode_passages(new), strict=True)) if new else {}
        available = {**known, **encoded}
        self.vectors = {entry.text: available[entry.text] for entry in entries}
        self._keys = [Counter(phonetic_tokens(entry.text)) for entry in entries]
        self.entries = [*base.entries, *entries]

    @property
    def course_views(self) -> CourseViews:
        """See ``SearchIndex``; live questions describe no course."""
        return self._base.course_views

    @property
    def transliterators(self) -> Mapping[str, Transliterator]:
        """See ``SearchIndex``."""
        return self._base.transliterators

    def mask(
        self, kinds: Sequence[Kind], locales: Sequence[str], view: View | None = None
    ) -> np.ndarray:
        """Return which entries have one of the kinds and locales, see ``SearchIndex.mask``."""
        added = [
            entry.kind in kinds and entry.locale in locales and view in (None, entry.view)
            for entry in self._added
        ]
        return np.concatenate([self._base.mask(kinds, locales, view), np.array(added, dtype=bool)])

    def views(self, kind: Kind, locale: str) -> list[View]:
        """Return the views that entries of a kind in a locale have."""
        added = {x.view for x in self._added if x.kind is kind and x.locale == locale}
        return sorted({*self._base.views(kind, locale), *added})

    def targets(self, kind: Kind, locale: str, view: View | None = None) -> set[str]:
        """Return the ids that have an entry of a kind (and view) in a locale."""
        mask = self.mask((kind,), (locale,), view)
        return {self.entries[i].target for i in np.flatnonzero(mask)}

    def dense(self, query: np.ndarray, mask: np.ndarray, limit: int) -> list[tuple[int, float]]:
        """Find the entries nearest to a query vector, see ``SearchIndex.dense``."""
        added = np.flatnonzero(mask[self._size :])
        found = [
            (self._size + int(i), float(self.vectors[self._added[i].text] @ query)) for i in added
        ]
        return _best([*self._base.dense(query, mask[: self._size], limit), *found], limit)

    def lexical(self, query: str, mask: np.ndarray, limit: int) -> list[tuple[int, float]]:
        """Find the entries that share rare words with a query, see ``SearchIndex.lexical``.

        The words are as rare as they are in the index on disk, so that scores compare.
        """
        tokens = phonetic_tokens(query)
        found = []
        for i in np.flatnonzero(mask[self._size :]):
            keys = self._keys[i]
            length = keys.total() / self._base.mean_length
            penalty = _K1 * (1 - _B + _B * length)
            score = sum(
                self.rarity(key) * keys[key] / (keys[key] + penalty) for key in tokens if keys[key]
            )
            if score:
                found.append((self._size + int(i), score))
        return _best([*self._base.lexical(query, mask[: self._size], limit), *found], limit)

    def overlap(self, query: str, position: int) -> float:
        """Return the share of a query's words that an entry holds, see ``SearchIndex``."""
        if position < self._size:
            return self._base.overlap(query, position)
        return self._base.shared(query, self._keys[position - self._size])

    def rarity(self, key: str) -> float:
        """Return how telling a word is, see ``SearchIndex.rarity``."""
        return self._base.rarity(key)


def _best(ranking: list[tuple[int, float]], limit: int) -> list[tuple[int, float]]:
    return sorted(ranking, key=lambda found: (-found[1], found[0]))[:limit]


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
