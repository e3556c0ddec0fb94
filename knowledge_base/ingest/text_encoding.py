"""Text files in whatever encoding they come."""

from __future__ import annotations

import codecs
from pathlib import Path

import regex
from charset_normalizer import from_bytes

from knowledge_base.ingest.source import ItemError

_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_DECLARED = regex.compile(rb"<meta[^>]*charset\s*=\s*[\"']?\s*([\w-]+)|encoding=[\"']([\w-]+)[\"']")
_DECLARED_WITHIN = 2048
# What programs in India wrote before UTF-8; others would be mere guesses.
_OLDER = ("cp1252", "mac_roman", "utf_16_le", "utf_16_be")
# UTF-8 that was read as Windows-1252 and written again: Indic letters begin with à¤ to àµ,
# Urdu ones with Ø to Û, accented ones with Ã.
_MOJIBAKE = regex.compile(
    "à[\u00a4-\u00b5].|[ÃØ-Û][\u0080-\u00bf\u2018-\u2122\u0152-\u0192]|\ufffd"
)
_MOJIBAKE_SHARE = 0.02


def read_text(path: Path) -> str:
    """Return a text file's content.

    A byte order mark decides, then UTF-8 if the bytes are UTF-8, then what an HTML or XML file
    declares, then what charset-normalizer finds most likely of older encodings.

    Raises:
        ItemError: no encoding fits, or the text was damaged before.
    """
    return decode(path.read_bytes())


def decode(content: bytes) -> str:
    """Return bytes as text, see ``read_text``."""
    text = _decoded(content)
    damaged = sum(len(match) for match in _MOJIBAKE.findall(text))
    if damaged > _MOJIBAKE_SHARE * len(text):
        raise ItemError(
            "its letters were damaged by a wrong encoding (like à¤¹à¤¿ or �); save the original "
            "as UTF-8"
        )
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _decoded(content: bytes) -> str:
    for mark, encoding in _MARKS.items():
        if content.startswith(mark):
            return _strictly(content, encoding)
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        pass
    declared = _DECLARED.search(content, 0, _DECLARED_WITHIN)
    if declared:
        name = (declared[1] or declared[2]).decode("ascii")
        if name.lower().replace("-", "") != "utf8":
            return _strictly(content, name)
    best = from_bytes(content, cp_isolation=list(_OLDER)).best()
    if best is None:
        raise ItemError("its encoding cannot be made out; save it as UTF-8")
    return str(best)


def _strictly(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except (UnicodeDecodeError, LookupError) as error:
        raise ItemError(f"it says it is {encoding} and is not; save it as UTF-8") from error
