from __future__ import annotations

import pytest

from knowledge_base.transliterate import (
    Transliterator,
    build_lexicon,
    english_words,
    learn_channel,
)

TEXTS = [
    "मुझे सूचना का अधिकार सीखना है", "सूचना देना", "हिंसा", "साइबर सुरक्षा", "में रहता है",
    "प्रशासन", "कार्यालय में आवेदन", "विभाग की जानकारी", "शिकायत का निवारण", "प्रशंसा",
]  # fmt: skip
TYPED = ["mujhe soochna ka adhikaar seekhna hai", "hinsa", "suchna dena", "karyalay me aavedan"]


def _reader(language: str, texts: list[str], typed: list[str]) -> Transliterator:
    english = english_words(["cyber security course"] * 3)
    lexicon = build_lexicon(texts, language)
    return Transliterator(language, lexicon, english, learn_channel(lexicon, typed, english))


def likeliest(reader: Transliterator, typed: str) -> str:
    """Return the likeliest way to write a text."""
    return reader.candidates(typed, 1)[0][0]


@pytest.fixture(scope="module")
def hindi() -> Transliterator:
    return _reader("hi", TEXTS, TYPED)


@pytest.mark.parametrize(
    "typed", ["soochna ka adhikaar", "suchna ka adhikar", "Suchana ka adhikaar"]
)
def test_spellings_find_the_word(hindi: Transliterator, typed: str) -> None:
    assert likeliest(hindi, typed) == "सूचना का अधिकार"


@pytest.mark.parametrize("typed", ["me", "mein", "men"])
def test_a_last_nasal_is_typed_or_not(hindi: Transliterator, typed: str) -> None:
    assert likeliest(hindi, typed) == "में"


def test_english_words_stay(hindi: Transliterator) -> None:
    assert likeliest(hindi, "cyber security") == "cyber security"


@pytest.mark.parametrize("typed", ["GFR", "stqc", "ई 2017"])
def test_acronyms_and_other_scripts_stay(hindi: Transliterator, typed: str) -> None:
    assert likeliest(hindi, typed) == typed


def test_capitals_throughout_tell_nothing(hindi: Transliterator) -> None:
    assert likeliest(hindi, "SUCHNA KA ADHIKAR") == "सूचना का अधिकार"


def test_known_acronyms_stay_in_capitals_or_not() -> None:
    lexicon = build_lexicon(["रीति रिवाज", "रति का"], "hi")
    english = english_words(["The RTI Act", "RTI reply", "RTI part", "It is to be"])
    reader = Transliterator("hi", lexicon, english, learn_channel(lexicon, [], english))
    assert likeliest(reader, "RTI") == "RTI"
    assert likeliest(reader, "rti ka") == "rti का"
    assert "is" not in english


def test_what_no_lexicon_knows_is_spelled_out(hindi: Transliterator) -> None:
    assert likeliest(hindi, "jankar 2017?") == "जानकार 2017?"


def test_other_scripts_are_spelled_in_theirs() -> None:
    tamil = _reader("ta", ["அரசு அலுவலகம்", "அரசன்", "தகவல்"], [])
    assert likeliest(tamil, "thagavalgam") == "தகவல்கம்"


def test_candidates_are_ordered_and_share_all_of_the_probability(hindi: Transliterator) -> None:
    found = hindi.candidates("prashansa vibhag", 3)
    assert found[0][0] == "प्रशंसा विभाग"
    shares = [share for _, share in found]
    assert shares == sorted(shares, reverse=True)
    assert sum(shares) == pytest.approx(1.0)
    assert len({text for text, _ in found}) == len(found)


def test_a_text_without_letters_is_its_only_candidate(hindi: Transliterator) -> None:
    assert hindi.candidates("2017?") == [("2017?", 1.0)]


def test_lexicon_counts_words_of_its_script_only() -> None:
    lexicon = build_lexicon(["RTI सूचना सूचना"], "hi")
    assert lexicon == {"सूचना": ("suchna", 2)}
