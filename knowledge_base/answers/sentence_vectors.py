"""Vectors of the passages' sentences, made with the index and read when somebody asks.

Encoding the sentences of a passage takes longer than the whole search, so that it is done
beforehand. They stand in a file of their own, by the hash of their text: a change of one
course encodes its sentences only, and a running server sees new ones at once.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path

import numpy as np

from knowledge_base.catalogue import Catalogue
from knowledge_base.embedding_cache import EmbeddingCache
from knowledge_base.encoder import Encoder
from knowledge_base.sentences import split_sentences

logger = logging.getLogger(__name__)
# Passages whose vectors stay in memory, about 6 KB each.
_REMEMBERED = 4096


def passage_sentences(catalogue: Catalogue) -> list[str]:
    """Return the sentences of all passages in all languages, each once, in a fixed order."""
    return list(dict.fromkeys(s.text for text in _texts(catalogue) for s in split_sentences(text)))


def _texts(catalogue: Catalogue) -> Iterator[str]:
    translations = (t for courses in catalogue.translations.values() for t in courses.values())
    for course in (*catalogue.courses.values(), *translations):
        for module in course.modules:
            for passage in module.passages:
                yield passage.text


def encode_sentences(
    catalogue: Catalogue,
    encoder: Encoder,
    path: Path,
    progress: Callable[[int], None] | None = None,
) -> int:
    """Encode the sentences that are new, and forget those that are gone.

    Args:
        catalogue: the loaded catalogue.
        encoder: the model of the index.
        path: file of the vectors, made if it is missing.
        progress: called with the number of sentences done since the last call.

    Returns:
        How many sentences there are.
    """
    sentences = passage_sentences(catalogue)
    cache = EmbeddingCache(path, encoder.namespace)
    try:
        encoder.encode_passages(sentences, progress, cache)
        cache.keep_only(sentences)
    finally:
        cache.close()
    return len(sentences)


class SentenceVectors:
    """Reads the vectors of a passage's sentences.

    Args:
        path: file of the vectors; a missing one is made, empty.
        encoder: the model of the index.
    """

    def __init__(self, path: Path, encoder: Encoder) -> None:
        self._cache = EmbeddingCache(path, encoder.namespace)
        self._of = lru_cache(maxsize=_REMEMBERED)(self._read)

    def of(self, passage: str) -> np.ndarray | None:
        """Return the vectors of a passage's sentences.

        Args:
            passage: text of the passage.

        Returns:
            float32 array of shape (sentences, dimension), rows of length 1, or None when they
            have not been made yet.
        """
        try:
            return self._of(passage)
        except KeyError:
            return None

    def _read(self, passage: str) -> np.ndarray:
        # What is missing raises, so that it is not remembered: it may be made meanwhile.
        texts = [sentence.text for sentence in split_sentences(passage)]
        known = self._cache.find(texts)
        return np.array([known[text] for text in texts], dtype=np.float32)
