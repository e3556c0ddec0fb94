"""Rasa's tracker store as ``endpoints.yml`` describes it."""

from __future__ import annotations

from pathlib import Path

import pytest
from rasa.core.tracker_store import SQLTrackerStore, TrackerStore
from rasa.utils.endpoints import EndpointConfig, read_endpoint_config

REPOSITORY = Path(__file__).parent.parent.parent
SQLITE = {
    "SATHI_TRACKER_DIALECT": "sqlite",
    "SATHI_TRACKER_HOST": "",
    "SATHI_TRACKER_PORT": "0",
    "SATHI_TRACKER_USERNAME": "",
    "SATHI_TRACKER_PASSWORD": "",
    "SATHI_ACTION_PORT": "5055",
    "SATHI_EVENTS_DATABASE": "",
    "SATHI_LINK_SECRET": "",
    "SATHI_STATE_DIRECTORY": "",
}
POSTGRESQL = {
    **SQLITE,
    "SATHI_TRACKER_DIALECT": "postgresql",
    "SATHI_TRACKER_DB": "rasa",
    "SATHI_TRACKER_HOST": "db.example",
    "SATHI_TRACKER_PORT": "5433",
    "SATHI_TRACKER_USERNAME": "sathi",
    "SATHI_TRACKER_PASSWORD": "p@ss $HOME",
}


def endpoint(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]) -> EndpointConfig:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return read_endpoint_config(str(REPOSITORY / "endpoints.yml"), "tracker_store")


def test_a_file_needs_no_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "conversations.db"
    config = endpoint(monkeypatch, {**SQLITE, "SATHI_TRACKER_DB": str(path)})
    store = TrackerStore.create(config)
    assert isinstance(store, SQLTrackerStore)
    assert store.engine.url.database == str(path)
    assert path.is_file()


@pytest.mark.parametrize(("port", "expected"), [("5433", 5433), ("0", None)])
def test_a_server_is_reached_as_the_variables_say(
    monkeypatch: pytest.MonkeyPatch, port: str, expected: int | None
) -> None:
    config = endpoint(monkeypatch, {**POSTGRESQL, "SATHI_TRACKER_PORT": port})
    # Making the store would connect; ``SQLTrackerStore`` makes the address of the same.
    options = {**config.kwargs, "port": int(config.kwargs["port"])}
    url = SQLTrackerStore.get_db_url(host=config.url, **options)
    arguments = url.translate_connect_args()
    assert url.drivername == "postgresql"
    assert arguments.pop("port", None) == expected
    assert arguments == {
        "host": "db.example",
        "database": "rasa",
        "username": "sathi",
        "password": "p@ss $HOME",
    }
