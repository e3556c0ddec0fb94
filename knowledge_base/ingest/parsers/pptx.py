"""PowerPoint presentations, read with python-pptx."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pptx import Presentation
from pptx.shapes.base import BaseShape
from pptx.shapes.group import GroupShape
from pptx.slide import Slide
from pptx.text.text import TextFrame

from knowledge_base.ingest.archives import check_archive
from knowledge_base.ingest.documents import ParseContext, ParsedDocument, Place, SectionBuilder

_CELLS = " | "


def parse_pptx(path: Path, context: ParseContext) -> ParsedDocument:
    """Read a presentation, see ``Parser``.

    A slide is a section under its title, its speaker's notes included.
    """
    check_archive(path, context.limits)
    presentation = Presentation(str(path))
    builder = SectionBuilder()
    for number, slide in enumerate(presentation.slides, 1):
        place = Place(page=number)
        title = slide.shapes.title
        if title is not None and title.text_frame.text.strip():
            builder.heading(1, title.text_frame.text)
        for shape in _shapes(slide):
            if title is None or shape.shape_id != title.shape_id:
                _read_shape(shape, builder, place)
        if slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None:
            _read_frame(slide.notes_slide.notes_text_frame, builder, place)
    return builder.document(presentation.core_properties.title or None)


def _shapes(slide: Slide) -> Iterator[BaseShape]:
    """Yield the shapes, those of groups too, from top to bottom and left to right."""
    found = list(_flat(slide.shapes))
    return iter(sorted(found, key=lambda shape: (shape.top or 0, shape.left or 0)))


def _flat(shapes: object) -> Iterator[BaseShape]:
    for shape in shapes:
        if isinstance(shape, GroupShape):
            yield from _flat(shape.shapes)
        else:
            yield shape


def _read_shape(shape: BaseShape, builder: SectionBuilder, place: Place) -> None:
    if shape.has_text_frame:
        _read_frame(shape.text_frame, builder, place)
    elif shape.has_table:
        for row in shape.table.rows:
            cells = [cell.text_frame.text.strip() for cell in row.cells]
            builder.block(_CELLS.join(text for text in cells if text), place)


def _read_frame(frame: TextFrame, builder: SectionBuilder, place: Place) -> None:
    for paragraph in frame.paragraphs:
        own = paragraph.font.name
        fonts = {run.font.name or own for run in paragraph.runs if run.text.strip()}
        builder.block(paragraph.text, place, frozenset(name for name in fonts if name))
