"""Which words name a topic, in sentences that carry one and in sentences that do not."""

from __future__ import annotations

import pytest

from bot.actions.topic_words import TopicWords
from knowledge_base.catalogue import Catalogue


@pytest.fixture(scope="module")
def topics(catalogue: Catalogue) -> TopicWords:
    return TopicWords(catalogue)


@pytest.mark.parametrize(
    ("text", "locale", "words"),
    [
        ("no, I meant data", "en", ["data"]),
        ("RTI for", "en", ["rti"]),
        ("नहीं, मेरा मतलब डेटा था", "hi", ["डेटा"]),
        ("nahi, mera matlab data", "hi_Latn", ["data"]),
        ("nahi, mera matlab suraksha", "hi_Latn", ["suraksha"]),
        ("இல்லை, நான் சொன்னது தரவு", "ta", ["தரவு"]),
        ("না, আমি ডেটা বলছিলাম", "bn", ["ডেটা"]),
    ],
)
def test_words_of_topics_are_found(
    topics: TopicWords, text: str, locale: str, words: list[str]
) -> None:
    assert topics.find(text, locale) == words


@pytest.mark.parametrize(
    ("text", "locale"),
    [
        ("and for", "en"),
        ("are there any for", "en"),
        ("no thanks", "en"),
        ("no, not that one", "en"),
        ("no I don't need it now", "en"),
        ("only courses from", "en"),
        ("और के लिए?", "hi"),
        ("नहीं चाहिए", "hi"),
        ("नहीं, अभी नहीं", "hi"),
        ("aur ke liye", "hi_Latn"),
        ("nahi chahiye", "hi_Latn"),
        ("nahin rehne do", "hi_Latn"),
        ("வேண்டாம்", "ta"),
        ("আর জন্য?", "bn"),
        ("না থাক", "bn"),
        ("লাগবে না", "bn"),
    ],
)
def test_other_words_are_no_topics(topics: TopicWords, text: str, locale: str) -> None:
    assert topics.find(text, locale) == []
