"""The index opened for searching: vectors, words and texts of one snapshot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from knowledge_base.attributes import AttributeTable
from knowledge_base.centring import Centring
from knowledge_base.entry_table import EntryTable
from knowledge_base.filters import Selection
from knowledge_base.lexical import LexicalIndex
from knowledge_base.passages import Entry
from knowledge_base.snapshots import current_snapshot, manifest_of
from knowledge_base.transliterators import read_transliterators
from knowledge_base.vector_store import VectorStore
from knowledge_base.vector_store_factory import VectorStores

FORMAT = 6
TRANSLITERATORS = "transliterators.json"
_LEXICAL = "words"


class SearchIndexError(RuntimeError):
    """Base of what can be wrong with an index."""


class IndexMissingError(SearchIndexError):
    """No index has been built yet."""


class IndexMismatchError(SearchIndexError):
    """The index was built with another model, catalogue or program version."""


@dataclass(frozen=True)
class Groups:
    """Entries grouped by kind, locale and view.

    Attributes:
        of_row: group of each entry, int64 array of shape (n,).
        kinds: kind of each group.
        locales: locale of each group.
    """

    of_row: np.ndarray
    kinds: np.ndarray
    locales: np.ndarray

    @classmethod
    def of(cls, table: AttributeTable) -> Groups:
        """Group the entries of a table."""
        kind, locale, view = (table[name] for name in ("kind", "locale", "view"))
        shape = (len(kind.values), len(locale.values), len(view.values))
        flat = np.ravel_multi_index((kind.codes, locale.codes, view.codes), shape)
        used, of_row = np.unique(flat, return_inverse=True)
        kinds, locales, _ = np.unravel_index(used, shape)
        return cls(
            of_row,
            np.array(kind.values, dtype=object)[kinds],
            np.array(locale.values, dtype=object)[locales],
        )


@dataclass(frozen=True)
class Found:
    """What a dense search found.

    Attributes:
        positions: of the entries, best first, int64 array of shape (m,).
        scores: standard deviations above their groups' means, float32 array of shape (m,).
        cosines: similarities with the query, float32 array of shape (m,).
        leads: similarities above the mean of their languages, float32 array of shape (m,).
    """

    positions: np.ndarray
    scores: np.ndarray
    cosines: np.ndarray
    leads: np.ndarray


class SearchIndex:
    """A snapshot opened for reading; safe to use from several threads.

    Args:
        folder: folder of the snapshot.
        manifest: what the snapshot says of itself.
        store: its vectors.

    Attributes:
        table: attributes of the entries.
        groups: the entries grouped.
        transliterators: by language, what writes Latin-typed text in its script.
        centring: what brings the vectors of all groups to one scale.
    """

    def __init__(self, folder: Path, manifest: dict, store: VectorStore) -> None:
        self.folder = folder
        self.manifest = manifest
        self.table = AttributeTable.load(folder)
        self.groups = Groups.of(self.table)
        self.transliterators = read_transliterators(folder / TRANSLITERATORS)
        self.centring = Centring.load(folder)
        self._store = store
        self._entries = EntryTable(folder)
        self.words = LexicalIndex.load(folder / _LEXICAL)
        self._centred = np.load(folder / "centred.npy")
        locale = self.table["locale"]
        self._languages = self.centring.language_codes(locale.values)[locale.codes]

    def dense(self, queries: np.ndarray, selection: Selection, limit: int) -> list[Found]:
        """Find the entries nearest to each of some queries.

        Args:
            queries: float32 array of shape (n, dimension), rows of length 1.
            selection: which entries may be found.
            limit: number of entries wanted for each.
        """
        ids, scores = self._store.search(queries, min(limit, max(1, len(self.table))), selection)
        found = []
        for query, row, values in zip(queries, ids, scores, strict=True):
            positions = self.table.positions(row)
            known = positions >= 0
            places, kept = positions[known], values[known]
            cosines = self.centring.cosines(query, kept, self._centred[places])
            leads = self.centring.leads(query, cosines, self._languages[places])
            found.append(Found(places, kept, cosines, leads))
        return found

    def lexical(self, tokens: Sequence[str]) -> np.ndarray:
        """Return how much of a query's words each entry has, see ``LexicalIndex.scores``."""
        return self.words.scores(tokens)

    def tokens_of(self, position: int) -> list[str]:
        """Return the tokens of an entry's words."""
        return self.words.tokens_of(position)

    def entries(self, positions: Sequence[int]) -> list[Entry]:
        """Return the entries at some positions, in that order."""
        ids = [int(self.table.ids[position]) for position in positions]
        found = self._entries.find(ids)
        return [found[key] for key in ids]

    def cosines(self, query: np.ndarray, positions: np.ndarray) -> np.ndarray:
        """Return the similarities of entries with a query.

        Args:
            query: float32 array of shape (dimension,), of length 1.
            positions: of m entries.

        Returns:
            float32 array of shape (m,).
        """
        scores = self.vectors(positions) @ query
        return self.centring.cosines(query, scores, self._centred[positions])

    def vectors(self, positions: Sequence[int]) -> np.ndarray:
        """Return centred vectors, float32 array of shape (positions, dimension)."""
        return self._store.vectors(self.table.ids[np.asarray(positions, dtype=np.int64)])

    def close(self) -> None:
        """Release what is open; whoever still searches must have finished."""
        self._store.close()
        self._entries.close()


def open_snapshot(folder: Path, stores: VectorStores) -> SearchIndex:
    """Open a complete snapshot.

    Raises:
        VectorStoreError: its vectors cannot be used.
    """
    manifest = manifest_of(folder)
    store = stores.open(folder, manifest["dimension"], manifest["collection"])
    return SearchIndex(folder, manifest, store)


def open_index(directory: Path, model: str, stores: VectorStores | None = None) -> SearchIndex:
    """Open the serving snapshot.

    Args:
        directory: folder of all snapshots.
        model: name of the model that queries will be encoded with.
        stores: where the vectors are; FAISS when None.

    Raises:
        IndexMissingError: nothing has been built yet.
        IndexMismatchError: the snapshot belongs to another model or program version.
        VectorStoreError: its vectors cannot be used.
    """
    stores = stores or VectorStores()
    folder = current_snapshot(directory)
    if folder is None:
        raise IndexMissingError(f"no index in {directory}; run `make index`")
    manifest = manifest_of(folder)
    if manifest["format"] != FORMAT:
        raise IndexMismatchError(f"{folder} has another format; run `make index`")
    if manifest["model"] != model:
        raise IndexMismatchError(
            f"{folder} was built with the model {manifest['model']}, not {model}; "
            "run `make index`, or set SATHI_EMBEDDING_MODEL back"
        )
    if manifest["vectors"] != stores.place:
        raise IndexMismatchError(
            f"{folder} has its vectors in {manifest['vectors']}, not in {stores.place}; "
            "run `make index`, or set SATHI_VECTOR_STORE back"
        )
    return open_snapshot(folder, stores)
