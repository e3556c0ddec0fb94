"""Sunbird ECAR packages: ``manifest.json`` and the artifacts it names.

``archive.items`` lists the content and all below it; a collection names its children in
``children`` (https://github.com/Sunbird-Knowlg/knowledge-platform, content publisher).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from knowledge_base.ingest.archives import Archive, open_archive
from knowledge_base.ingest.documents import ParseContext, ParsedDocument
from knowledge_base.ingest.parsers.package import is_material, read_members
from knowledge_base.ingest.source import ItemError
from knowledge_base.ingest.text_encoding import decode

MANIFEST = "manifest.json"


def _unpacked(value: object) -> object:
    """Read a list that stands in the manifest as a JSON text, as older publishers write it."""
    return json.loads(value) if isinstance(value, str) else value or ()


class _Transcript(BaseModel):
    """Subtitles of a video."""

    artifact_url: str = Field("", alias="artifactUrl")


class _Content(BaseModel):
    """An item of the manifest, as far as it matters here."""

    model_config = ConfigDict(extra="ignore")

    identifier: str
    name: str | None = None
    index: int | None = None
    artifact_url: str | None = Field(None, alias="artifactUrl")
    children: Annotated[tuple[_Content, ...], BeforeValidator(_unpacked)] = ()
    transcripts: Annotated[tuple[_Transcript, ...], BeforeValidator(_unpacked)] = ()


class _Items(BaseModel):
    """What the archive holds."""

    items: tuple[_Content, ...]


class _Manifest(BaseModel):
    """The manifest of an ECAR."""

    archive: _Items


def parse_ecar(path: Path, context: ParseContext) -> ParsedDocument:
    """Read an ECAR package.

    Modules are the contents that have a file, named with the units above them.

    Raises:
        ItemError: the archive cannot be trusted or read, its manifest is broken, or it names
            contents without holding their files.
    """
    with open_archive(path, context.limits) as archive:
        items = _items(archive.read(archive.find(MANIFEST)))
        known = {item.identifier: item for item in items}
        children = {child.identifier for item in items for child in item.children}
        roots = [item for item in items if item.identifier not in children]
        members = list(dict.fromkeys(m for root in roots for m in _members(archive, root, known)))
        if not members:
            raise ItemError(
                f"its {MANIFEST} names no file in it that can be read; fetch the full package, not "
                "the 'spine' or 'online' one"
            )
        title = roots[0].name if len(roots) == 1 else None
        return read_members(archive, members, context, title)


def _items(content: bytes) -> tuple[_Content, ...]:
    try:
        return _Manifest.model_validate(json.loads(decode(content))).archive.items
    except (ValueError, ValidationError, RecursionError) as error:
        raise ItemError(
            f"its {MANIFEST} is no ECAR manifest ({str(error).splitlines()[0]}); fetch it anew"
        ) from error


def _members(
    archive: Archive, root: _Content, known: dict[str, _Content]
) -> Iterator[tuple[str, str]]:
    """Yield (title, file) of what is below a content; the root's own name is the package's."""
    todo: list[tuple[_Content, tuple[str, ...]]] = [(root, ())]
    seen: set[str] = set()
    while todo:
        content, above = todo.pop()
        if content.identifier in seen:
            continue
        seen.add(content.identifier)
        full = known.get(content.identifier, content)
        name = full.name or content.name or ""
        names = above if content is root and full.children else (*above, name)
        title = ": ".join(part for part in names if part)
        urls = [full.artifact_url, *(t.artifact_url for t in full.transcripts)]
        for url in urls:
            member = _find(archive, full.identifier, url) if url else None
            if member:
                yield title, member
        below = content.children or full.children
        ordered = sorted(below, key=lambda child: (child.index is None, child.index or 0))
        todo += [(child, names) for child in reversed(ordered)]


def _find(archive: Archive, identifier: str, url: str) -> str | None:
    """Return the member that an artifact's path or address stands for."""
    name = url.rpartition("/")[2]
    found = archive.find(url) or archive.find(f"{identifier}/{name}") or archive.find(name)
    return found if found and is_material(found) else None
