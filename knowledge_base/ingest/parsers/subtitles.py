"""Subtitles of videos, WebVTT and SRT, read with webvtt-py."""

from __future__ import annotations

import io
from pathlib import Path

import regex
import webvtt

from knowledge_base.ingest.documents import ParseContext, ParsedDocument, Place, SectionBuilder
from knowledge_base.ingest.text_encoding import read_text

_SENTENCE_END = regex.compile(r"[.?!।॥۔؟…][\"'”’)\]]*$")
# Recognised speech often has no full stops; a piece of this many words stands for a sentence.
_LONGEST = 40
# Markup that webvtt-py leaves in SRT: <i>, <font color=...>, {\an8}.
_MARKUP = regex.compile(r"</?\w[^>]*>|\{\\[^}]*\}")


def parse_vtt(path: Path, context: ParseContext) -> ParsedDocument:
    """Read a WebVTT file, see ``Parser``."""
    return _parse(path, "vtt")


def parse_srt(path: Path, context: ParseContext) -> ParsedDocument:
    """Read a SubRip file, see ``Parser``."""
    return _parse(path, "srt")


def _parse(path: Path, kind: str) -> ParsedDocument:
    """Read cues and join them up to where a sentence ends; each begins at its first cue."""
    captions = webvtt.from_buffer(io.StringIO(read_text(path)), format=kind)
    builder = SectionBuilder()
    words: list[str] = []
    began = 0.0
    last = ""
    for cue in captions:
        text = " ".join(_MARKUP.sub("", cue.text).split())
        # Captions that roll up repeat the line before.
        new = text.removeprefix(last).strip() if last else text
        last = text
        if not new:
            continue
        if not words:
            began = float(cue.start_in_seconds)
        words += new.split()
        if _SENTENCE_END.search(new) or len(words) >= _LONGEST:
            builder.block(" ".join(words), Place(seconds=began))
            words = []
    builder.block(" ".join(words), Place(seconds=began))
    return builder.document()
