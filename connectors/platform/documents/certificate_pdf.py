"""A certificate as a PDF, for certificates that no platform keeps as a document."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO

import segno
from fpdf import FPDF
from fpdf.enums import Align

from connectors.platform.documents import typesetting
from connectors.platform.documents.typesetting import Weight
from connectors.platform.records import Certificate

# Landscape A4, in millimetres.
_WIDTH = 297.0
_HEIGHT = 210.0
_FRAME = 8.0
_MARGIN = 26.0
_INNER = _WIDTH - 2 * _MARGIN
_TOP = 22.0
_FOOT = 144.0
_BAND = 184.0
_BAND_HEIGHT = _HEIGHT - _FRAME - 3 - _BAND
_FACTS_WIDTH = 90.0
_CODE_SIDE = 32.0
_CODE_GAP = 6.0
_WIDEST_GAP = 7.0
# What the longest line of a balanced text may be, as a multiple of the mean.
_NEARLY_EVEN = (1.05, 1.15, 1.3)
_POINT = 25.4 / 72

_INK = (27, 31, 36)
_SOFT = (85, 96, 110)
_BRAND = (11, 79, 138)
_TINT = (238, 243, 248)


@dataclass(frozen=True)
class CertificateWords:
    """The words of a certificate, in its language.

    The sentence runs ``before_name``, name, ``before_course``, course, ``after_course``,
    each on lines of its own; languages with the verb at the end put it in ``after_course``.

    Attributes:
        heading: what the document is.
        date_label: what stands over the date.
        date: the day of issue, written out.
        number_label: what stands over the certificate's number.
        verify_label: what the QR code and the address under it are for.
        note: says that Sathi's embedded platform has rendered the document.
    """

    heading: str
    before_name: str
    before_course: str
    date_label: str
    date: str
    number_label: str
    verify_label: str
    note: str
    after_course: str = ""


@dataclass(frozen=True)
class _Style:
    """Look of a text; ``size`` in points."""

    size: float
    weight: Weight = Weight.REGULAR
    colour: tuple[int, int, int] = _INK


# Of each text the styles to try, the largest first.
_HEADING = (_Style(32, Weight.SEMIBOLD, _BRAND), _Style(22, Weight.SEMIBOLD, _BRAND))
_CONNECTING = (_Style(14, colour=_SOFT), _Style(11, colour=_SOFT))
_NAME = tuple(_Style(size, Weight.SEMIBOLD) for size in (30, 24, 18))
_COURSE = tuple(_Style(size, Weight.SEMIBOLD, _BRAND) for size in (24, 20, 16))
_LABEL = (_Style(10, colour=_SOFT),)
_VALUE = (_Style(13, Weight.SEMIBOLD), _Style(10, Weight.SEMIBOLD))
_ADDRESS = (_Style(8, colour=_SOFT),)
_NOTICE = (_Style(11), _Style(9))


@dataclass(frozen=True)
class _Block:
    """Lines of one style, ``leading`` millimetres each."""

    lines: tuple[str, ...]
    style: _Style
    leading: float

    @property
    def height(self) -> float:
        return self.leading * len(self.lines)


def render_certificate(
    certificate: Certificate, words: CertificateWords, locale: str, verify_url: str
) -> bytes:
    """Render a certificate on one page of landscape A4.

    The same arguments give the same bytes, so that a document can be compared with a new
    rendering of it.

    Args:
        certificate: what is certified.
        words: the words around it, in the language of ``locale``.
        locale: locale of the document; Urdu is laid out from the right.
        verify_url: address at which a third party verifies the certificate, at most
            2,000 characters.

    Returns:
        A PDF document with fonts embedded.

    Raises:
        ValueError: ``verify_url`` is empty or does not fit a QR code.
    """
    if not verify_url:
        raise ValueError("A certificate needs an address at which it is verified")
    return _Page(locale).render(certificate, words, verify_url)


class _Page:
    """Sets the texts of a certificate on a page; all lengths in millimetres."""

    def __init__(self, locale: str) -> None:
        self._locale = locale
        self._language = typesetting.language_tag(locale)
        self._mirrored = typesetting.is_mirrored(locale)
        self._pdf = FPDF("landscape", "mm", "A4")
        self._pdf.set_auto_page_break(False)
        self._pdf.c_margin = 0
        self._pdf.add_page()

    def render(self, certificate: Certificate, words: CertificateWords, verify_url: str) -> bytes:
        self._describe(certificate, words)
        self._frame()
        heading = self._fitted(words.heading, _HEADING, _INNER, 1)
        self._place(heading, _MARGIN, _TOP, _INNER, Align.C)
        self._sentence(certificate, words, _TOP + heading.height)
        self._facts(certificate, words)
        self._code(words.verify_label, verify_url)
        notice = self._fitted(words.note, _NOTICE, _INNER, 2)
        self._place(notice, _MARGIN, _BAND + (_BAND_HEIGHT - notice.height) / 2, _INNER, Align.C)
        return bytes(self._pdf.output())

    def _describe(self, certificate: Certificate, words: CertificateWords) -> None:
        heading = typesetting.clean(words.heading)
        self._pdf.set_title(f"{heading} – {typesetting.clean(certificate.course_name)}")
        self._pdf.set_subject(typesetting.clean(certificate.number))
        self._pdf.set_lang(typesetting.known_locale(self._locale).replace("_", "-"))
        self._pdf.set_creation_date(certificate.issued_on)

    def _frame(self) -> None:
        pdf = self._pdf
        pdf.set_draw_color(*_BRAND)
        for inset, line_width in ((_FRAME, 1.2), (_FRAME + 2, 0.3)):
            pdf.set_line_width(line_width)
            pdf.rect(inset, inset, _WIDTH - 2 * inset, _HEIGHT - 2 * inset)
        pdf.set_fill_color(*_TINT)
        inset = _FRAME + 3
        pdf.rect(inset, _BAND, _WIDTH - 2 * inset, _BAND_HEIGHT, style="F")

    def _sentence(self, certificate: Certificate, words: CertificateWords, top: float) -> None:
        """Set the sentence in the middle of the room between heading and foot."""
        parts = [
            self._fitted(words.before_name, _CONNECTING, _INNER, 1),
            self._fitted(certificate.learner_name, _NAME, _INNER, 2),
            self._fitted(words.before_course, _CONNECTING, _INNER, 1),
            self._fitted(certificate.course_name, _COURSE, _INNER, 2),
            self._fitted(words.after_course, _CONNECTING, _INNER, 1),
        ]
        parts = [part for part in parts if part.lines]
        left_over = _FOOT - top - sum(part.height for part in parts)
        gap = min(left_over / (len(parts) + 1), _WIDEST_GAP)
        y = top + (left_over - gap * (len(parts) - 1)) / 2
        for part in parts:
            self._place(part, _MARGIN, y, _INNER, Align.C)
            y += part.height + gap

    def _facts(self, certificate: Certificate, words: CertificateWords) -> None:
        """Set date and number at the side where lines start."""
        y = _FOOT
        for label, value in (
            (words.date_label, words.date),
            (words.number_label, certificate.number),
        ):
            for text, styles in ((label, _LABEL), (value, _VALUE)):
                block = self._fitted(text, styles, _FACTS_WIDTH, 1)
                self._place(block, self._left(0, _FACTS_WIDTH), y, _FACTS_WIDTH, self._start)
                y += block.height
            y += 3

    def _code(self, label: str, verify_url: str) -> None:
        """Set the QR code at the side where lines end, its words beside it."""
        picture = BytesIO()
        # No quiet zone (border): the page around the code is white.
        segno.make_qr(verify_url, error="m").save(picture, kind="png", scale=8, border=0)
        x = self._left(_INNER - _CODE_SIDE, _CODE_SIDE)
        self._pdf.image(picture, x, _FOOT, _CODE_SIDE, _CODE_SIDE, link=verify_url)
        width = _INNER - _FACTS_WIDTH - _CODE_SIDE - 2 * _CODE_GAP
        left = self._left(_FACTS_WIDTH + _CODE_GAP, width)
        blocks = [
            self._fitted(label, _LABEL, width, 2),
            self._fitted(verify_url, _ADDRESS, width, 3),
        ]
        y = _FOOT + (_CODE_SIDE - sum(block.height for block in blocks)) / 2
        for block in blocks:
            self._place(block, left, y, width, self._end)
            y += block.height

    @property
    def _start(self) -> Align:
        return Align.R if self._mirrored else Align.L

    @property
    def _end(self) -> Align:
        return Align.L if self._mirrored else Align.R

    def _left(self, x: float, width: float) -> float:
        """Return the left edge of what is ``x`` from the margin where lines start."""
        return _WIDTH - _MARGIN - x - width if self._mirrored else _MARGIN + x

    def _fitted(self, text: str, styles: Sequence[_Style], width: float, max_lines: int) -> _Block:
        """Break a text in the first style in which it fits; in the last one it is cut."""
        text = typesetting.clean(text)
        for style in styles:
            lines = self._wrapped(text, style, width, max_lines + 1)
            if len(lines) <= max_lines:
                lines = self._balanced(text, style, width, len(lines))
                break
        else:
            lines = self._wrapped(text, style, width, max_lines)
        return _Block(tuple(lines), style, self._leading(text, style))

    def _wrapped(self, text: str, style: _Style, width: float, max_lines: int) -> list[str]:
        return typesetting.wrap(text, width, max_lines, lambda line: self._width(line, style))

    def _balanced(self, text: str, style: _Style, width: float, count: int) -> list[str]:
        """Break a text into as many lines, but of like lengths."""
        mean = self._width(text, style) / max(count, 1)
        for factor in _NEARLY_EVEN:
            lines = self._wrapped(text, style, min(width, mean * factor), count + 1)
            if len(lines) <= count:
                return lines
        return self._wrapped(text, style, width, count)

    def _leading(self, text: str, style: _Style) -> float:
        families = {family for _, family in typesetting.pieces(text, self._locale)}
        families.add(typesetting.family_of(self._locale))
        return max(map(typesetting.line_height, families)) * style.size * _POINT

    def _width(self, line: str, style: _Style) -> float:
        pieces = typesetting.pieces(line, self._locale)
        return sum(self._piece_width(text, family, style) for text, family in pieces)

    def _piece_width(self, text: str, family: str, style: _Style) -> float:
        self._use(family, style)
        return self._pdf.get_string_width(text)

    def _use(self, family: str, style: _Style, direction: str | None = None) -> None:
        name = f"{family}-{style.weight}".lower()
        if name not in self._pdf.fonts:
            self._pdf.add_font(name, fname=typesetting.font_path(family, style.weight))
        self._pdf.set_font(name, size=style.size)
        self._pdf.set_text_shaping(True, direction=direction, language=self._language)

    def _place(self, block: _Block, left: float, y: float, width: float, align: Align) -> None:
        self._pdf.set_text_color(*block.style.colour)
        for line in block.lines:
            room = width - self._width(line, block.style)
            offset = {Align.L: 0, Align.C: room / 2, Align.R: room}[align]
            self._line(line, block, left + offset, y)
            y += block.leading

    def _line(self, line: str, block: _Block, x: float, y: float) -> None:
        runs = typesetting.layout(line, self._locale)
        # Indic glyphs are drawn in another order than the letters are written, so the text
        # is given beside them for copying (ActualText, ISO 32000-1, 14.9.4). Viewers turn
        # right-to-left glyphs back by themselves, and would turn this text round, too.
        copied = all(run.direction == typesetting.LTR for run in runs)
        if copied:
            text = line.encode("utf-16-be").hex()
            self._pdf._out(f"/Span <</ActualText <FEFF{text}>>> BDC")
        for run in runs:
            self._use(run.family, block.style, run.direction)
            width = self._pdf.get_string_width(run.text)
            self._pdf.set_xy(x, y)
            self._pdf.cell(width, block.leading, run.text)
            x += width
        if copied:
            self._pdf._out("EMC")
