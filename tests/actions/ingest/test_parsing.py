"""Files of every format and script, and broken ones."""

from __future__ import annotations

import contextlib
import random
import zipfile
from collections.abc import Callable
from pathlib import Path

import docx
import pytest
from docx.oxml import OxmlElement
from fpdf import FPDF

from knowledge_base.ingest.documents import ParsedDocument, Place
from knowledge_base.ingest.limits import IngestLimits
from knowledge_base.ingest.parsing import parse_file
from knowledge_base.ingest.source import ItemError
from tests.actions.ingest import material
from tests.actions.ingest.material import HEADINGS, TEXTS

LIMITS = IngestLimits(_env_file=None)
LANGUAGES = sorted(TEXTS)
PASSWORD = "of a file made here"  # noqa: S105


def parse(path: Path, limits: IngestLimits = LIMITS) -> ParsedDocument:
    return parse_file(path, limits)


def text_of(document: ParsedDocument) -> str:
    return " ".join(section.text for part in document.parts for section in part.sections)


def headings_of(document: ParsedDocument) -> list[tuple[str, ...]]:
    return [section.headings for part in document.parts for section in part.sections]


def places_of(document: ParsedDocument) -> list[Place]:
    return [s.blocks[0].place for part in document.parts for s in part.sections]


def written(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_pdf_has_its_headings_pages_and_whole_text(tmp_path: Path, language: str) -> None:
    # Without shaping, fpdf2 writes Urdu from the wrong end.
    document = parse(material.write_pdf(tmp_path / "x.pdf", language, shaped=language == "ur"))
    assert headings_of(document) == [(heading,) for heading in HEADINGS[language]]
    assert places_of(document) == [Place(page=1), Place(page=2)]
    assert text_of(document) == " ".join(TEXTS[language])


@pytest.mark.parametrize("language", ["hi", "ta"])
def test_conjuncts_of_a_shaped_pdf_are_whole(tmp_path: Path, language: str) -> None:
    document = parse(material.write_pdf(tmp_path / "x.pdf", language, shaped=True))
    assert text_of(document) == " ".join(TEXTS[language])


def test_a_header_that_recurs_is_left_out_of_a_pdf(tmp_path: Path) -> None:
    class Pdf(FPDF):
        def header(self) -> None:
            self.set_font("helvetica", size=8)
            self.cell(0, 5, f"Secret manual, part {self.page_no()}", new_x="LMARGIN", new_y="NEXT")

    pdf = Pdf()
    for number in ("one", "two", "three", "four"):
        pdf.add_page()
        pdf.set_font("helvetica", size=11)
        pdf.multi_cell(0, 6, f"This is what page {number} says. " * 20)
    pdf.output(str(tmp_path / "x.pdf"))
    text = text_of(parse(tmp_path / "x.pdf"))
    assert "Secret" not in text
    assert text.count("page four says.") == 20


def test_bold_lines_and_bookmarks_of_a_pdf_are_headings(tmp_path: Path) -> None:
    pdf = FPDF()
    pdf.add_page()
    pdf.set_font("helvetica", style="B", size=11)
    pdf.multi_cell(0, 6, "In bold", new_x="LMARGIN", new_y="NEXT")
    pdf.set_font("helvetica", size=11)
    pdf.multi_cell(0, 6, "Some words of text. " * 30, new_x="LMARGIN", new_y="NEXT")
    pdf.start_section("Bookmarked")
    pdf.multi_cell(0, 6, "Bookmarked", new_x="LMARGIN", new_y="NEXT")
    pdf.multi_cell(0, 6, "Other words of text. " * 30, new_x="LMARGIN", new_y="NEXT")
    pdf.output(str(tmp_path / "x.pdf"))
    assert [names[-1] for names in headings_of(parse(tmp_path / "x.pdf"))] == [
        "In bold",
        "Bookmarked",
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_word_file_has_its_headings_and_tables(tmp_path: Path, language: str) -> None:
    document = parse(material.write_docx(tmp_path / "x.docx", language))
    assert headings_of(document) == [(heading,) for heading in HEADINGS[language]]
    assert text_of(document) == " ".join((*TEXTS[language], "30 | 48"))


def test_pages_that_word_noted_are_kept(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_paragraph("On page one.")
    run = document.add_paragraph("Still there, ").add_run("then a page ends.")
    run._r.insert(0, OxmlElement("w:lastRenderedPageBreak"))
    document.add_heading("Two", level=2)
    document.add_paragraph("On page two.")
    document.save(str(tmp_path / "x.docx"))
    assert places_of(parse(tmp_path / "x.docx")) == [Place(page=1), Place(page=2)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_presentation_has_slides_as_sections(tmp_path: Path, language: str) -> None:
    document = parse(material.write_pptx(tmp_path / "x.pptx", language))
    assert headings_of(document) == [(heading,) for heading in HEADINGS[language]]
    assert places_of(document) == [Place(page=1), Place(page=2)]
    assert text_of(document) == " ".join((*TEXTS[language], "A note of the speaker."))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_web_page_has_content_and_anchors_only(tmp_path: Path, language: str) -> None:
    document = parse(written(tmp_path / "x.html", material.html(language)))
    assert document.title == "RTI"
    assert headings_of(document) == [(heading,) for heading in HEADINGS[language]]
    assert places_of(document) == [Place(anchor="s1"), Place(anchor="s2")]
    assert text_of(document) == " ".join(TEXTS[language])


def test_a_page_within_a_form_is_read(tmp_path: Path) -> None:
    page = (
        "<form><select><option>All</select><p>The rules.</p><nav><button>Send</button><script>x"
        "</script></nav></form>"
    )
    document = parse(written(tmp_path / "x.html", f"<html><body>{page}</body></html>"))
    assert text_of(document) == "The rules."


def test_headings_of_a_web_page_are_nested(tmp_path: Path) -> None:
    page = "<h1>A</h1><p>a<h3>B</h3><p>b <b>bold</b> word<h2>C</h2><ul><li>c<li>d</ul><h1>D</h1>e"
    document = parse(written(tmp_path / "x.html", f"<html><body>{page}"))
    assert headings_of(document) == [("A",), ("A", "B"), ("A", "C"), ("D",)]
    sections = document.parts[0].sections
    assert [[block.text for block in section.blocks] for section in sections] == [
        ["a"],
        ["b bold word"],
        ["c", "d"],
        ["e"],
    ]


@pytest.mark.parametrize("kind", ["vtt", "srt"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_subtitles_are_sentences_with_their_times(tmp_path: Path, language: str, kind: str) -> None:
    document = parse(written(tmp_path / f"x.{kind}", material.subtitles(language, kind)))
    assert text_of(document) == " ".join(TEXTS[language])
    seconds = [block.place.seconds for block in document.parts[0].sections[0].blocks]
    assert seconds[0] == 0
    assert seconds == sorted(seconds)
    # Cues last four seconds.
    assert all(moment % 4 == 0 for moment in seconds)
    assert len(seconds) > 2


def test_captions_that_roll_up_are_read_once(tmp_path: Path) -> None:
    cues = ["The first line", "The first line goes on here", "goes on here", "and it ends."]
    lines = ["WEBVTT", ""]
    for number, cue in enumerate(cues):
        lines += [f"00:0{number}.000 --> 00:0{number + 1}.000", f"<v Speaker>{cue}</v>", ""]
    document = parse(written(tmp_path / "x.vtt", "\n".join(lines)))
    assert text_of(document) == "The first line goes on here goes on here and it ends."


@pytest.mark.parametrize("version", ["1.2", "2004"])
def test_a_scorm_package_has_its_items_as_modules(tmp_path: Path, version: str) -> None:
    document = parse(material.write_scorm(tmp_path / "x.zip", version, "hi"))
    assert document.title == "RTI for officers"
    assert [(part.title, part.document) for part in document.parts] == [
        ("Unit 1: Requests", "one/index page.html"),
        ("Unit 1: Replies", "two.html"),
        ("Unit 1: Replies", "film.vtt"),
    ]
    assert [place.anchor for place in places_of(document)][:2] == ["s1", "s2"]
    assert document.problems == ()


def test_an_ecar_package_has_its_contents_as_modules(tmp_path: Path) -> None:
    document = parse(material.write_ecar(tmp_path / "x.ecar", "hi"))
    assert document.title == "RTI for officers"
    assert [(part.title, part.document) for part in document.parts] == [
        ("Unit 1: Requests", "do_21/requests.pdf"),
        ("Unit 2: Replies", "do_22/replies.zip/index.html"),
    ]
    assert places_of(document)[0] == Place(page=1)


def test_a_broken_file_of_a_package_is_told_and_the_rest_is_read(tmp_path: Path) -> None:
    encrypted = material.write_pdf(tmp_path / "e.pdf", password=PASSWORD).read_bytes()
    path = material.write_zip(
        tmp_path / "x.zip", {"a.html": material.html(), "b/e.pdf": encrypted, "c.mp4": b"0"}
    )
    document = parse(path)
    assert [part.document for part in document.parts] == ["a.html"]
    assert document.problems == ("b/e.pdf: it is encrypted; save it without a password",)


@pytest.mark.parametrize("name", ["x", "x.bin", "x.txt", "x.html", "x.pdf"])
def test_the_content_tells_the_format_not_the_name(tmp_path: Path, name: str) -> None:
    path = material.write_docx(tmp_path / "y.docx").rename(tmp_path / name)
    assert headings_of(parse(path))[0] == (HEADINGS["en"][0],)


@pytest.mark.parametrize(
    ("encoding", "declared"),
    [("utf-16", ""), ("utf-8-sig", ""), ("iso-8859-1", '<meta charset="iso-8859-1">')],
)
def test_other_encodings_are_read(tmp_path: Path, encoding: str, declared: str) -> None:
    page = f"<html><head>{declared}</head><body><p>Café à Pondichéry</p></body></html>"
    document = parse(written(tmp_path / "x.html", page.encode(encoding)))
    assert text_of(document) == "Café à Pondichéry"


def docx_with_password(path: Path) -> Path:
    """Write what Word makes of an encrypted file: an OLE compound file."""
    return written(path, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512))


def mojibake(path: Path) -> Path:
    return written(path, TEXTS["hi"][0].encode().decode("cp1252", "replace"))


def cut_off(path: Path) -> Path:
    whole = material.write_docx(path).read_bytes()
    return written(path, whole[: len(whole) // 2])


def without_document(path: Path) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("word/document.xml", "<broken")
    return path


BAD = {
    "encrypted PDF": (
        "x.pdf",
        lambda p: material.write_pdf(p, password=PASSWORD),
        "encrypted; save it without a password",
    ),
    "scanned PDF": ("x.pdf", material.write_scan, "no text.*scanned.*ocrmypdf"),
    "broken PDF": ("x.pdf", lambda p: written(p, b"%PDF-1.7\ngarbage"), "no readable PDF"),
    "PDF by name only": ("x.pdf", lambda p: written(p, b"nothing"), "no readable PDF"),
    "empty file": ("x.pdf", lambda p: written(p, b""), "it is empty"),
    "Word with a password": ("x.docx", docx_with_password, "old Office file or protected"),
    "Word cut off": ("x.docx", cut_off, "zip archive is broken"),
    "Word without content": ("x.docx", without_document, "no readable docx file"),
    "RTF": ("x.docx", lambda p: written(p, rb"{\rtf1 text}"), "RTF file; save it as .docx"),
    "picture": ("x.pdf", lambda p: written(p, b"\x89PNG\r\n\x1a\n" + bytes(99)), "no format"),
    "damaged letters": ("x.txt", mojibake, "damaged by a wrong encoding.*UTF-8"),
    "broken subtitles": (
        "x.vtt",
        lambda p: written(p, "00:01 --> 00:02\nHello"),
        "no readable vtt file",
    ),
    "page without text": ("x.html", lambda p: written(p, "<html><body></body>"), "no text"),
    "broken SCORM": (
        "x.zip",
        lambda p: material.write_zip(p, {"imsmanifest.xml": "<manifest>"}),
        "imsmanifest.xml cannot be read",
    ),
    "SCORM with entities": (
        "x.zip",
        lambda p: material.write_zip(
            p, {"imsmanifest.xml": '<!DOCTYPE m [<!ENTITY a "b">]><manifest>&a;</manifest>'}
        ),
        "imsmanifest.xml cannot be read",
    ),
    "SCORM without files": (
        "x.zip",
        lambda p: material.write_zip(p, {"imsmanifest.xml": material.scorm_manifest()}),
        "names no file",
    ),
    "broken ECAR": (
        "x.ecar",
        lambda p: material.write_zip(p, {"manifest.json": '{"archive": 5}'}),
        "no ECAR manifest",
    ),
    "spine ECAR": (
        "x.ecar",
        lambda p: material.write_zip(p, {"manifest.json": material.ecar_manifest()}),
        "fetch the full package",
    ),
    "nothing in a zip": ("x.zip", lambda p: material.write_zip(p, {"a.png": b"0"}), "no text"),
    "Kruti Dev": (
        "x.docx",
        lambda p: material.write_docx(p, font="Kruti Dev 010", text=material.KRUTI_DEV),
        "font Kruti Dev 010 is not Unicode",
    ),
}


@pytest.mark.parametrize(("name", "make", "message"), BAD.values(), ids=BAD.keys())
def test_a_bad_file_is_refused_with_the_mend(
    tmp_path: Path, name: str, make: Callable[[Path], object], message: str
) -> None:
    make(tmp_path / name)
    with pytest.raises(ItemError, match=f"(?s){message}"):
        parse(tmp_path / name)


def test_a_large_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.pdf"
    with path.open("wb") as file:
        file.write(b"%PDF-1.7")
        file.truncate(200 * 1024 * 1024)
    with pytest.raises(ItemError, match=r"200 MB, more than 100.*SATHI_INGEST_MAX_MEGABYTES"):
        parse(path)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(ItemError, match="cannot be opened"):
        parse(tmp_path / "x.pdf")


def damaged(content: bytes, choose: random.Random) -> bytes:
    """Cut a file off, or change some of its bytes."""
    if choose.random() < 0.3:
        return content[: choose.randrange(1, len(content))]
    changed = bytearray(content)
    for _ in range(choose.choice([1, 20, 200])):
        changed[choose.randrange(len(changed))] = choose.randrange(256)
    return bytes(changed)


@pytest.mark.parametrize("suffix", ["pdf", "docx", "pptx", "html", "vtt", "zip", "ecar"])
def test_damaged_files_are_read_or_refused_and_nothing_else(tmp_path: Path, suffix: str) -> None:
    whole, path = tmp_path / f"whole.{suffix}", tmp_path / f"x.{suffix}"
    make = {
        "pdf": material.write_pdf,
        "docx": material.write_docx,
        "pptx": material.write_pptx,
        "html": lambda p: written(p, material.html()),
        "vtt": lambda p: written(p, material.subtitles()),
        "zip": material.write_scorm,
        "ecar": material.write_ecar,
    }[suffix]
    content = make(whole).read_bytes()
    choose = random.Random(3)  # noqa: S311 - the same damage in every run
    for _ in range(40):
        with contextlib.suppress(ItemError):
            parse(written(path, damaged(content, choose)))
