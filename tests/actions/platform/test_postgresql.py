"""The same platform on PostgreSQL."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, text

from connectors.platform.database import migrate, open_database, transaction
from connectors.platform.records import PlatformUnavailableError
from connectors.platform.schema import metadata
from connectors.platform.seed import fill
from connectors.platform.sql import INDIA, SqlPlatform
from knowledge_base.catalogue import Catalogue
from tests.postgresql import emptied_again

NOW = datetime(2026, 11, 27, 15, tzinfo=INDIA)


@pytest.fixture
def url(postgresql_server: str) -> Iterator[str]:
    with emptied_again(postgresql_server, "actions") as address:
        yield address


@pytest.fixture
def server(url: str) -> Iterator[Engine]:
    engine = open_database(url)
    yield engine
    engine.dispose()


def test_both_databases_give_the_same_answers(
    server: Engine, tmp_path: Path, catalogue: Catalogue
) -> None:
    file = open_database(f"sqlite:///{tmp_path / 'sathi.db'}")
    for engine in (server, file):
        migrate(engine)
        fill(engine, catalogue, NOW, learners=60)
    with server.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    one, other = SqlPlatform(server), SqlPlatform(file)
    with transaction(file) as connection:
        learners = connection.execute(text("SELECT id FROM learners")).scalars().all()
        courses = connection.execute(text("SELECT id FROM courses")).scalars().all()
    for key in learners:
        assert one.learner(key) == other.learner(key)
        assert one.enrolments(key) == other.enrolments(key)
        assert one.certificates(key) == other.certificates(key)
        assert one.plan(key) == other.plan(key)
        assert one.activity(key, NOW) == other.activity(key, NOW)
        for enrolment in one.enrolments(key):
            course = enrolment.course_id
            assert one.progress(key, course) == other.progress(key, course)
        for certificate in one.certificates(key):
            assert one.verify(certificate.number) == certificate
    for course in courses:
        assert one.access(course, learners[0]) == other.access(course, learners[0])
    assert set(one.enrolment_log()) == set(other.enrolment_log())
    assert one.verify("C-1\0") is None


def test_a_database_without_tables_is_unavailable(server: Engine) -> None:
    with pytest.raises(PlatformUnavailableError, match="tables are missing"):
        SqlPlatform(server).enrolments("anybody")


def test_several_processes_can_migrate_at_once(server: Engine, url: str) -> None:
    code = (
        "from connectors.platform.database import migrate, open_database\n"
        f"migrate(open_database({url!r}))\n"
    )
    processes = [subprocess.Popen([sys.executable, "-c", code]) for _ in range(4)]
    assert [process.wait(timeout=60) for process in processes] == [0] * 4
    migrate(server)
