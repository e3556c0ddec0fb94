from __future__ import annotations

import pytest

from connectors.channels.text import cut, split


def test_a_short_text_is_not_cut() -> None:
    assert cut("नमस्ते", 6) == "नमस्ते"


@pytest.mark.parametrize(
    ("text", "limit", "expected"),
    [
        ("cyber security", 8, "cyber s…"),
        ("क्षि क्षि", 7, "क्षि…"),  # not within the conjunct of four code points
        ("தமிழில்", 4, "தமி…"),
        ("👩‍👩‍👧👩‍👩‍👧", 8, "👩‍👩‍👧…"),
        ("one two", 5, "one…"),
    ],
)
def test_a_text_is_cut_between_letters(text: str, limit: int, expected: str) -> None:
    assert cut(text, limit) == expected


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("One two. Three four. Five six.", ["One two. Three four.", "Five six."]),
        ("पहला वाक्य है। दूसरा वाक्य।", ["पहला वाक्य है।", "दूसरा वाक्य।"]),
        ("پہلا جملہ ہے۔ دوسرا جملہ۔", ["پہلا جملہ ہے۔", "دوسرا جملہ۔"]),
        ("first line here\nsecond. line", ["first line here", "second. line"]),
        ("a paragraph.\n\nA sentence. More", ["a paragraph.", "A sentence. More"]),
        ("no sentence end in this text", ["no sentence end in", "this text"]),
        ("x" * 30, ["x" * 20, "x" * 10]),
        ("", []),
        (" \n ", []),
    ],
)
def test_a_text_is_split_where_a_reader_would(text: str, parts: list[str]) -> None:
    assert split(text, 20) == parts


def test_a_long_word_is_split_between_letters() -> None:
    assert split("क्षि" * 4, 10) == ["क्षि" * 2, "क्षि" * 2]


def test_nothing_but_white_space_is_lost() -> None:
    text = " ".join(f"वाक्य {number} यहाँ है।" for number in range(500))
    parts = split(text, 100)
    assert max(len(part) for part in parts) <= 100
    assert " ".join(parts) == text
