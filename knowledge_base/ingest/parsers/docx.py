"""Word documents, read with python-docx."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import docx
import regex
from docx.document import Document
from docx.oxml.ns import qn
from docx.table import Table
from docx.text.paragraph import Paragraph

from knowledge_base.ingest.archives import check_archive
from knowledge_base.ingest.documents import ParseContext, ParsedDocument, Place, SectionBuilder

_HEADING = regex.compile(r"heading (\d)", regex.IGNORECASE)
_CELLS = " | "
# An outline level from 0 (ECMA-376, 17.3.1.20).
_BODY_TEXT = 9


def parse_docx(path: Path, context: ParseContext) -> ParsedDocument:
    """Read a Word document, see ``Parser``.

    Headings are paragraphs of heading styles or with an outline level. Pages are those that
    Word noted when it saved the file; other programs note none, and places have no page then.
    """
    check_archive(path, context.limits)
    document = docx.Document(str(path))
    builder = SectionBuilder()
    title = document.core_properties.title or None
    fonts = _Fonts(document)
    page = 1
    has_pages = bool(document.element.body.findall(f".//{qn('w:lastRenderedPageBreak')}"))
    for item in document.iter_inner_content():
        place = Place(page=page if has_pages else None)
        if isinstance(item, Table):
            for row in _rows(item):
                builder.block(row, place)
            continue
        page += len(item.rendered_page_breaks)
        level = _level(item)
        if level == 0:
            title = title or item.text
        if level is None:
            builder.block(item.text, place, fonts.of(item))
        else:
            builder.heading(level, item.text)
    return builder.document(title)


def _level(paragraph: Paragraph) -> int | None:
    """Return the level of a heading, 0 of the document's title, None of other paragraphs."""
    style = paragraph.style
    while style is not None:
        heading = _HEADING.fullmatch(style.name or "")
        if heading:
            return int(heading[1])
        if style.name == "Title":
            return 0
        style = style.base_style
    outline = paragraph._p.find(f"{qn('w:pPr')}/{qn('w:outlineLvl')}")
    value = int(outline.get(qn("w:val"))) if outline is not None else _BODY_TEXT
    return value + 1 if value < _BODY_TEXT else None


def _rows(table: Table) -> Iterator[str]:
    """Yield a table's rows; a merged cell, which belongs to several columns, counts once."""
    for row in table.rows:
        cells = {id(cell._tc): cell.text for cell in row.cells}
        yield _CELLS.join(text.strip() for text in cells.values() if text.strip())


class _Fonts:
    """Fonts of a document's runs: their own, else their style's, else the document's."""

    def __init__(self, document: Document) -> None:
        defaults = document.styles.element.find(
            f"{qn('w:docDefaults')}/{qn('w:rPrDefault')}/{qn('w:rPr')}/{qn('w:rFonts')}"
        )
        self._default = defaults.get(qn("w:ascii")) if defaults is not None else None

    def of(self, paragraph: Paragraph) -> frozenset[str]:
        """Return the fonts that set Latin letters in a paragraph."""
        inherited = _style_font(paragraph.style) or self._default
        names = {
            run.font.name or _style_font(run.style) or inherited
            for run in paragraph.runs
            if run.text.strip()
        }
        return frozenset(name for name in names if name)


def _style_font(style: object) -> str | None:
    while style is not None:
        if style.font.name:
            return style.font.name
        style = style.base_style
    return None
