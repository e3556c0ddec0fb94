"""Where the conversations are: one set of variables for both processes."""

from __future__ import annotations

import re

import pytest

from bot.actions.settings import ActionSettings
from tests.actions.conftest import REPOSITORY
from tools.processes import Addresses, environment

VARIABLES = ("DIALECT", "DB", "HOST", "PORT", "USERNAME", "PASSWORD")


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(f"SATHI_TRACKER_{name}", raising=False)


def test_sqlite_needs_nothing_but_a_file() -> None:
    url = ActionSettings(tracker_db="/var/sathi/conversations.db").tracker_store_url
    assert url.render_as_string(hide_password=False) == "sqlite:////var/sathi/conversations.db"


def test_the_defaults_of_the_processes_mean_the_same_as_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    without = ActionSettings().tracker_store_url
    for name, value in environment(Addresses.from_environment()).items():
        monkeypatch.setenv(name, value)
    assert ActionSettings().tracker_store_url == without


def test_postgresql_has_a_server_and_a_password_that_is_not_shown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    values = ("postgresql", "rasa", "db.example", "5433", "sathi", "p@ss/w:rd")
    for name, value in zip(VARIABLES, values, strict=True):
        monkeypatch.setenv(f"SATHI_TRACKER_{name}", value)
    settings = ActionSettings()
    url = settings.tracker_store_url
    assert (url.drivername, url.database, url.host, url.port) == (
        "postgresql+psycopg",
        "rasa",
        "db.example",
        5433,
    )
    assert (url.username, url.password) == ("sathi", "p@ss/w:rd")
    assert "p@ss" not in f"{url} {url!r} {settings!r}"


def test_port_0_is_the_dialects_own() -> None:
    settings = ActionSettings(tracker_dialect="postgresql", tracker_host="db.example")
    assert settings.tracker_store_url.port is None


def test_every_variable_of_the_endpoints_has_a_default() -> None:
    text = (REPOSITORY / "endpoints.yml").read_text(encoding="utf-8")
    named = set(re.findall(r"\$\{(\w+)\}", text))
    assert {f"SATHI_TRACKER_{name}" for name in VARIABLES} <= named
    assert named <= environment(Addresses.from_environment()).keys()
