from __future__ import annotations

import pytest

from knowledge_base.languages.normalise import normalise


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("क्‍या   है", "क्या है"),
        ("३० मिनट", "30 मिनट"),
        ("௩ படிப்பு", "3 படிப்பு"),
        ("۵ کورس", "5 کورس"),
        ("plsssss", "plss"),
        ("a\x00b\x07c", "a b c"),
        ("كيا ہے", "کیا ہے"),
        ("", ""),
        ("   ", ""),
    ],
)
def test_one_spelling(text: str, expected: str) -> None:
    assert normalise(text) == expected


def test_composed_and_decomposed_nukta_meet() -> None:
    assert normalise("क़ानून") == normalise("क\u093cानून")


def test_chillu_forms_meet() -> None:
    assert normalise("അവന്\u200d") == normalise("അവൻ")


def test_is_idempotent() -> None:
    text = "क्‍या आपको  ३० RTI प्रश्न हैं।"
    assert normalise(normalise(text)) == normalise(text)
