"""Text typed for fonts that show Indic letters in the place of Latin ones (Kruti Dev, ...).

Such text is Latin letters to every program: ``Hkkjr`` looks like भारत in Kruti Dev. It can be
neither searched nor shown, so it is found and reported. Font names tell where a format has
them; otherwise the most frequent words of the language do, in the form the font's keyboard
gives them (function words as a fingerprint: Grefenstette 1995, "Comparing two language
identification schemes").
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import regex

from knowledge_base.ingest.documents import Block, ParsedDocument, Part, Section, has_text
from knowledge_base.ingest.source import ItemError

# Families without Unicode, by language: Hindi and Marathi, Nepali, and the other scripts.
_LEGACY_NAMES = regex.compile(
    r"\b(?:kruti\s?dev|krishna|dev\s?lys|(?:walkman[ -]?)?chanakya|chankya|shusha|shivaji\d|"
    r"shree-?dev|dvb?w?-?tt|aps-?(?:c-)?dv|akruti\s?dev|aakriti|agra(?:\s|$)|kundli|ankit\s?dev|"
    r"4c\s?gandhi|bhaskar|preeti|kantipur|himal[bi]|sagarmatha|"
    r"bamini|tam-|tab-|tscu?_|vanavil|lt-?tm|"
    r"sutonny(?!omj)|shree-?(?:ben|guj|tam|tel|kan|mal|pan|ori)|lmg-|terafont|"
    r"anmol\s?lipi|gurbani(?:lipi|akhar)|asees|satluj|nudi|baraha\s?kan|ml-?tt|anu\s?fonts|akruti)",
    regex.IGNORECASE,
)
_KRUTI_DEV = (
    "ds dk dh esa gS gSa ls dks ij vkSj ;g fd ugha Hkh bl gh ,d tks djus fd;k fy, gks rFkk rFkk, "
    ",oa }kjk vFkok lHkh djrs gksrk gksrh gksrs Fkk Fkh Fks mlds mudh muds blds bldh mldh rd vius "
    "viuh izdkj vkids vki dksbZ tkrk tkrh tkrs ;fn ckn ftl lkFk gq, x;k xbZ "
    "vkf.k vkgs vkgsr ukgh fdaok Eg.kwu R;k R;kapk dj.;kr dsyh vlys vlrs gs "
)
_CHANAKYA = "·ð¤ ·¤æ ·¤è ×ð´ ãñ ãñ´ âð ·¤æð ÂÚU ¥õÚU çÜ° °ß´ ØãU Ùãè´ Öè ãè ÌÍæ mæÚUæ"
_PREETI = "sf] sf df nflu klg tyf x'g] ug]{ ug{ u/L of] ePsf] u/]sf] xf] /x]sf] jf eg] tyf."
_FONT_WORDS = {
    "Kruti Dev": frozenset(_KRUTI_DEV.split()),
    "Chanakya": frozenset(_CHANAKYA.split()),
    "Preeti": frozenset(_PREETI.split()),
}
# What Latin texts hold as well must not decide alone.
_SHARE = 0.1
_DIFFERENT = 3
_FEWEST_WORDS = 15
_INDIC = regex.compile(
    r"[\p{Deva}\p{Beng}\p{Taml}\p{Telu}\p{Gujr}\p{Knda}\p{Orya}\p{Mlym}\p{Guru}]"
)
_LATIN = regex.compile(r"[\p{Latin}\p{P}\p{S}]")
# A document of which this much is left is worth keeping.
_KEPT_SHARE = 0.5


def is_legacy_font(name: str) -> bool:
    """Tell whether a font, named as in a file (also ``ABCDEF+KrutiDev010``), is a legacy one."""
    return _LEGACY_NAMES.search(name.rpartition("+")[2]) is not None


def legacy_encoding(text: str) -> str | None:
    """Return the font that a text was typed for, judged by its words, or None.

    Args:
        text: some sentences; fewer than 15 words are never judged.
    """
    words = [word for word in text.split() if not _INDIC.search(word)]
    if len(words) < _FEWEST_WORDS:
        return None
    for font, frequent in _FONT_WORDS.items():
        hits = [word for word in (_bare(word, frequent) for word in words) if word]
        if len(hits) >= _SHARE * len(words) and len(set(hits)) >= _DIFFERENT:
            return font
    return None


def without_legacy_text(document: ParsedDocument) -> ParsedDocument:
    """Return a document without what was typed for a legacy font.

    Args:
        document: as parsed.

    Returns:
        The document, what was left out among its problems.

    Raises:
        ItemError: most of it was typed so.
    """
    found = _Found(set(), 0, 0)
    parts = tuple(_readable(part, found) for part in document.parts)
    if not found.fonts:
        return document
    problem = (
        f"text in the font {', '.join(sorted(found.fonts))} is not Unicode and was left out; "
        "convert it to Unicode (e.g. with TBIL Converter) and save it in a font such as Nirmala UI"
    )
    kept = replace(document, parts=parts, problems=(*document.problems, problem))
    if found.dropped > _KEPT_SHARE * found.letters or not has_text(kept):
        raise ItemError(problem)
    return kept


@dataclass
class _Found:
    """Fonts that were found, and how many of all characters were typed for them."""

    fonts: set[str]
    dropped: int
    letters: int


def _readable(part: Part, found: _Found) -> Part:
    whole = legacy_encoding(" ".join(section.text for section in part.sections))
    sections = []
    for section in part.sections:
        by_words = legacy_encoding(section.text)
        if by_words is None and len(section.text.split()) < _FEWEST_WORDS:
            by_words = whole
        blocks = []
        for block in section.blocks:
            font = _by_name(block) or (by_words if not _INDIC.search(block.text) else None)
            found.letters += len(block.text)
            if font:
                found.fonts.add(font)
                found.dropped += len(block.text)
            else:
                blocks.append(block)
        if blocks:
            sections.append(Section(section.headings, tuple(blocks)))
    return replace(part, sections=tuple(sections))


def _by_name(block: Block) -> str | None:
    """Return the legacy font that a block's Latin letters are set in.

    A Unicode text whose digits alone are set in such a font is fine.
    """
    if len(_INDIC.findall(block.text)) > len(_LATIN.findall(block.text)):
        return None
    return next((name for name in sorted(block.fonts) if is_legacy_font(name)), None)


def _bare(word: str, frequent: frozenset[str]) -> str | None:
    """Return a word as it is among the frequent ones; "A" is the danda of Kruti Dev."""
    for form in (word, word.strip('()"“”-–:।A')):
        if form in frequent:
            return form
    return None
