from __future__ import annotations

import pytest

from knowledge_base.transliterate import (
    Transliterator,
    build_lexicon,
    english_words,
    spell_devanagari,
)

TEXTS = ["मुझे सूचना का अधिकार सीखना है", "सूचना देना", "हिंसा", "साइबर सुरक्षा"]


@pytest.fixture(scope="module")
def hindi() -> Transliterator:
    english = english_words(["cyber security course"] * 3)
    return Transliterator("hi", build_lexicon(TEXTS, "hi"), english)


@pytest.mark.parametrize(
    "typed", ["soochna ka adhikaar", "suchna ka adhikar", "Suchana ka adhikaar"]
)
def test_spellings_find_the_word(hindi: Transliterator, typed: str) -> None:
    assert hindi.transliterate(typed) == "सूचना का अधिकार"


def test_english_words_stay(hindi: Transliterator) -> None:
    assert hindi.transliterate("cyber security") == "cyber security"


def test_acronyms_stay_in_capitals_or_not() -> None:
    lexicon = build_lexicon(["रीति रिवाज", "रति"], "hi")
    english = english_words(["The RTI Act", "RTI reply", "RTI part", "It is to be"])
    reader = Transliterator("hi", lexicon, english)
    assert reader.transliterate("RTI") == "RTI"
    assert reader.transliterate("rti ka") == "rti का"
    assert "is" not in english


def test_what_no_lexicon_knows_is_spelled_out(hindi: Transliterator) -> None:
    assert hindi.transliterate("prashn 2017?") == "प्रश्न 2017?"


def test_other_scripts_are_spelled_in_theirs() -> None:
    assert Transliterator("ta", {}, frozenset()).transliterate("arasu") == "அரஸு"


@pytest.mark.parametrize(("word", "spelled"), [("prashn", "प्रश्न"), ("kheti", "खेति"), ("aam", "आम")])
def test_letters_are_spelled_longest_group_first(word: str, spelled: str) -> None:
    assert spell_devanagari(word) == spelled


def test_lexicon_counts_words_of_its_script_only() -> None:
    lexicon = build_lexicon(["RTI सूचना सूचना"], "hi")
    assert lexicon == {"सूचना": ("suchna", 2)}
