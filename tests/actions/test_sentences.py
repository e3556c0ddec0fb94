from __future__ import annotations

import pytest

from knowledge_base.catalogue import Catalogue
from knowledge_base.languages import registry
from knowledge_base.sentences import split_sentences
from tests.actions.ingest.material import TEXTS


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


@pytest.mark.parametrize(
    "sentences",
    [
        ["Dr. A. K. Rao paid Rs. 500.50 to ABC Co. Ltd. on 5 Jan. 2020.", "It was late."],
        ["See Sec. 4.2 of the Act, e.g. clause 3.", "Then read Art. 21.", "It says more."],
        ["The Act is of 2005.", "It was amended in 2019!", "Why?", "Nobody knows..."],
        ["Visit www.india.gov.in or write to a.b@nic.in.", "Then wait."],
        ["Pens, paper, ink etc. are stores.", "Chairs, tables etc.", "The rest is furniture."],
        ["He said: “Stop.”", "She did not (as usual).", "They left."],
        ["1. Fill in the form."],
        ["डॉ. शर्मा ने रु. 500 दिए।", "यह 2005 में हुआ।", "क्या सं. 12 सही है?", "हाँ॥"],
        ["धर्मो रक्षति रक्षितः॥", "सत्यमेव जयते।"],
        ["प्रा. पाटील यांनी सांगितले.", "हा कायदा २००५ मध्ये आला.", "कलम ४ पहा."],
        ["শ্রী রায় এলেন।", "আইনটি ২০০৫ সালের।", "কেন?"],
        ["திரு. ராமன் வந்தார்.", "எண். 5 பார்க்கவும்.", "சட்டம் 2005.", "வேலை முடிந்தது."],
        ["డా. రావు వచ్చారు.", "చట్టం 2005 నాటిది.", "పని అయింది."],
        ["یہ قانون 2005 میں بنا۔", "کیا آپ جانتے ہیں؟", "ٹھیک ہے۔"],
        ["ਸ਼੍ਰੀ ਸਿੰਘ ਆਏ।", "ਕਾਨੂੰਨ 2005 ਦਾ ਹੈ।"],
        ["ഡോ. നായർ വന്നു.", "നിയമം 2005-ലേതാണ്."],
    ],
    ids=lambda sentences: sentences[0][:20],
)
def test_sentences_are_found(sentences: list[str]) -> None:
    assert texts(" ".join(sentences)) == sentences


@pytest.mark.parametrize("language", sorted(TEXTS))
def test_nothing_of_a_text_is_lost(language: str) -> None:
    for text in TEXTS[language]:
        assert " ".join(texts(text)) == text
        assert len(texts(text)) > 2


@pytest.mark.parametrize("text", ["", ".", "...", "?!", "।", "word"])
def test_odd_texts_are_kept_as_they_are(text: str) -> None:
    assert " ".join(texts(text)) == text
