"""Where the vectors of entries are kept and searched."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from knowledge_base.attributes import Attributes
from knowledge_base.filters import EVERYTHING, Selection

NO_ID = -1


class VectorStoreError(RuntimeError):
    """A store cannot be used; the message says which and what mends it."""


class VectorStore(Protocol):
    """Vectors with ids and attributes.

    A search that runs while something changes sees all of the change or nothing of it.
    """

    @property
    def count(self) -> int:
        """Number of vectors."""
        ...

    def upsert(
        self, ids: np.ndarray, vectors: np.ndarray, attributes: Sequence[Attributes]
    ) -> None:
        """Add vectors; those whose id is there already take the place of the old ones.

        Args:
            ids: int64 array of shape (n,), none negative, all different.
            vectors: float32 array of shape (n, dimension).
            attributes: of the n vectors.
        """
        ...

    def delete(self, ids: np.ndarray) -> None:
        """Remove vectors; ids that are not there are no error.

        Args:
            ids: int64 array of shape (n,).
        """
        ...

    def search(
        self, queries: np.ndarray, k: int, selection: Selection = EVERYTHING
    ) -> tuple[np.ndarray, np.ndarray]:
        """Find the vectors with the greatest inner products.

        Args:
            queries: float32 array of shape (n, dimension).
            k: number of vectors wanted for each.
            selection: which vectors may be found.

        Returns:
            int64 ids and float32 inner products, each of shape (n, k), best first; where
            fewer are found, ``NO_ID`` and minus infinity fill the rows.
        """
        ...

    def vectors(self, ids: np.ndarray) -> np.ndarray:
        """Return vectors as they were given, or near to them.

        Args:
            ids: int64 array of shape (n,); all are there.

        Returns:
            float32 array of shape (n, dimension).
        """
        ...

    def flush(self) -> None:
        """Write everything, so that a store opened from now on has it."""
        ...

    def close(self) -> None:
        """Release what is open."""
        ...
