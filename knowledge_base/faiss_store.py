"""Vectors in a folder, searched with FAISS (Douze et al. 2024, arXiv:2401.08281).

The kind of index follows from the number of vectors; ``python -m tools.bench_vectors``
prints what each kind finds and costs. Rows are only ever added to a FAISS index: what is
deleted or replaced is left out of searches until so much of the index is dead that it is
made anew.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from threading import Lock

import faiss
import numpy as np

from knowledge_base.attributes import Attributes, AttributeTable
from knowledge_base.filters import EVERYTHING, Selection
from knowledge_base.vector_store import NO_ID, VectorStoreError

_VECTORS = "vectors.faiss"
_STATE = "state.json"
_DEAD_SHARE = 0.25
# Fewer selected rows than this are compared one by one, whatever the index: a graph or a
# list that holds few of them finds still fewer.
_COMPARED_ONE_BY_ONE = 20_000


class IndexType(StrEnum):
    """How vectors are searched: all of them, along a graph, or in compressed lists."""

    FLAT = "flat"
    HNSW = "hnsw"
    IVF_PQ = "ivf-pq"


@dataclass(frozen=True)
class IndexPlan:
    """From how many vectors on which kind of index is used, and how it is searched.

    The defaults keep recall@10 at 0.98 and more of the exact search, see
    ``tools.bench_vectors``.

    Attributes:
        hnsw_from: number of vectors from which a graph is searched.
        ivf_pq_from: number from which compressed lists are.
        links: links of a vector in the graph (Malkov and Yashunin 2018, M).
        ef_construction: candidates while the graph is built.
        ef_search: candidates while it is searched, if no more are wanted.
        code_bytes: bytes of a compressed vector (Jegou et al. 2011).
        probes: share of the lists that are searched.
        refined: how many times k candidates are compared by their 16-bit vectors.
    """

    hnsw_from: int = 100_000
    ivf_pq_from: int = 300_000
    links: int = 32
    ef_construction: int = 120
    ef_search: int = 256
    code_bytes: int = 64
    probes: float = 1 / 16
    refined: int = 4

    def type_for(self, count: int) -> IndexType:
        """Return the kind of index for a number of vectors."""
        if count >= self.ivf_pq_from:
            return IndexType.IVF_PQ
        return IndexType.HNSW if count >= self.hnsw_from else IndexType.FLAT


@dataclass(frozen=True)
class _State:
    """An index, its rows, and which of them are alive; never changed once it is searched."""

    type: IndexType
    index: faiss.Index
    table: AttributeTable
    alive: np.ndarray

    @property
    def exact(self) -> faiss.Index:
        """What compares rows one by one."""
        if self.type is IndexType.HNSW:
            return faiss.downcast_index(self.index.storage)
        return self.index.refine_index if self.type is IndexType.IVF_PQ else self.index


class FaissStore:
    """See ``VectorStore``.

    Args:
        folder: where the store is or shall be.
        dimension: length of the vectors.
        plan: which kind of index is used when.

    Raises:
        VectorStoreError: the folder holds vectors of another length.
    """

    def __init__(self, folder: Path, dimension: int, plan: IndexPlan | None = None) -> None:
        self._folder = folder
        self._dimension = dimension
        self._plan = plan or IndexPlan()
        self._writing = Lock()
        self._state = self._load() if (folder / _STATE).is_file() else self._empty()

    def _empty(self) -> _State:
        table = AttributeTable.of(np.zeros(0, dtype=np.int64), [])
        return _State(
            IndexType.FLAT, faiss.IndexFlatIP(self._dimension), table, np.zeros(0, dtype=bool)
        )

    def _load(self) -> _State:
        kind = json.loads((self._folder / _STATE).read_text())["type"]
        index = faiss.read_index(str(self._folder / _VECTORS))
        if index.d != self._dimension:
            raise VectorStoreError(
                f"{self._folder} holds vectors of length {index.d}, not {self._dimension}; "
                "run `make index`"
            )
        alive = np.load(self._folder / "alive.npy")
        return _State(IndexType(kind), index, AttributeTable.load(self._folder), alive)

    @property
    def count(self) -> int:
        """Number of vectors."""
        return int(self._state.alive.sum())

    @property
    def type(self) -> IndexType:
        """Kind of index in use."""
        return self._state.type

    def upsert(
        self, ids: np.ndarray, vectors: np.ndarray, attributes: Sequence[Attributes]
    ) -> None:
        """See ``VectorStore``."""
        if not len(ids):
            return
        with self._writing:
            state = self._without(self._state, ids)
            self._state = self._settled(self._with(state, ids, vectors, attributes))

    def delete(self, ids: np.ndarray) -> None:
        """See ``VectorStore``."""
        with self._writing:
            self._state = self._settled(self._without(self._state, ids))

    @staticmethod
    def _without(state: _State, ids: np.ndarray) -> _State:
        alive = state.alive & ~np.isin(state.table.ids, ids)
        return _State(state.type, state.index, state.table, alive)

    def _with(
        self,
        state: _State,
        ids: np.ndarray,
        vectors: np.ndarray,
        attributes: Sequence[Attributes],
    ) -> _State:
        vectors = np.ascontiguousarray(vectors, dtype=np.float32)
        # An id that is dead here must not stand twice in the table.
        dead = np.isin(state.table.ids, ids)
        names = np.where(dead, NO_ID - 1 - np.arange(len(dead)), state.table.ids)
        table = AttributeTable(names, state.table.columns).extended(ids, attributes)
        alive = np.concatenate([state.alive, np.ones(len(ids), dtype=bool)])
        type_ = self._plan.type_for(int(alive.sum()))
        if type_ is not state.type:
            kept = np.flatnonzero(alive)
            everything = np.concatenate([self._reconstruct(state, state.alive), vectors])
            return self._built(type_, everything, table.take(kept))
        index = faiss.clone_index(state.index)
        index.add(vectors)
        return _State(state.type, index, table, alive)

    def _settled(self, state: _State) -> _State:
        """Return the state made anew if it has become too small or too much of it is dead."""
        count = int(state.alive.sum())
        type_ = self._plan.type_for(count)
        if type_ is state.type and len(state.alive) - count <= _DEAD_SHARE * len(state.alive):
            return state
        vectors = self._reconstruct(state, state.alive)
        return self._built(type_, vectors, state.table.take(np.flatnonzero(state.alive)))

    @staticmethod
    def _reconstruct(state: _State, mask: np.ndarray) -> np.ndarray:
        positions = np.flatnonzero(mask)
        if not len(positions):
            return np.zeros((0, state.index.d), dtype=np.float32)
        return state.exact.reconstruct_batch(positions)

    def _built(self, type_: IndexType, vectors: np.ndarray, table: AttributeTable) -> _State:
        index = self._make(type_, len(vectors))
        if not index.is_trained:
            index.train(vectors)
        index.add(vectors)
        return _State(type_, index, table, np.ones(len(vectors), dtype=bool))

    def _make(self, type_: IndexType, count: int) -> faiss.Index:
        metric = faiss.METRIC_INNER_PRODUCT
        if type_ is IndexType.HNSW:
            index = faiss.IndexHNSWFlat(self._dimension, self._plan.links, metric)
            index.hnsw.efConstruction = self._plan.ef_construction
            return index
        if type_ is IndexType.IVF_PQ:
            # 4 sqrt(n) lists, https://github.com/facebookresearch/faiss/wiki/Guidelines
            lists = 1 << int(np.log2(4 * np.sqrt(count)))
            kind = f"IVF{lists},PQ{self._plan.code_bytes},Refine(SQfp16)"
            index = faiss.index_factory(self._dimension, kind, metric)
            # An order of the codes for Hamming distances, which nothing here compares.
            faiss.downcast_index(index.base_index).do_polysemous_training = False
            return index
        return faiss.IndexFlatIP(self._dimension)

    def search(
        self, queries: np.ndarray, k: int, selection: Selection = EVERYTHING
    ) -> tuple[np.ndarray, np.ndarray]:
        """See ``VectorStore``."""
        state = self._state
        ids = np.full((len(queries), k), NO_ID, dtype=np.int64)
        scores = np.full((len(queries), k), -np.inf, dtype=np.float32)
        mask = state.alive & state.table.mask(selection)
        selected = int(mask.sum())
        if not selected:
            return ids, scores
        queries = np.ascontiguousarray(queries, dtype=np.float32)
        wanted = min(k, selected)
        selector = None
        if selected < len(mask):
            selector = faiss.IDSelectorBitmap(np.packbits(mask, bitorder="little"))
        if state.type is IndexType.FLAT or selected <= _COMPARED_ONE_BY_ONE:
            parameters = faiss.SearchParameters(sel=selector)
            found, rows = state.exact.search(queries, wanted, params=parameters)
        else:
            parameters = self._parameters(state, selector, wanted)
            found, rows = state.index.search(queries, wanted, params=parameters)
        ids[:, :wanted] = np.where(rows >= 0, state.table.ids[rows], NO_ID)
        scores[:, :wanted] = np.where(rows >= 0, found, -np.inf)
        return ids, scores

    def _parameters(
        self, state: _State, selector: faiss.IDSelector | None, wanted: int
    ) -> faiss.SearchParameters:
        if state.type is IndexType.HNSW:
            return faiss.SearchParametersHNSW(
                sel=selector, efSearch=max(self._plan.ef_search, wanted)
            )
        lists = faiss.downcast_index(state.index.base_index).nlist
        probes = max(1, round(lists * self._plan.probes))
        return faiss.IndexRefineSearchParameters(
            k_factor=self._plan.refined,
            base_index_params=faiss.SearchParametersIVF(sel=selector, nprobe=probes),
        )

    def vectors(self, ids: np.ndarray) -> np.ndarray:
        """See ``VectorStore``."""
        state = self._state
        positions = state.table.positions(np.asarray(ids, dtype=np.int64))
        if not len(positions):
            return np.zeros((0, self._dimension), dtype=np.float32)
        return state.exact.reconstruct_batch(positions)

    def flush(self) -> None:
        """See ``VectorStore``; a folder that is being read must not be written to."""
        with self._writing:
            state = self._state
            self._folder.mkdir(parents=True, exist_ok=True)
            faiss.write_index(state.index, str(self._folder / _VECTORS))
            np.save(self._folder / "alive.npy", state.alive)
            state.table.save(self._folder)
            (self._folder / _STATE).write_text(json.dumps({"type": state.type}))

    def close(self) -> None:
        """See ``VectorStore``."""
        self._state = self._empty()
