"""The catalogue's files and the content store together; courses whose language is not English."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from knowledge_base.catalogue import Catalogue, Course, Module, Passage
from knowledge_base.content import load_content, store_digest
from knowledge_base.content_store import open_content_store
from knowledge_base.gazetteer import build_gazetteer
from knowledge_base.inputs import content_hash
from knowledge_base.knowledge_base import KnowledgeBase
from knowledge_base.passages import Kind, build_entries
from knowledge_base.recommend.gap import CompetencyTable
from knowledge_base.settings import KnowledgeBaseSettings

TITLE = "ஊராட்சி நிர்வாகக் கையேடு"
PASSAGE = Passage(id="m1p1", heading="கூட்டம்", text="கிராம சபை ஆண்டுக்கு ஆறு முறை கூடும்.")
HINDI = Passage(id="m1p2", heading="सभा", text="ग्राम सभा वर्ष में छह बार होती है।", language="hi")


def tamil_course(key: str = "ta-1", competencies: tuple[str, ...] = ()) -> Course:
    return Course(
        id=key,
        title=TITLE,
        provider="ISTM",
        language="ta",
        duration_seconds=0,
        summary="கிராம சபை பற்றிய அனைத்தும்.",
        competencies=competencies,
        modules=(Module(id="m1", title="கிராம சபை", passages=(PASSAGE, HINDI)),),
    )


@pytest.fixture
def own(tmp_path: Path) -> KnowledgeBaseSettings:
    return KnowledgeBaseSettings(content_database=f"sqlite:///{tmp_path / 'content.sqlite'}")


def keep(settings: KnowledgeBaseSettings, source: str, course: Course) -> None:
    store = open_content_store(settings.content_database)
    store.save(source, course, "1", [])
    store.close()


def test_without_a_store_there_are_the_files(
    own: KnowledgeBaseSettings, catalogue: Catalogue
) -> None:
    assert load_content(own).courses == catalogue.courses
    assert store_digest(own) == ""


def test_courses_of_the_store_are_added(own: KnowledgeBaseSettings, catalogue: Catalogue) -> None:
    known = catalogue.competency_model.competencies[0].id
    keep(own, "folder:a", tamil_course(competencies=(known, "flying")))
    keep(own, "folder:b", tamil_course().model_copy(update={"title": "Second"}))
    content = load_content(own)
    assert len(content.courses) == len(catalogue.courses) + 1
    assert content.courses["ta-1"] == tamil_course(competencies=(known,))


def test_a_course_of_the_files_stays_theirs(
    own: KnowledgeBaseSettings, catalogue: Catalogue
) -> None:
    key = next(iter(catalogue.courses))
    keep(own, "folder:a", tamil_course(key))
    assert load_content(own).courses[key] == catalogue.courses[key]


def test_the_hash_of_the_content_follows_the_store(own: KnowledgeBaseSettings) -> None:
    before = content_hash(own)
    keep(own, "folder:a", tamil_course())
    after = content_hash(own)
    assert after != before
    keep(own, "folder:a", tamil_course())
    assert content_hash(own) == after


@pytest.fixture
def tamil(catalogue: Catalogue) -> Catalogue:
    """Return the sample catalogue with a course whose language is Tamil."""
    courses = {**catalogue.courses, "ta-1": tamil_course()}
    return dataclasses.replace(catalogue, courses=courses)


def test_entries_of_a_tamil_course_are_tamil(tamil: Catalogue) -> None:
    entries = [entry for entry in build_entries(tamil) if entry.target == "ta-1"]
    locales = {(entry.kind, entry.passage, entry.locale) for entry in entries}
    assert locales == {
        (Kind.COURSE, "", "ta"),
        (Kind.CONTENT, "m1p1", "ta"),
        (Kind.CONTENT, "m1p2", "hi"),
    }


def test_a_tamil_course_is_found_by_its_name(tamil: Catalogue) -> None:
    names = build_gazetteer(tamil).written["course"]
    assert [phrase for phrase, ids in names.items() if "ta-1" in ids]


def test_a_tamil_course_says_that_it_is_tamil(
    tamil: Catalogue, knowledge_base: KnowledgeBase
) -> None:
    opened = KnowledgeBase(tamil, knowledge_base._index, knowledge_base.encoder, "")
    for locale in ("en", "hi", "ta", "ta_Latn", "ur"):
        assert opened.course_title("ta-1", locale) == TITLE
        assert opened.course_summary("ta-1", locale) == (tamil.courses["ta-1"].summary, "ta")
        assert opened.passage("ta-1", "m1", "m1p1", locale).language == "ta"
        assert opened.passage("ta-1", "m1", "m1p2", locale).language == "hi"
    assert tamil.course_languages("ta-1") == ["ta"]


def test_a_course_without_a_level_counts_as_one_for_beginners(catalogue: Catalogue) -> None:
    key = catalogue.competency_model.competencies[0].id
    courses = {
        level or "none": tamil_course(level or "none", (key,)).model_copy(update={"level": level})
        for level in (None, "beginner", "advanced")
    }
    table = CompetencyTable(
        dataclasses.replace(catalogue, courses=courses), ["none", "beginner", "advanced"]
    )
    column = table.column(key)
    assert table.built[0, column] == table.built[1, column] < table.built[2, column]
    assert table.entry[0] == table.entry[1] == 0
