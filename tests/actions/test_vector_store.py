"""What every vector store must do, whichever holds the vectors."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from knowledge_base.attributes import Attributes
from knowledge_base.faiss_store import FaissStore, IndexPlan, IndexType
from knowledge_base.filters import CourseFacts, Filters, Selection
from knowledge_base.milvus_store import MilvusStore
from knowledge_base.vector_store import NO_ID, VectorStore, VectorStoreError

DIMENSION = 32
FACTS = (
    CourseFacts(("en", "hi"), 'ISTM "A"', ("noting", "rti"), 1800, "beginner", True),
    CourseFacts(("en",), "LBSNAA", ("budget",), 7200, "advanced", False),
    None,
)
LOCALES = ("en", "hi", "ta")
COUNT = 600
# Small numbers of vectors in every kind of index.
PLANS = {
    IndexType.FLAT: IndexPlan(),
    IndexType.HNSW: IndexPlan(hnsw_from=1),
    IndexType.IVF_PQ: IndexPlan(hnsw_from=1, ivf_pq_from=500, code_bytes=8, probes=0.5),
}

Opener = Callable[[], VectorStore]


def attributes(number: int) -> Attributes:
    kind = "faq" if FACTS[number % 3] is None else "course"
    return Attributes(
        kind,
        "name" if number % 2 else "summary",
        LOCALES[number % 3],
        f"t{number}",
        f"t{number}",
        FACTS[number % 3],
    )


IDS = np.arange(COUNT, dtype=np.int64) * 7919 + (1 << 40)
VECTORS = np.random.default_rng(3).normal(size=(COUNT, DIMENSION)).astype(np.float32)
ATTRIBUTES = [attributes(number) for number in range(COUNT)]


@pytest.fixture(params=[*PLANS, "milvus"])
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Opener]:
    stores: list[VectorStore] = []

    def open_store() -> VectorStore:
        while stores:
            stores.pop().close()
        if request.param == "milvus":
            stores.append(MilvusStore(str(tmp_path / "vectors.db"), "entries", DIMENSION))
        else:
            stores.append(FaissStore(tmp_path / "store", DIMENSION, PLANS[request.param]))
        return stores[-1]

    yield open_store
    while stores:
        stores.pop().close()


@pytest.fixture
def store(opened: Opener) -> VectorStore:
    filled = opened()
    filled.upsert(IDS, VECTORS, ATTRIBUTES)
    return filled


def exact(query: np.ndarray, k: int, keep: np.ndarray | None = None) -> list[int]:
    scores = VECTORS @ query
    if keep is not None:
        scores = np.where(keep, scores, -np.inf)
    return [int(IDS[i]) for i in np.argsort(-scores)[:k]]


def test_an_empty_store_finds_nothing(opened: Opener) -> None:
    store = opened()
    ids, scores = store.search(VECTORS[:2], 3)
    assert store.count == 0
    assert (ids == NO_ID).all() and np.isneginf(scores).all()


def test_the_nearest_are_found_best_first(store: VectorStore) -> None:
    assert store.count == COUNT
    ids, scores = store.search(VECTORS[:20], 10)
    assert ids.shape == scores.shape == (20, 10)
    assert (np.diff(scores) <= 0).all()
    recall = np.mean([len({*exact(q, 10)} & {*row}) / 10 for q, row in zip(VECTORS, ids)])  # noqa: B905
    assert recall >= 0.98
    assert scores[0, 0] == pytest.approx(float(VECTORS[0] @ VECTORS[0]), rel=1e-2)


def test_vectors_can_be_read_again(store: VectorStore) -> None:
    wanted = IDS[[7, 3, 500]]
    assert np.allclose(store.vectors(wanted), VECTORS[[7, 3, 500]], atol=0.02)
    assert store.vectors(wanted[:0]).shape[0] == 0


def test_a_vector_is_replaced_in_place(store: VectorStore) -> None:
    far = np.full((1, DIMENSION), 50, dtype=np.float32)
    moved = Attributes("content", "passage", "bn", "new", "new/p", None)
    store.upsert(IDS[5:6], far, [moved])
    assert store.count == COUNT
    assert store.search(far, 1)[0][0, 0] == IDS[5]
    only = Selection(kinds=("content",))
    assert store.search(VECTORS[5:6], 5, only)[0][0].tolist() == [IDS[5], *[NO_ID] * 4]
    old = Selection(kinds=(ATTRIBUTES[5].kind,), locales=(ATTRIBUTES[5].locale,))
    assert IDS[5] not in store.search(far, COUNT, old)[0]


def test_what_is_deleted_is_not_found(store: VectorStore) -> None:
    gone = np.array([*exact(VECTORS[0], 3), 17])
    store.delete(gone)
    assert store.count == COUNT - 3
    found = store.search(VECTORS[:1], 20)[0][0]
    assert not set(gone.tolist()) & set(found.tolist())
    assert NO_ID not in found


def test_deleted_ones_can_come_back(store: VectorStore) -> None:
    store.delete(IDS[:400])
    assert store.count == COUNT - 400
    store.upsert(IDS[:2], VECTORS[:2], ATTRIBUTES[:2])
    assert store.count == COUNT - 398
    assert store.search(VECTORS[:1], 1)[0][0, 0] == IDS[0]


@pytest.mark.parametrize(
    "selection",
    [
        Selection(kinds=("course",)),
        Selection(kinds=("course", "faq"), locales=("hi", "ta")),
        Selection(views=("name",), locales=("en",)),
        Selection(filters=Filters(provider='ISTM "A"')),
        Selection(filters=Filters(level="advanced")),
        Selection(filters=Filters(language="hi", max_minutes=30)),
        Selection(filters=Filters(max_minutes=29)),
        Selection(filters=Filters(competency_id="budget", mandatory=False)),
        Selection(kinds=("course",), filters=Filters(mandatory=True)),
        Selection(kinds=("nothing",)),
    ],
)
def test_only_what_is_selected_is_found(store: VectorStore, selection: Selection) -> None:
    keep = np.array(
        [
            (selection.kinds is None or x.kind in selection.kinds)
            and (selection.locales is None or x.locale in selection.locales)
            and (selection.views is None or x.view in selection.views)
            and selection.filters.accept(x.facts)
            for x in ATTRIBUTES
        ]
    )
    wanted = min(10, int(keep.sum()))
    found = store.search(VECTORS[:1], 10, selection)[0][0]
    assert found[wanted:].tolist() == [NO_ID] * (10 - wanted)
    assert len(set(found[:wanted]) & set(exact(VECTORS[0], wanted, keep))) >= 0.9 * wanted
    assert set(found[:wanted].tolist()) <= set(IDS[keep].tolist())


def test_what_was_written_is_there_after_opening_again(opened: Opener, store: VectorStore) -> None:
    store.delete(IDS[10:20])
    store.flush()
    again = opened()
    assert again.count == COUNT - 10
    before = exact(VECTORS[0], 5, ~np.isin(IDS, IDS[10:20]))
    assert set(again.search(VECTORS[:1], 5)[0][0].tolist()) == set(before)
    assert IDS[12] not in again.search(VECTORS[12:13], 5)[0]
    again.upsert(IDS[12:13], VECTORS[12:13], ATTRIBUTES[12:13])
    assert again.search(VECTORS[12:13], 1)[0][0, 0] == IDS[12]


def test_searches_while_vectors_change_see_whole_states(store: VectorStore) -> None:
    query = np.full((1, DIMENSION), 9, dtype=np.float32)
    block = IDS[:50]
    near, far = np.tile(query, (50, 1)), np.tile(-query, (50, 1))
    store.upsert(block, near, ATTRIBUTES[:50])
    done = threading.Event()
    wrong: list[int] = []

    def read() -> None:
        while not done.is_set():
            found = int(np.isin(store.search(query, 50)[0][0], block).sum())
            if found not in (0, 50):
                wrong.append(found)

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    for vectors in (far, near) * 4:
        store.upsert(block, vectors, ATTRIBUTES[:50])
    done.set()
    for reader in readers:
        reader.join()
    assert wrong == []


def test_the_kind_of_index_follows_the_number_of_vectors(tmp_path: Path) -> None:
    plan = IndexPlan(hnsw_from=100, ivf_pq_from=500, code_bytes=8)
    store = FaissStore(tmp_path, DIMENSION, plan)
    for size, kind in ((50, IndexType.FLAT), (200, IndexType.HNSW), (600, IndexType.IVF_PQ)):
        store.upsert(IDS[:size], VECTORS[:size], ATTRIBUTES[:size])
        assert (store.type, store.count) == (kind, size)
    store.delete(IDS[150:])
    assert (store.type, store.count) == (IndexType.HNSW, 150)


def test_vectors_of_another_length_are_refused(tmp_path: Path) -> None:
    store = FaissStore(tmp_path / "faiss", DIMENSION)
    store.upsert(IDS, VECTORS, ATTRIBUTES)
    store.flush()
    with pytest.raises(VectorStoreError, match="length 32, not 8"):
        FaissStore(tmp_path / "faiss", 8)
    MilvusStore(str(tmp_path / "vectors.db"), "entries", DIMENSION).close()
    with pytest.raises(VectorStoreError, match="length 32, not 8"):
        MilvusStore(str(tmp_path / "vectors.db"), "entries", 8)
