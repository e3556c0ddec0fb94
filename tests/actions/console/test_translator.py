"""The gloss, by a server with LibreTranslate's API on the loopback."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from connectors.console.settings import ConsoleSettings
from connectors.console.translator import LibreTranslator, NoTranslator


class Server(ThreadingHTTPServer):
    """Answers as LibreTranslate does, and keeps what it was asked."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[dict] = []
        self.status = 200
        self.answer: object = {"translatedText": "in English"}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.asked.append({"path": self.path, **json.loads(body)})
        self.send_response(self.server.status)
        self.end_headers()
        self.wfile.write(json.dumps(self.server.answer).encode())

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as opened:
        threading.Thread(target=opened.serve_forever, daemon=True).start()
        yield opened
        opened.shutdown()


def test_texts_are_translated_once_and_without_what_is_personal(server: Server) -> None:
    translator = LibreTranslator(server.url, "key")
    for _ in range(2):
        glosses = translator.gloss([("मेरा नंबर 9876543210 है", "hi"), ("कब मिलेगा", "hi")])
        assert glosses == ["in English", "in English"]
    assert len(server.asked) == 2
    # The newest first.
    assert server.asked[1] == {
        "path": "/translate",
        "q": "मेरा नंबर [phone] है",
        "source": "hi",
        "target": "en",
        "format": "text",
        "api_key": "key",
    }


def test_latin_letters_are_guessed_and_english_stands(server: Server) -> None:
    translator = LibreTranslator(server.url)
    translator.gloss([("kab milega", "hi_Latn"), ("who knows", None)])
    assert [asked["source"] for asked in server.asked] == ["auto", "auto"]
    assert translator.gloss([("when", "en"), ("123 🙂", "hi")]) == [None, None]
    assert len(server.asked) == 2


def test_english_that_was_guessed_is_not_said_twice(server: Server) -> None:
    server.answer = {"translatedText": "When is it?"}
    assert LibreTranslator(server.url).gloss([("when is it?", None)]) == [None]


@pytest.mark.parametrize(
    ("status", "answer"), [(500, {}), (200, {}), (200, []), (200, {"translatedText": 7})]
)
def test_a_fault_leaves_the_text_as_it_is(server: Server, status: int, answer: object) -> None:
    server.status, server.answer = status, answer
    assert LibreTranslator(server.url).gloss([("क", "hi"), ("ख", "hi")]) == [None, None]
    assert len(server.asked) == 1


def test_a_server_that_fails_is_left_alone_for_a_minute_and_what_is_known_stays(
    server: Server,
) -> None:
    moment = [100.0]
    translator = LibreTranslator(server.url, clock=lambda: moment[0])
    assert translator.gloss([("क", "hi")]) == ["in English"]
    server.status = 500
    for _ in range(3):
        assert translator.gloss([("क", "hi"), ("ख", "hi")]) == ["in English", None]
    assert len(server.asked) == 2
    server.status = 200
    moment[0] += 61
    assert translator.gloss([("ख", "hi")]) == ["in English"]


def test_a_slow_server_does_not_hold_up_the_page(server: Server) -> None:
    ticks = iter(range(0, 1000, 3))
    translator = LibreTranslator(server.url, clock=lambda: next(ticks))
    glosses = translator.gloss([(text, "hi") for text in "कखगघङचछज"])
    assert glosses[-1] == "in English"
    assert glosses[0] is None
    assert len(server.asked) < 8


def test_no_server_is_no_fault() -> None:
    assert LibreTranslator("http://127.0.0.1:9").gloss([("क", "hi")]) == [None]


def test_without_an_address_there_is_no_translator(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SATHI_TRANSLATE_URL", raising=False)
    assert isinstance(ConsoleSettings().translator(), NoTranslator)
    assert NoTranslator().gloss([("क", "hi"), ("ख", "hi")]) == [None, None]
    monkeypatch.setenv("SATHI_TRANSLATE_URL", "http://127.0.0.1:9")
    assert isinstance(ConsoleSettings().translator(), LibreTranslator)
