"""A picture of a learner's progress: a ring for the whole, a bar for each course.

800 pixels wide, twice what a phone shows, so that the letters stay sharp there.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont, features

from connectors.platform.documents import typesetting
from connectors.platform.documents.typesetting import Weight

WIDTH = 800
MAX_ROWS = 10
_ALL = 100.0

# The light colours of the chat page.
_PAPER = "#ffffff"
_INK = "#1b1f24"
_SOFT = "#55606e"
_BRAND = "#0b4f8a"
_DONE = "#1d7a46"
_TRACK = "#e1e6ec"

_MARGIN = 40
_INNER = WIDTH - 2 * _MARGIN
_GAP = 28
_RING = 168
_RING_STROKE = 22
_BAR = 16
_BAR_GAP = 8
_PERCENT_COLUMN = 110
_LINE_SPACING = 1.08
# Shapes are drawn this many times larger and scaled down, since Pillow draws hard edges.
_OVERSAMPLING = 4
_COLOURS = 64


@dataclass(frozen=True)
class ProgressRow:
    """A course of the chart.

    Attributes:
        name: the course's title.
        percentage: completion, 0 to 100.
    """

    name: str
    percentage: float


@dataclass(frozen=True)
class ProgressTotals:
    """What stands beside the ring.

    Attributes:
        percentage: share of the whole, 0 to 100.
        caption: what the share is of.
        facts: further facts, a line each, at most three are drawn.
    """

    percentage: float
    caption: str
    facts: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Style:
    """Look of a text; ``size`` in pixels."""

    size: int
    weight: Weight
    colour: str


_TITLE = _Style(40, Weight.SEMIBOLD, _INK)
_CAPTION = _Style(32, Weight.SEMIBOLD, _INK)
_FACT = _Style(28, Weight.REGULAR, _SOFT)
_NAME = _Style(28, Weight.REGULAR, _INK)
_SHARE = _Style(28, Weight.SEMIBOLD, _BRAND)
_RING_SHARE = _Style(40, Weight.SEMIBOLD, _INK)


@dataclass(frozen=True)
class _Block:
    """Lines of one style."""

    lines: tuple[str, ...]
    style: _Style
    line_height: int

    @property
    def height(self) -> int:
        return self.line_height * len(self.lines)


def draw_progress(
    rows: Sequence[ProgressRow], title: str, locale: str, totals: ProgressTotals
) -> bytes:
    """Draw the progress chart.

    Args:
        rows: the courses, the first ten are drawn; there may be none.
        title: heading of the picture.
        locale: locale of the words; Urdu is laid out from the right.
        totals: the ring and the words beside it.

    Returns:
        A PNG picture, 800 pixels wide and as high as the rows need.

    Raises:
        RuntimeError: Pillow cannot shape Indic letters on this machine.
    """
    if not features.check("raqm"):
        raise RuntimeError("Pillow finds no FriBiDi: install the package libfribidi0")
    # All texts are broken into lines first, since they decide the height.
    texts = _Texts(locale)
    heading = texts.block(title, _TITLE, _INNER, 2)
    beside = _INNER - _RING - _GAP
    summary = [
        texts.block(totals.caption, _CAPTION, beside, 2),
        *(texts.block(fact, _FACT, beside, 1) for fact in totals.facts[:3]),
    ]
    names = [texts.block(row.name, _NAME, _INNER - _PERCENT_COLUMN, 2) for row in rows[:MAX_ROWS]]
    row_heights = [max(name.height, texts.line_height(_SHARE)) + _BAR_GAP + _BAR for name in names]
    summary_height = max(_RING, sum(block.height for block in summary))
    y = _MARGIN + (heading.height + _GAP if heading.lines else 0)

    canvas = _Canvas(texts, y + summary_height + sum(h + _GAP for h in row_heights) + _MARGIN)
    canvas.put(heading, 0, _MARGIN, _INNER)
    canvas.ring(_possible(totals.percentage), y + (summary_height - _RING) // 2)
    line_y = y + (summary_height - sum(block.height for block in summary)) // 2
    for block in summary:
        canvas.put(block, _RING + _GAP, line_y, beside)
        line_y += block.height
    y += summary_height + _GAP
    for row, name, height in zip(rows, names, row_heights, strict=False):
        canvas.row(name, _possible(row.percentage), y, height)
        y += height + _GAP
    return canvas.png()


class _Texts:
    """Breaks and measures texts of one locale, in pixels."""

    def __init__(self, locale: str) -> None:
        self.locale = locale
        self.language = typesetting.language_tag(locale)
        self._family = typesetting.family_of(locale)

    def block(self, text: str, style: _Style, width: int, max_lines: int) -> _Block:
        text = typesetting.clean(text)
        lines = typesetting.wrap(text, width, max_lines, lambda line: self.width(line, style))
        return _Block(tuple(lines), style, self.line_height(style))

    def line_height(self, style: _Style) -> int:
        """Return the height at which lines of the locale's script do not touch."""
        return round(sum(self._metrics(style)) * _LINE_SPACING)

    def baseline(self, block: _Block) -> int:
        """Return where in its height the letters of a line stand."""
        ascent, descent = self._metrics(block.style)
        return (block.line_height - ascent - descent) // 2 + ascent

    def width(self, line: str, style: _Style) -> float:
        pieces = typesetting.pieces(line, self.locale)
        return sum(self.piece_width(text, family, style) for text, family in pieces)

    def piece_width(self, text: str, family: str, style: _Style) -> float:
        return _font(family, style).getlength(text, language=self.language)

    def _metrics(self, style: _Style) -> tuple[int, int]:
        return _font(self._family, style).getmetrics()


