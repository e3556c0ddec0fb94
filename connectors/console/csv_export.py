"""Tables as CSV that no spreadsheet takes for formulas."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

# What makes a spreadsheet calculate (OWASP, "CSV Injection").
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")

Cell = str | int | float | None


def to_csv(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """Write a table.

    Args:
        header: names of the columns.
        rows: cells; texts that look like formulas get an apostrophe before them.

    Returns:
        UTF-8 with a byte order mark, which spreadsheets need to read Indian scripts.
    """
    opened = io.StringIO()
    writer = csv.writer(opened)
    writer.writerow(header)
    writer.writerows([_guarded(cell) for cell in row] for row in rows)
    return opened.getvalue().encode("utf-8-sig")


def _guarded(cell: Cell) -> Cell:
    if not isinstance(cell, str):
        return cell
    flat = cell.replace("\n", " ")
    # Blanks before a formula do not stop every spreadsheet.
    is_formula = flat.startswith(_FORMULA_STARTS) or flat.lstrip().startswith(_FORMULA_STARTS)
    return f"'{flat}" if is_formula else flat
