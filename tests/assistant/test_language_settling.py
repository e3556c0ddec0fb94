from __future__ import annotations

import pytest

from bot.nlu.language_settling import settle_locale
from knowledge_base.languages import registry


@pytest.mark.parametrize(
    ("previous", "found", "confidence", "text", "settled"),
    [
        (None, "hi", 0.9, "मुझे कोर्स चाहिए", "hi"),
        (None, "sa", 0.3, "नमस्ते", "hi"),
        (None, "as", 0.3, "নমস্কার", "bn"),
        ("en", "mai", 0.4, "नमस्ते", "hi"),
        ("ta", "mr", 0.3, "नमस्ते", "hi"),
        ("mr", "hi", 0.6, "ठीक आहे", "mr"),
        ("mr", "hi", 0.9, "ठीक है", "hi"),
        ("mr", "hi", 0.6, "मुझे साइबर सुरक्षा का कोर्स चाहिए", "hi"),
        ("hi_Latn", "pa_Latn", 0.6, "pehla wala kholo", "hi_Latn"),
        ("hi_Latn", "ur_Latn", 0.8, "mujhe kisi insaan se baat karni hai", "hi_Latn"),
        ("hi_Latn", "ur_Latn", 0.97, "barah-e-karam mujhe daftar ke qawaid batayein", "ur_Latn"),
        ("hi_Latn", "ta_Latn", 0.7, "enakku cyber security padikkanum", "ta_Latn"),
        ("hi", "en", 0.6, "ok fine", "hi"),
        ("hi", "en", 0.9, "which course teaches budgeting", "en"),
        (None, "ur_Latn", 0.71, "mujhe aage kya seekhna chahiye", "hi_Latn"),
        ("en", "ur_Latn", 0.88, "mujhe course chahiye", "hi_Latn"),
        (None, "ur_Latn", 0.94, "mujhe apni taraqqi dekhni hai", "ur_Latn"),
        ("ur_Latn", "hi_Latn", 0.8, "mera certificate kahan hai", "ur_Latn"),
        (None, "en", 0.6, "hello", "en"),
        (None, "en", 0.4, "hello", None),
    ],
)
def test_a_conversation_keeps_its_language_unless_the_message_is_clear(
    previous: str | None, found: str, confidence: float, text: str, settled: str | None
) -> None:
    assert settle_locale(previous, found, confidence, text) == settled


@pytest.mark.parametrize(
    ("script", "language"), [("Deva", "hi"), ("Beng", "bn"), ("Taml", "ta"), ("Arab", "ur")]
)
def test_each_script_has_a_language_to_assume(script: str, language: str) -> None:
    assert registry.script_language(script) == language
