from __future__ import annotations

import unicodedata
from dataclasses import astuple, fields, replace
from datetime import UTC, datetime

import pypdfium2
import pytest
import zxingcpp
from PIL import Image

from connectors.platform.documents.certificate_pdf import CertificateWords, render_certificate
from connectors.platform.records import Certificate
from tests.actions.documents.samples import BAD_TEXTS, LOCALES, titles

URL = "https://sathi.example.gov.in/verify/SATHI-2026-000123?sig=4f9a7c21"
CERTIFICATE = Certificate(
    number="SATHI-2026-000123",
    course_id="do_1",
    course_name="Preventive Vigilance for Heads of Offices",
    learner_name="Śrī Krishna Menon",
    issued_on=datetime(2026, 11, 27, 10, 0, tzinfo=UTC),
)
WORDS = CertificateWords(
    heading="Certificate of completion",
    before_name="This is to certify that",
    before_course="has completed the course",
    date_label="Date",
    date="27 November 2026",
    number_label="Number",
    verify_label="Verify at",
    note="Rendered by the embedded platform of Sathi",
)


def in_language(locale: str) -> tuple[Certificate, CertificateWords]:
    """Return a certificate whose words are titles: the longest for the course, short ones else."""
    course, *_, learner = names = titles(locale)
    certificate = replace(CERTIFICATE, course_name=course, learner_name=learner, language=locale)
    words = CertificateWords(*names[-len(fields(CertificateWords)) - 1 : -1])
    return certificate, words


def copied(pdf: bytes) -> str:
    """Return the text of the page as a browser copies it, without spaces."""
    text = pypdfium2.PdfDocument(pdf)[0].get_textpage().get_text_range()
    return _squeezed(text)


def _squeezed(text: str) -> str:
    return unicodedata.normalize("NFC", "".join(text.split()))


def page_image(pdf: bytes) -> Image.Image:
    return pypdfium2.PdfDocument(pdf)[0].render(scale=2).to_pil().convert("RGB")


@pytest.mark.parametrize("locale", LOCALES)
def test_a_certificate_is_one_small_landscape_page(locale: str) -> None:
    certificate, words = in_language(locale)
    pdf = render_certificate(certificate, words, locale, URL)
    assert len(pdf) <= 300_000
    document = pypdfium2.PdfDocument(pdf)
    assert len(document) == 1
    assert document[0].get_size() == pytest.approx((841.89, 595.28), abs=0.1)
    assert f"/Lang ({locale})".encode() in pdf


@pytest.mark.parametrize("locale", [locale for locale in LOCALES if locale != "ur"])
def test_every_text_can_be_copied_as_it_was_written(locale: str) -> None:
    certificate, words = in_language(locale)
    text = copied(render_certificate(certificate, words, locale, URL))
    for written in (certificate.course_name, certificate.learner_name, *astuple(words)):
        assert _squeezed(written) in text
    assert certificate.number in text
    assert _squeezed(URL) in text


def test_urdu_can_be_copied_word_by_word() -> None:
    course = "سرکاری معاہدوں میں ثالثی اور تنازعات کا حل"
    learner = "محمد عارف خان"
    certificate = replace(CERTIFICATE, course_name=course, learner_name=learner)
    pdf = render_certificate(certificate, replace(WORDS, heading="کورس کی سند"), "ur", URL)
    lines = pypdfium2.PdfDocument(pdf)[0].get_textpage().get_text_range().splitlines()
    assert {course, learner, "کورس کی سند"} <= {line.strip() for line in lines}


@pytest.mark.parametrize("locale", ["en", "hi", "ur"])
@pytest.mark.parametrize("url", [URL, URL + "&x=" + "abcdefgh" * 60])
def test_the_code_leads_to_the_verification(locale: str, url: str) -> None:
    pdf = render_certificate(CERTIFICATE, WORDS, locale, url)
    (code,) = zxingcpp.read_barcodes(page_image(pdf))
    assert code.format == zxingcpp.BarcodeFormat.QRCode
    assert code.text == url
    assert f"/URI ({url})".encode() in pdf


def test_in_urdu_the_code_is_at_the_left() -> None:
    centres = {}
    for locale in ("en", "ur"):
        image = page_image(render_certificate(CERTIFICATE, WORDS, locale, URL))
        corners = zxingcpp.read_barcodes(image)[0].position
        centres[locale] = (corners.top_left.x + corners.bottom_right.x) / 2 / image.width
    assert centres["en"] > 0.7
    assert centres["ur"] < 0.3


def test_the_same_certificate_gives_the_same_bytes() -> None:
    first = render_certificate(CERTIFICATE, WORDS, "en", URL)
    assert render_certificate(CERTIFICATE, WORDS, "en", URL) == first


@pytest.mark.parametrize("text", BAD_TEXTS.values(), ids=BAD_TEXTS)
@pytest.mark.parametrize("locale", ["hi", "ur", "xx"])
def test_any_text_is_rendered_within_the_frame(text: str, locale: str) -> None:
    certificate = replace(CERTIFICATE, course_name=text, learner_name=text, number=text)
    words = CertificateWords(*[text] * len(fields(CertificateWords)))
    pdf = render_certificate(certificate, words, locale, URL)
    assert len(pdf) <= 300_000
    assert len(pypdfium2.PdfDocument(pdf)) == 1
    image = page_image(pdf)
    assert zxingcpp.read_barcodes(image)[0].text == URL
    # Between the frame and the margin is nothing but paper, above the note's band.
    for left, right in ((65, 130), (image.width - 130, image.width - 65)):
        strip = image.crop((left, 80, right, 1030))
        assert strip.getcolors() == [(strip.width * strip.height, (255, 255, 255))]


def test_a_time_without_zone_is_no_trouble() -> None:
    certificate = replace(CERTIFICATE, issued_on=datetime(2026, 11, 27))
    assert render_certificate(certificate, WORDS, "en", URL).startswith(b"%PDF")


@pytest.mark.parametrize("url", ["", "https://sathi.example.gov.in/" + "x" * 3000])
def test_an_address_that_no_code_can_hold_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        render_certificate(CERTIFICATE, WORDS, "en", url)
