"""Services of channels on a real server that starts and stops."""

from __future__ import annotations

import asyncio
import uuid

import pytest
from rasa.shared.exceptions import RasaException
from sanic import Blueprint, Sanic

from connectors.channels.credentials import demand, settings_of
from connectors.channels.journal import JournalError
from connectors.channels.lifecycle import NotRunningError, run_with_server
from connectors.channels.web import WebInput
from tests.ports import free_port


@pytest.fixture(autouse=True)
def many_applications(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let Sanic serve one application after another in this process."""
    monkeypatch.setattr(Sanic, "test_mode", True)


class Recorder:
    """A service that notes what is done with it."""

    def __init__(self) -> None:
        self.events: list[str] = []

    def start(self) -> None:
        self.events.append("start")

    async def stop(self) -> None:
        self.events.append("stop")


def test_a_service_lives_as_long_as_the_server() -> None:
    recorder = Recorder()
    blueprint = Blueprint("some_channel")
    service = run_with_server(blueprint, "Some", lambda _: recorder)

    async def scenario() -> None:
        app = Sanic(f"assistant{uuid.uuid4().hex}")
        app.blueprint(blueprint)
        server = await app.create_server("127.0.0.1", free_port(), return_asyncio_server=True)
        with pytest.raises(NotRunningError):
            service()
        await server.startup()
        await server.before_start()
        await server.after_start()
        assert service() is recorder
        assert recorder.events == ["start"]
        await server.before_stop()
        with pytest.raises(NotRunningError):
            service()
        server.close()
        await server.wait_closed()

    asyncio.run(scenario())
    assert recorder.events == ["start", "stop"]


def test_without_a_journal_the_channel_is_off(caplog: pytest.LogCaptureFixture) -> None:
    def create(_: Sanic) -> Recorder:
        raise JournalError("no such driver")

    blueprint = Blueprint("broken_channel")
    service = run_with_server(blueprint, "Some", create)

    async def scenario() -> None:
        app = Sanic(f"assistant{uuid.uuid4().hex}")
        app.blueprint(blueprint)
        server = await app.create_server("127.0.0.1", free_port(), return_asyncio_server=True)
        await server.startup()
        await server.before_start()
        await server.after_start()
        with pytest.raises(NotRunningError):
            service()
        await server.before_stop()
        server.close()
        await server.wait_closed()

    asyncio.run(scenario())
    assert "Some is off: no such driver" in caplog.text


def test_settings_are_texts_and_what_is_missing_is_named_as_in_the_file() -> None:
    settings = settings_of({"a": 5, "b": None, "c": " x "})
    assert settings == {"a": "5", "b": "", "c": "x"}
    demand(WebInput, settings, ("a", "c"))
    with pytest.raises(RasaException, match=r"connectors\.channels\.web\.WebInput needs `b` and"):
        demand(WebInput, settings, ("a", "b", "d"))
    assert settings_of(None) == {}
