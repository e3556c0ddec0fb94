"""Plain text and Markdown."""

from __future__ import annotations

from pathlib import Path

import regex

from knowledge_base.ingest.documents import ParseContext, ParsedDocument, SectionBuilder
from knowledge_base.ingest.text_encoding import read_text

_HEADING = regex.compile(r"(#{1,6})\s+(.+?)\s*#*")
_PARAGRAPHS = regex.compile(r"\n\s*\n")


def parse_plain(path: Path, context: ParseContext) -> ParsedDocument:
    """Read a text file, see ``Parser``: paragraphs between empty lines, headings after ``#``."""
    builder = SectionBuilder()
    for paragraph in _PARAGRAPHS.split(read_text(path)):
        lines: list[str] = []
        for line in paragraph.splitlines():
            heading = _HEADING.fullmatch(line.strip())
            if heading:
                builder.block(" ".join(lines))
                lines = []
                builder.heading(len(heading[1]), heading[2])
            else:
                lines.append(line)
        builder.block(" ".join(lines))
    return builder.document()
