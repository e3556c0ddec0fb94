"""The index on disk: FAISS vectors, BM25 postings, and the entries in SQLite.

A *snapshot* is a folder that is complete before it is named in ``CURRENT``; the name is
replaced in one step, so that a crash while building leaves the old snapshot serving.
"""

from __future__ import annotations

import json
import shutil
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import bm25s
import faiss
import numpy as np
from sqlalchemy import (
    Column,
    Engine,
    Integer,
    MetaData,
    String,
    Table,
    create_engine,
    insert,
    select,
)

from knowledge_base.course_views import CourseViews
from knowledge_base.embedding_cache import EmbeddingCache
from knowledge_base.encoder import Encoder
from knowledge_base.languages.registry import (
    is_romanised,
    locales,
)
from knowledge_base.passages import Entry, Kind, View
from knowledge_base.romanise import phonetic_tokens
from knowledge_base.transliterators import (
    build_transliterators,
    read_transliterators,
    write_transliterators,
)

_FORMAT = 4
_CURRENT = "CURRENT"
_TRANSLITERATORS = "transliterators.json"
_metadata = MetaData()
entries_table = Table(
    "entries",
    _metadata,
    Column("position", Integer, primary_key=True),
    Column("kind", String, nullable=False, index=True),
    Column("view", String, nullable=False),
    Column("target", String, nullable=False, index=True),
    Column("module", String, nullable=False),
    Column("passage", String, nullable=False),
    Column("locale", String, nullable=False),
    Column("text", String, nullable=False),
    Column("keys", String, nullable=False),
)


class SearchIndexError(RuntimeError):
    """Base of what can be wrong with an index."""


class IndexMissingError(SearchIndexError):
    """No index has been built yet."""


class IndexMismatchError(SearchIndexError):
    """The index was built with another model, catalogue or program version."""


def _engine(folder: Path) -> Engine:
    return create_engine(f"sqlite:///{folder / 'entries.sqlite'}")


def current_snapshot(directory: Path) -> Path | None:
    """Return the folder of the serving snapshot, or None."""
    pointer = directory / _CURRENT
    if not pointer.is_file():
        return None
    folder = directory / pointer.read_text().strip()
    return folder if (folder / "manifest.json").is_file() else None


def read_manifest(directory: Path) -> dict | None:
    """Return the manifest of the serving snapshot, or None."""
    folder = current_snapshot(directory)
    return json.loads((folder / "manifest.json").read_text()) if folder else None


def build_snapshot(
    directory: Path,
    entries: Sequence[Entry],
    encoder: Encoder,
    content_hash: str,
    vocabulary: Mapping[str, Sequence[str]] | None = None,
    calibrate: Callable[[SearchIndex], dict] | None = None,
    progress: Callable[[int], None] | None = None,
    cache: EmbeddingCache | None = None,
) -> Path:
    """Build a snapshot and make it the serving one.

    Args:
        directory: folder of all snapshots.
        entries: what to index; at least one.
        encoder: model to embed with.
        content_hash: hash of everything the index is made from.
        vocabulary: by locale, further texts whose words the lexicons shall know.
        calibrate: makes the calibration to keep with the snapshot from searching it.
        progress: called with the number of entries encoded since the last call.
        cache: vectors of texts that were encoded before.

    Returns:
        Folder of the new snapshot.
    """
    folder = directory / f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{uuid.uuid4().hex[:8]}"
    folder.mkdir(parents=True)
    try:
        texts = [entry.text for entry in entries]
        vectors = encoder.encode_passages(texts, progress, cache)
        flat = faiss.IndexFlatIP(encoder.dimension)
        flat.add(vectors)
        faiss.write_index(flat, str(folder / "vectors.faiss"))
        keys = [phonetic_tokens(entry.text) for entry in entries]
        lexical = bm25s.BM25(method="lucene")
        lexical.index(keys, show_progress=False)
        lexical.save(folder / "bm25", show_progress=False)
        _write_entries(folder, entries, keys)
        transliterators = build_transliterators(_texts(entries, vocabulary or {}))
        write_transliterators(folder / _TRANSLITERATORS, transliterators)
        manifest = {
            "format": _FORMAT,
            "model": encoder.name,
            "dimension": encoder.dimension,
            "entries": len(entries),
            "content_hash": content_hash,
        }
        if calibrate:
            manifest["calibration"] = calibrate(SearchIndex(folder, manifest))
        (folder / "manifest.json").write_text(json.dumps(manifest, indent=2))
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    _switch_to(directory, folder)
    return folder


