"""Read any file of course material: its format is found out, its text checked."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from knowledge_base.ingest.documents import ParseContext, ParsedDocument, Parser, has_text
from knowledge_base.ingest.kinds import REFUSED, FileKind, kind_of
from knowledge_base.ingest.legacy_fonts import without_legacy_text
from knowledge_base.ingest.limits import IngestLimits
from knowledge_base.ingest.parsers.docx import parse_docx
from knowledge_base.ingest.parsers.ecar import parse_ecar
from knowledge_base.ingest.parsers.html import parse_html
from knowledge_base.ingest.parsers.package import parse_zip
from knowledge_base.ingest.parsers.pdf import parse_pdf
from knowledge_base.ingest.parsers.plain import parse_plain
from knowledge_base.ingest.parsers.pptx import parse_pptx
from knowledge_base.ingest.parsers.scorm import parse_scorm
from knowledge_base.ingest.parsers.subtitles import parse_srt, parse_vtt
from knowledge_base.ingest.source import ItemError

_PACKAGES = (FileKind.SCORM, FileKind.ECAR, FileKind.ZIP)
_PARSERS: dict[FileKind, Parser] = {
    FileKind.PDF: parse_pdf,
    FileKind.DOCX: parse_docx,
    FileKind.PPTX: parse_pptx,
    FileKind.HTML: parse_html,
    FileKind.VTT: parse_vtt,
    FileKind.SRT: parse_srt,
    FileKind.PLAIN: parse_plain,
    FileKind.SCORM: parse_scorm,
    FileKind.ECAR: parse_ecar,
    FileKind.ZIP: parse_zip,
}


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
    kind = _admitted_kind(path, limits, depth)
    context = ParseContext(limits, partial(parse_file, limits=limits, depth=depth + 1))
    try:
        document = _PARSERS[kind](path, context)
    except ItemError:
        raise
    except OSError as error:
        raise _unopened(error) from error
    except MemoryError as error:
        raise ItemError(
            f"it needs more memory than {limits.memory_megabytes} MB; split it, or set "
            "SATHI_INGEST_MEMORY_MEGABYTES"
        ) from error
    except Exception as error:
        # Libraries fail on damaged files in ways of all kinds, and none may end a run.
        raise ItemError(
            f"it is no readable {kind} file ({type(error).__name__}: {error}); save, export or "
            "fetch it anew"
        ) from error
    document = without_legacy_text(document)
    if not has_text(document):
        raise ItemError("; ".join(document.problems) or "it holds no text; leave it out")
    return document


def _admitted_kind(path: Path, limits: IngestLimits, depth: int) -> FileKind:
    """Return the format of a file that may be read."""
    try:
        size, kind = path.stat().st_size, kind_of(path)
    except OSError as error:
        raise _unopened(error) from error
    if not size:
        raise ItemError("it is empty; fetch or export it anew")
    if kind is None:
        raise ItemError("it has no format that can be read; see the README for those that can")
    if kind in REFUSED:
        raise ItemError(REFUSED[kind])
    if kind in _PACKAGES:
        # Those of its members are unpacked that hold text, one by one.
        if depth > limits.max_nesting:
            raise ItemError(
                f"it is an archive in {depth} others, more than {limits.max_nesting}; unpack it, "
                "or set SATHI_INGEST_MAX_NESTING"
            )
    elif size > limits.max_bytes:
        raise ItemError(
            f"it has {size >> 20} MB, more than {limits.max_megabytes}; split it, or set "
            "SATHI_INGEST_MAX_MEGABYTES"
        )
    return kind


def _unopened(error: OSError) -> ItemError:
    return ItemError(f"it cannot be opened ({error.strerror or error})")
