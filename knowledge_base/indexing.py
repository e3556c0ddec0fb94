"""Making a snapshot of the index, from the one before as far as it still holds.

An entry's id is made from all that it is, so that two sets of ids tell what has changed:
only that is encoded, counted and written; the rest is carried over.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from knowledge_base.attributes import AttributeTable
from knowledge_base.centring import Centring
from knowledge_base.embedding_cache import EmbeddingCache
from knowledge_base.encoder import Encoder
from knowledge_base.entry_table import EntryTable
from knowledge_base.index import FORMAT, TRANSLITERATORS, SearchIndex, open_snapshot
from knowledge_base.languages.registry import locales
from knowledge_base.lexical import LexicalIndex, entry_tokens
from knowledge_base.passages import Entry
from knowledge_base.question_words import question_weights
from knowledge_base.snapshots import (
    current_snapshot,
    manifest_of,
    new_snapshot,
    switch_to,
    write_manifest,
)
from knowledge_base.transliterators import (
    build_transliterators,
    extend_transliterators,
    read_transliterators,
    write_transliterators,
)
from knowledge_base.vector_store_factory import VectorStores

_LEXICAL = "words"
# When more of the entries than this have changed since they were measured, means,
# transliterators and the calibration are made anew.
_MUCH = 0.1


@dataclass(frozen=True)
class IndexSource:
    """What an index is made from.

    Attributes:
        entries: what to index, at least one; texts need not be normalised.
        content_hash: of everything, to tell whether anything has changed.
        program: hash of the code that decides what stands in the index.
        questions: hash of what the calibration and the transliterators are made from besides.
        vocabulary: returns, by locale, further texts that transliterators learn from.
        questions_asked: returns, by locale, questions of users, which tell what words hold a
            question together.
        calibrate: makes the calibration from searching the index.
    """

    entries: Sequence[Entry]
    content_hash: str
    program: str = ""
    questions: str = ""
    vocabulary: Callable[[], Mapping[str, Sequence[str]]] = dict
    questions_asked: Callable[[], Mapping[str, Sequence[str]]] = dict
    calibrate: Callable[[SearchIndex], dict] | None = None


class IndexBuilder:
    """Makes snapshots in a directory.

    Args:
        directory: folder of all snapshots.
        encoder: model to embed with.
        stores: where the vectors are kept; FAISS when None.
        cache: vectors of texts that were encoded before.
        progress: called with the number of entries encoded since the last call.
    """

    def __init__(
        self,
        directory: Path,
        encoder: Encoder,
        stores: VectorStores | None = None,
        cache: EmbeddingCache | None = None,
        progress: Callable[[int], None] | None = None,
    ) -> None:
        self._directory = directory
        self._encoder = encoder
        self._stores = stores or VectorStores()
        self._cache = cache
        self._progress = progress

    def build(self, source: IndexSource, anew: bool = False) -> Path:
        """Build a snapshot and let it serve.

        Args:
            source: what it is made from.
            anew: take nothing over from the snapshot before.

        Returns:
            Folder of the new snapshot.
        """
        entries = {entry.id: entry for entry in source.entries}
        previous = None if anew else self._usable(source, entries)
        with new_snapshot(self._directory) as folder:
            self._write(folder, source, entries, previous)
        self._retire(switch_to(self._directory, folder))
        return folder

    def _usable(self, source: IndexSource, entries: Mapping[int, Entry]) -> Path | None:
        """Return the snapshot to go on from, or None when too little of it holds."""
        folder = current_snapshot(self._directory)
        if folder is None:
            return None
        manifest = manifest_of(folder)
        same = (
            manifest["format"] == FORMAT
            and manifest["model"] == self._encoder.name
            and manifest["vectors"] == self._stores.place
            and manifest["program"] == source.program
            and manifest["questions"] == source.questions
        )
        if not same:
            return None
        before = set(AttributeTable.load(folder).ids.tolist())
        changed = manifest["changed"] + len(before ^ entries.keys())
        return folder if changed <= _MUCH * manifest["measured"] else None

    def _write(
        self,
        folder: Path,
        source: IndexSource,
        entries: Mapping[int, Entry],
        previous: Path | None,
    ) -> None:
        if previous is None:
            manifest = self._write_all(folder, source, entries)
        else:
            manifest = self._write_changes(folder, previous, entries)
        manifest |= {
            "format": FORMAT,
            "model": self._encoder.name,
            "dimension": self._encoder.dimension,
            "entries": len(entries),
            "content_hash": source.content_hash,
            "program": source.program,
            "questions": source.questions,
            "vectors": self._stores.place,
        }
        write_manifest(folder, manifest)
        if previous is None and source.calibrate:
            index = open_snapshot(folder, self._stores)
            try:
                manifest["calibration"] = source.calibrate(index)
            finally:
                index.close()
            write_manifest(folder, manifest)

    def _write_all(self, folder: Path, source: IndexSource, entries: Mapping[int, Entry]) -> dict:
        clean = {key: entry.normalised() for key, entry in entries.items()}
        vectors = self._encode(clean)
        ids = np.array(list(clean), dtype=np.int64)
        attributes = [entry.attributes for entry in clean.values()]
        centring = Centring.fit(vectors, attributes)
        codes = centring.codes(attributes)
        store, collection = self._stores.begin(folder, self._encoder.dimension, None)
        try:
            store.upsert(ids, centring.apply(vectors, codes), attributes)
            store.flush()
        finally:
            store.close()
        AttributeTable.of(ids, attributes).save(folder)
        np.save(folder / "centred.npy", codes)
        centring.save(folder)
        tokens = (entry_tokens(entry.text) for entry in clean.values())
        weights = question_weights(source.questions_asked())
        LexicalIndex.of(tokens, weights).save(folder / _LEXICAL)
        table = EntryTable(folder)
        table.change([], clean)
        table.close()
        texts = _texts_by_locale(list(clean.values()), source.vocabulary())
        write_transliterators(folder / TRANSLITERATORS, build_transliterators(texts))
        if self._cache:
            self._cache.keep_only([entry.text for entry in clean.values()])
        return {"collection": collection, "measured": len(clean), "changed": 0}

    def _write_changes(self, folder: Path, previous: Path, entries: Mapping[int, Entry]) -> dict:
        manifest = manifest_of(previous)
        table = AttributeTable.load(previous)
        stays = np.fromiter((int(key) in entries for key in table.ids), bool, len(table))
        kept, gone = np.flatnonzero(stays), table.ids[~stays]
        known = set(table.ids.tolist())
        added = {key: x.normalised() for key, x in entries.items() if key not in known}
        if self._progress:
            self._progress(len(kept))
        vectors = self._encode(added)
        ids = np.array(list(added), dtype=np.int64)
        attributes = [entry.attributes for entry in added.values()]
        centring = Centring.load(previous)
        codes = centring.codes(attributes)
        store, collection = self._stores.begin(
            folder, self._encoder.dimension, (previous, manifest["collection"])
        )
        try:
            if len(ids):
                store.upsert(ids, centring.apply(vectors, codes), attributes)
            if not self._stores.uri:
                store.delete(gone)
            store.flush()
        finally:
            store.close()
        table.take(kept).extended(ids, attributes).save(folder)
        before = np.load(previous / "centred.npy")[kept]
        np.save(folder / "centred.npy", np.concatenate([before, codes]))
        centring.save(folder)
        words = LexicalIndex.load(previous / _LEXICAL)
        words.changed(kept, [entry_tokens(x.text) for x in added.values()]).save(folder / _LEXICAL)
        texts = EntryTable.copied(previous, folder)
        texts.change([int(key) for key in gone], added)
        texts.close()
        known = read_transliterators(previous / TRANSLITERATORS)
        new = _texts_by_locale(list(added.values()), {})
        write_transliterators(folder / TRANSLITERATORS, extend_transliterators(known, new))
        return {
            "collection": collection,
            "measured": manifest["measured"],
            "changed": manifest["changed"] + len(gone) + len(added),
            **({"calibration": manifest["calibration"]} if "calibration" in manifest else {}),
        }

    def _encode(self, entries: Mapping[int, Entry]) -> np.ndarray:
        texts = [entry.text for entry in entries.values()]
        if not texts:
            return np.zeros((0, self._encoder.dimension), dtype=np.float32)
        return self._encoder.encode_passages(texts, self._progress, self._cache)

    def _retire(self, folders: Sequence[Path]) -> None:
        """Delete snapshots that nothing uses any more, and their vectors elsewhere."""
        kept = [path for path in self._directory.iterdir() if path.is_dir()]
        kept = [path for path in kept if path not in folders and (path / "manifest.json").is_file()]
        for folder in folders:
            if self._stores.uri and (folder / "manifest.json").is_file():
                self._retire_vectors(folder, kept)
            shutil.rmtree(folder, ignore_errors=True)

    def _retire_vectors(self, folder: Path, kept: Sequence[Path]) -> None:
        manifest = manifest_of(folder)
        if manifest.get("vectors") != self._stores.place:
            return
        ids = set(AttributeTable.load(folder).ids.tolist())
        for other in kept:
            ids -= set(AttributeTable.load(other).ids.tolist())
        collections = {manifest_of(other).get("collection", "") for other in kept}
        self._stores.retire(manifest["collection"], manifest["dimension"], ids, collections)


def _texts_by_locale(
    entries: Sequence[Entry], vocabulary: Mapping[str, Sequence[str]]
) -> dict[str, list[str]]:
    """Return the texts by locale that transliterators learn from."""
    texts: dict[str, list[str]] = {code: list(vocabulary.get(code, ())) for code in locales()}
    for entry in entries:
        texts[entry.locale].append(entry.text)
    return texts