def _write_entries(folder: Path, entries: Sequence[Entry], keys: list[list[str]]) -> None:
    engine = _engine(folder)
    _metadata.create_all(engine)
    rows = [
        {"position": position, **asdict(entry), "keys": " ".join(words)}
        for position, (entry, words) in enumerate(zip(entries, keys, strict=True))
    ]
    with engine.begin() as connection:
        connection.execute(insert(entries_table), rows)
    engine.dispose()


def _texts(entries: Sequence[Entry], vocabulary: Mapping[str, Sequence[str]]) -> dict:
    """Return the texts by locale that transliterators learn from."""
    texts = {code: list(vocabulary.get(code, ())) for code in locales()}
    for entry in entries:
        texts[entry.locale].append(entry.text)
    return texts


def _switch_to(directory: Path, folder: Path) -> None:
    previous = current_snapshot(directory)
    staging = directory / f"{_CURRENT}.{uuid.uuid4().hex}"
    staging.write_text(folder.name)
    staging.replace(directory / _CURRENT)
    for old in directory.iterdir():
        if old.is_dir() and old not in (folder, previous):
            shutil.rmtree(old, ignore_errors=True)


class SearchIndex:
    """A snapshot opened for reading; safe to use from several threads.

    Args:
        folder: folder of the snapshot.
        manifest: what the snapshot says of itself.

    Attributes:
        mean_length: of the entries, in words.
    """

    def __init__(self, folder: Path, manifest: dict) -> None:
        self.manifest = manifest
        self._vectors = faiss.read_index(str(folder / "vectors.faiss"))
        self._lexical = bm25s.BM25.load(folder / "bm25")
        self._vocabulary = self._lexical.vocab_dict
        self.entries, self._keys = _read_entries(folder)
        self.transliterators = read_transliterators(folder / _TRANSLITERATORS)
        self._frequency = np.diff(self._lexical.scores["indptr"])
        self.mean_length = float(np.mean([len(keys.split()) for keys in self._keys]))
        self._kinds = np.array([entry.kind for entry in self.entries])
        self._views = np.array([entry.view for entry in self.entries])
        self._locales = np.array([entry.locale for entry in self.entries])
        self.course_views = self._open_course_views()

    def _open_course_views(self) -> CourseViews:
        courses = [
            position
            for position, entry in enumerate(self.entries)
            if entry.kind is Kind.COURSE and not is_romanised(entry.locale)
        ]
        vectors = (
            self._vectors.reconstruct_batch(courses)
            if courses
            else np.zeros((0, self._vectors.d), dtype=np.float32)
        )
        return CourseViews([self.entries[position] for position in courses], vectors)

    def mask(
        self, kinds: Sequence[Kind], locales: Sequence[str], view: View | None = None
    ) -> np.ndarray:
        """Return which entries have one of the kinds and one of the locales.

        Args:
            kinds: kinds wanted.
            locales: locales wanted.
            view: view wanted; all when None.

        Returns:
            bool array of shape (entries,).
        """
        mask = np.isin(self._kinds, list(kinds)) & np.isin(self._locales, list(locales))
        return mask if view is None else mask & (self._views == view)

    def views(self, kind: Kind, locale: str) -> list[View]:
        """Return the views that entries of a kind in a locale have."""
        return sorted({View(v) for v in self._views[self.mask((kind,), (locale,))]})

    def targets(self, kind: Kind, locale: str, view: View | None = None) -> set[str]:
        """Return the ids that have an entry of a kind (and view) in a locale."""
        mask = self.mask((kind,), (locale,), view)
        return {self.entries[i].target for i in np.flatnonzero(mask)}

    def dense(self, query: np.ndarray, mask: np.ndarray, limit: int) -> list[tuple[int, float]]:
        """Find the entries nearest to a query vector.

        Args:
            query: float32 array of shape (dimension,), of length 1.
            mask: which entries may be found, shape (entries,).
            limit: number of entries wanted.

        Returns:
            (position, cosine similarity), best first.
        """
        selector = faiss.IDSelectorBitmap(np.packbits(mask, bitorder="little"))
        parameters = faiss.SearchParameters(sel=selector)
        scores, positions = self._vectors.search(query[None, :], limit, params=parameters)
        return [(int(p), float(s)) for p, s in zip(positions[0], scores[0], strict=True) if p >= 0]

    def lexical(self, query: str, mask: np.ndarray, limit: int) -> list[tuple[int, float]]:
        """Find the entries that share rare words with a query, by BM25 over phonetic keys.

        Args:
            query: normalised text.
            mask: which entries may be found, shape (entries,).
            limit: number of entries wanted.

        Returns:
            (position, BM25 score), best first; entries that share no word are left out.
        """
        tokens = [key for key in phonetic_tokens(query) if key in self._vocabulary]
        if not tokens:
            return []
        scores = np.where(mask, self._lexical.get_scores(tokens), 0.0)
        best = np.argsort(-scores, kind="stable")[:limit]
        return [(int(p), float(scores[p])) for p in best if scores[p] > 0]

    def overlap(self, query: str, position: int) -> float:
        """Return the share of a query's words that an entry holds, rare words counting more.

        Args:
            query: normalised text.
            position: position of the entry.

        Returns:
            0 (no word in common) to 1 (all of them).
        """
        return self.shared(query, self._keys[position].split())

    def shared(self, query: str, keys: Iterable[str]) -> float:
        """Return the share of a query's words that are among some phonetic keys, see above."""
        weights = {key: self.rarity(key) for key in phonetic_tokens(query)}
        total = sum(weights.values())
        return sum(weights[key] for key in weights.keys() & set(keys)) / total if total else 0.0

    def rarity(self, key: str) -> float:
        """Return how telling a word is: its inverse document frequency.

        Args:
            key: phonetic key of the word.
        """
        token = self._vocabulary.get(key)
        if token is None or token >= len(self._frequency):
            return float(np.log(1 + len(self.entries)))
        return float(np.log(1 + len(self.entries) / (1 + self._frequency[token])))


