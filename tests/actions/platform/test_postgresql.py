"""The same platform on PostgreSQL: a server of the machine's own, started for the tests.

Where PostgreSQL is not installed, ``SATHI_TEST_POSTGRESQL`` may name a server; its database
must be empty and is emptied again, e.g. ``postgresql+psycopg://user@127.0.0.1/sathi_test``.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, MetaData, text

from connectors.platform.database import migrate, open_database, transaction
from connectors.platform.records import PlatformUnavailableError
from connectors.platform.schema import metadata
from connectors.platform.seed import fill
from connectors.platform.sql import INDIA, SqlPlatform
from knowledge_base.catalogue import Catalogue
from tests.ports import free_port

NOW = datetime(2026, 11, 27, 15, tzinfo=INDIA)


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """Return the address of an empty database."""
    given = os.environ.get("SATHI_TEST_POSTGRESQL")
    if given:
        yield given
        return
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"))
    program = shutil.which("pg_ctl") or (str(installed[-1]) if installed else None)
    if program is None:
        pytest.skip("PostgreSQL is not installed, and SATHI_TEST_POSTGRESQL names no server")
    # PostgreSQL refuses to run as root; its package brings a user for it.
    user = "postgres" if os.geteuid() == 0 else None
    with tempfile.TemporaryDirectory() as folder:
        if user:
            shutil.chown(folder, user)
        port = free_port()

        def control(*arguments: str) -> None:
            command = [program, "-D", f"{folder}/data", "-w", *arguments]
            output = subprocess.DEVNULL
            subprocess.run(command, check=True, user=user, cwd=folder, stdout=output)

        control("initdb", "-o", "-A trust -U sathi -E UTF8")
        settings = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off"
        control("-l", f"{folder}/log", "-o", settings, "start")
        yield f"postgresql+psycopg://sathi@127.0.0.1:{port}/postgres"
        control("-m", "immediate", "stop")


@pytest.fixture
def server(url: str) -> Iterator[Engine]:
    engine = open_database(url)
    yield engine
    everything = MetaData()
    everything.reflect(engine)
    everything.drop_all(engine)
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
