"""Sentences end where they end, in every script."""

from __future__ import annotations

import pytest

from knowledge_base.ingest.sentences import split_sentences
from tests.actions.ingest.material import TEXTS


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
    assert split_sentences(" ".join(sentences)) == sentences


@pytest.mark.parametrize("language", sorted(TEXTS))
def test_nothing_of_a_text_is_lost(language: str) -> None:
    for text in TEXTS[language]:
        assert " ".join(split_sentences(text)) == text
        assert len(split_sentences(text)) > 2


@pytest.mark.parametrize("text", ["", ".", "...", "?!", "।", "word"])
def test_odd_texts_are_kept_as_they_are(text: str) -> None:
    assert " ".join(split_sentences(text)) == text
