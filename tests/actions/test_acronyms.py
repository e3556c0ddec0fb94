"""Acronyms meet in every script, and words are not taken for them."""

from __future__ import annotations

import pytest

from knowledge_base.acronyms import acronym_tokens, small_letter_tokens
from knowledge_base.languages.normalise import normalise
from knowledge_base.lexical import entry_tokens


@pytest.mark.parametrize(
    ("written", "acronym"),
    [
        ("RTI", "rti"), ("आरटीआई", "rti"), ("आरटीआइ", "rti"), ("आर.टी.आई.", "rti"),
        ("আরটিআই", "rti"), ("ஆர்டிஐ", "rti"), ("ஆர் டி ஐ", "rti"), ("ఆర్టీఐ", "rti"),
        ("ಆರ್‌ಟಿಐ", "rti"), ("ആർടിഐ", "rti"), ("ਆਰਟੀਆਈ", "rti"), ("આરટીઆઈ", "rti"),
        ("ଆରଟିଆଇ", "rti"), ("آر ٹی آئی", "rti"), ("सीबीपी", "cbp"), ("సీబీపీ", "cbp"),
        ("जीईएम", "gem"), ("सीआईएसएफ", "cisf"),
    ],
)  # fmt: skip
def test_letters_spelled_out_in_any_script(written: str, acronym: str) -> None:
    assert f"={acronym}" in acronym_tokens(normalise(written))


@pytest.mark.parametrize(
    ("latin", "native"),
    [("iGOT", "आईगॉट"), ("iGOT", "ఐగాట్"), ("GeM", "जेम"), ("GeM", "ജെം"), ("POSH", "पॉश")],
)
def test_acronyms_spoken_as_words(latin: str, native: str) -> None:
    assert set(entry_tokens(latin)) & set(entry_tokens(normalise(native)))


@pytest.mark.parametrize("text", ["अर्थ", "बीज", "राम के जी ने", "मिशन कर्मयोगी", "it", "data"])
def test_words_are_no_acronyms(text: str) -> None:
    assert acronym_tokens(normalise(text)) == []
    assert small_letter_tokens(normalise(text)) == []


def test_small_letters_are_only_a_guess() -> None:
    assert acronym_tokens("rti rules") == []
    assert small_letter_tokens("rti and gfr in a file") == ["=rti", "=gfr"]
