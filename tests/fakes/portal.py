"""A portal with Sathi's widget in its page, and a strict content security policy."""

from __future__ import annotations

import json
import threading
import uuid
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

import jwt

SECRET = "secret-that-the-portal-shares-with-sathi"  # noqa: S105
_PAGE = """<!doctype html><html lang="en"><title>Portal</title><body>
<main><h1>Portal</h1></main>
<script src="{sathi}/webhooks/web/static/widget.js" data-label="Ask Sathi"
 data-identity-url="/identity" defer></script></body></html>"""
_POLICY = "default-src 'none'; script-src {sathi}; frame-src {sathi}; connect-src 'self'"


class FakePortal:
    """Serves its page, and signs who is signed in.

    Attributes:
        sathi: address of the assistant.
        learner: id of the learner who is signed in, None for nobody.
        asked: how often the identity was asked for.
    """

    def __init__(self) -> None:
        self.sathi = ""
        self.learner: str | None = None
        self.asked = 0
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())

    @property
    def url(self) -> str:
        """The portal's origin."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def token(self) -> str | None:
        """Sign who is signed in."""
        if self.learner is None:
            return None
        now = datetime.now(UTC)
        claims = {"sub": self.learner, "aud": "sathi", "jti": uuid.uuid4().hex}
        claims |= {"iat": now, "exp": now + timedelta(minutes=1)}
        return jwt.encode(claims, SECRET, algorithm="HS256")

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        portal = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                if self.path == "/identity":
                    portal.asked += 1
                    self._answer("application/json", json.dumps({"token": portal.token()}))
                elif self.path == "/":
                    self._answer("text/html", _PAGE.format(sathi=portal.sathi))
                else:
                    self._answer("image/svg+xml", "")

            def _answer(self, kind: str, content: str) -> None:
                self.send_response(200)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Security-Policy", _POLICY.format(sathi=portal.sathi))
                self.end_headers()
                self.wfile.write(content.encode())

            def log_message(self, *_: object) -> None:
                """Keep quiet."""

        return Handler
