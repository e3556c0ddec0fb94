"""The frame of small fakes: a server on the loopback that takes and gives JSON, with faults."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self


@dataclass(frozen=True)
class Seen:
    """A request that arrived; header names in lower case."""

    path: str
    headers: Mapping[str, str]
    body: Any


@dataclass(frozen=True)
class Fault:
    """What happens to a request instead of an answer.

    Attributes:
        status: HTTP status.
        raw: body of the answer.
        headers: headers of the answer.
        delay: seconds before the answer that would have been given; its status is 0 then.
        hangs_up: whether the connection is closed without an answer.
    """

    status: int = 0
    raw: bytes = b"{}"
    headers: Mapping[str, str] = field(default_factory=dict)
    delay: float = 0.0
    hangs_up: bool = False


class JsonServer:
    """The server; use it in a ``with`` statement, and say in ``answer`` what it answers.

    Attributes:
        requests: what has arrived.
        faults: taken by the next requests, one each; None for an answer as it should be.
    """

    def __init__(self) -> None:
        self.requests: list[Seen] = []
        self.faults: list[Fault | None] = []
        self._closing = threading.Event()
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True

    @property
    def url(self) -> str:
        """Address of the server."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()

    def answer(self, seen: Seen) -> tuple[int, Any]:
        """Return status and content of the answer to a request."""
        raise NotImplementedError

    def _next_fault(self) -> Fault:
        with self._lock:
            return (self.faults.pop(0) if self.faults else None) or Fault()

    def _handler(fake: JsonServer) -> type[BaseHTTPRequestHandler]:  # noqa: N805
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                headers = {name.lower(): value for name, value in self.headers.items()}
                seen = Seen(self.path, headers, json.loads(raw))
                fake.requests.append(seen)
                fault = fake._next_fault()
                if fault.hangs_up:
                    self.close_connection = True
                    return
                fake._closing.wait(fault.delay)
                if fault.status:
                    self._send(fault.status, fault.headers, fault.raw)
                    return
                status, content = fake.answer(seen)
                self._send(status, {}, json.dumps(content).encode())

            def _send(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
                try:
                    self.send_response(status)
                    self.send_header("Content-Type", "application/json")
                    self.send_header("Content-Length", str(len(body)))
                    for name, value in headers.items():
                        self.send_header(name, value)
                    self.end_headers()
                    self.wfile.write(body)
                except ConnectionError:
                    self.close_connection = True

            def log_message(self, *_: object) -> None:
                """Stay silent."""

        return Handler
