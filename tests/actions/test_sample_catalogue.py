from __future__ import annotations

import pytest

from knowledge_base.catalogue import Catalogue
from knowledge_base.languages import registry

_INDIAN = [code for code in registry.languages() if code != "en"]


def in_full(catalogue: Catalogue) -> list:
    return [c for c in catalogue.courses.values() if any(m.passages for m in c.modules)]


def test_two_hundred_courses_sixty_in_full(catalogue: Catalogue) -> None:
    assert len(catalogue.courses) == 200
    assert len(in_full(catalogue)) == 60


def test_courses_in_full_have_their_modules_and_passages(catalogue: Catalogue) -> None:
    for course in in_full(catalogue):
        assert 3 <= len(course.modules) <= 5, course.id
        for module in course.modules:
            assert 2 <= len(module.passages) <= 3, (course.id, module.id)
            for passage in module.passages:
                assert 60 <= len(passage.text.split()) <= 120, (course.id, passage.id)
                assert passage.reference, (course.id, passage.id)


def test_module_durations_add_up(catalogue: Catalogue) -> None:
    for course in catalogue.courses.values():
        assert sum(m.duration_seconds for m in course.modules) == course.duration_seconds


def test_twenty_courses_in_hindi(catalogue: Catalogue) -> None:
    assert len(catalogue.translations["hi"]) == 20


@pytest.mark.parametrize("language", [code for code in _INDIAN if code != "hi"])
def test_three_to_five_courses_in_every_other_language(catalogue: Catalogue, language: str) -> None:
    assert 3 <= len(catalogue.translations[language]) <= 5


@pytest.mark.parametrize("language", _INDIAN)
def test_translations_carry_every_passage(catalogue: Catalogue, language: str) -> None:
    for course_id, translation in catalogue.translations[language].items():
        wanted = [[p.id for p in m.passages] for m in catalogue.courses[course_id].modules]
        assert [[p.id for p in m.passages] for m in translation.modules] == wanted


@pytest.mark.parametrize("language", list(registry.languages()))
def test_every_platform_question_stands_in_every_language(
    catalogue: Catalogue, language: str
) -> None:
    assert len(catalogue.faq[language]) == 61
    assert set(catalogue.faq[language]) == set(catalogue.faq["en"])


@pytest.mark.parametrize("language", _INDIAN)
def test_every_course_has_a_title_in_every_language(catalogue: Catalogue, language: str) -> None:
    assert set(catalogue.titles[language]) == set(catalogue.courses)


@pytest.mark.parametrize("language", list(registry.languages()))
def test_the_competency_model_is_named_in_every_language(
    catalogue: Catalogue, language: str
) -> None:
    assert catalogue.competency_model.ids() <= set(catalogue.competency_names[language])


def test_the_model_has_its_thirty_four_competencies(catalogue: Catalogue) -> None:
    competencies = catalogue.competency_model.competencies
    behavioural = [c for c in competencies if c.area == "behavioural"]
    functional = [c for c in competencies if c.area == "functional" and not c.note]
    assert (len(behavioural), len(functional)) == (13, 21)
