"""Opening the vectors of a snapshot, wherever they are kept."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from knowledge_base.faiss_store import FaissStore
from knowledge_base.settings import KnowledgeBaseSettings
from knowledge_base.vector_store import VectorStore

_FOLDER = "vectors"
_OWN_FOLDER = "folder"


@dataclass(frozen=True)
class VectorStores:
    """Where the vectors of snapshots are.

    With FAISS each snapshot has a folder of its own. In Milvus successive snapshots share a
    collection: an id stands for one text for good, so that new vectors can be added beside
    those that are being searched, and old ones deleted when no snapshot has them.

    Attributes:
        uri: of Milvus; empty for FAISS.
        token: for Milvus, if it wants one.
    """

    uri: str = ""
    token: str = ""

    @classmethod
    def of(cls, settings: KnowledgeBaseSettings) -> VectorStores:
        """Return the stores that the settings name."""
        if settings.vector_store == "milvus":
            return cls(settings.vector_store_uri, settings.vector_store_token)
        return cls()

    @property
    def place(self) -> str:
        """What a snapshot remembers of where its vectors are."""
        return self.uri or _OWN_FOLDER

    def begin(
        self, folder: Path, dimension: int, previous: tuple[Path, str] | None
    ) -> tuple[VectorStore, str]:
        """Open the store of a snapshot that is being made.

        Args:
            folder: folder of the snapshot.
            dimension: length of the vectors.
            previous: folder and collection of the snapshot that it goes on from, if any.

        Returns:
            The store, and the name of its collection.
        """
        if self.uri:
            name = previous[1] if previous else f"sathi_{uuid.uuid4().hex[:12]}"
            return self.open(folder, dimension, name), name
        if previous:
            shutil.copytree(previous[0] / _FOLDER, folder / _FOLDER)
        return self.open(folder, dimension, ""), ""

    def open(self, folder: Path, dimension: int, collection: str) -> VectorStore:
        """Open the store of a snapshot.

        Raises:
            VectorStoreError: it cannot be used.
        """
        if not self.uri:
            return FaissStore(folder / _FOLDER, dimension)
        from knowledge_base.milvus_store import MilvusStore

        return MilvusStore(self.uri, collection, dimension, self.token)

    def retire(
        self,
        collection: str,
        dimension: int,
        ids: Collection[int],
        kept: Collection[str],
    ) -> None:
        """Delete the vectors of a snapshot that is given up.

        Args:
            collection: its collection.
            dimension: length of the vectors.
            ids: those of its entries that no other snapshot has.
            kept: collections of the other snapshots.
        """
        if not self.uri:
            return
        from knowledge_base.milvus_store import MilvusStore

        store = MilvusStore(self.uri, collection, dimension, self.token)
        try:
            if collection in kept:
                store.delete(np.array(sorted(ids), dtype=np.int64))
            else:
                store.drop()
        finally:
            store.close()
