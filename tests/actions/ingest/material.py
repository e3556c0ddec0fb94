"""Course material in real files, made with the libraries that people's programs resemble."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import docx
import openpyxl
from docx.shared import Pt
from fpdf import FPDF
from fpdf.enums import EncryptionMethod
from pptx import Presentation
from pptx.util import Inches

from connectors.platform import documents

FONTS = Path(documents.__file__).parent / "fonts"
NOTO = {
    "en": "NotoSans-Regular.ttf",
    "hi": "NotoSansDevanagari-Regular.ttf",
    "ta": "NotoSansTamil-Regular.ttf",
    "ur": "NotoNaskhArabic-Regular.ttf",
}
# Paragraphs of about 45 words, one a topic, so that two make a passage.
TEXTS = {
    "en": (
        "Every citizen may ask a public authority for information under the Right to Information "
        "Act, 2005. The request is made to the Public Information Officer in writing. The fee is "
        "Rs. 10 in the Central Government. No reason for the request has to be given to anybody.",
        "The Public Information Officer replies within thirty days of the request. Where life or "
        "liberty of a person is concerned, the reply is due within forty-eight hours. Dr. A. K. "
        "Rao explains in Sec. 7 how these days are counted and what a transfer changes about them.",
    ),
    "hi": (
        "हर नागरिक सूचना का अधिकार अधिनियम, 2005 के तहत किसी लोक प्राधिकारी से सूचना माँग सकता है। आवेदन "
        "लिखित रूप में लोक सूचना अधिकारी को दिया जाता है। केंद्र सरकार में शुल्क रु. 10 है। आवेदन का कारण बताना "
        "ज़रूरी नहीं है। गरीबी रेखा से नीचे के नागरिक को कोई शुल्क नहीं देना होता है।",
        "लोक सूचना अधिकारी तीस दिन के भीतर उत्तर देता है। यदि सूचना किसी व्यक्ति के जीवन या स्वतंत्रता से जुड़ी है "
        "तो उत्तर अड़तालीस घंटे में देना होता है। डॉ. राव बताते हैं कि दिन कैसे गिने जाते हैं। उत्तर न मिलने पर प्रथम "
        "अपील तीस दिन के भीतर की जा सकती है।",
    ),
    "ta": (
        "தகவல் அறியும் உரிமைச் சட்டம் 2005-இன் கீழ் எந்தக் குடிமகனும் பொது அதிகார அமைப்பிடம் தகவல் கோரலாம். "
        "விண்ணப்பம் எழுத்து வடிவில் பொதுத் தகவல் அலுவலரிடம் அளிக்கப்படுகிறது. மத்திய அரசில் கட்டணம் பத்து ரூபாய். "
        "விண்ணப்பத்திற்கான காரணத்தைக் கூற வேண்டியதில்லை. வறுமைக் கோட்டிற்குக் கீழே உள்ளவர்கள் கட்டணம் செலுத்த "
        "வேண்டியதில்லை.",
        "பொதுத் தகவல் அலுவலர் முப்பது நாட்களுக்குள் பதில் அளிக்கிறார். ஒருவரின் உயிர் அல்லது சுதந்திரம் தொடர்பான தகவல் "
        "என்றால் நாற்பத்தெட்டு மணி நேரத்தில் பதில் தர வேண்டும். திரு. ராமன் நாட்கள் எவ்வாறு கணக்கிடப்படுகின்றன என்று "
        "விளக்குகிறார். பதில் கிடைக்காவிட்டால் முதல் மேல்முறையீடு செய்யலாம்.",
    ),
    "ur": (
        "ہر شہری قانون حق معلومات 2005 کے تحت کسی بھی سرکاری ادارے سے معلومات مانگ سکتا ہے۔ درخواست تحریری طور پر "
        "پبلک انفارمیشن افسر کو دی جاتی ہے۔ مرکزی حکومت میں فیس دس روپے ہے۔ درخواست کی وجہ بتانا ضروری نہیں ہے۔",
        "پبلک انفارمیشن افسر تیس دن کے اندر جواب دیتا ہے۔ اگر معلومات کسی شخص کی زندگی یا آزادی سے متعلق ہو تو جواب "
        "اڑتالیس گھنٹے میں دینا ہوتا ہے۔ جواب نہ ملنے پر پہلی اپیل تیس دن کے اندر کی جا سکتی ہے۔",
    ),
}
HEADINGS = {
    "en": ("Asking for information", "Time limits"),
    "hi": ("सूचना कैसे माँगें", "समय सीमा"),
    "ta": ("தகவல் கோருதல்", "கால வரம்பு"),
    "ur": ("معلومات کی درخواست", "مدت"),
}
# भारत सरकार ... as Kruti Dev 010's keyboard gives it.
KRUTI_DEV = (
    "Hkkjr ljdkj us lwpuk dk vf/kdkj vf/kfu;e 2005 esa cuk;k gSA izR;sd ukxfjd yksd izkf/kdkjh ls "
    "lwpuk ekax ldrk gSA vkosnu fyf[kr :i esa yksd lwpuk vf/kdkjh dks fn;k tkrk gSA dsUnz ljdkj esa "
    "'kqYd nl :i;s gSA vkosnu dk dkj.k crkuk t:jh ugha gSA xjhch js[kk ls uhps ds ukxfjd dks dksbZ "
    "'kqYd ugha nsuk gksrk gS vkSj mÙkj rhl fnu ds Hkhrj fn;k tkrk gSA"
)


def write_pdf(
    path: Path,
    language: str = "en",
    shaped: bool = False,
    password: str | None = None,
    pages: Sequence[str] | None = None,
) -> Path:
    """Write a PDF: a heading and a text a page, a header that recurs and page numbers."""
    pdf = _Pdf()
    pdf.add_font("noto", fname=FONTS / NOTO[language])
    pdf.set_text_shaping(shaped)
    headings = HEADINGS[language]
    for number, text in enumerate(pages or TEXTS[language]):
        pdf.add_page()
        pdf.set_font("noto", size=18)
        pdf.multi_cell(0, 10, headings[number % len(headings)], new_x="LMARGIN", new_y="NEXT")
        pdf.set_font("noto", size=11)
        pdf.multi_cell(0, 6, text, new_x="LMARGIN", new_y="NEXT")
    if password is not None:
        pdf.set_encryption(
            owner_password="owner",  # noqa: S106 - of a file made here
            user_password=password,
            encryption_method=EncryptionMethod.AES_256,
        )
    pdf.output(str(path))
    return path


class _Pdf(FPDF):
    """A document with a running header and page numbers."""

    def header(self) -> None:
        self.set_font("noto", size=8)
        self.cell(0, 5, "2005", new_x="LMARGIN", new_y="NEXT")

    def footer(self) -> None:
        self.set_y(-15)
        self.set_font("noto", size=8)
        self.cell(0, 5, str(self.page_no()))


def write_scan(path: Path) -> Path:
    """Write a PDF without any text."""
    pdf = FPDF()
    pdf.add_page()
    pdf.rect(20, 20, 100, 100)
    pdf.output(str(path))
    return path


def write_docx(path: Path, language: str = "en", font: str | None = None, text: str = "") -> Path:
    """Write a Word document of two sections and a table; or one text in some font."""
    document = docx.Document()
    if text:
        run = document.add_paragraph().add_run(text)
        run.font.name, run.font.size = font, Pt(14)
    else:
        for heading, paragraph in zip(HEADINGS[language], TEXTS[language], strict=True):
            document.add_heading(heading, level=1)
            document.add_paragraph(paragraph)
        table = document.add_table(rows=1, cols=2)
        table.rows[0].cells[0].text, table.rows[0].cells[1].text = "30", "48"
    document.save(str(path))
    return path


def write_pptx(path: Path, language: str = "en") -> Path:
    """Write a presentation: a slide a text, the second one with notes."""
    presentation = Presentation()
    for number, text in enumerate(TEXTS[language]):
        slide = presentation.slides.add_slide(presentation.slide_layouts[5])
        slide.shapes.title.text = HEADINGS[language][number]
        box = slide.shapes.add_textbox(Inches(1), Inches(2), Inches(8), Inches(4))
        box.text_frame.text = text
    slide.notes_slide.notes_text_frame.text = "A note of the speaker."
    presentation.save(str(path))
    return path


def html(language: str = "en") -> str:
    """Return a page with a menu, two sections with ids, and a script."""
    sections = "".join(
        f'<h2 id="s{number}">{heading}</h2><p>{text}</p>'
        for number, (heading, text) in enumerate(
            zip(HEADINGS[language], TEXTS[language], strict=True), 1
        )
    )
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>RTI</title>'
        f"<style>p {{ font-family: serif }}</style></head><body><nav>Home Menu</nav>{sections}"
        "<script>var menu = 1;</script><footer>Imprint</footer></body></html>"
    )


def subtitles(language: str = "en", kind: str = "vtt") -> str:
    """Return subtitles, a cue of eight words each four seconds."""
    words = " ".join(TEXTS[language]).split()
    cues = [" ".join(words[start : start + 8]) for start in range(0, len(words), 8)]
    lines = ["WEBVTT", ""] if kind == "vtt" else []
    for number, cue in enumerate(cues):
        begin, end = _moment(number * 4, kind), _moment(number * 4 + 4, kind)
        lines += [*([] if kind == "vtt" else [str(number + 1)]), f"{begin} --> {end}", cue, ""]
    return "\n".join(lines)


def _moment(seconds: int, kind: str) -> str:
    return f"00:{seconds // 60:02}:{seconds % 60:02}{'.' if kind == 'vtt' else ','}000"


def write_zip(path: Path, files: Mapping[str, str | bytes]) -> Path:
    """Write a zip archive."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def scorm_manifest(version: str = "1.2") -> str:
    """Return a manifest with two lessons in a unit and one beside it, the first without a file."""
    namespace = {
        "1.2": "http://www.imsproject.org/xsd/imscp_rootv1p1p2",
        "2004": "http://www.imsglobal.org/xsd/imscp_v1p1",
    }[version]
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<manifest identifier="rti" version="1" xmlns="{namespace}">
  <organizations default="second">
    <organization identifier="first"><title>Not this one</title></organization>
    <organization identifier="second">
      <title>RTI for officers</title>
      <item identifier="u1"><title>Unit 1</title>
        <item identifier="i1" identifierref="r1"><title>Requests</title></item>
        <item identifier="i2" identifierref="r2"><title>Replies</title></item>
      </item>
      <item identifier="i3" identifierref="r3"><title>Film</title></item>
    </organization>
  </organizations>
  <resources>
    <resource identifier="r1" type="webcontent" href="one/index%20page.html?start=1">
      <file href="one/index%20page.html"/><file href="one/picture.png"/>
    </resource>
    <resource identifier="r2" type="webcontent" href="two.html">
      <file href="two.html"/><dependency identifierref="shared"/>
    </resource>
    <resource identifier="r3" type="webcontent" href="https://example.org/film"/>
    <resource identifier="shared" type="webcontent"><file href="film.vtt"/></resource>
  </resources>
