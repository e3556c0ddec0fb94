from __future__ import annotations

import pytest

from knowledge_base.knowledge_base import KnowledgeBase


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("what is Swadhyay", "swadhyay"),
        ("swadhyaya kya hai", "swadhyay"),
        ("स्वाध्याय क्या है", "swadhyay"),
        ("which competencies does a Section Officer need", "section-officer"),
        ("अनुभाग अधिकारी को कौन सी दक्षता चाहिए", "section-officer"),
        ("what does a CPIO need", "public-information-officer"),
        ("explain decision making", "decision-making"),
        ("what is FRAC", "frac"),
    ],
)
def test_finds_names_in_questions(knowledge_base: KnowledgeBase, text: str, found: str) -> None:
    assert knowledge_base.competencies.find(text)[0].id == found


def test_finds_nothing_in_other_texts(knowledge_base: KnowledgeBase) -> None:
    assert knowledge_base.competencies.find("who won the match") == []


def test_courses_for_a_role_build_what_it_needs(knowledge_base: KnowledgeBase) -> None:
    guide = knowledge_base.competencies
    role = guide.role("section-officer")
    needed = {required.id for required in role.competencies}
    for course in guide.courses_for_role(role)[:5]:
        assert needed & set(knowledge_base.catalogue.courses[course].competencies)


def test_names_fall_back_to_english(knowledge_base: KnowledgeBase) -> None:
    assert knowledge_base.competencies.name("swadhyay", "en").definition
    with pytest.raises(KeyError):
        knowledge_base.competencies.name("nothing", "ta")


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("Section Officer", "section-officer"),
        ("I am an Assistant Section Officer", "assistant-section-officer"),
        ("अनुभाग अधिकारी", "section-officer"),
        ("سیکشن آفیسر", "section-officer"),
        ("தகவல் தொடர்பு", "communication"),
        ("sectoin officer", "section-officer"),
    ],
)
def test_a_name_is_not_taken_for_a_longer_one(
    knowledge_base: KnowledgeBase, text: str, key: str
) -> None:
    assert knowledge_base.competencies.find(text)[0].id == key
