"""Answers from course content, through real searches on the sample index."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.actions.answer_actions import ActionAnswerContent
from bot.actions.rendering import render
from bot.actions.services import Services
from knowledge_base.answers.extract import MOST_SENTENCES
from knowledge_base.answers.sources import MOST_SOURCES, Source, complements
from knowledge_base.catalogue import Location
from knowledge_base.passages import Kind
from knowledge_base.sentences import split_sentences
from tests.actions.conftest import Run

CONTENT = "utter_content_source"


def ask(run: Run, text: str, locale: str = "en") -> dict:
    messages, _ = run(ActionAnswerContent(), text, locale=locale)
    return messages[0]


def worded(reply: dict, locale: str) -> dict:
    facts = {name: value for name, value in reply.items() if name != "response"}
    return render(reply["response"], locale, facts)


@pytest.mark.parametrize(
    ("text", "locale"),
    [
        ("what is a zero FIR", "en"),
        ("what is the quorum of a gram sabha", "en"),
        ("can a government servant accept gifts from a relative", "en"),
        ("पॉक्सो में सूचना न देने पर क्या सजा है", "hi"),
        ("भारतीय न्याय संहिता में कितनी धाराएँ हैं", "hi"),
    ],
)
def test_sentences_of_the_passage_are_quoted_unchanged(
    run: Run, services: Services, text: str, locale: str
) -> None:
    reply = ask(run, text, locale)
    assert reply["response"] == CONTENT
    assert 1 <= len(reply["sources"]) <= MOST_SOURCES
    catalogue = services.knowledge_base.catalogue
    for source in reply["sources"]:
        courses = catalogue.courses
        if source["source_language"] != "en":
            courses = catalogue.translations[source["source_language"]]
        passages = [p.text for m in courses[source["course_id"]].modules for p in m.passages]
        assert any(source["body"] in passage for passage in passages)
        assert len(split_sentences(source["body"])) <= MOST_SENTENCES
        assert source["course"] in worded(reply, locale)["text"]


@pytest.mark.parametrize(
    ("text", "locale", "answer"),
    [
        ("by when must the annual return of immovable property be filed", "en", "31 January"),
        ("भारतीय न्याय संहिता में कितनी धाराएँ हैं", "hi", "358"),
    ],
)
def test_the_quoted_sentences_answer(run: Run, text: str, locale: str, answer: str) -> None:
    assert answer in ask(run, text, locale)["sources"][0]["body"]


def test_a_source_in_another_language_is_told_in_the_readers(run: Run) -> None:
    reply = ask(run, "பிவட் டேபிள் எப்படி உருவாக்குவது", "ta")
    assert reply["response"] == CONTENT
    assert reply["sources"][0]["source_language"] == "en"
    assert "English" in worded(reply, "ta")["custom"]["note"]


def test_the_place_in_the_document_is_cited(
    run: Run, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "what is a zero FIR"
    found = ask(run, text)["sources"][0]
    courses = services.knowledge_base.catalogue.courses
    course = courses[found["course_id"]]
    place = Location(document="bnss.pdf", url="https://example.org/bnss.pdf", page=12)
    modules = tuple(
        module.model_copy(
            update={
                "passages": tuple(
                    passage.model_copy(update={"location": place}) for passage in module.passages
                )
            }
        )
        for module in course.modules
    )
    monkeypatch.setitem(courses, course.id, course.model_copy(update={"modules": modules}))
    reply = ask(run, text)
    assert reply["sources"][0]["place"] == {"kind": "page", "at": 12}
    custom = worded(reply, "en")["custom"]
    assert custom["link"]["url"] == "https://example.org/bnss.pdf#page=12"
    assert "page 12" in custom["source"]


def test_nothing_that_answers_is_told_with_the_nearest_courses(run: Run) -> None:
    reply = ask(run, "what is the melting point of tungsten in a cyber security lab")
    assert reply["response"] in ("utter_not_in_courses", "utter_not_sure")
    assert {item["kind"] for item in reply["items"]} == {"course"}
    assert "1. " in worded(reply, "en")["text"]


def test_nothing_that_is_near_is_no_choice(run: Run) -> None:
    assert ask(run, "zzz qqq xxx")["response"] == "utter_not_found"


def found(services: Services, text: str) -> list[Source]:
    result = services.knowledge_base.search(text, "en", [Kind.CONTENT], 8)
    return services.sources.find(text, "en", result, "en")


def test_further_sources_add_something(services: Services) -> None:
    several = 0
    for topic in (
        "what is right to information",
        "how to write a note and draft",
        "how to prevent sexual harassment at work",
        "public procurement",
    ):
        first, *others = found(services, topic)
        added = complements(first, others)
        several += bool(added)
        shown = [first, *added]
        passages = {(source.entry.target, source.entry.passage) for source in shown}
        assert len(passages) == len(shown)
        assert {source.local.language for source in shown} == {first.local.language}
    assert several


def test_what_says_the_same_adds_nothing(services: Services) -> None:
    first, *_ = found(services, "what is a zero FIR")
    assert complements(first, [first, first]) == []


def test_a_passage_not_encoded_yet_is_given_alone(services: Services) -> None:
    first, second, *_ = found(services, "how to write a note and draft")
    extract = replace(first.extract, vector=None)
    bare = Source(first.entry, first.local, 1.0, lambda: extract)
    assert complements(bare, [second]) == []
