"""Which font draws which part of a text, in which order, and where its lines break.

Every script of Sathi has one Noto font in ``fonts/``, and no font has two, so that a text is
drawn as *runs*, each of one font and one direction. The order of runs on a line
follows the Unicode Bidirectional Algorithm (UAX 9); texts are cut between grapheme clusters
only (UAX 29), so that no letter loses its vowel sign or its conjunct.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from itertools import accumulate, groupby, islice
from pathlib import Path

import regex
from fontTools.ttLib import TTFont
from fpdf.bidi import BidiParagraph
from fpdf.enums import TextDirection

from knowledge_base.languages import registry

ELLIPSIS = "…"
LTR = "ltr"
RTL = "rtl"
LATIN = "NotoSans"

_FONTS = Path(__file__).parent / "fonts"
_FAMILIES = {
    "Latn": LATIN,
    "Deva": "NotoSansDevanagari",
    "Beng": "NotoSansBengali",
    "Taml": "NotoSansTamil",
    "Telu": "NotoSansTelugu",
    "Gujr": "NotoSansGujarati",
    "Arab": "NotoNaskhArabic",
    "Knda": "NotoSansKannada",
    "Orya": "NotoSansOriya",
    "Mlym": "NotoSansMalayalam",
    "Guru": "NotoSansGurmukhi",
}
# Names may be of any length; what is drawn of them never needs more.
_MAX_CLUSTERS = 300
# The longest conjuncts have about ten characters; more are stacked marks that would be
# drawn over the neighbouring lines.
_MAX_CLUSTER_LENGTH = 24
_CLUSTER = regex.compile(r"\X")
_JOINERS = "\u200c\u200d"
# Characters that say nothing by themselves: controls, formats (but the joiners, which shape
# Indic and Arabic letters), surrogates, private use, unassigned.
_INVISIBLE = regex.compile(rf"[\p{{C}}--[{_JOINERS}\s]]", flags=regex.VERSION1)
# Marks that fit letters of any script.
_FOR_ANY = regex.compile(r"\p{Script=Inherited}")
_BLANK = regex.compile(r"\s+")
_RIGHT_TO_LEFT = regex.compile(r"[\p{Bidi_Class=R}\p{Bidi_Class=AL}]")
_STARTS_RIGHT = regex.compile(
    r"[^\p{Bidi_Class=L}\p{Bidi_Class=R}\p{Bidi_Class=AL}]*[\p{Bidi_Class=R}\p{Bidi_Class=AL}]"
)


class Weight(StrEnum):
    """Weight of a font, as its file is named."""

    REGULAR = "Regular"
    SEMIBOLD = "SemiBold"


@dataclass(frozen=True)
class Run:
    """Part of a line that one font draws in one direction.

    Attributes:
        text: the characters in reading order.
        family: name of the font, see ``font_path``.
        direction: ``ltr`` or ``rtl``.
    """

    text: str
    family: str
    direction: str


def font_path(family: str, weight: Weight) -> Path:
    """Return the TrueType file of a font."""
    return _FONTS / f"{family}-{weight}.ttf"


@lru_cache
def line_height(family: str) -> float:
    """Return the height of a line in this font, as a multiple of the font's size."""
    with _open(family) as font:
        return (font["hhea"].ascent - font["hhea"].descent) / font["head"].unitsPerEm


def family_of(locale: str) -> str:
    """Return the name of the font for a locale's script."""
    locale = known_locale(locale)
    if registry.is_romanised(locale):
        return LATIN
    return _FAMILIES[registry.languages()[registry.language_of(locale)].script]


def known_locale(locale: str) -> str:
    """Return the locale itself if Sathi has it, else the default locale."""
    return registry.known_locale(locale) or registry.DEFAULT_LOCALE


def language_tag(locale: str) -> str:
    """Return the BCP 47 code by which fonts choose a language's letter forms."""
    return registry.language_of(known_locale(locale))


def is_mirrored(locale: str) -> bool:
    """Whether a page in this locale starts at the right."""
    return registry.direction_of(known_locale(locale)) == RTL


def clean(text: str) -> str:
    """Return what of a text can be drawn, on one line.

    Controls become spaces, other invisible characters and all that no font has (emoji,
    other scripts) are left out, and overlong texts are cut.

    Args:
        text: any text, also one that is not well formed.
    """
    text = _INVISIBLE.sub(_invisible, unicodedata.normalize("NFC", text))
    clusters = _CLUSTER.finditer(_BLANK.sub(" ", text))
    drawn = (_drawable(match.group()) for match in islice(clusters, _MAX_CLUSTERS))
    return _BLANK.sub(" ", "".join(drawn)).strip(f" {_JOINERS}")


def pieces(text: str, locale: str) -> list[tuple[str, str]]:
    """Split a line by font, in reading order; all that is needed to measure it.

    Args:
        text: a line that ``clean`` has returned, or part of one.
        locale: locale of the page, whose font is preferred.

    Returns:
        Each piece and the name of its font.
    """
    split = _by_cluster(text, family_of(locale))
    return [
        ("".join(cluster for cluster, _ in group), family)
        for family, group in groupby(split, key=lambda piece: piece[1])
    ]


