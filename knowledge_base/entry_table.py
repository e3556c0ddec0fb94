"""The texts of entries in SQLite, read when a search has found them."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from sqlalchemy import (
    BigInteger,
    Column,
    Engine,
    MetaData,
    String,
    Table,
    create_engine,
    delete,
    insert,
    select,
)

from knowledge_base.filters import CourseFacts
from knowledge_base.passages import Entry, Kind, View

_FILE = "entries.sqlite"
# SQLite takes at most 32,766 parameters a statement.
_BATCH = 10_000
_TEXTS = ("kind", "view", "target", "module", "passage", "locale", "text")
_metadata = MetaData()
_entries = Table(
    "entries",
    _metadata,
    Column("id", BigInteger, primary_key=True),
    Column("kind", String, nullable=False),
    Column("view", String, nullable=False),
    Column("target", String, nullable=False),
    Column("module", String, nullable=False),
    Column("passage", String, nullable=False),
    Column("locale", String, nullable=False),
    Column("text", String, nullable=False),
    Column("facts", String, nullable=False),
)


class EntryTable:
    """Entries by id; safe to read from several threads.

    Args:
        folder: folder of the snapshot.
    """

    def __init__(self, folder: Path) -> None:
        self._engine: Engine = create_engine(f"sqlite:///{folder / _FILE}")
        _metadata.create_all(self._engine)

    @classmethod
    def copied(cls, source: Path, folder: Path) -> EntryTable:
        """Return a table in a folder that begins with what another folder's holds."""
        shutil.copyfile(source / _FILE, folder / _FILE)
        return cls(folder)

    def change(self, removed: Sequence[int], added: Mapping[int, Entry]) -> None:
        """Remove entries and add others.

        Args:
            removed: ids.
            added: entries by id.
        """
        rows = [_row(key, entry) for key, entry in added.items()]
        with self._engine.begin() as connection:
            for start in range(0, len(removed), _BATCH):
                batch = _entries.c.id.in_(removed[start : start + _BATCH])
                connection.execute(delete(_entries).where(batch))
            if rows:
                connection.execute(insert(_entries), rows)

    def find(self, ids: Iterable[int]) -> dict[int, Entry]:
        """Return entries by id; those that are not there are left out."""
        wanted = list(ids)
        found = {}
        with self._engine.connect() as connection:
            for start in range(0, len(wanted), _BATCH):
                batch = _entries.c.id.in_(wanted[start : start + _BATCH])
                rows = connection.execute(select(_entries).where(batch)).mappings()
                found.update({row["id"]: _entry(row) for row in rows})
        return found

    def all(self) -> dict[int, Entry]:
        """Return every entry by id."""
        with self._engine.connect() as connection:
            return {
                row["id"]: _entry(row) for row in connection.execute(select(_entries)).mappings()
            }

    def ids(self) -> set[int]:
        """Return the ids of all entries."""
        with self._engine.connect() as connection:
            return set(connection.execute(select(_entries.c.id)).scalars())

    def close(self) -> None:
        """Release the file."""
        self._engine.dispose()


def _row(key: int, entry: Entry) -> dict:
    row = {name: getattr(entry, name) for name in _TEXTS}
    return {**row, "id": key, "facts": entry.facts.to_json() if entry.facts else ""}


def _entry(row: Mapping) -> Entry:
    return Entry(
        Kind(row["kind"]),
        View(row["view"]),
        row["target"],
        row["locale"],
        row["text"],
        row["module"],
        row["passage"],
        CourseFacts.from_json(row["facts"]) if row["facts"] else None,
    )
