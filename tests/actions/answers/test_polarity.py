from __future__ import annotations

import pytest

from knowledge_base.answers.polarity import denies, is_negated


@pytest.mark.parametrize(
    ("affirmed", "denied"),
    [
        ("Officers may accept gifts.", "Officers may not accept gifts."),
        ("See No. 5 of the notice.", "There is no notice."),
        ("He does sign.", "He doesn't sign."),
        ("Gifts are listed.", "Gifts are prohibited."),
        ("अधिकारी उपहार ले सकते हैं।", "अधिकारी उपहार नहीं ले सकते।"),
        ("अधिकारी भेट घेतात.", "अधिकारी भेट घेत नाहीत."),
        ("নেওয়া যায়।", "নেওয়া যায় না।"),
        ("এই কোম্পানি ভালো।", "তিনি আবেদন করেননি, কেউ করেনি।"),
        ("பரிசு பெறலாம்.", "பரிசு பெறக் கூடாது."),
        ("பரிசு பெற்றார்.", "பரிசு பெறவில்லை."),
        ("బహుమతి తీసుకోవచ్చు.", "బహుమతి తీసుకోకూడదు."),
        ("ಉಡುಗೊರೆ ಪಡೆಯಬಹುದು.", "ಉಡುಗೊರೆ ಪಡೆಯುವಂತಿಲ್ಲ."),
        ("സമ്മാനം വാങ്ങാം.", "സമ്മാനം വാങ്ങാൻ പാടില്ല."),
        ("ભેટ લઈ શકાય છે.", "ભેટ લઈ શકાતી નથી."),
        ("ਤੋਹਫ਼ਾ ਲੈ ਸਕਦੇ ਹਨ।", "ਤੋਹਫ਼ਾ ਨਹੀਂ ਲੈ ਸਕਦੇ।"),
        ("ଉପହାର ନେଇପାରିବେ।", "ଉପହାର ନେଇପାରିବେ ନାହିଁ।"),
        ("تحفہ لے سکتے ہیں۔", "تحفہ نہیں لے سکتے۔"),
        ("Gift le sakte hain.", "Gift nahi le sakte."),
    ],
)
def test_negation_is_seen(affirmed: str, denied: str) -> None:
    assert not is_negated(affirmed)
    assert is_negated(denied)


_FEE = "The fee is ten rupees and those below the poverty line pay nothing."
_RULE = "कर्मचारी बिना अनुमति उपहार स्वीकार नहीं कर सकता।"


@pytest.mark.parametrize(
    ("claim", "sentence"),
    [
        ("Those below the poverty line pay the fee.", _FEE),
        ("The fee is not ten rupees.", _FEE),
        ("The fee is ten rupees, and those below the poverty line pay it too.", _FEE),
        ("कर्मचारी बिना अनुमति उपहार स्वीकार कर सकता है।", _RULE),
    ],
)
def test_the_contrary_is_a_denial(claim: str, sentence: str) -> None:
    assert denies(claim, [sentence])


@pytest.mark.parametrize(
    ("claim", "sentence"),
    [
        ("The fee is ten rupees.", _FEE),
        ("Those below the poverty line do not pay.", _FEE),
        ("The fee is ten rupees, but not for those below the poverty line.", _FEE),
        ("बिना अनुमति उपहार स्वीकार नहीं किया जा सकता।", _RULE),
        ("Nothing of this is about it.", _FEE),
    ],
)
def test_the_same_or_something_else_is_none(claim: str, sentence: str) -> None:
    assert not denies(claim, [sentence])


def test_one_sentence_that_agrees_is_enough() -> None:
    sentences = ["Temporary officers do not sign the register.", "Officers sign the register."]
    assert not denies("Officers sign the register.", sentences)
