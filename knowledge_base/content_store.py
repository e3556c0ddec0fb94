"""Courses that were taken in from sources, and how far each source was listed.

The tables hold nothing that cannot be taken in again; they are made when they are missing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pydantic import ValidationError
from sqlalchemy import (
    JSON,
    URL,
    Column,
    Connection,
    DateTime,
    Engine,
    MetaData,
    String,
    Table,
    Text,
    create_engine,
    delete,
    event,
    insert,
    inspect,
    make_url,
    select,
    update,
)
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.pool import ConnectionPoolEntry

from knowledge_base.catalogue import Course

_BUSY_SECONDS = 30.0
_IDS_AT_ONCE = 500

_metadata = MetaData()

_courses = Table(
    "content_courses",
    _metadata,
    Column("source", String, primary_key=True),
    Column("id", String, primary_key=True),
    Column("version", String, nullable=False),  # as the source lists it
    Column("content", Text, nullable=False),  # the course as JSON
    Column("digest", String, nullable=False),  # of the content
    Column("problems", JSON, nullable=False),  # what of its material could not be used
    Column("taken_in_on", DateTime(timezone=True), nullable=False),
)

_listings = Table(
    "content_listings",
    _metadata,
    Column("source", String, primary_key=True),
    Column("cursor", Text),  # where an interrupted listing goes on
    Column("completed_on", DateTime(timezone=True)),  # when one last came to its end
)

# Ids that the listing which goes on has named so far; those it never names are removed.
_listed = Table(
    "content_listed",
    _metadata,
    Column("source", String, primary_key=True),
    Column("id", String, primary_key=True),
)


class ContentStoreError(RuntimeError):
    """The store cannot be used; the message says why and what mends it."""


@dataclass(frozen=True)
class StoredVersion:
    """Which version of a course the store has, and what of it could not be used."""

    version: str
    problems: tuple[str, ...]


class ContentStore:
    """The store, one transaction a call, so that a run may end at any moment.

    Args:
        engine: see ``open_content_store``.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def close(self) -> None:
        """Close the connections."""
        self._engine.dispose()

    def versions(self, source: str) -> dict[str, StoredVersion]:
        """Return what the store has of a source, by the courses' ids."""
        query = select(_courses.c.id, _courses.c.version, _courses.c.problems)
        with self._transaction() as connection:
            rows = connection.execute(query.where(_courses.c.source == source)).all()
        return {row.id: StoredVersion(row.version, tuple(row.problems)) for row in rows}

    def save(self, source: str, course: Course, version: str, problems: Sequence[str]) -> None:
        """Keep a course in the place of its last version.

        Args:
            source: name of the source.
            course: the course with its passages.
            version: as the source lists it.
            problems: what of its material could not be used.
        """
        content = course.model_dump_json(exclude_defaults=True)
        values = {
            "version": version,
            "content": content,
            "digest": hashlib.sha256(content.encode()).hexdigest(),
            "problems": list(problems),
            "taken_in_on": datetime.now(UTC),
        }
        with self._transaction() as connection:
            row = (_courses.c.source == source) & (_courses.c.id == course.id)
            if not connection.execute(update(_courses).where(row).values(values)).rowcount:
                connection.execute(insert(_courses).values(source=source, id=course.id, **values))

    def remove(self, source: str, ids: Iterable[str]) -> None:
        """Remove courses of a source."""
        with self._transaction() as connection:
            _remove(connection, source, ids)

    def cursor(self, source: str) -> str | None:
        """Return where an interrupted listing goes on, None to begin anew."""
        query = select(_listings.c.cursor).where(_listings.c.source == source)
        with self._transaction() as connection:
            return connection.execute(query).scalar_one_or_none()

    def begin_listing(self, source: str) -> None:
        """Forget how far a source was listed."""
        with self._transaction() as connection:
            connection.execute(delete(_listed).where(_listed.c.source == source))
            _set_listing(connection, source, cursor=None)

    def listed(self, source: str) -> set[str]:
        """Return the ids that the listing which goes on has named."""
        query = select(_listed.c.id).where(_listed.c.source == source)
        with self._transaction() as connection:
            return set(connection.execute(query).scalars())

    def checkpoint(self, source: str, ids: Iterable[str], cursor: str) -> None:
        """Note that all courses of a page have been dealt with.

        Args:
            source: name of the source.
            ids: those that the page lists.
            cursor: where the listing goes on.
        """
        with self._transaction() as connection:
            query = select(_listed.c.id).where(_listed.c.source == source)
            new = set(ids) - set(connection.execute(query).scalars())
            if new:
                rows = [{"source": source, "id": key} for key in sorted(new)]
                connection.execute(insert(_listed), rows)
            _set_listing(connection, source, cursor=cursor)

    def complete_listing(self, source: str, gone: Iterable[str]) -> None:
        """Note that a listing has come to its end, and remove what it did not name.

        Args:
            source: name of the source.
            gone: ids of the courses to remove.
        """
        with self._transaction() as connection:
            _remove(connection, source, gone)
            connection.execute(delete(_listed).where(_listed.c.source == source))
            _set_listing(connection, source, cursor=None, completed_on=datetime.now(UTC))

    def completed_on(self, source: str) -> datetime | None:
        """Return when a listing of a source last came to its end."""
        query = select(_listings.c.completed_on).where(_listings.c.source == source)
        with self._transaction() as connection:
            moment = connection.execute(query).scalar_one_or_none()
        # SQLite keeps no time zone.
        return moment.replace(tzinfo=UTC) if moment and moment.tzinfo is None else moment

    def courses(self) -> Iterator[Course]:
        """Yield the courses of all sources, in the order of the sources' names and ids.

        Raises:
            ContentStoreError: a course was kept by another version of Sathi.
        """
        query = select(_courses.c.source, _courses.c.id, _courses.c.content)
        with self._transaction() as connection:
            rows = connection.execute(query.order_by(_courses.c.source, _courses.c.id)).all()
        for row in rows:
            try:
                yield Course.model_validate_json(row.content)
            except ValidationError as error:
                raise ContentStoreError(
                    f"the course {row.id} of {row.source} was kept by another version of Sathi; "
                    "take the source in anew: make ingest SOURCE=... ALL=1"
                ) from error

    def digest(self) -> str:
        """Return a hash of all courses, to tell whether any has changed."""
        query = select(_courses.c.source, _courses.c.id, _courses.c.digest)
        with self._transaction() as connection:
            rows = connection.execute(query.order_by(_courses.c.source, _courses.c.id)).all()
        return hashlib.sha256(json.dumps([list(row) for row in rows]).encode()).hexdigest()

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        try:
            with self._engine.begin() as connection:
                yield connection
        except DBAPIError as error:
            raise _unusable(self._engine.url.render_as_string(), error) from error


