"""PDF files, read with PDFium (https://pypdfium2.readthedocs.io)."""

from __future__ import annotations

import ctypes
import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c
import regex

from knowledge_base.ingest.documents import (
    ParseContext,
    ParsedDocument,
    Place,
    SectionBuilder,
    clean,
    has_text,
)
from knowledge_base.ingest.source import ItemError
from knowledge_base.languages.script import has_letters

# Larger than the body by this much is a heading.
_HEADING_SIZE = 1.15
_HEADING_WORDS = 14
_BOLD = 600
_BOLD_NAME = regex.compile("bold|black|heavy|semibold", regex.IGNORECASE)
_SENTENCE_END = regex.compile(r"[.।॥۔,;]$")
# Lines further apart than this many times their size are paragraphs of their own.
_PARAGRAPH_GAP = 1.9
_LIST_ITEM = regex.compile(r"^(?:[•▪◦‣●○■-]|\(?(?:\p{Nd}{1,3}|[a-z]|[ivx]+)[.)])\s")
# A line at the top or the bottom of so many pages is no content.
_RUNNING_PAGES = 3
_RUNNING_SHARE = 0.5
_NUMBER = regex.compile(r"\p{Nd}+")
# A line at an edge without words but a number: "12", "- 12 -", "12/40", "Page 12 of 40".
_PAGE_NUMBER = regex.compile(
    r"\W*(?:page|pg|पृष्ठ|পৃষ্ঠা|பக்கம்|పేజీ|પૃષ્ઠ|ಪುಟ|പേജ്|ਪੰਨਾ|ପୃଷ୍ଠା|صفحہ)?\W*\p{Nd}+(?:\W*(?:of|/)\W*\p{Nd}+)?\W*",
    regex.IGNORECASE,
)
_UNREADABLE_SHARE = 0.3
_SOFT_HYPHENS = ("\x02", "\ufffe", "\u00ad")
_NAME_BYTES = 256


@dataclass(frozen=True)
class _Font:
    """How a piece of text is set: its size in points, its weight and its font's name."""

    size: float
    bold: bool
    name: str


@dataclass(frozen=True)
class _Line:
    """A line of text with the font of most of its letters and its distance from the last.

    Attributes:
        gap: distance of its base line from the last one's in points.
    """

    text: str
    font: _Font
    page: int
    gap: float
    fonts: frozenset[str]


def parse_pdf(path: Path, context: ParseContext) -> ParsedDocument:
    """Read a PDF file, see ``Parser``.

    Headings are the lines set larger than the body or bold by themselves, as far as they are
    short, and the file's bookmarks. Lines that recur at the top or the bottom of pages are left
    out. Letters that fonts give no Unicode for are left out, too, as pieces of conjuncts are.
    """
    try:
        document = pdfium.PdfDocument(path)
    except pdfium.PdfiumError as error:
        if "password" in str(error).lower():
            raise ItemError("it is encrypted; save it without a password") from error
        raise ItemError(f"it is no readable PDF ({error}); export or fetch it anew") from error
    try:
        lines, unreadable = _lines(document)
        bookmarks = _bookmarks(document)
    finally:
        document.close()
    letters = sum(len(line.text) for line in lines)
    if unreadable > _UNREADABLE_SHARE * (letters + unreadable):
        raise ItemError(
            "its fonts do not say which letters they show; export it anew with Unicode fonts"
        )
    parsed = _sections(_without_running_lines(lines), bookmarks)
    if not has_text(parsed):
        raise ItemError(
            "it has no text, its pages are probably scanned; recognise it first, e.g. with "
            "'ocrmypdf --language hin+eng'"
        )
    return parsed


def _lines(document: pdfium.PdfDocument) -> tuple[list[_Line], int]:
    lines: list[_Line] = []
    unreadable = 0
    for number in range(len(document)):
        try:
            page = document[number]
            text_page = page.get_textpage()
        except pdfium.PdfiumError as error:
            raise ItemError(f"its page {number + 1} is broken; export it anew") from error
        try:
            found, missing = _PageReader(text_page, number + 1).lines()
        finally:
            text_page.close()
            page.close()
        lines += found
        unreadable += missing
    return lines, unreadable


