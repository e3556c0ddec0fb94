"""What packages have in common: files of an archive, each read by its own parser."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from pathlib import Path

from knowledge_base.ingest.archives import Archive, open_archive
from knowledge_base.ingest.documents import ParsedDocument, ParseMember, Part, as_parts, has_text
from knowledge_base.ingest.kinds import kind_of
from knowledge_base.ingest.limits import IngestLimits
from knowledge_base.ingest.source import ItemError

# Where a web package begins.
_FIRST = ("index.html", "index.htm")


def read_members(
    archive: Archive, members: Iterable[tuple[str, str]], parse: ParseMember, title: str | None
) -> ParsedDocument:
    """Read some files of an archive; what is no material, such as a video, is passed over.

    Args:
        archive: the opened archive.
        members: (title of the module, path of the file in the archive), in teaching order; an
            empty title stands for the file's own.
        parse: reads one file.
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
                document = parse(path)
            except ItemError as error:
                problems.append(f"{member}: {error}")
                continue
        problems += [f"{member}: {problem}" for problem in document.problems]
        if has_text(document):
            parts += as_parts(document, module or document.title or Path(member).stem, member)
    return ParsedDocument(tuple(parts), title, tuple(problems))


def parse_zip(path: Path, limits: IngestLimits, parse: ParseMember) -> ParsedDocument:
    """Read a zip archive without a manifest, e.g. a web package: all files, by their names.

    Args:
        path: the archive.
        limits: what it may hold.
        parse: reads one file of it.

    Raises:
        ItemError: the archive cannot be trusted or read.
    """
    with open_archive(path, limits) as archive:
        names = sorted(
            (name for name in archive.names if is_material(name)),
            key=lambda name: (Path(name).name.lower() not in _FIRST, name),
        )
        return read_members(archive, (("", name) for name in names), parse, None)


def is_material(name: str) -> bool:
    """Tell by its name whether a file of an archive may hold text; media are not unpacked."""
    return Path(name).suffix.lower() in _SUFFIXES and not name.startswith("__MACOSX/")


_SUFFIXES = frozenset(
    (
        ".pdf .docx .doc .pptx .ppt .rtf .odt .odp .html .htm .xhtml .vtt .srt .txt .md .zip .ecar"
    ).split()
)
