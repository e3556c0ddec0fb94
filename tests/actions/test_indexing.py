"""Snapshots that go on from the one before, on every kind of vector store."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from knowledge_base.attributes import AttributeTable
from knowledge_base.encoder import Encoder
from knowledge_base.filters import CourseFacts, Filters
from knowledge_base.index import SearchIndex, open_index
from knowledge_base.indexing import IndexBuilder, IndexSource
from knowledge_base.milvus_store import MilvusStore
from knowledge_base.passages import Entry, Kind, View
from knowledge_base.search import Searcher
from knowledge_base.snapshots import current_snapshot, read_manifest
from knowledge_base.vector_store_factory import VectorStores

WORDS = ("leave", "rules", "budget", "noting", "drafting", "audit", "pension", "training")
WORDS += ("office", "record")


class CountingModel:
    """Texts become counts of their letter pairs; what was encoded is remembered."""

    dimension = 64

    def __init__(self) -> None:
        self.encoded: list[str] = []

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        self.encoded += texts
        vectors = np.full((len(texts), self.dimension), 0.01, dtype=np.float32)
        for row, text in enumerate(texts):
            for pair in zip(text.lower(), text.lower()[1:], strict=False):
                vectors[row, sum(map(ord, pair)) % self.dimension] += 1
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def name(course: str, text: str, level: str = "beginner") -> Entry:
    facts = CourseFacts(("en",), "ISTM", (), 600, level)
    return Entry(Kind.COURSE, View.NAME, course, "en", text, facts=facts)


ENTRIES = [name(f"c{i}", f"{WORDS[i % 10]} {WORDS[i // 10]} part {i}") for i in range(100)]


class World:
    """A directory of snapshots and what builds and opens them."""

    def __init__(self, directory: Path, stores: VectorStores) -> None:
        self.directory, self.stores = directory, stores
        self.model = CountingModel()
        self.encoder = Encoder(self.model, self.model, "pairs", "", "")

    def build(self, entries: Sequence[Entry], **source: object) -> Path:
        self.model.encoded.clear()
        builder = IndexBuilder(self.directory, self.encoder, self.stores)
        return builder.build(IndexSource(entries, "hash", **source))

    def open(self) -> SearchIndex:
        return open_index(self.directory, "pairs", self.stores)

    def found(self, query: str, limit: int = 3, **filters: object) -> list[str]:
        index = self.open()
        try:
            searcher = Searcher(index, self.encoder)
            wanted = Filters(**filters)
            hits = searcher.search(query, "en", [Kind.COURSE], limit, filters=wanted).hits
            return [hit.target for hit in hits]
        finally:
            index.close()


@pytest.fixture(params=["faiss", "milvus"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> World:
    uri = str(tmp_path / "vectors.db") if request.param == "milvus" else ""
    return World(tmp_path / "index", VectorStores(uri))


def test_a_change_encodes_only_what_changed(world: World) -> None:
    world.build(ENTRIES)
    assert len(world.model.encoded) == len(ENTRIES)
    changed = [replace(ENTRIES[0], text="Zyntrix gnomes"), *ENTRIES[2:], name("new", "Quokka care")]
    world.build(changed)
    assert sorted(world.model.encoded) == ["Quokka care", "Zyntrix gnomes"]
    assert world.found("zyntrix gnomes")[0] == "c0"
    assert world.found("quokka care")[0] == "new"
    assert "c1" not in world.found(ENTRIES[1].text, 100)
    assert "c0" not in world.found(ENTRIES[0].text, 3)
    assert world.found(ENTRIES[57].text)[0] == "c57"


def test_changes_find_what_building_anew_finds(world: World) -> None:
    world.build(ENTRIES[:-3])
    world.build([name("new", "pension of gnomes"), *ENTRIES[5:]])
    queries = [entry.text for entry in ENTRIES[::7]] + ["gnomes"]
    step_by_step = [world.found(query)[0] for query in queries]
    builder = IndexBuilder(world.directory, world.encoder, world.stores)
    builder.build(IndexSource([name("new", "pension of gnomes"), *ENTRIES[5:]], "h"), anew=True)
    assert step_by_step == [world.found(query)[0] for query in queries]


def test_other_facts_of_a_course_are_taken_over_without_encoding(world: World) -> None:
    world.build(ENTRIES)
    world.build([name("c0", ENTRIES[0].text, "advanced"), *ENTRIES[1:]])
    assert world.model.encoded == [ENTRIES[0].text]
    assert world.found("rules", level="advanced") == ["c0"]
    assert "c0" not in world.found(ENTRIES[0].text, 100, level="beginner")


def test_filters_hold_for_words_and_meaning(world: World) -> None:
    rare = Entry(Kind.COURSE, View.NAME, "rare", "en", "zyntrix gnomes of the office")
    world.build([*ENTRIES, rare])
    assert world.found("zyntrix gnomes")[0] == "rare"
    assert "rare" not in world.found("zyntrix gnomes", 200, provider="ISTM")
    assert world.found("zyntrix", provider="nobody") == []
    assert world.found("leave", max_minutes=9) == []


def test_calibration_is_kept_until_much_has_changed(world: World) -> None:
    calls = []

    def calibrate(index: SearchIndex) -> dict:
        calls.append(len(index.table))
        return {"course": {"weights": [1.0, 1.0, 1.0], "intercept": float(len(calls))}}

    world.build(ENTRIES, calibrate=calibrate)
    world.build(ENTRIES[1:], calibrate=calibrate)
    assert calls == [100]
    assert read_manifest(world.directory)["calibration"]["course"]["intercept"] == 1.0
    world.build(ENTRIES[1:], calibrate=calibrate, questions="others")
    assert calls == [100, 99]
    world.build(ENTRIES[40:], calibrate=calibrate, questions="others")
    assert calls == [100, 99, 60]


def test_many_small_changes_add_up(world: World) -> None:
    calls: list[int] = []
    for start in range(8):
        world.build(
            ENTRIES[2 * start :], calibrate=lambda index: calls.append(len(index.table)) or {}
        )
    assert 2 <= len(calls) <= 4
    assert world.found(ENTRIES[80].text)[0] == "c80"


def test_an_opened_index_is_whole_whatever_is_built_meanwhile(world: World) -> None:
    world.build(ENTRIES)
    index = world.open()
    searcher = Searcher(index, world.encoder)
    stop = threading.Event()
    lost: list[str] = []

    def read() -> None:
        while not stop.is_set():
            hits = searcher.search(ENTRIES[3].text, "en", [Kind.COURSE], 5).hits
            if not hits or hits[0].target != "c3":
                lost.append(str(hits))

    reader = threading.Thread(target=read)
    reader.start()
    # The snapshot before the serving one stays readable.
    world.build(ENTRIES[5:])
    stop.set()
    reader.join()
    index.close()
    assert lost == []
    assert "c3" not in world.found(ENTRIES[3].text, 100)


def test_a_crash_leaves_the_old_index(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.build(ENTRIES)
    serving = current_snapshot(world.directory)

    def crash(texts: Sequence[str]) -> np.ndarray:
        raise KeyboardInterrupt

    monkeypatch.setattr(world.model, "encode", crash)
    with pytest.raises(KeyboardInterrupt):
        world.build([*ENTRIES, name("new", "gnomes")])
    monkeypatch.undo()
    assert current_snapshot(world.directory) == serving
    assert [path for path in world.directory.iterdir() if path.is_dir()] == [serving]
    assert world.found(ENTRIES[57].text)[0] == "c57"


def test_vectors_that_no_snapshot_has_leave_a_shared_collection(tmp_path: Path) -> None:
    world = World(tmp_path / "index", VectorStores(str(tmp_path / "vectors.db")))
    world.build(ENTRIES)
    for first in (1, 2, 3):
        world.build(ENTRIES[first:])
    collection = read_manifest(world.directory)["collection"]
    store = MilvusStore(world.stores.uri, collection, CountingModel.dimension)
    snapshots = [path for path in world.directory.iterdir() if path.is_dir()]
    kept = {key for path in snapshots for key in AttributeTable.load(path).ids.tolist()}
    assert len(snapshots) == 2
    assert store.count == len(kept) == 98
    store.close()


def test_romanised_queries_know_the_words_of_new_entries(tmp_path: Path) -> None:
    world = World(tmp_path / "index", VectorStores())
    world.build(ENTRIES)
    new = Entry(Kind.COURSE, View.NAME, "new", "hi", "कुक्कुटपालन")
    world.build([*ENTRIES, new])
    transliterator = world.open().transliterators["hi"]
    assert transliterator.candidates("kukkutpalan", 1)[0][0] == "कुक्कुटपालन"
