from __future__ import annotations

import unicodedata
from functools import lru_cache
from pathlib import Path

import pytest
import regex
import uharfbuzz
from fontTools.ttLib import TTFont

from connectors.platform.documents import typesetting
from connectors.platform.documents.typesetting import Run, Weight, clean, layout, wrap
from tests.actions.documents.samples import BAD_TEXTS, LOCALES, titles

FOLDER = Path(typesetting.__file__).parent / "fonts"
BLOCKS = {
    "hi": range(0x900, 0x980),
    "bn": range(0x980, 0xA00),
    "pa": range(0xA00, 0xA80),
    "gu": range(0xA80, 0xB00),
    "or": range(0xB00, 0xB80),
    "ta": range(0xB80, 0xC00),
    "te": range(0xC00, 0xC80),
    "kn": range(0xC80, 0xD00),
    "ml": range(0xD00, 0xD80),
    "en": range(0x20, 0x7F),
}
URDU = "آابپتٹثجچحخدڈذرڑزژسشصضطظعغفقکگلمنںوہھءیےئؤۂۓَُِّٰٔ۔،؟؛۰۱۲۳۴۵۶۷۸۹"
# What later versions of Unicode added is nobody's letter yet.
NEW_LETTERS = {0xC5C, 0xCDC}


@lru_cache
def cmap(family: str, weight: Weight) -> frozenset[int]:
    return frozenset(TTFont(typesetting.font_path(family, weight)).getBestCmap())


@lru_cache
def harfbuzz_font(family: str, weight: Weight) -> uharfbuzz.Font:
    blob = uharfbuzz.Blob.from_file_path(str(typesetting.font_path(family, weight)))
    return uharfbuzz.Font(uharfbuzz.Face(blob))


def glyphs(run: Run, weight: Weight) -> list[int]:
    buffer = uharfbuzz.Buffer()
    buffer.add_str(run.text)
    buffer.guess_segment_properties()
    buffer.direction = run.direction
    uharfbuzz.shape(harfbuzz_font(run.family, weight), buffer)
    return [info.codepoint for info in buffer.glyph_infos]


def clusters(text: str) -> list[str]:
    return [cluster for cluster in regex.findall(r"\X", text) if cluster != " "]


@pytest.mark.parametrize("locale", BLOCKS)
@pytest.mark.parametrize("weight", Weight)
def test_a_font_has_every_letter_and_sign_of_its_script(locale: str, weight: Weight) -> None:
    assigned = {c for c in BLOCKS[locale] if unicodedata.category(chr(c)) != "Cn"}
    assert assigned - NEW_LETTERS <= cmap(typesetting.family_of(locale), weight)


@pytest.mark.parametrize("weight", Weight)
def test_the_urdu_font_has_the_urdu_alphabet(weight: Weight) -> None:
    assert {ord(letter) for letter in URDU} <= cmap(typesetting.family_of("ur"), weight)


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("weight", Weight)
def test_no_title_is_drawn_with_boxes_or_loses_a_letter(locale: str, weight: Weight) -> None:
    for title in titles(locale):
        text = clean(title)
        assert text == unicodedata.normalize("NFC", title)
        runs = layout(text, locale)
        assert sorted("".join(run.text for run in runs)) == sorted(text)
        for run in runs:
            assert {ord(character) for character in run.text} <= cmap(run.family, weight)
            assert 0 not in glyphs(run, weight)


@pytest.mark.parametrize(
    ("text", "locale"),
    [
        ("क्षत्रिय", "hi"),
        ("স্ত্রী", "bn"),
        ("ક્ષત્રિય", "gu"),
        ("ਪ੍ਰੇਮ", "pa"),
        ("କ୍ଷତ୍ରିୟ", "or"),
        ("క్షత్రియ", "te"),
        ("ಕ್ಷತ್ರಿಯ", "kn"),
        ("സ്ത്രീ", "ml"),
        ("க்ஷ", "ta"),
    ],
)
@pytest.mark.parametrize("weight", Weight)
def test_conjuncts_are_formed(text: str, locale: str, weight: Weight) -> None:
    (run,) = layout(text, locale)
    assert len(glyphs(run, weight)) < len(text)