</manifest>"""


def write_scorm(path: Path, version: str = "1.2", language: str = "en") -> Path:
    """Write a SCORM package of two web pages, a picture, and the subtitles of a film."""
    return write_zip(
        path,
        {
            "imsmanifest.xml": scorm_manifest(version),
            "one/index page.html": html(language),
            "one/picture.png": b"\x89PNG\r\n\x1a\n" + b"0" * 100,
            "two.html": html(language).replace("s1", "first"),
            "film.vtt": subtitles(language),
        },
    )


def ecar_manifest() -> str:
    """Return a manifest: a course of two units, the second listed first."""
    items = [
        {
            "identifier": "do_1",
            "name": "RTI for officers",
            "mimeType": "application/vnd.ekstep.content-collection",
            "children": [
                {"identifier": "do_12", "index": 2, "name": "Unit 2"},
                {"identifier": "do_11", "index": 1, "name": "Unit 1"},
            ],
        },
        {
            "identifier": "do_12",
            "name": "Unit 2",
            # Older publishers write lists as text.
            "children": json.dumps([{"identifier": "do_22", "index": 1}]),
        },
        {"identifier": "do_11", "name": "Unit 1", "children": [{"identifier": "do_21"}]},
        {
            "identifier": "do_21",
            "name": "Requests",
            "mimeType": "application/pdf",
            "artifactUrl": "do_21/requests.pdf",
        },
        {
            "identifier": "do_22",
            "name": "Replies",
            "mimeType": "application/vnd.ekstep.html-archive",
            "artifactUrl": "https://example.org/content/replies.zip",
        },
    ]
    archive = {"count": len(items), "ttl": 24, "items": items}
    return json.dumps({"id": "ekstep.content.archive", "ver": "1.1", "archive": archive})


def write_ecar(path: Path, language: str = "en") -> Path:
    """Write an ECAR of a PDF file and a packed web page."""
    pdf = write_pdf(path.with_suffix(".inner.pdf"), language)
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("index.html", html(language))
    files = {
        "manifest.json": ecar_manifest(),
        "do_21/requests.pdf": pdf.read_bytes(),
        "do_22/replies.zip": inner.getvalue(),
    }
    pdf.unlink()
    return write_zip(path, files)


def write_xlsx(path: Path, rows: Sequence[Sequence[object]]) -> Path:
    """Write a table."""
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(list(row))
    book.save(path)
    return path
