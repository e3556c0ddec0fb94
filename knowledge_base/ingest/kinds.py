"""Which format a file has: by its first bytes, and by its name where these leave it open."""

from __future__ import annotations

import zipfile
from enum import StrEnum
from pathlib import Path

import filetype
import regex

_HEAD_BYTES = 8192


class FileKind(StrEnum):
    """Formats that are known; those of ``REFUSED`` cannot be read."""

    PDF = "pdf"
    DOCX = "docx"
    PPTX = "pptx"
    XLSX = "xlsx"
    HTML = "html"
    VTT = "vtt"
    SRT = "srt"
    PLAIN = "plain"
    SCORM = "scorm"
    ECAR = "ecar"
    ZIP = "zip"
    OLD_OFFICE = "old office"
    RTF = "rtf"
    ODF = "odf"
    BROKEN_ZIP = "broken zip"


REFUSED = {
    FileKind.XLSX: "it is a table; course lists are read by their columns, see the README",
    FileKind.OLD_OFFICE: (
        "it is an old Office file or protected by a password; save it as .docx, .pptx or .xlsx, "
        "without a password"
    ),
    FileKind.RTF: "it is an RTF file; save it as .docx",
    FileKind.ODF: "it is an OpenDocument file; save it as .docx or .pptx",
    FileKind.BROKEN_ZIP: "its zip archive is broken; fetch or pack it anew",
}
_BY_SUFFIX = {
    ".pdf": FileKind.PDF,
    ".docx": FileKind.DOCX,
    ".pptx": FileKind.PPTX,
    ".xlsx": FileKind.XLSX,
    ".html": FileKind.HTML,
    ".htm": FileKind.HTML,
    ".xhtml": FileKind.HTML,
    ".vtt": FileKind.VTT,
    ".srt": FileKind.SRT,
    ".txt": FileKind.PLAIN,
    ".md": FileKind.PLAIN,
    ".zip": FileKind.ZIP,
    ".ecar": FileKind.ECAR,
}
_BY_MEMBER = {
    "word/document.xml": FileKind.DOCX,
    "ppt/presentation.xml": FileKind.PPTX,
    "xl/workbook.xml": FileKind.XLSX,
    "imsmanifest.xml": FileKind.SCORM,
    "manifest.json": FileKind.ECAR,
}
_BY_START = {
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": FileKind.OLD_OFFICE,
    b"{\\rtf": FileKind.RTF,
}
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
# Some writers put other bytes before the header; readers look for it here (ISO 32000-1, H.3).
_PDF_WITHIN = 1024
_HTML = regex.compile(rb"<(?:!doctype\s+html|html|head|body)[\s>]", regex.IGNORECASE)
_SRT = regex.compile(rb"\s*\d+\s*\r?\n\s*\d{1,2}:\d\d:\d\d[,.]\d{1,3}\s*-->")


def kind_of(path: Path) -> FileKind | None:
    """Return a file's format, None when it is none that is known, such as a picture.

    Raises:
        OSError: the file cannot be opened.
    """
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    if head.startswith(_ZIP):
        return _kind_of_zip(path)
    magic = next((kind for start, kind in _BY_START.items() if head.startswith(start)), None)
    if magic is None and b"%PDF-" in head[:_PDF_WITHIN]:
        magic = FileKind.PDF
    if magic is not None:
        return magic
    # What is left is text, or a picture, a video or another format, whatever it is called.
    return None if filetype.guess(head) is not None else _kind_of_text(head, path)


def _kind_of_text(head: bytes, path: Path) -> FileKind | None:
    named = _BY_SUFFIX.get(path.suffix.lower())
    if head.startswith((b"WEBVTT", b"\xef\xbb\xbfWEBVTT")):
        return FileKind.VTT
    if _SRT.match(head.removeprefix(b"\xef\xbb\xbf")):
        return FileKind.SRT
    if _HTML.search(head) and named in (None, FileKind.PLAIN):
        return FileKind.HTML
    return named


def _kind_of_zip(path: Path) -> FileKind:
    try:
        with zipfile.ZipFile(path) as archive:
            names = {name.lower() for name in archive.namelist()}
            if "mimetype" in names and "content.xml" in names:
                return FileKind.ODF
    except (zipfile.BadZipFile, ValueError, EOFError, NotImplementedError):
        return FileKind.BROKEN_ZIP
    for member, kind in _BY_MEMBER.items():
        if member in names:
            return kind
    return FileKind.ZIP
