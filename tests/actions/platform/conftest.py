"""Fixtures over real SQLite files."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Engine, event

from connectors.platform.database import migrate, open_database


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = open_database(f"sqlite:///{tmp_path / 'sathi.db'}")
    migrate(engine)
    yield engine
    engine.dispose()


@contextmanager
def recorded(engine: Engine) -> Iterator[list[tuple[str, tuple]]]:
    """Record the statements that reach the database, with their parameters."""
    seen: list[tuple[str, tuple]] = []

    def record(_connection, _cursor, statement, parameters, _context, _many) -> None:
        seen.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", record)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", record)
