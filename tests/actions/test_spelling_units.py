from __future__ import annotations

import pytest

from knowledge_base.spelling_units import join_units, kind_of, split_units


@pytest.mark.parametrize(
    ("word", "units"),
    [
        ("अधिकार", ["अ", "ध", "ि", "क", "ा", "र", "ə$"]),
        ("कर्म", ["क", "ə", "र्", "म", "ə$"]),
        ("पढ़ना", ["प", "ə", "ढ़", "ə", "न", "ा"]),
        ("अच्छा", ["अ", "च्छ", "ा"]),
        ("नहीं", ["न", "ə", "ह", "ी", "ं$"]),
        ("हिंसा", ["ह", "ि", "ं", "स", "ा"]),
        ("எப்படி", ["எ", "ப்ப", "ə", "ட", "ி"]),
        ("അവൻ", ["അ", "വ", "ə", "ൻ"]),
    ],
)
def test_words_are_split_into_what_is_typed(word: str, units: list[str]) -> None:
    assert split_units(word) == units
    assert join_units(units) == word


@pytest.mark.parametrize(
    ("unit", "kind"),
    [
        ("क", "open"), ("क्", "closed"), ("च्छ", "open"), ("ा", "sign"), ("ə", "sign"),
        ("ə$", "sign"), ("ं$", "nasal"), ("अ", "other"), ("ൻ", "other"), ("$", "other"),
    ],
)  # fmt: skip
def test_units_are_of_a_kind(unit: str, kind: str) -> None:
    assert kind_of(unit) == kind
