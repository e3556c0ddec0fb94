from __future__ import annotations

from pathlib import Path

import pytest

from knowledge_base.lexical import LexicalIndex, entry_tokens
from knowledge_base.question_words import question_weights
from knowledge_base.romanise import phonetic_tokens

QUESTIONS = {
    "hi": ["मुझे बजट सीखना है", "मुझे सूचना का अधिकार सीखना है", "मुझे टेंडर सीखना है", "नमस्ते"],
    "en": ["I want to learn budgeting", "I want my certificate", "hello"],
}


def weight(word: str) -> float:
    (key,) = phonetic_tokens(word)
    return question_weights(QUESTIONS).get(key, 1.0)


def test_words_of_many_questions_count_less_than_those_of_few() -> None:
    assert 0 < weight("मुझे") < weight("टेंडर") < weight("procurement") == 1.0


def test_a_word_counts_alike_in_every_script() -> None:
    assert weight("mujhe") == weight("मुझे")


def test_words_that_hold_a_question_together_find_nothing() -> None:
    texts = ["मुझे योग सीखना है", "टेंडर की प्रक्रिया", "बजट का अनुमान"]
    query = phonetic_tokens("mujhe tender ka tarika sikhna hai")
    plain = LexicalIndex.of(map(entry_tokens, texts)).scores(query)
    weighed = LexicalIndex.of(map(entry_tokens, texts), question_weights(QUESTIONS)).scores(query)
    assert plain.argmax() == 0
    assert weighed.argmax() == 1


def test_weights_are_kept_with_the_index(tmp_path: Path) -> None:
    index = LexicalIndex.of([["a"]], {"a": 0.25})
    index.save(tmp_path)
    assert LexicalIndex.load(tmp_path).rarity("a") == pytest.approx(index.rarity("a"))
    assert index.rarity("a") == pytest.approx(LexicalIndex.of([["a"]]).rarity("a") / 4)
