"""Sathi's database on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine

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


def open_tracker_store(file: Path) -> Engine:
    """Return a database with the table of Rasa's conversations, empty."""
    engine = create_engine(f"sqlite:///{file}")
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "CREATE TABLE events (id INTEGER PRIMARY KEY, sender_id TEXT, type_name TEXT, "
            "timestamp FLOAT, intent_name TEXT, action_name TEXT, data TEXT)"
        )
    return engine