class _PageReader:
    """Reads the characters of a page and gathers them into lines.

    Args:
        text_page: what PDFium knows of the page's characters, in reading order.
        number: of the page, from 1.
    """

    def __init__(self, text_page: pdfium.PdfTextPage, number: int) -> None:
        self._page = text_page
        self._number = number
        self._fonts: dict[int, _Font] = {}
        self._last_base: float | None = None

    def lines(self) -> tuple[list[_Line], int]:
        """Return the lines, and the number of characters without a Unicode value."""
        lines: list[_Line] = []
        characters: list[tuple[int, str]] = []
        unreadable, last = 0, -1
        for index in range(self._page.count_chars()):
            if pdfium_c.FPDFText_HasUnicodeMapError(self._page, index) == 1:
                unreadable, last = unreadable + 1, index
                if characters and self._is_guessed_space(*characters[-1]):
                    characters.pop()
                continue
            char = chr(pdfium_c.FPDFText_GetUnicode(self._page, index))
            if char in "\r\n":
                lines += self._line(characters)
                characters = []
            elif char != "\0" and not (last == index - 1 and self._is_guessed_space(index, char)):
                characters.append((index, char))
        lines += self._line(characters)
        return lines, unreadable

    def _is_guessed_space(self, index: int, char: str) -> bool:
        """Tell whether PDFium put a space here for a gap, such as a piece of a conjunct leaves."""
        return char == " " and pdfium_c.FPDFText_IsGenerated(self._page, index) == 1

    def _line(self, characters: Sequence[tuple[int, str]]) -> Iterator[_Line]:
        text = "".join(char for _, char in characters)
        if not text.strip():
            return
        fonts: Counter[_Font] = Counter()
        latin: set[str] = set()
        for index, char in characters:
            if not char.isspace():
                font = self._font(index)
                fonts[font] += 1
                if char.isascii():
                    latin.add(font.name)
        base = self._base(next(i for i, char in characters if not char.isspace()))
        gap = math.inf if self._last_base is None else abs(self._last_base - base)
        self._last_base = base
        font = fonts.most_common(1)[0][0]
        yield _Line(text, font, self._number, gap, frozenset(latin))

    def _base(self, index: int) -> float:
        x, y = ctypes.c_double(), ctypes.c_double()
        pdfium_c.FPDFText_GetCharOrigin(self._page, index, x, y)
        return y.value

    def _font(self, index: int) -> _Font:
        text_object = pdfium_c.FPDFText_GetTextObject(self._page, index)
        key = ctypes.addressof(text_object.contents) if text_object else 0
        if key not in self._fonts:
            self._fonts[key] = _font(text_object) if text_object else _Font(0.0, False, "")
        return self._fonts[key]


def _font(text_object: pdfium_c.FPDF_PAGEOBJECT) -> _Font:
    size, matrix = ctypes.c_float(), pdfium_c.FS_MATRIX()
    pdfium_c.FPDFTextObj_GetFontSize(text_object, size)
    # Many programs write a size of 1 and stretch the letters.
    pdfium_c.FPDFPageObj_GetMatrix(text_object, matrix)
    stretch = math.hypot(matrix.b, matrix.d) or 1.0
    font = pdfium_c.FPDFTextObj_GetFont(text_object)
    buffer = ctypes.create_string_buffer(_NAME_BYTES)
    pdfium_c.FPDFFont_GetBaseFontName(font, buffer, _NAME_BYTES)
    name = buffer.value.decode("utf-8", "replace")
    bold = pdfium_c.FPDFFont_GetWeight(font) >= _BOLD or bool(_BOLD_NAME.search(name))
    return _Font(round(size.value * stretch, 1), bold, name)


def _bookmarks(document: pdfium.PdfDocument) -> dict[tuple[int, str], int]:
    """Return the level of each bookmark, from 1, by page and title."""
    levels = {}
    for bookmark in document.get_toc():
        target = bookmark.get_dest()
        index = target.get_index() if target else None
        if index is not None:
            levels[index + 1, _plain(bookmark.get_title())] = bookmark.level + 1
    return levels


