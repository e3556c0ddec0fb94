"""A PostgreSQL server of the machine's own, started for the tests that want one.

Where PostgreSQL is not installed, ``SATHI_TEST_POSTGRESQL`` may name a server; its database
must be empty and is emptied again, e.g. ``postgresql://user@127.0.0.1/sathi_test``.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from tests.ports import free_port

# The assistant's environment has the one, the action server's the other.
DRIVERS = {"assistant": "postgresql+psycopg2", "actions": "postgresql+psycopg"}
DATABASES = ("sqlite", "postgresql")


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
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
        yield f"postgresql://sathi@127.0.0.1:{port}/postgres"
        control("-m", "immediate", "stop")


@contextmanager
def emptied_again(server: str, environment: str) -> Iterator[str]:
    """Give the database's address for an environment's driver; empty it afterwards.

    Args:
        server: address of the database.
        environment: key of ``DRIVERS``.
    """
    url = make_url(server).set(drivername=DRIVERS[environment])
    try:
        yield url.render_as_string(hide_password=False)
    finally:
        engine = create_engine(url)
        with engine.begin() as connection:
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))
        engine.dispose()