def test_fonts_are_small_and_bring_their_licence() -> None:
    assert sum(path.stat().st_size for path in FOLDER.glob("*.ttf")) < 3_000_000
    licence = (FOLDER / "OFL.txt").read_text(encoding="utf-8")
    assert "SIL OPEN FONT LICENSE Version 1.1" in licence
    for path in FOLDER.glob("*.ttf"):
        assert TTFont(path)["name"].getDebugName(0) in licence


def test_runs_follow_each_other_as_they_are_seen() -> None:
    runs = [(run.text, run.direction) for run in layout("SQL کے تصورات (سطح 2)", "ur")]
    assert runs == [
        (")", "rtl"),
        ("2", "ltr"),
        ("سطح ", "rtl"),
        ("(", "rtl"),
        ("کے تصورات ", "rtl"),
        (" ", "rtl"),
        ("SQL", "ltr"),
    ]


def test_numbers_in_a_foreign_right_to_left_phrase_keep_its_order() -> None:
    runs = [run.text.strip() for run in layout("Urdu: الف 12 بے end", "en")]
    assert [run for run in runs if run] == ["Urdu:", "بے", "12", "الف", "end"]


def test_a_title_in_another_language_than_the_page_starts_where_its_language_starts() -> None:
    assert [run.text for run in layout("بجٹ 2026", "en")][-1] == "بجٹ "
    assert [run.text for run in layout("Budget (2026)", "ur")] == ["Budget (2026)"]


def test_signs_that_scripts_share_stay_with_the_word_before_them() -> None:
    assert [run.text for run in layout("ভাল। खुश।", "en")] == ["ভাল। ", "खुश।"]


@pytest.mark.parametrize("text", ["73-ാം", "5ാം", "(12)-ാമത്"])
def test_vowel_signs_are_joined_to_digits_and_hyphens(text: str) -> None:
    assert clean(text) == text
    (run,) = layout(text, "ml")
    dotted_circle = harfbuzz_font(run.family, Weight.REGULAR).get_nominal_glyph(0x25CC)
    assert dotted_circle not in glyphs(run, Weight.REGULAR)


def test_vowel_signs_after_other_scripts_are_kept() -> None:
    assert "".join(run.text for run in layout(clean("URLിൽ"), "ml")) == "URLിൽ"


def test_unknown_locales_are_set_like_english() -> None:
    assert typesetting.family_of("xx") == typesetting.family_of("en")
    assert not typesetting.is_mirrored("ur_Latn")
    assert typesetting.family_of("ur_Latn") == typesetting.family_of("en")


@pytest.mark.parametrize(
    ("text", "drawn"),
    [
        ("a\x00b\r\n c\u2028d", "a b c d"),
        ("1️⃣ ❤️ शाबाश 👍🏽", "1 शाबाश"),
        ("\u202eabc\ud800", "abc"),
        ("漢字", ""),
        ("വെബ്\u200cസൈറ്റ്", "വെബ്\u200cസൈറ്റ്"),
        ("e\u0301", "é"),
    ],
)
def test_what_cannot_be_drawn_is_left_out(text: str, drawn: str) -> None:
    assert clean(text) == drawn


@pytest.mark.parametrize("text", BAD_TEXTS.values(), ids=BAD_TEXTS)
@pytest.mark.parametrize("locale", ["hi", "ur"])
def test_any_text_is_drawn_without_boxes(text: str, locale: str) -> None:
    for run in layout(clean(text), locale):
        assert {ord(character) for character in run.text} <= cmap(run.family, Weight.REGULAR)


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("width", [1, 7, 12, 20])
def test_lines_fit_and_break_between_clusters(locale: str, width: int) -> None:
    for title in map(clean, titles(locale)[:20]):
        lines = wrap(title, width, 2, lambda text: len(regex.findall(r"\X", text)))
        assert len(lines) <= 2
        kept = [cluster for line in lines for cluster in clusters(line.removesuffix("…"))]
        assert kept == clusters(title)[: len(kept)]
        assert all(len(regex.findall(r"\X", line)) <= width for line in lines)


def test_lines_break_at_spaces_if_they_can() -> None:
    assert wrap("abc def ghi", 7, 2, len) == ["abc def", "ghi"]
    assert wrap("abcdefghijkl", 7, 2, len) == ["abcdefg", "hijkl"]
    assert wrap("abc def ghi jkl", 7, 2, len) == ["abc def", "ghi jkl"]
    assert wrap("abc def ghi jkl mno", 7, 2, len) == ["abc def", "ghi jk…"]
    assert wrap("", 7, 2, len) == []
