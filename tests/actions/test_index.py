from __future__ import annotations

from pathlib import Path

import pytest

from knowledge_base.encoder import Encoder
from knowledge_base.index import (
    IndexMismatchError,
    IndexMissingError,
    open_index,
)
from knowledge_base.indexing import IndexBuilder, IndexSource
from knowledge_base.passages import Entry, Kind, View
from knowledge_base.search import Searcher
from knowledge_base.snapshots import current_snapshot

ENTRIES = [
    Entry(Kind.COURSE, View.NAME, "rti", "en", "Right to information act"),
    Entry(Kind.COURSE, View.NAME, "leave", "en", "Leave rules for government servants"),
    Entry(Kind.COURSE, View.NAME, "leave", "hi", "सरकारी कर्मचारियों के अवकाश नियम"),
]


def test_builds_opens_and_finds(tmp_path: Path, encoder: Encoder) -> None:
    IndexBuilder(tmp_path, encoder).build(IndexSource(ENTRIES, "hash"))
    searcher = Searcher(open_index(tmp_path, encoder.name), encoder)
    result = searcher.search("छुट्टी के नियम", "hi", [Kind.COURSE], 5)
    assert result.hits[0].target == "leave"
    assert len(result.hits) == 2


def test_a_crash_while_building_leaves_the_old_index(tmp_path: Path, encoder: Encoder) -> None:
    IndexBuilder(tmp_path, encoder).build(IndexSource(ENTRIES, "hash"))
    serving = current_snapshot(tmp_path)

    def crash(_: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        IndexBuilder(tmp_path, encoder, progress=crash).build(IndexSource(ENTRIES, "other"))
    assert current_snapshot(tmp_path) == serving
    assert [path for path in tmp_path.iterdir() if path.is_dir()] == [serving]
    assert len(open_index(tmp_path, encoder.name).table) == len(ENTRIES)


def test_an_index_of_another_model_is_refused_with_the_mend(
    tmp_path: Path, encoder: Encoder
) -> None:
    IndexBuilder(tmp_path, encoder).build(IndexSource(ENTRIES, "hash"))
    with pytest.raises(IndexMismatchError, match=r"SATHI_EMBEDDING_MODEL"):
        open_index(tmp_path, "another/model")


def test_a_missing_index_says_how_to_build_it(tmp_path: Path) -> None:
    with pytest.raises(IndexMissingError, match="make index"):
        open_index(tmp_path, "model")


def test_only_the_last_two_snapshots_stay(tmp_path: Path, encoder: Encoder) -> None:
    for _ in range(4):
        IndexBuilder(tmp_path, encoder).build(IndexSource(ENTRIES, "hash"))
    assert len([path for path in tmp_path.iterdir() if path.is_dir()]) == 2
