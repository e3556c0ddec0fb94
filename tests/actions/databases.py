"""Sathi's database on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Engine

from connectors.platform.database import migrate, open_database
from tests.postgresql import emptied_again


@contextmanager
def migrated(request: pytest.FixtureRequest, folder: Path) -> Iterator[Engine]:
    """Give a new database of the kind that the fixture is parametrised with.

    Args:
        request: of a fixture with ``params=DATABASES``.
        folder: for SQLite's file.
    """
    with ExitStack() as stack:
        if request.param == "sqlite":
            url = f"sqlite:///{folder / 'sathi.db'}"
        else:
            server = request.getfixturevalue("postgresql_server")
            url = stack.enter_context(emptied_again(server, "actions"))
        engine = open_database(url)
        stack.callback(engine.dispose)
        migrate(engine)
        yield engine
