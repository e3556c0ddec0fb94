"""Files that a reply hands out: pictures, certificates, exports.

A reply names a document by an unguessable id, so that it need not travel through the
conversation's store; channels fetch it from the action server's ``/documents/<id>``.
"""

from __future__ import annotations

import json
import re
import secrets
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from sanic import Blueprint
from sanic.request import Request
from sanic.response import HTTPResponse, raw
from sanic.response import json as json_response

_ID = re.compile(r"[A-Za-z0-9_-]{43}")
_ID_BYTES = 32


@dataclass(frozen=True)
class Document:
    """A file to hand out.

    Attributes:
        name: file name for the reader.
        mime: media type.
        id: what it is fetched by.
    """

    name: str
    mime: str
    id: str

    def to_facts(self) -> dict[str, str]:
        """Return it as facts of a reply."""
        return asdict(self)


class DocumentStore:
    """Keep documents for a while.

    Args:
        folder: where they are kept; made if missing.
        lifetime: how long, in seconds.
    """

    def __init__(self, folder: Path, lifetime: float = 3600) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._folder = folder
        self._lifetime = lifetime

    def add(self, name: str, mime: str, content: bytes) -> Document:
        """Keep a document; those whose time is over are deleted on the way."""
        self._expire()
        document = Document(name, mime, secrets.token_urlsafe(_ID_BYTES))
        (self._folder / f"{document.id}.json").write_text(json.dumps(document.to_facts()))
        (self._folder / document.id).write_bytes(content)
        return document

    def find(self, identifier: str) -> tuple[Document, bytes] | None:
        """Return a document with its content, or None when there is none (any more)."""
        if not _ID.fullmatch(identifier):
            return None
        facts, content = self._folder / f"{identifier}.json", self._folder / identifier
        try:
            if time.time() - content.stat().st_mtime > self._lifetime:
                return None
            return Document(**json.loads(facts.read_text())), content.read_bytes()
        except FileNotFoundError:
            return None

    def _expire(self) -> None:
        oldest = time.time() - self._lifetime
        for path in self._folder.iterdir():
            if path.stat().st_mtime < oldest:
                path.unlink(missing_ok=True)


def document_routes(store: DocumentStore) -> Blueprint:
    """Return the route that channels fetch documents from."""
    routes = Blueprint("documents")

    @routes.get("/documents/<identifier:str>")
    async def fetch(_: Request, identifier: str) -> HTTPResponse:
        found = store.find(identifier)
        if found is None:
            # Not ``sanic.exceptions.NotFound``, which rasa-sdk's application answers with 500.
            return json_response({"error": "no such document, or its time is over"}, status=404)
        document, content = found
        headers = {"Content-Disposition": f'inline; filename="{document.name}"'}
        return raw(content, content_type=document.mime, headers=headers)

    return routes