def open_content_store(url: str) -> ContentStore:
    """Open the store, and make its tables if they are missing.

    Args:
        url: setting ``content_database``; SQLite files and their folders are made.

    Raises:
        ContentStoreError: the database cannot be used.
    """
    engine = _engine(url)
    try:
        _metadata.create_all(engine)
    except DBAPIError as error:
        raise _unusable(url, error) from error
    return ContentStore(engine)


def open_filled_store(url: str) -> ContentStore | None:
    """Open the store to read it; None if nothing was ever taken in, and nothing is made.

    Args:
        url: setting ``content_database``.

    Raises:
        ContentStoreError: the database cannot be used.
    """
    address = _address(url)
    if address.get_backend_name() == "sqlite" and not Path(address.database or "").is_file():
        return None
    engine = _engine(url)
    try:
        has_tables = inspect(engine).has_table(_courses.name)
    except DBAPIError as error:
        raise _unusable(url, error) from error
    if not has_tables:
        engine.dispose()
        return None
    return ContentStore(engine)


def _address(url: str) -> URL:
    try:
        return make_url(url)
    except ArgumentError as error:
        raise _unusable(url, error) from error


def _engine(url: str) -> Engine:
    address = _address(url)
    is_sqlite = address.get_backend_name() == "sqlite"
    try:
        if is_sqlite and address.database:
            Path(address.database).parent.mkdir(parents=True, exist_ok=True)
        options = {"connect_args": {"timeout": _BUSY_SECONDS}} if is_sqlite else {}
        engine = create_engine(address, hide_parameters=True, pool_pre_ping=True, **options)
    except (ArgumentError, ImportError, OSError) as error:
        raise _unusable(url, error) from error
    if is_sqlite:
        event.listen(engine, "connect", _use_write_ahead_log)
    return engine


def _use_write_ahead_log(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    """Let others read while a run writes."""
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.close()


def _unusable(url: str, error: Exception) -> ContentStoreError:
    reason = (str(getattr(error, "orig", None) or error).splitlines() or [""])[0]
    try:
        shown = make_url(url).render_as_string(hide_password=True)
    except ArgumentError:
        shown = "it"
    return ContentStoreError(
        f"the content store {shown} cannot be used ({reason}); check SATHI_CONTENT_DATABASE"
    )


def _remove(connection: Connection, source: str, ids: Iterable[str]) -> None:
    ordered = sorted(ids)
    for start in range(0, len(ordered), _IDS_AT_ONCE):
        some = _courses.c.id.in_(ordered[start : start + _IDS_AT_ONCE])
        connection.execute(delete(_courses).where((_courses.c.source == source) & some))


def _set_listing(connection: Connection, source: str, **values: object) -> None:
    row = _listings.c.source == source
    if not connection.execute(update(_listings).where(row).values(**values)).rowcount:
        connection.execute(insert(_listings).values(source=source, **values))
