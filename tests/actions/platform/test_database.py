from __future__ import annotations

import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, create_engine, insert, inspect, select, text
from sqlalchemy.exc import IntegrityError, StatementError

from connectors.platform.database import migrate, open_database, transaction
from connectors.platform.records import PlatformUnavailableError
from connectors.platform.schema import links, metadata, outbox, tickets
from connectors.platform.settings import PlatformSettings

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
TICKET_TIME = datetime(2026, 11, 20, 6, 30, tzinfo=UTC)
LINK = {"channel": "telegram", "chat_key": "key-of-chat", "learner_id": "l1", "linked_on": NOW}


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Let another connection write, as another process would."""
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    try:
        yield
    finally:
        other.rollback()
        other.close()


def definitions(engine: Engine) -> dict[str, list[str]]:
    """Return the parts of every table's and index's definition; constraints have no order.

    A table that was made anew by a migration has its name quoted; columns that were added stand
    in one line.
    """

    def parts(sql: str) -> list[str]:
        # Not at commas within parentheses.
        return re.split(r"\n|, (?![^(\n]*\))", sql.replace('"', ""))

    with engine.connect() as connection:
        rows = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL"))
        return {
            name: sorted(part.strip(" \t,") for part in parts(sql) if part.strip())
            for name, sql in rows
            if name != "alembic_version"
        }


def test_the_folder_and_the_file_are_made(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "sathi.db"
    open_database(f"sqlite:///{path}")
    assert path.is_file()


def test_every_connection_waits_checks_keys_and_logs_ahead(engine: Engine) -> None:
    with engine.connect() as one, engine.connect() as two:
        for connection in (one, two):
            values = [
                connection.exec_driver_sql(f"PRAGMA {name}").scalar()
                for name in ("journal_mode", "foreign_keys", "busy_timeout")
            ]
            assert values == ["wal", 1, 5000]


def test_the_url_can_set_the_time_to_wait(tmp_path: Path) -> None:
    engine = open_database(f"sqlite:///{tmp_path / 'sathi.db'}?timeout=0.2")
    with engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA busy_timeout").scalar() == 200


@pytest.mark.parametrize("url", ["", "sathi.db", "nosuch://host/db", "sqlite+nosuch:///x.db"])
def test_an_unusable_url_names_the_setting(url: str) -> None:
    with pytest.raises(PlatformUnavailableError, match=r"SATHI_DATABASE.*sqlite:///var/sathi\.db"):
        open_database(url)


def test_a_path_that_is_a_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(PlatformUnavailableError, match=str(tmp_path)):
        open_database(f"sqlite:///{tmp_path}")


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(PlatformUnavailableError, match=r"folder.*cannot be made"):
        open_database(f"sqlite:///{tmp_path / 'file' / 'deeper' / 'sathi.db'}")


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    path = tmp_path / "sathi.db"
    path.write_text("no database, but long enough to have a header " * 50)
    with pytest.raises(PlatformUnavailableError, match=r"sathi\.db.*not a database"):
        open_database(f"sqlite:///{path}")


def test_a_locked_file_says_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "sathi.db"
    sqlite3.connect(path).execute("CREATE TABLE t (x)").connection.close()
    with locked(path), pytest.raises(PlatformUnavailableError, match="another process"):
        open_database(f"sqlite:///{path}?timeout=0.1")


def test_no_password_is_shown() -> None:
    with pytest.raises(PlatformUnavailableError) as caught:
        open_database("postgresql+psycopg://sathi:hunter2@127.0.0.1:1/sathi?connect_timeout=1")
    assert "hunter2" not in str(caught.value)


def test_migrations_make_exactly_the_tables_of_the_schema(engine: Engine) -> None:
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    other = create_engine("sqlite://")
    metadata.create_all(other)
    assert definitions(engine) == definitions(other)


def test_migrating_again_changes_nothing(engine: Engine) -> None:
    with transaction(engine) as connection:
        connection.execute(insert(links), LINK)
    before = definitions(engine)
    migrate(engine)
    assert definitions(engine) == before
    with transaction(engine) as connection:
        assert connection.execute(select(links.c.learner_id)).scalars().all() == ["l1"]


def test_several_processes_can_open_and_migrate_at_once(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'folder' / 'sathi.db'}"
    code = (
        "from connectors.platform.database import migrate, open_database\n"
        f"migrate(open_database({url!r}))\n"
    )
    processes = [
        subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE) for _ in range(6)
    ]
    faults = [process.communicate(timeout=60)[1] for process in processes]
    assert [process.returncode for process in processes] == [0] * 6, faults
    assert inspect(open_database(url)).has_table("enrolments")


def test_a_locked_database_is_not_migrated_and_can_be_later(tmp_path: Path) -> None:
    path = tmp_path / "sathi.db"
    engine = open_database(f"sqlite:///{path}?timeout=0.1")
    with locked(path), pytest.raises(PlatformUnavailableError, match="another process"):
        migrate(engine)
    assert definitions(engine) == {}
    migrate(engine)
    assert "links" in definitions(engine)


def test_an_up_to_date_database_needs_no_lock(engine: Engine, tmp_path: Path) -> None:
    with locked(tmp_path / "sathi.db"):
        migrate(engine)


def test_a_migration_that_fails_leaves_no_tables(tmp_path: Path) -> None:
    engine = open_database(f"sqlite:///{tmp_path / 'sathi.db'}")
    with transaction(engine) as connection:
        connection.execute(text("CREATE TABLE quiz_results (x)"))
    with pytest.raises(PlatformUnavailableError, match="quiz_results"):
        migrate(engine)
    assert set(inspect(engine).get_table_names()) == {"quiz_results"}


def test_a_database_of_a_newer_version_is_refused_with_the_mend(engine: Engine) -> None:
    with transaction(engine) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(PlatformUnavailableError, match="newer version"):
        migrate(engine)


def test_the_first_version_can_be_undone(engine: Engine) -> None:
    config = Config()
    config.set_main_option("script_location", "connectors.platform:migrations")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
    assert inspect(engine).get_table_names() == ["alembic_version"]


def test_tickets_and_ids_of_messages_outlive_the_helpdesks_tables(tmp_path: Path) -> None:
    engine = open_database(f"sqlite:///{tmp_path / 'sathi.db'}")
    config = Config()
    config.set_main_option("script_location", "connectors.platform:migrations")
    ticket = {"id": "S-1", "facts": '{"locale": "hi"}', "now": "2026-11-20 06:30:00"}
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0002")
        connection.execute(
            text(
                "INSERT INTO tickets (id, chat_key, subject, facts, status, created_on) "
                "VALUES (:id, 'key', 'weekly_claps_lost', :facts, 'open', :now)"
            ),
            ticket,
        )
        for number in range(3):
            connection.execute(
                text(
                    "INSERT INTO outbox (chat_key, learner_id, day, message, created_on) "
                    "VALUES ('key', :learner, '2026-11-20', '{}', '2026-11-20')"
                ),
                {"learner": f"l{number}"},
            )
        connection.execute(text("DELETE FROM outbox"))
    migrate(engine)
    with transaction(engine) as connection:
        row = connection.execute(select(tickets)).mappings().one()
        assert (row["locale"], row["summary"], row["opened_on"]) == ("hi", [], TICKET_TIME)
        message = {"chat_key": "key", "message": {}, "created_on": NOW}
        written = connection.execute(insert(outbox), message)
        assert written.inserted_primary_key[0] == 4
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0002")
        assert connection.execute(text("SELECT id FROM tickets")).scalars().all() == ["S-1"]


def test_a_transaction_is_undone_by_an_exception(engine: Engine) -> None:
    with pytest.raises(KeyError), transaction(engine) as connection:
        connection.execute(insert(links), LINK)
        raise KeyError
    with transaction(engine) as connection:
        assert connection.execute(select(links)).all() == []


def test_a_duplicate_is_the_callers_affair_and_quotes_no_data(engine: Engine) -> None:
    with transaction(engine) as connection:
        connection.execute(insert(links), LINK)
    with pytest.raises(IntegrityError) as caught, transaction(engine) as connection:
        connection.execute(insert(links), LINK)
    assert "key-of-chat" not in str(caught.value)


def test_a_write_to_a_locked_database_is_unavailable(tmp_path: Path) -> None:
    path = tmp_path / "sathi.db"
    engine = open_database(f"sqlite:///{path}?timeout=0.1")
    migrate(engine)
    with (
        locked(path),
        pytest.raises(PlatformUnavailableError, match="another process") as caught,
        transaction(engine) as connection,
    ):
        connection.execute(insert(links), LINK)
    assert "key-of-chat" not in str(caught.value)


def test_moments_come_back_in_utc(engine: Engine) -> None:
    india = timezone(timedelta(hours=5, minutes=30))
    moment = datetime(2026, 3, 3, 2, 15, 30, tzinfo=india)
    with transaction(engine) as connection:
        connection.execute(insert(links), LINK | {"linked_on": moment})
        stored = connection.execute(select(links.c.linked_on)).scalar_one()
        raw = connection.exec_driver_sql("SELECT linked_on FROM links").scalar_one()
    assert stored == moment
    assert stored.tzinfo is UTC
    assert raw.startswith("2026-03-02 20:45:30")


def test_a_moment_without_time_zone_is_refused(engine: Engine) -> None:
    with pytest.raises(StatementError, match="time zone"), transaction(engine) as connection:
        connection.execute(insert(links), LINK | {"linked_on": datetime(2026, 3, 2)})


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SATHI_PLATFORM", "sunbird")
    monkeypatch.setenv("SATHI_SUNBIRD_API_KEY", "very-secret")
    settings = PlatformSettings(_env_file=None)
    assert settings.platform == "sunbird"
    assert settings.database == "sqlite:///var/sathi.db"
    assert "very-secret" not in repr(settings)


def test_an_unknown_platform_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SATHI_PLATFORM", "moodle")
    with pytest.raises(ValueError, match="sunbird"):
        PlatformSettings(_env_file=None)