def _plain(text: str) -> str:
    return clean(text).casefold()


def _without_running_lines(lines: list[_Line]) -> list[_Line]:
    """Leave out headers, footers and page numbers: edge lines that recur but for numbers."""
    by_page: dict[int, list[_Line]] = defaultdict(list)
    for line in lines:
        by_page[line.page].append(line)
    counts = Counter(
        key for page in by_page.values() for key in {_recurring(page[0]), _recurring(page[-1])}
    )
    limit = max(_RUNNING_PAGES, _RUNNING_SHARE * len(by_page))

    def is_running(line: _Line) -> bool:
        page_number = _PAGE_NUMBER.fullmatch(line.text)
        return bool(page_number) or counts[_recurring(line)] >= limit

    return [
        line
        for page in by_page.values()
        for position, line in enumerate(page)
        if position not in (0, len(page) - 1) or not is_running(line)
    ]


def _recurring(line: _Line) -> str:
    return _NUMBER.sub("#", _plain(line.text))


def _sections(lines: list[_Line], bookmarks: dict[tuple[int, str], int]) -> ParsedDocument:
    sizes: Counter[float] = Counter()
    bold: Counter[bool] = Counter()
    for line in lines:
        sizes[line.font.size] += len(line.text)
        bold[line.font.bold] += len(line.text)
    body = sizes.most_common(1)[0][0] if sizes else 0.0
    bold_tells = bold[True] < bold[False]
    larger = sorted({size for size in sizes if size >= body * _HEADING_SIZE}, reverse=True)
    # A bold line of the body's size is below all larger ones.
    ranks = {size: rank for rank, size in enumerate(larger, 1)}
    builder = SectionBuilder()
    paragraph: list[_Line] = []
    heading: list[_Line] = []
    heading_level = 0

    def end_paragraph() -> None:
        if paragraph:
            fonts = frozenset().union(*(line.fonts for line in paragraph))
            builder.block(_joined(paragraph), Place(page=paragraph[0].page), fonts)
            paragraph.clear()

    def end_heading() -> None:
        if heading:
            builder.heading(heading_level, _joined(heading))
            heading.clear()

    for line in lines:
        level = bookmarks.get((line.page, _plain(line.text)))
        if level is None and _looks_like_heading(line, bold_tells, ranks):
            level = ranks.get(line.font.size, len(larger) + 1)
        if level is not None:
            end_paragraph()
            # A heading may take two lines.
            if heading and (level != heading_level or line.gap > _PARAGRAPH_GAP * line.font.size):
                end_heading()
            heading_level = level
            heading.append(line)
            continue
        end_heading()
        if line.gap > _PARAGRAPH_GAP * line.font.size and _ends(paragraph):
            end_paragraph()
        if _LIST_ITEM.match(line.text):
            end_paragraph()
        paragraph.append(line)
    end_paragraph()
    # What is below the last heading would be empty; it is then text by itself.
    if heading:
        builder.block(_joined(heading), Place(page=heading[0].page))
    return builder.document()


def _looks_like_heading(line: _Line, bold_tells: bool, ranks: dict[float, int]) -> bool:
    stands_out = line.font.size in ranks or (bold_tells and line.font.bold)
    text = line.text.strip()
    short = len(text.split()) <= _HEADING_WORDS and not _SENTENCE_END.search(text)
    return stands_out and short and has_letters(text)


def _ends(paragraph: list[_Line]) -> bool:
    """Tell whether a paragraph may end here: not in a sentence that a page break interrupts."""
    return bool(paragraph) and (
        paragraph[-1].gap is not math.inf
        or bool(regex.search(r"[.?!।॥۔:]\W*$", paragraph[-1].text))
    )


def _joined(lines: Sequence[_Line]) -> str:
    text = ""
    for line in lines:
        part = line.text.strip()
        text = text[:-1] + part if text.endswith(_SOFT_HYPHENS) else f"{text} {part}"
    return text
