from __future__ import annotations

import numpy as np
import pytest

from knowledge_base.answers.extract import MOST_SENTENCES, Extract, Extractor
from knowledge_base.knowledge_base import KnowledgeBase
from knowledge_base.sentences import split_sentences

RTI = (
    "A request is made in writing or by electronic means. The fee for a request is ten rupees, "
    "and persons below the poverty line pay nothing. The officer has to reply within thirty days "
    "of receipt. Where life or liberty is concerned, the reply is due within forty-eight hours. "
    "Who is not satisfied may appeal to an officer senior in rank."
)
HINDI = (
    "अनुरोध लिखित रूप में या इलेक्ट्रॉनिक माध्यम से किया जाता है। अनुरोध का शुल्क दस रुपये है। "
    "अधिकारी को तीस दिन के भीतर उत्तर देना होता है। असंतुष्ट व्यक्ति वरिष्ठ अधिकारी से अपील कर सकता है।"
)


def extract(knowledge_base: KnowledgeBase, question: str, passage: str, locale: str) -> Extract:
    vectors = knowledge_base.encoder.encode_passages([s.text for s in split_sentences(passage)])
    vector = knowledge_base.question_vector(question, locale)
    return Extractor(knowledge_base.rarity).extract(question, vector, passage, vectors)


@pytest.mark.parametrize(
    ("question", "locale", "answer"),
    [
        ("how much does a request cost", "en", "ten rupees"),
        ("by when must the officer answer", "en", "thirty days"),
        ("what can I do when I do not agree with the answer", "en", "appeal"),
        ("अनुरोध का शुल्क कितना है", "hi", "ten rupees"),
        ("கோரிக்கைக்கு எவ்வளவு கட்டணம்", "ta", "ten rupees"),
        ("কত দিনের মধ্যে উত্তর দিতে হয়", "bn", "thirty days"),
        ("jawab kitne din mein dena hota hai", "hi_Latn", "thirty days"),
    ],
)
def test_the_answering_sentence_is_part(
    knowledge_base: KnowledgeBase, question: str, locale: str, answer: str
) -> None:
    found = extract(knowledge_base, question, RTI, locale)
    assert answer in found.text
    assert found.text == RTI[found.start : found.end]
    assert len(found.text) < len(RTI)
    assert len(split_sentences(found.text)) <= MOST_SENTENCES


def test_the_passage_may_be_in_the_readers_language(knowledge_base: KnowledgeBase) -> None:
    assert "दस रुपये" in extract(knowledge_base, "शुल्क कितना है", HINDI, "hi").text


def test_without_vectors_shared_words_decide(knowledge_base: KnowledgeBase) -> None:
    extractor = Extractor(knowledge_base.rarity)
    nowhere = np.zeros(knowledge_base.encoder.dimension, dtype=np.float32)
    found = extractor.extract("liberty", nowhere, RTI, None)
    assert "liberty" in found.text
    assert found.vector is None
    whole = extractor.extract("முகவரி", nowhere, RTI, None)
    assert whole.text == RTI


def test_a_short_sentence_takes_the_one_before_it_along(knowledge_base: KnowledgeBase) -> None:
    passage = "Pensioners need no card for the portal of the bank. It is free. Go there by bus."
    sentences = split_sentences(passage)
    vectors = np.eye(len(sentences), 8, dtype=np.float32)
    found = Extractor(knowledge_base.rarity).extract("xyzzy", vectors[1], passage, vectors)
    assert found.text == "Pensioners need no card for the portal of the bank. It is free."
