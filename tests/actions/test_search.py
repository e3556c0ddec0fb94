from __future__ import annotations

from pathlib import Path

import pytest

from knowledge_base.encoder import Encoder
from knowledge_base.filters import Filters
from knowledge_base.index import open_index
from knowledge_base.indexing import IndexBuilder, IndexSource
from knowledge_base.knowledge_base import KnowledgeBase
from knowledge_base.passages import Entry, Kind, View, build_entries
from knowledge_base.search import Hit, Searcher, SearchResult, Verdict, query_locale


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


@pytest.mark.parametrize(
    ("query", "locale"),
    [
        ("RTI", "en"),
        ("rti", "en"),
        ("आरटीआई", "hi"),
        ("ஆர்டிஐ", "ta"),
        ("ఆర్టీఐ", "te"),
        ("আরটিআই", "bn"),
        ("آر ٹی آئی", "ur"),
    ],
)
def test_an_acronym_finds_its_courses_in_every_script(
    knowledge_base: KnowledgeBase, query: str, locale: str
) -> None:
    hits = knowledge_base.search_courses(query, locale, 3).hits
    titles = [knowledge_base.course_title(hit.target, "en") for hit in hits]
    assert sum("Right to Information" in title or "RTI" in title for title in titles) >= 2


def test_filters_hold_and_leave_enough(knowledge_base: KnowledgeBase) -> None:
    courses = knowledge_base.catalogue.courses
    filters = Filters(level="beginner", max_minutes=60)
    hits = knowledge_base.search_courses("working with files", "en", 8, filters).hits
    assert len(hits) == 8
    for hit in hits:
        course = courses[hit.target]
        assert course.level == "beginner" and course.duration_seconds <= 3600


def test_variety_keeps_the_best_and_brings_others(knowledge_base: KnowledgeBase) -> None:
    plain = knowledge_base.search_courses("right to information", "en", 5).hits
    varied = knowledge_base.search_courses("right to information", "en", 5, variety=0.3).hits
    assert varied[0] == plain[0]
    assert len({hit.target for hit in varied}) == 5
    assert [hit.target for hit in varied] != [hit.target for hit in plain]


def test_texts_of_a_language_that_nobody_asked_in_are_found(
    tmp_path: Path, encoder: Encoder
) -> None:
    texts = {
        "crop": "பயிர் காப்பீட்டுத் திட்டத்தில் விவசாயிகள் எவ்வாறு சேர்வது",
        "leave": "அரசு ஊழியர்களுக்கான விடுப்பு விதிகள்",
        "cyber": "கடவுச்சொற்களைப் பாதுகாப்பாக வைத்திருப்பது எப்படி",
    }
    entries = [
        Entry(Kind.CONTENT, View.PASSAGE, course, "ta", text, "m1", "p1")
        for course, text in texts.items()
    ]
    # Romanised words are read back by the words that the training data have.
    words = {"hi": ["छुट्टी के नियम क्या हैं"]}
    IndexBuilder(tmp_path, encoder).build(IndexSource(entries, "hash", vocabulary=lambda: words))
    searcher = Searcher(open_index(tmp_path, encoder.name), encoder)
    for query, locale, course in (
        ("crop insurance for farmers", "en", "crop"),
        ("पासवर्ड कैसे सुरक्षित रखें", "hi", "cyber"),
        ("chhutti ke niyam", "hi_Latn", "leave"),
    ):
        hits = searcher.search(query, locale, [Kind.CONTENT], 3).hits
        assert len(hits) == 3
        assert hits[0].target == course


@pytest.mark.parametrize(
    ("query", "locale"),
    [("income from honey bees", "en"), ("मधुमक्खी पालन से आय", "hi"), ("தேனீ வளர்ப்பில் வருமானம்", "ta")],
)
def test_the_only_text_of_a_language_is_found_among_many_of_others(
    tmp_path: Path, knowledge_base: KnowledgeBase, query: str, locale: str
) -> None:
    encoder = knowledge_base.encoder
    english = [
        entry
        for entry in build_entries(knowledge_base.catalogue)
        if entry.view is View.PASSAGE and entry.locale == "en"
    ][:60]
    text = "मधुमाछी पालन सँ किसान मधु बेचि कऽ अतिरिक्त आय कमा सकैत छथि।"
    only = Entry(Kind.CONTENT, View.PASSAGE, "bees", "mai", text, "m1", "p1")
    IndexBuilder(tmp_path, encoder).build(IndexSource([*english, only], "hash"))
    searcher = Searcher(open_index(tmp_path, encoder.name), encoder)
    assert searcher.search(query, locale, [Kind.CONTENT], 3).hits[0].target == "bees"


@pytest.mark.parametrize(
    ("probability", "verdict"),
    [(0.9, Verdict.ANSWERS), (0.5, Verdict.ANSWERS), (0.3, Verdict.MAYBE), (0.1, "no answer")],
)
def test_a_probability_becomes_a_verdict(probability: float, verdict: Verdict) -> None:
    hit = Hit(Entry(Kind.COURSE, View.NAME, "a", "en", "A"), 0, 1.0, 0.9)
    found = SearchResult((hit,), probability=probability)
    assert found.verdict(answers=0.5, maybe=0.25) == verdict


def test_nothing_found_is_no_answer_whatever_is_asked() -> None:
    assert SearchResult().verdict(answers=0.0, maybe=0.0) is Verdict.NO_ANSWER
