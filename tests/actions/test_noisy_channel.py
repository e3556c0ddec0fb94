from __future__ import annotations

import pytest

from knowledge_base.noisy_channel import NoisyChannel, align, train_channel, usual_spelling

WORDS = {"सूचना": 5, "अधिकार": 4, "विभाग": 3, "कार्यालय": 2, "रचना": 1, "चाकर": 1, "सूची": 1}
PAIRS = [
    ("सूचना", "soochna"), ("अधिकार", "adhikaar"), ("विभाग", "wibhag"), ("कार्यालय", "karyalaya"),
    ("रचना", "rachna"), ("चाकर", "chakar"), ("सूची", "soochi"),
]  # fmt: skip


@pytest.fixture(scope="module")
def channel() -> dict[str, dict[str, float]]:
    return train_channel(PAIRS)


@pytest.mark.parametrize(
    ("unit", "latin"),
    [("क", "k"), ("क्ष्", "ksh"), ("ू", "u"), ("ூ", "u"), ("ə", "a"), ("ə$", ""), ("च्छ", "chchh")],
)
def test_units_have_a_usual_spelling(unit: str, latin: str) -> None:
    assert usual_spelling(unit) == latin


def test_what_is_typed_is_shared_out_among_the_units() -> None:
    usual = {unit: usual_spelling(unit) for unit in ("स", "ू", "च", "ə", "न", "ा")}
    score, chunks = align(["स", "ू", "च", "ə", "न", "ा"], "soochna", {}, usual)
    assert chunks == [("स", "s"), ("ू", "oo"), ("च", "ch"), ("ə", ""), ("न", "n"), ("ा", "a")]
    assert score < 0


def test_letters_that_cannot_be_the_word_are_impossible() -> None:
    assert align(["स", "ू"], "kaam", {}, {"स": "s", "ू": "u"}) == (float("-inf"), [])


def test_learns_how_units_are_typed(channel: dict[str, dict[str, float]]) -> None:
    assert channel["ू"]["oo"] > channel["ू"]["u"]
    assert "w" in channel["व"]


def test_known_words_are_found_by_their_spelling_and_frequency(channel: dict) -> None:
    reader = NoisyChannel(WORDS, channel)
    readings = reader.readings("suchna", ["सूचना", "सूची"], 2)
    assert readings[0][0] == "सूचना"
    assert sum(share for _, share in readings) == pytest.approx(1.0)


def test_unknown_words_are_spelled_as_words_are(channel: dict) -> None:
    assert NoisyChannel(WORDS, channel).readings("wikaar", [], 3)[0][0] == "विकार"


def test_letters_that_spell_nothing_have_no_reading(channel: dict) -> None:
    assert NoisyChannel(WORDS, channel).readings("xqz", [], 3) == []