def _read_entries(folder: Path) -> tuple[list[Entry], list[str]]:
    engine = _engine(folder)
    query = select(entries_table).order_by(entries_table.c.position)
    with engine.connect() as connection:
        rows = connection.execute(query).all()
    engine.dispose()
    entries = [
        Entry(Kind(r.kind), View(r.view), r.target, r.locale, r.text, r.module, r.passage)
        for r in rows
    ]
    # `keys` is also a method of a row.
    return entries, [row._mapping["keys"] for row in rows]


def open_index(directory: Path, model: str) -> SearchIndex:
    """Open the serving snapshot.

    Args:
        directory: folder of all snapshots.
        model: name of the model that queries will be encoded with.

    Raises:
        IndexMissingError: nothing has been built yet.
        IndexMismatchError: the snapshot belongs to another model or program version.
    """
    folder = current_snapshot(directory)
    manifest = read_manifest(directory)
    if folder is None or manifest is None:
        raise IndexMissingError(f"no index in {directory}; run `make index`")
    if manifest["format"] != _FORMAT:
        raise IndexMismatchError(f"{folder} has another format; run `make index`")
    if manifest["model"] != model:
        raise IndexMismatchError(
            f"{folder} was built with the model {manifest['model']}, not {model}; "
            "run `make index`, or set SATHI_EMBEDDING_MODEL back"
        )
    return SearchIndex(folder, manifest)