def layout(text: str, locale: str) -> list[Run]:
    """Split a line into runs, from left to right.

    Args:
        text: a line that ``clean`` has returned, or part of one.
        locale: locale of the page; its font is preferred and its direction leads.
    """
    if not _RIGHT_TO_LEFT.search(text):
        return [Run(piece, family, LTR) for piece, family in pieces(text, locale)]
    split = _by_cluster(text, family_of(locale))
    levels = _levels(text, is_mirrored(locale))
    starts = accumulate((len(cluster) for cluster, _ in split), initial=0)
    placed = [
        (levels[start], family, cluster)
        for (cluster, family), start in zip(split, starts, strict=False)
    ]
    runs = [
        (level, Run("".join(cluster for *_, cluster in group), family, RTL if level % 2 else LTR))
        for (level, family), group in groupby(placed, key=lambda piece: piece[:2])
    ]
    return _visual_order(runs)


def wrap(text: str, width: float, max_lines: int, measure: Callable[[str], float]) -> list[str]:
    """Break a text into lines, at spaces where it can, and end it with an ellipsis if cut.

    Args:
        text: a text that ``clean`` has returned.
        width: room of a line, in the unit of ``measure``.
        max_lines: lines there may be, at least 1.
        measure: returns the shaped width of a text.

    Returns:
        The lines; none for an empty text.
    """
    lines: list[str] = []
    rest = text
    while rest and len(lines) < max_lines - 1 and measure(rest) > width:
        words = [match.start() for match in _BLANK.finditer(rest)]
        letters = _cluster_ends(rest)
        end = _longest(rest, words, width, measure)
        end = end or _longest(rest, letters, width, measure) or letters[0]
        lines.append(rest[:end])
        rest = rest[end:].lstrip()
    if rest:
        lines.append(_ellipsise(rest, width, measure))
    return lines


def _ellipsise(text: str, width: float, measure: Callable[[str], float]) -> str:
    if measure(text) <= width:
        return text
    end = _longest(text, _cluster_ends(text), width - measure(ELLIPSIS), measure)
    return text[:end].rstrip() + ELLIPSIS


def _longest(text: str, ends: Sequence[int], width: float, measure: Callable[[str], float]) -> int:
    """Return the last of the ends up to which the text fits, or 0."""
    fitting = bisect_right(ends, width, key=lambda end: measure(text[:end]))
    return ends[fitting - 1] if fitting else 0


def _cluster_ends(text: str) -> list[int]:
    return [match.end() for match in _CLUSTER.finditer(text)]


def _invisible(match: regex.Match[str]) -> str:
    return " " if unicodedata.category(match.group()) == "Cc" else ""


def _drawable(cluster: str) -> str:
    """Return what of a cluster can be drawn, nothing if no font has its base letter.

    A vowel sign is kept after a letter of another script, though no font can join them.
    """
    own = [family for family in _FAMILIES.values() if ord(cluster[0]) in _covered(family)]
    if not own:
        return ""
    kept = [
        c
        for c in cluster
        if _has(c, own) or (_has(c, _FAMILIES.values()) and not _FOR_ANY.match(c))
    ]
    return "".join(kept[:_MAX_CLUSTER_LENGTH])


def _has(character: str, families: Iterable[str]) -> bool:
    return any(ord(character) in _covered(family) for family in families)


@lru_cache
def _covered(family: str) -> frozenset[int]:
    with _open(family) as font:
        return frozenset(font.getBestCmap())


def _open(family: str) -> TTFont:
    return TTFont(font_path(family, Weight.REGULAR), lazy=True)


def _by_cluster(text: str, preferred: str) -> list[tuple[str, str]]:
    """Return each cluster and its font; clusters that no font has are split.

    A font goes on as long as it can: a space or a danda belongs to the word before it.
    """
    split: list[tuple[str, str]] = []
    current = preferred
    for cluster in _CLUSTER.findall(text):
        order = (current, preferred, *_FAMILIES.values())
        whole = _first_covering(cluster, order)
        for part in [cluster] if whole else cluster:
            current = whole or _first_covering(part, order) or LATIN
            split.append((part, current))
    return split


def _first_covering(text: str, families: Iterable[str]) -> str | None:
    codes = {ord(character) for character in text}
    return next((family for family in families if codes <= _covered(family)), None)


def _levels(text: str, mirrored: bool) -> list[int]:
    """Return the embedding level of each character (UAX 9); odd ones run right to left."""
    # A title may be in another language than the page: its first letter then leads.
    starts_right = mirrored or _STARTS_RIGHT.match(text)
    base = TextDirection.RTL if starts_right else TextDirection.LTR
    paragraph = BidiParagraph(text, base, preserve_bn_chars=True)
    return [c.embedding_level for c in paragraph.get_characters_with_embedding_level()]


def _visual_order(runs: Sequence[tuple[int, Run]]) -> list[Run]:
    """Order runs from left to right (rule L2 of UAX 9)."""
    ordered = list(runs)
    levels = [level for level, _ in runs]
    for level in range(max(levels, default=0), 0, -1):
        ordered = [
            run
            for nested, group in groupby(ordered, key=lambda r: r[0] >= level)
            for run in (reversed(list(group)) if nested else group)
        ]
    return [run for _, run in ordered]
