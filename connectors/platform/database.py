"""Open the database and bring its tables up to date.

SQLite needs nothing but a path; PostgreSQL is used by its URL (``postgresql+psycopg://...``).
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import URL, Connection, Engine, create_engine, event, func, make_url, select
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.pool import ConnectionPoolEntry

from connectors.platform.records import PlatformUnavailableError

_MIGRATIONS = "connectors.platform:migrations"
_BUSY_SECONDS = 5.0
_RETRY_SECONDS = 0.05
# Any number that no other program on the same PostgreSQL server uses.
_ADVISORY_LOCK = 0x5A_7481


def open_database(url: str) -> Engine:
    """Open a database and check that it answers.

    A SQLite file and its folder are made if they are missing. SQLite runs with a
    write-ahead log, so that reading goes on while another process writes, with foreign
    keys checked, and waits up to 5 s for a lock (``?timeout=SECONDS`` in the URL changes it).

    Args:
        url: SQLAlchemy URL, e.g. ``sqlite:///var/sathi.db``.

    Returns:
        An engine that threads may share; its errors never quote parameters.

    Raises:
        PlatformUnavailableError: the URL, the driver, the folder or the database cannot be
            used, or another process keeps the database locked.
    """
    try:
        address = make_url(url)
        options = _prepare_sqlite(address) if _is_sqlite(address) else {}
        engine = create_engine(address, hide_parameters=True, pool_pre_ping=True, **options)
    except (ArgumentError, ImportError) as error:
        raise PlatformUnavailableError(
            f"SATHI_DATABASE cannot be used ({_first_line(error)}); set it to something like "
            "sqlite:///var/sathi.db"
        ) from error
    except OSError as error:
        raise PlatformUnavailableError(
            f"the folder of the database {address.database} cannot be made: {error.strerror}"
        ) from error
    if _is_sqlite(address):
        event.listen(engine, "connect", _check_foreign_keys)
        _use_write_ahead_log(engine)
    with transaction(engine) as connection:
        connection.execute(select(1))
    return engine


@contextmanager
def transaction(engine: Engine) -> Iterator[Connection]:
    """Give a connection whose work is committed at the end, or undone by an exception.

    Args:
        engine: the database.

    Yields:
        A connection within a transaction.

    Raises:
        PlatformUnavailableError: the database failed. ``IntegrityError`` passes, since the
            caller alone knows what it means.
    """
    try:
        with engine.begin() as connection:
            yield connection
    except IntegrityError:
        raise
    except (DBAPIError, PoolTimeoutError) as error:
        raise _unavailable(engine, error) from error


def migrate(engine: Engine) -> None:
    """Bring the tables to the newest version; does nothing when they are.

    Several processes may do so at once: one works, the others wait for it. A migration that
    fails leaves the tables as they were.

    Args:
        engine: the database.

    Raises:
        PlatformUnavailableError: the database failed, stayed locked, or was made by a newer
            version of Sathi.
    """
    config = Config()
    config.set_main_option("script_location", _MIGRATIONS)
    head = ScriptDirectory.from_config(config).get_current_head()
    with transaction(engine) as connection:
        if MigrationContext.configure(connection).get_current_revision() == head:
            return
    try:
        with transaction(engine) as connection:
            # sqlite3 opens no transaction for CREATE TABLE, so that one is opened here; it
            # is the lock as well.
            if engine.dialect.name == "sqlite":
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            elif engine.dialect.name == "postgresql":
                connection.execute(select(func.pg_advisory_xact_lock(_ADVISORY_LOCK)))
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    except CommandError as error:
        raise PlatformUnavailableError(
            f"the database {_name(engine)} cannot be brought up to date ({error}); it was "
            "probably made by a newer version of Sathi: use that, or another SATHI_DATABASE"
        ) from error


def _is_sqlite(address: URL) -> bool:
    return address.get_backend_name() == "sqlite"


def _prepare_sqlite(address: URL) -> dict:
    if address.database and not address.database.startswith((":", "file:")):
        Path(address.database).parent.mkdir(parents=True, exist_ok=True)
    return {} if "timeout" in address.query else {"connect_args": {"timeout": _BUSY_SECONDS}}


def _check_foreign_keys(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA foreign_keys = ON")
    # Safe with a write-ahead log: a power cut can lose the last commits but no consistency.
    cursor.execute("PRAGMA synchronous = NORMAL")
    cursor.close()


def _use_write_ahead_log(engine: Engine) -> None:
    """Switch the file's journal, which SQLite does without waiting for locks by itself."""
    seconds = float(engine.url.query.get("timeout", _BUSY_SECONDS))
    end = time.monotonic() + seconds
    while True:
        try:
            with engine.connect() as connection:
                connection.exec_driver_sql("PRAGMA journal_mode = WAL")
        except DBAPIError as error:
            locked = getattr(error.orig, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY
            if not locked or time.monotonic() >= end:
                raise _unavailable(engine, error) from error
            time.sleep(_RETRY_SECONDS)
        else:
            return


def _unavailable(engine: Engine, error: DBAPIError | PoolTimeoutError) -> PlatformUnavailableError:
    problem = _first_line(getattr(error, "orig", None) or error)
    hint = ""
    if "locked" in problem:
        hint = "; another process is writing to it: try again, or end that process"
    elif "no such table" in problem or 'relation "' in problem:
        hint = "; its tables are missing or old: start Sathi anew, which brings them up to date"
    return PlatformUnavailableError(f"the database {_name(engine)} failed: {problem}{hint}")


def _name(engine: Engine) -> str:
    return engine.url.render_as_string(hide_password=True)


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
