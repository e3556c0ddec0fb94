from __future__ import annotations

import pytest

from knowledge_base.knowledge_base import KnowledgeBase
from knowledge_base.passages import Kind
from knowledge_base.search import query_locale


@pytest.mark.parametrize(
    ("query", "locale", "course"),
    [
        ("how do I answer a request under the transparency law", "en", "do_113693885524467712197"),
        ("दफ्तर में महिला उत्पीड़न की शिकायत", "hi", "sathi_posh_act"),
        ("daftar me mahila utpidan ki shikayat", "hi_Latn", "sathi_posh_act"),
        ("பயிர் காப்பீடு", "ta", "do_11422319743288115211350"),
        ("పంట బీమా", "te", "do_11422319743288115211350"),
    ],
)
def test_finds_courses_in_any_language(
    knowledge_base: KnowledgeBase, query: str, locale: str, course: str
) -> None:
    hits = knowledge_base.search_courses(query, locale).hits
    assert course in [hit.target for hit in hits[:3]]


def test_courses_are_not_repeated(knowledge_base: KnowledgeBase) -> None:
    targets = [hit.target for hit in knowledge_base.search_courses("budget", "en", 20).hits]
    assert len(targets) == len(set(targets)) == 20


def test_finds_the_passage_that_answers(knowledge_base: KnowledgeBase) -> None:
    result = knowledge_base.search("what is phishing", "en", [Kind.CONTENT], 1)
    assert "phishing" in result.hits[0].entry.text.lower()


def test_questions_of_the_domain_are_surer_than_others(knowledge_base: KnowledgeBase) -> None:
    inside = knowledge_base.search_courses("course on leave rules", "en").probability
    outside = knowledge_base.search_courses("who won the cricket match", "en").probability
    assert inside > 0.8
    assert outside < 0.3


@pytest.mark.parametrize("query", ["", "   ", "\n\t"])
def test_a_query_without_words_finds_nothing(knowledge_base: KnowledgeBase, query: str) -> None:
    assert knowledge_base.search(query, "en", [Kind.COURSE], 5).hits == ()


@pytest.mark.parametrize("query", ["💐", "?" * 50, "a" * 5000, "'; DROP TABLE x", "\u202e"])
def test_odd_queries_are_survived(knowledge_base: KnowledgeBase, query: str) -> None:
    knowledge_base.search_courses(query, "hi_Latn")


@pytest.mark.parametrize(
    ("query", "language", "locale"),
    [
        ("kaise ho", "hi", "hi_Latn"),
        ("कैसे हो", "hi", "hi"),
        ("RTI क्या है", "hi", "hi"),
        ("hello", "en", "en"),
        ("eppadi", "ta_Latn", "ta_Latn"),
    ],
)
def test_the_script_decides_the_locale(query: str, language: str, locale: str) -> None:
    assert query_locale(query, language) == locale
