"""What packages have in common: files of an archive, each read by its own parser."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from pathlib import Path

from knowledge_base.ingest.archives import Archive, open_archive
from knowledge_base.ingest.documents import ParseContext, ParsedDocument, Part, as_parts, has_text
from knowledge_base.ingest.kinds import kind_of
from knowledge_base.ingest.source import ItemError

# Where a web package begins.
_FIRST = ("index.html", "index.htm")
_PACKED = (".zip", ".ecar")
_PAGES = (".html", ".htm", ".xhtml")
_DOCUMENTS = (".pdf", ".docx", ".doc", ".pptx", ".ppt", ".rtf", ".odt", ".odp", ".txt", ".md")
_SUBTITLES = (".vtt", ".srt")
_SUFFIXES = frozenset((*_PACKED, *_PAGES, *_DOCUMENTS, *_SUBTITLES))


def read_members(
    archive: Archive, members: Iterable[tuple[str, str]], context: ParseContext, title: str | None
) -> ParsedDocument:
    """Read some files of an archive; what is no material, such as a video, is passed over.

    Args:
        archive: the opened archive.
        members: (title of the module, path of the file in the archive), in teaching order; an
            empty title stands for the file's own.
        context: reads one file.
        title: title of the package.

    Returns:
        Their parts; files that cannot be read are among the problems.
    """
    parts: list[Part] = []
    problems: list[str] = []
    for module, member in members:
        with tempfile.TemporaryDirectory(prefix="sathi-") as folder:
            try:
                path = archive.extract(member, Path(folder))
                if kind_of(path) is None:
                    continue
                document = context.parse_member(path)
            except ItemError as error:
                problems.append(f"{member}: {error}")
                continue
        problems += [f"{member}: {problem}" for problem in document.problems]
        if has_text(document):
            parts += as_parts(document, module or document.title or Path(member).stem, member)
    return ParsedDocument(tuple(parts), title, tuple(problems))


def parse_zip(path: Path, context: ParseContext) -> ParsedDocument:
    """Read a zip archive without a manifest, e.g. a web package: all files, by their names.

    Raises:
        ItemError: the archive cannot be trusted or read.
    """
    with open_archive(path, context.limits) as archive:
        names = sorted(
            (name for name in archive.names if is_material(name)),
            key=lambda name: (Path(name).name.lower() not in _FIRST, name),
        )
        return read_members(archive, (("", name) for name in names), context, None)


def is_material(name: str) -> bool:
    """Tell by its name whether a file of an archive may hold text; media are not unpacked."""
    return Path(name).suffix.lower() in _SUFFIXES and not name.startswith("__MACOSX/")
