"""The attributes of many entries as columns, by which entries are selected and grouped."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from knowledge_base.filters import CourseFacts, Selection

_ROWS = "rows.npz"
_VALUES = "values.json"


@dataclass(frozen=True)
class Attributes:
    """What is selected by.

    Attributes:
        kind: what the entry stands for.
        view: which side of its target it shows.
        locale: language of its text.
        target: id of the course, question or competency.
        unit: what is found when passages are wanted for themselves: the target, or the
            passage of it.
        facts: of the course; None for what belongs to none.
    """

    kind: str
    view: str
    locale: str
    target: str
    unit: str
    facts: CourseFacts | None = None


_COLUMNS = ("kind", "view", "locale", "target", "unit", "facts")


@dataclass(frozen=True)
class Column:
    """Values of n rows, each different one stored once.

    Attributes:
        codes: int32 array of shape (n,), places in ``values``.
        values: the different values.
    """

    codes: np.ndarray
    values: tuple

    def selects(self, wanted: Iterable) -> np.ndarray:
        """Return which rows have one of some values, bool array of shape (n,)."""
        chosen = set(wanted)
        return np.array([value in chosen for value in self.values], dtype=bool)[self.codes]


class AttributeTable:
    """Ids and attributes of n entries; never changed, so that threads may share it.

    Args:
        ids: int64 array of shape (n,), all different.
        columns: by name, see ``Attributes``.
    """

    def __init__(self, ids: np.ndarray, columns: dict[str, Column]) -> None:
        self.ids = ids
        self.columns = columns
        self._order = np.argsort(ids, kind="stable")
        self._sorted = ids[self._order]
        self.mask = lru_cache(maxsize=256)(self._mask)

    @classmethod
    def of(cls, ids: np.ndarray, attributes: Sequence[Attributes]) -> AttributeTable:
        """Return the table of some entries.

        Args:
            ids: int64 array of shape (n,).
            attributes: of the n entries.
        """
        columns = {}
        for name in _COLUMNS:
            values: dict = {}
            codes = [values.setdefault(getattr(x, name), len(values)) for x in attributes]
            columns[name] = Column(np.array(codes, dtype=np.int32), tuple(values))
        return cls(np.asarray(ids, dtype=np.int64), columns)

    def __len__(self) -> int:
        """Return the number of entries."""
        return len(self.ids)

    def __getitem__(self, name: str) -> Column:
        """Return a column."""
        return self.columns[name]

    def positions(self, ids: np.ndarray) -> np.ndarray:
        """Return where ids stand.

        Args:
            ids: int64 array of any shape.

        Returns:
            int64 array of that shape; -1 for an id that is not here.
        """
        if not len(self.ids):
            return np.full(np.shape(ids), -1, dtype=np.int64)
        places = np.minimum(np.searchsorted(self._sorted, ids), len(self.ids) - 1)
        return np.where(self._sorted[places] == ids, self._order[places], -1)

    def _mask(self, selection: Selection) -> np.ndarray:
        """Return which entries are selected, bool array of shape (n,); do not change it."""
        mask = np.ones(len(self), dtype=bool)
        for name, wanted in (
            ("kind", selection.kinds),
            ("locale", selection.locales),
            ("view", selection.views),
        ):
            if wanted is not None:
                mask &= self[name].selects(wanted)
        if not selection.filters.demands_nothing:
            facts = self["facts"]
            mask &= facts.selects(x for x in facts.values if selection.filters.accept(x))
        mask.setflags(write=False)
        return mask

    def take(self, positions: np.ndarray) -> AttributeTable:
        """Return the table of some of the entries, in the order of the positions."""
        columns = {
            name: Column(column.codes[positions], column.values)
            for name, column in self.columns.items()
        }
        return AttributeTable(self.ids[positions], columns)

    def extended(self, ids: np.ndarray, attributes: Sequence[Attributes]) -> AttributeTable:
        """Return the table with more entries after its own."""
        added = AttributeTable.of(ids, attributes)
        columns = {}
        for name, column in self.columns.items():
            codes = {value: code for code, value in enumerate(column.values)}
            new = [codes.setdefault(value, len(codes)) for value in added[name].values]
            translated = np.array(new, dtype=np.int32)[added[name].codes]
            columns[name] = Column(np.concatenate([column.codes, translated]), tuple(codes))
        return AttributeTable(np.concatenate([self.ids, added.ids]), columns)

    def save(self, folder: Path) -> None:
        """Write the table into a folder."""
        codes = {name: column.codes for name, column in self.columns.items()}
        np.savez(folder / _ROWS, ids=self.ids, **codes)
        values: dict[str, list] = {name: list(c.values) for name, c in self.columns.items()}
        values["facts"] = [facts and facts.to_json() for facts in values["facts"]]
        (folder / _VALUES).write_text(json.dumps(values, ensure_ascii=False), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> AttributeTable:
        """Read the table of a folder."""
        values = json.loads((folder / _VALUES).read_text(encoding="utf-8"))
        values["facts"] = [facts and CourseFacts.from_json(facts) for facts in values["facts"]]
        with np.load(folder / _ROWS) as rows:
            columns = {name: Column(rows[name], tuple(values[name])) for name in _COLUMNS}
            return cls(rows["ids"], columns)
