from __future__ import annotations

import pytest

from knowledge_base.romanise import phonetic_key, phonetic_tokens, romanise


@pytest.mark.parametrize(
    ("text", "latin"),
    [
        ("सूचना का अधिकार", "suchna ka adhikar"),
        ("સૂચના", "suchna"),
        ("RTI कानून", "RTI kanun"),
        ("plain", "plain"),
    ],
)
def test_romanises_as_people_type(text: str, latin: str) -> None:
    assert romanise(text) == latin


@pytest.mark.parametrize(
    "spellings",
    [
        ("chahiye", "chaahie", "chahie", "chaahiye"),
        ("soochna", "suchna", "suchana"),
        ("adhikar", "adhikaar", "adikar"),
        ("vibhag", "wibhaag", "vibhaag"),
        ("limit", "limits"),
        ("reply", "replying", "replies"),
    ],
)
def test_spellings_of_a_word_share_their_key(spellings: tuple[str, ...]) -> None:
    assert len({phonetic_key(word) for word in spellings}) == 1


def test_different_words_keep_different_keys() -> None:
    assert phonetic_key("kanun") != phonetic_key("kisan")


def test_scripts_meet_in_the_key() -> None:
    assert phonetic_tokens("सूचना का अधिकार") == phonetic_tokens("soochna ka adhikaar")
    assert phonetic_tokens("సమాచార హక్కు") == phonetic_tokens("samachara hakku")


def test_numbers_are_kept() -> None:
    assert "2017" in phonetic_tokens("GFR 2017")
