"""An OpenTelemetry collector that keeps what it gets over OTLP/HTTP, on the loopback.

https://opentelemetry.io/docs/specs/otlp/#otlphttp-request
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)


@dataclass(frozen=True)
class Received:
    """A span.

    Attributes:
        kind: of ``opentelemetry.proto.trace.v1.Span.SpanKind``.
        is_error: whether its status is an error.
    """

    service: str
    name: str
    kind: int
    trace: str
    span: str
    parent: str
    attributes: dict[str, Any]
    is_error: bool


class FakeCollector:
    """The collector; use it in a ``with`` statement.

    Attributes:
        bodies: the bodies of all requests.
        status: HTTP status of the answers.
    """

    def __init__(self, port: int = 0) -> None:
        collector = self
        self.bodies: list[bytes] = []
        self.status = 200

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                is_known = self.path == "/v1/traces"
                if is_known and collector.status == 200:
                    collector.bodies.append(body)
                self.send_response(collector.status if is_known else 404)
                self.send_header("Content-Type", "application/x-protobuf")
                self.end_headers()
                self.wfile.write(ExportTraceServiceResponse().SerializeToString())

            def log_message(self, *_: Any) -> None:
                """Print nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.address = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> FakeCollector:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def spans(self) -> list[Received]:
        """Return all spans so far."""
        found = []
        for body in tuple(self.bodies):
            for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
                (service,) = [
                    pair.value.string_value
                    for pair in resource.resource.attributes
                    if pair.key == "service.name"
                ]
                for scope in resource.scope_spans:
                    found += [_received(service, span) for span in scope.spans]
        return found

    def wait_for(
        self, is_complete: Callable[[list[Received]], bool], seconds: float = 20
    ) -> list[Received]:
        """Wait until the spans are complete and return them."""
        end = time.monotonic() + seconds
        while not is_complete(self.spans()):
            assert time.monotonic() < end, self.spans()
            time.sleep(0.1)
        return self.spans()


def _received(service: str, span: Any) -> Received:
    return Received(
        service,
        span.name,
        span.kind,
        span.trace_id.hex(),
        span.span_id.hex(),
        span.parent_span_id.hex(),
        {pair.key: pair.value.string_value for pair in span.attributes},
        span.status.code == span.status.STATUS_CODE_ERROR,
    )
