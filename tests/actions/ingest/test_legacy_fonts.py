"""Text in fonts without Unicode is found, and other text is left alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from docx import Document
from fpdf import FPDF

from knowledge_base.catalogue import Catalogue
from knowledge_base.ingest.legacy_fonts import is_legacy_font, legacy_encoding
from knowledge_base.ingest.limits import IngestLimits
from knowledge_base.ingest.parsing import parse_file
from knowledge_base.ingest.source import ItemError
from tests.actions.conftest import REPOSITORY
from tests.actions.ingest import material
from tests.actions.ingest.material import KRUTI_DEV, TEXTS

LIMITS = IngestLimits(_env_file=None)


@pytest.mark.parametrize(
    "name",
    [
        "Kruti Dev 010",
        "ABCDEF+KrutiDev010",
        "Kruti Dev 040 Wide",
        "DevLys 010",
        "Walkman-Chanakya-905",
        "Chanakya",
        "Shusha",
        "SHREE-DEV-0714",
        "DVB-TTYogesh",
        "Preeti",
        "'Kruti Dev 010', Arial, sans-serif",
    ],
)
def test_legacy_fonts_are_known_by_name(name: str) -> None:
    assert is_legacy_font(name)


@pytest.mark.parametrize(
    "name",
    ["Mangal", "Nirmala UI", "Kokila", "Noto Sans Devanagari", "ABCDEF+Calibri", "Arial Unicode MS",
     "Aparajita", "Utsaah", "Lohit Tamil", "SutonnyOMJ", "TimesNewRomanPSMT", "Tamil Sangam MN"],
)  # fmt: skip
def test_unicode_fonts_are_not_taken_for_legacy_ones(name: str) -> None:
    assert not is_legacy_font(name)


def test_kruti_dev_is_known_by_its_words() -> None:
    assert legacy_encoding(KRUTI_DEV) == "Kruti Dev"


def test_preeti_is_known_by_its_words() -> None:
    # नेपालको संविधानमा सूचनाको हक ... as the font's keyboard gives it.
    text = (
        "g]kfnsf] ;+ljwfgdf ;\"rgfsf] xs x'g] Joj:yf 5 . gful/s n] s'g} klg ;fj{hlgs lgsfodf "
        ';"rgfsf nflu lgj]bg lbg ;S5 . To; sf] hjfkm kfpg] xs klg 5 . of] xs sf] af/] df P]g 5 .'
    )
    assert legacy_encoding(text) == "Preeti"


def test_text_of_the_sample_catalogue_is_no_legacy_text(catalogue: Catalogue) -> None:
    passages = [
        passage.text
        for courses in (catalogue.courses, *catalogue.translations.values())
        for course in courses.values()
        for module in course.modules
        for passage in module.passages
    ]
    assert len(passages) > 100
    assert [text for text in passages if legacy_encoding(text)] == []


@pytest.mark.parametrize("script", ["hi_Latn", "ta_Latn", "bn_Latn"])
def test_romanised_text_is_no_legacy_text(script: str) -> None:
    text = (REPOSITORY / "nlu_data" / script / "nlu.yml").read_text(encoding="utf-8")
    assert legacy_encoding(text) is None


def test_program_text_is_no_legacy_text() -> None:
    text = (REPOSITORY / "knowledge_base" / "gazetteer.py").read_text(encoding="utf-8")
    assert legacy_encoding(text) is None


def two_fonts(path: Path, first: str, second: str) -> Path:
    document = Document()
    for text, font in ((first, "Arial"), (second, "Kruti Dev 010")):
        document.add_paragraph().add_run(text).font.name = font
    document.save(str(path))
    return path


def test_a_mixed_file_keeps_what_is_unicode_and_tells_the_rest(tmp_path: Path) -> None:
    path = two_fonts(tmp_path / "x.docx", " ".join(TEXTS["en"]), "Hkkjr ljdkj")
    document = parse_file(path, LIMITS)
    assert [block.text for block in document.parts[0].sections[0].blocks] == [" ".join(TEXTS["en"])]
    assert "Kruti Dev 010 is not Unicode and was left out" in document.problems[0]


def test_unicode_text_that_is_merely_set_in_a_legacy_font_is_kept(tmp_path: Path) -> None:
    path = two_fonts(tmp_path / "x.docx", TEXTS["en"][0], TEXTS["hi"][0])
    document = parse_file(path, LIMITS)
    assert document.problems == ()
    assert len(document.parts[0].sections[0].blocks) == 2


def test_a_style_that_names_the_font_is_seen(tmp_path: Path) -> None:
    document = Document()
    document.styles["Normal"].font.name = "DevLys 010"
    document.add_paragraph("Hkkjr ljdkj dk vkns'k")
    document.save(str(tmp_path / "x.docx"))
    with pytest.raises(ItemError, match="DevLys 010"):
        parse_file(tmp_path / "x.docx", LIMITS)


@pytest.mark.parametrize(
    "page",
    [
        "<p style=\"font-family: 'Kruti Dev 010'\">Hkkjr ljdkj</p>",
        '<font face="Kruti Dev 010"><p>Hkkjr <b>ljdkj</b></p></font>',
        "<style>.h { font-family: 'Kruti Dev 010' }</style><div class='h'><p>Hkkjr ljdkj</p></div>",
    ],
    ids=["style", "font element", "style sheet"],
)
def test_a_web_page_that_names_the_font_is_seen(tmp_path: Path, page: str) -> None:
    path = tmp_path / "x.html"
    path.write_text(f"<html><body>{page}</body></html>", encoding="utf-8")
    with pytest.raises(ItemError, match="Kruti Dev 010"):
        parse_file(path, LIMITS)


def test_a_pdf_that_names_the_font_is_seen(tmp_path: Path) -> None:
    pdf = FPDF()
    font = tmp_path / "KrutiDev.ttf"
    font.write_bytes((material.FONTS / material.NOTO["en"]).read_bytes())
    pdf.add_font("krutidev010", fname=renamed(font, "Kruti Dev 010"))
    pdf.add_page()
    pdf.set_font("krutidev010", size=12)
    pdf.multi_cell(0, 6, "Hkkjr ljdkj dk vkns'k")
    pdf.output(str(tmp_path / "x.pdf"))
    with pytest.raises(ItemError, match="KrutiDev010"):
        parse_file(tmp_path / "x.pdf", LIMITS)


def renamed(path: Path, family: str) -> Path:
    """Give a font file another name; real legacy fonts are not free."""
    from fontTools.ttLib import TTFont

    font = TTFont(path)
    for record in font["name"].names:
        if record.nameID in (1, 4, 16):
            record.string = family
        elif record.nameID == 6:
            record.string = family.replace(" ", "")
    font.save(path)
    return path


def test_kruti_dev_without_any_font_name_is_seen(tmp_path: Path) -> None:
    path = tmp_path / "x.txt"
    path.write_text(KRUTI_DEV, encoding="utf-8")
    with pytest.raises(ItemError, match="Kruti Dev is not Unicode"):
        parse_file(path, LIMITS)
