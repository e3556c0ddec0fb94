"""Vectors of texts that were encoded before, kept by the hash of model, prompt and text.

An index that is built again after a change encodes only the texts that changed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from sqlalchemy import Column, LargeBinary, MetaData, String, Table, create_engine, delete, select
from sqlalchemy.dialects.sqlite import insert

_metadata = MetaData()
_embeddings = Table(
    "embeddings",
    _metadata,
    Column("key", String, primary_key=True),
    Column("vector", LargeBinary, nullable=False),
)
# SQLite takes at most 32,766 parameters a statement.
_BATCH = 10_000


class EmbeddingCache:
    """Vectors on disk; one process writes at a time.

    Args:
        path: SQLite file, made if it is missing.
        namespace: what else the vectors depend on: the model and its prompt.
    """

    def __init__(self, path: Path, namespace: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._engine = create_engine(f"sqlite:///{path}")
        self._namespace = namespace.encode()
        _metadata.create_all(self._engine)

    def _key(self, text: str) -> str:
        return hashlib.sha256(self._namespace + b"\0" + text.encode()).hexdigest()

    def find(self, texts: Sequence[str]) -> dict[str, np.ndarray]:
        """Return the vectors that are known.

        Args:
            texts: texts wanted.

        Returns:
            text -> float32 array of shape (dimension,), unknown texts left out.
        """
        keys = {self._key(text): text for text in texts}
        found = {}
        wanted = list(keys)
        with self._engine.connect() as connection:
            for start in range(0, len(wanted), _BATCH):
                batch = _embeddings.c.key.in_(wanted[start : start + _BATCH])
                for key, vector in connection.execute(select(_embeddings).where(batch)):
                    found[keys[key]] = np.frombuffer(vector, dtype=np.float32)
        return found

    def add(self, texts: Sequence[str], vectors: np.ndarray) -> None:
        """Keep vectors.

        Args:
            texts: n texts.
            vectors: float32 array of shape (n, dimension).
        """
        if not texts:
            return
        rows = [
            {"key": self._key(text), "vector": vector.astype(np.float32).tobytes()}
            for text, vector in zip(texts, vectors, strict=True)
        ]
        with self._engine.begin() as connection:
            connection.execute(insert(_embeddings).on_conflict_do_nothing(), rows)

    def keep_only(self, texts: Sequence[str]) -> None:
        """Forget the vectors of all other texts, those of other models included."""
        wanted = {self._key(text) for text in texts}
        with self._engine.begin() as connection:
            kept = set(connection.execute(select(_embeddings.c.key)).scalars())
            stale = list(kept - wanted)
            for start in range(0, len(stale), _BATCH):
                batch = _embeddings.c.key.in_(stale[start : start + _BATCH])
                connection.execute(delete(_embeddings).where(batch))

    def close(self) -> None:
        """Release the file."""
        self._engine.dispose()