class _Canvas:
    """Draws on the picture; ``x`` counts from the margin at which lines start."""

    def __init__(self, texts: _Texts, height: int) -> None:
        self._texts = texts
        self._mirrored = typesetting.is_mirrored(texts.locale)
        self._image = Image.new("RGB", (WIDTH, height), _PAPER)
        self._draw = ImageDraw.Draw(self._image)

    def row(self, name: _Block, percentage: float, y: int, height: int) -> None:
        """Draw a course: its name, the percentage beside the last line, and the bar."""
        bar_y = y + height - _BAR
        colour = _DONE if percentage == _ALL else _BRAND
        style = replace(_SHARE, colour=colour)
        share = _Block((_percent(percentage),), style, name.line_height)
        column = _INNER - _PERCENT_COLUMN
        self.put(name, 0, y, column)
        self.put(share, column, bar_y - _BAR_GAP - share.height, _PERCENT_COLUMN, at_end=True)
        self._bar(percentage, colour, bar_y)

    def put(self, block: _Block, x: int, y: int, width: int, at_end: bool = False) -> None:
        """Draw a block at the start or the end of the room it has."""
        left = self._left(x, width)
        baseline = y + self._texts.baseline(block)
        for line in block.lines:
            at_right = at_end != self._mirrored
            pen = left + (width - self._texts.width(line, block.style) if at_right else 0)
            self._line(line, block.style, pen, baseline)
            baseline += block.line_height

    def ring(self, percentage: float, y: int) -> None:
        """Draw the ring with its percentage inside."""
        side = _RING * _OVERSAMPLING
        large = Image.new("RGB", (side, side), _PAPER)
        draw = ImageDraw.Draw(large)
        stroke = _RING_STROKE * _OVERSAMPLING
        box = (0, 0, side - 1, side - 1)
        draw.arc(box, 0, 360, _TRACK, stroke)
        if percentage:
            sweep = 360 * percentage / _ALL
            start = -90 - sweep if self._mirrored else -90
            colour = _DONE if percentage == _ALL else _BRAND
            draw.arc(box, start, start + sweep, colour, stroke)
        left = self._left(0, _RING)
        self._image.paste(large.resize((_RING, _RING), Image.Resampling.BOX), (left, y))
        centre = (left + _RING / 2, y + _RING / 2)
        font = _font(typesetting.LATIN, _RING_SHARE)
        self._draw.text(centre, _percent(percentage), _RING_SHARE.colour, font, "mm")

    def png(self) -> bytes:
        """Return the picture as a PNG file."""
        buffer = BytesIO()
        # Few colours are used; a palette makes the file a third of the size.
        picture = self._image.quantize(_COLOURS, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
        picture.save(buffer, "PNG")
        return buffer.getvalue()

    def _bar(self, percentage: float, colour: str, y: int) -> None:
        width, height = _INNER * _OVERSAMPLING, _BAR * _OVERSAMPLING
        large = Image.new("RGB", (width, height), _PAPER)
        draw = ImageDraw.Draw(large)
        draw.rounded_rectangle((0, 0, width - 1, height - 1), height // 2, _TRACK)
        if percentage:
            # Never shorter than it is high: less would not look like a beginning.
            filled = max(round(width * percentage / _ALL), height)
            start = width - filled if self._mirrored else 0
            box = (start, 0, start + filled - 1, height - 1)
            draw.rounded_rectangle(box, height // 2, colour)
        self._image.paste(large.resize((_INNER, _BAR), Image.Resampling.BOX), (_MARGIN, y))

    def _line(self, line: str, style: _Style, pen: float, baseline: int) -> None:
        for run in typesetting.layout(line, self._texts.locale):
            self._draw.text(
                (pen, baseline),
                run.text,
                style.colour,
                _font(run.family, style),
                "ls",
                direction=run.direction,
                language=self._texts.language,
            )
            pen += self._texts.piece_width(run.text, run.family, style)

    def _left(self, x: int, width: int) -> int:
        return WIDTH - _MARGIN - x - width if self._mirrored else _MARGIN + x


def _font(family: str, style: _Style) -> ImageFont.FreeTypeFont:
    return _opened(typesetting.font_path(family, style.weight), style.size)


@lru_cache(maxsize=64)
def _opened(path: Path, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(path, size, layout_engine=ImageFont.Layout.RAQM)


def _possible(percentage: float) -> float:
    """Return the nearest percentage there is, 0 for what is no number."""
    return 0.0 if math.isnan(percentage) else min(max(percentage, 0.0), _ALL)


def _percent(percentage: float) -> str:
    """Word a percentage; only nothing is called 0 % and only all of it 100 %."""
    return f"{max(math.floor(percentage), 1) if percentage else 0}%"
