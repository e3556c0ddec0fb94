"""Read any file of course material: its format is found out, its text checked."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from knowledge_base.ingest.documents import ParsedDocument, Parser, has_text
from knowledge_base.ingest.kinds import REFUSED, FileKind, kind_of
from knowledge_base.ingest.legacy_fonts import without_legacy_text
from knowledge_base.ingest.limits import IngestLimits
from knowledge_base.ingest.source import ItemError

_PACKAGES = (FileKind.SCORM, FileKind.ECAR, FileKind.ZIP)


def parse_file(path: Path, limits: IngestLimits, depth: int = 0) -> ParsedDocument:
    """Read a file.

    Args:
        path: the file.
        limits: what it may ask of the machine.
        depth: archives that it lies in.

    Returns:
        Its text, with all that could not be read of it among the problems.

    Raises:
        ItemError: nothing of it can be used; the message says why and what mends it, and
            leaves the file's name to the caller.
    """
    try:
        size = path.stat().st_size
        if not size:
            raise ItemError("it is empty; fetch or export it anew")
        if size > limits.max_bytes:
            raise ItemError(
                f"it has {size >> 20} MB, more than {limits.max_megabytes}; split it, or set "
                "SATHI_INGEST_MAX_MEGABYTES"
            )
        kind = kind_of(path)
        if kind is None:
            raise ItemError("it has no format that can be read; see the README for those that can")
        if kind in REFUSED:
            raise ItemError(REFUSED[kind])
        document = _parser(kind, limits, depth)(path)
    except OSError as error:
        raise ItemError(f"it cannot be opened ({error.strerror or error})") from error
    except MemoryError as error:
        raise ItemError(
            f"it needs more memory than {limits.memory_megabytes} MB; split it, or set "
            "SATHI_INGEST_MEMORY_MEGABYTES"
        ) from error
    except RecursionError as error:
        raise ItemError("it nests too deeply; export it anew") from error
    document = without_legacy_text(document)
    if not has_text(document):
        raise ItemError("; ".join(document.problems) or "it holds no text; leave it out")
    return document


def _parser(kind: FileKind, limits: IngestLimits, depth: int) -> Parser:
    """Return the parser of a format; libraries are imported with the first file that needs them."""
    if kind in _PACKAGES and depth > limits.max_nesting:
        raise ItemError(
            f"it is an archive in {depth} others, more than {limits.max_nesting}; unpack it, or "
            "set SATHI_INGEST_MAX_NESTING"
        )
    parse = partial(parse_file, limits=limits, depth=depth + 1)
    match kind:
        case FileKind.PDF:
            from knowledge_base.ingest.parsers.pdf import parse_pdf

            return parse_pdf
        case FileKind.DOCX:
            from knowledge_base.ingest.parsers.docx import parse_docx

            return partial(parse_docx, limits=limits)
        case FileKind.PPTX:
            from knowledge_base.ingest.parsers.pptx import parse_pptx

            return partial(parse_pptx, limits=limits)
        case FileKind.HTML:
            from knowledge_base.ingest.parsers.html import parse_html

            return parse_html
        case FileKind.VTT | FileKind.SRT:
            from knowledge_base.ingest.parsers.subtitles import parse_srt, parse_vtt

            return parse_vtt if kind is FileKind.VTT else parse_srt
        case FileKind.SCORM:
            from knowledge_base.ingest.parsers.scorm import parse_scorm

            return partial(parse_scorm, limits=limits, parse=parse)
        case FileKind.ECAR:
            from knowledge_base.ingest.parsers.ecar import parse_ecar

            return partial(parse_ecar, limits=limits, parse=parse)
        case FileKind.ZIP:
            from knowledge_base.ingest.parsers.package import parse_zip

            return partial(parse_zip, limits=limits, parse=parse)
        case _:
            from knowledge_base.ingest.parsers.plain import parse_plain

            return parse_plain
