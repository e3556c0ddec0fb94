from __future__ import annotations

import pytest

from knowledge_base.answers.sentences import split_sentences
from knowledge_base.catalogue import Catalogue
from knowledge_base.languages import registry


def texts(passage: str) -> list[str]:
    return [sentence.text for sentence in split_sentences(passage)]


@pytest.mark.parametrize(
    ("passage", "count"),
    [
        ("Apply in writing. The fee is Rs. 10. No reply in 30 days? Appeal!", 4),
        ("It came into force in 2005. Sec. 6(1) names no form; see e.g. the FAQ.", 2),
        ("The officer said no. Nothing more came (see above). Go on.", 3),
        ("Version 2.5 of the portal, by A. K. Sharma et al. 2019, is in use.", 1),
        ("1. Open the app. 2. Log in.", 2),
        ("These are needed:\n- a photo\n- a letter\n\nBring both.", 4),
        ("आवेदन लिखित हो। शुल्क रु. 10 है। क्या उत्तर नहीं आया? डॉ. शर्मा से मिलें।", 4),
        ("আবেদন লিখিত হোক।ফি দশ টাকা।", 2),
        ("درخواست تحریری ہو۔ فیس دس روپے ہے۔ جواب نہیں آیا؟", 3),
        ("கட்டணம் ரூ. 10. விண்ணப்பம் எழுத்தில் இருக்க வேண்டும்.", 2),
        ("రుసుము రూ. 10. డా. రావు సంతకం చేస్తారు.", 2),
        ("ફી રૂ. 10 છે. અરજી લેખિત હોવી જોઈએ.", 2),
        ("ഫീസ് രൂ. 10 ആണ്. അപേക്ഷ എഴുതി നൽകണം.", 2),
        ("ਫੀਸ ਦਸ ਰੁਪਏ ਹੈ। ਅਰਜ਼ੀ ਲਿਖਤੀ ਹੋਵੇ।", 2),
        ("शुल्कं दश रूप्यकाणि। आवेदनं लिखितं भवेत्॥", 2),
        ("", 0),
        ("no full stop at all", 1),
    ],
)
def test_sentences_end_where_readers_see_it(passage: str, count: int) -> None:
    assert len(texts(passage)) == count


def test_quotes_and_brackets_close_with_their_sentence() -> None:
    assert texts('He said "Go." Then he left (late). Done.')[:2] == [
        'He said "Go."',
        "Then he left (late).",
    ]


@pytest.mark.parametrize("language", list(registry.languages()))
def test_nothing_of_a_passage_is_lost_or_changed(catalogue: Catalogue, language: str) -> None:
    courses = (
        catalogue.courses if language == "en" else catalogue.translations.get(language, {})
    ).values()
    passages = [p.text for course in courses for m in course.modules for p in m.passages]
    assert passages
    for passage in passages:
        sentences = split_sentences(passage)
        assert len(sentences) > 1
        assert [passage[s.start : s.end] for s in sentences] == [s.text for s in sentences]
        assert "".join("".join(s.text.split()) for s in sentences) == "".join(passage.split())
