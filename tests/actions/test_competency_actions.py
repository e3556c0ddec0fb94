"""Questions on the competency model, in many languages, through the real action."""

from __future__ import annotations

from typing import Any

import pytest

from bot.actions.competency_actions import ActionAnswerCompetency
from bot.actions.conversation import Item, RunningSearch
from bot.actions.course_actions import ActionChooseItem
from bot.actions.rendering import render
from bot.actions.services import Services
from tests.actions.conftest import Run
from tests.actions.test_refine_actions import entity

POSH, OFFICE, GEM = "sathi_posh_act", "sathi_eoffice", "sathi_gem_procurement"


def ask(run: Run, text: str, locale: str = "en", *entities: dict, **slots: Any) -> list[dict]:
    return run(ActionAnswerCompetency(), text, list(entities), locale=locale, **slots)[0]


def listed(*courses: str) -> dict[str, Any]:
    search = RunningSearch(tuple(Item("course", c) for c in courses), len(courses))
    return {"search": search.to_event()["value"]}


def worded(reply: dict, locale: str) -> str:
    facts = {name: value for name, value in reply.items() if name != "response"}
    return render(reply["response"], locale, facts)["text"]


@pytest.mark.parametrize(
    ("text", "locale", "key"),
    [
        ("what is decision making", "en", "decision-making"),
        ("स्वाध्याय क्या है", "hi", "swadhyay"),
        ("swadhyay ka matlab", "hi_Latn", "swadhyay"),
        ("what is the Vikas sankalp", "en", "vikas"),
        ("what are functional competencies", "en", "functional"),
        ("list the core competencies", "en", "core"),
        ("what is empathy in the model", "en", "empathy"),
        ("explain design thinking", "en", "design-thinking"),
        ("What is KCM?", "en", "kcm"),
    ],
)
def test_an_entry_is_explained(run: Run, text: str, locale: str, key: str) -> None:
    reply = ask(run, text, locale)[0]
    assert reply["response"] == "utter_competency_source"
    assert reply["competency"]["id"] == key


def test_a_theme_is_told_with_its_place_parts_and_roles(run: Run, services: Services) -> None:
    reply, courses = ask(run, "what is decision making")
    entry = reply["competency"]
    assert entry["areas"] == ["Behavioural", "Leadership"]
    assert entry["sub_themes"] == ["Logical Reasoning", "Sound Judgement"]
    levels = [role["level"] for role in entry["roles"]]
    assert levels == sorted(levels, reverse=True)
    assert entry["roles"][0]["level_name"] == "Expert"
    assert not entry["project_own"]
    assert courses["response"] == "utter_courses_for_competency"
    known = services.knowledge_base.catalogue.courses
    assert all("decision-making" in known[c["id"]].competencies for c in courses["courses"])
    text = worded(reply, "en")
    assert "Sub-themes: Logical Reasoning, Sound Judgement" in text
    assert "Area: Behavioural, Leadership" in text


def test_what_is_the_projects_own_is_said(run: Run) -> None:
    reply = ask(run, "what is disaster management")[0]
    assert reply["competency"]["project_own"]
    assert "not part of the official model" in worded(reply, "en")


def test_a_sub_theme_leads_to_its_theme(run: Run, services: Services) -> None:
    reply, courses = ask(run, "explain noting and drafting as a sub-theme")
    assert reply["competency"]["themes"] == ["Office Management"]
    assert "“Office Management”" in worded(reply, "en")
    known = services.knowledge_base.catalogue.courses
    assert all("office-management" in known[c["id"]].competencies for c in courses["courses"])
    assert "Drafting" in courses["courses"][0]["title"]


def test_a_sub_theme_of_two_themes_names_both(run: Run) -> None:
    themes = ask(run, "what is data use and governance")[0]["competency"]["themes"]
    assert themes == ["Data Analytics", "Data Protection"]


@pytest.mark.parametrize(
    ("text", "locale"),
    [
        ("which courses build project management", "en"),
        ("प्रोजेक्ट मैनेजमेंट के लिए कौन से कोर्स हैं", "hi"),
        ("टीम नेतृत्व सुधारने के लिए कोर्स", "hi"),
        ("குழு தலைமைத்துவத்தை வளர்க்கும் பாடநெறிகள்", "ta"),
    ],
)
def test_courses_that_build_it_are_listed_when_asked_for(run: Run, text: str, locale: str) -> None:
    assert ask(run, text, locale)[-1]["response"] == "utter_courses_for_competency"


@pytest.mark.parametrize(
    ("text", "locale"),
    [
        ("which roles need project management", "en"),
        ("for which posts is financial management required", "en"),
        ("किन पदों के लिए वित्तीय प्रबंधन जरूरी है", "hi"),
        ("which posts must have resilience", "en"),
    ],
)
def test_roles_that_need_it_are_listed_when_asked_for(run: Run, text: str, locale: str) -> None:
    (reply,) = ask(run, text, locale)
    if reply["response"] == "utter_roles_needing_none":
        return
    assert reply["response"] == "utter_roles_needing"
    levels = [role["level"] for role in reply["roles"]]
    assert levels == sorted(levels, reverse=True)
    assert reply["roles"][0]["name"] in worded(reply, locale)


@pytest.mark.parametrize(
    ("text", "locale", "role"),
    [
        ("which competencies does a Section Officer need", "en", "Section Officer"),
        ("अनुभाग अधिकारी को कौन सी दक्षता चाहिए", "hi", "अनुभाग अधिकारी"),
        ("i am a bdo wat competency i need", "en", "Block Development Officer"),
    ],
)
def test_a_role_is_told_with_activities_and_levels(
    run: Run, text: str, locale: str, role: str
) -> None:
    reply, courses = ask(run, text, locale)
    assert reply["response"] == "utter_role_competencies"
    assert reply["role"] == role
    said = worded(reply, locale)
    assert all(activity in said for activity in reply["activities"])
    assert all(f"({need['level_name']})" in said for need in reply["competencies"])
    assert courses["response"] == "utter_related_courses"


@pytest.mark.parametrize(
    ("text", "locale", "level"),
    [
        ("at which level does an Under Secretary need policy architecture", "en", 3),
        ("does a joint secretary need decision making, how well", "en", 5),
        ("अनुभाग अधिकारी को टीम नेतृत्व किस स्तर पर चाहिए", "hi", 3),
        ("which level of mentoring does a section officer need", "en", 3),
    ],
)
def test_the_level_a_role_needs(run: Run, text: str, locale: str, level: int) -> None:
    reply = ask(run, text, locale)[0]
    assert reply["response"] == "utter_role_level"
    assert reply["level"] == level
    assert str(level) in worded(reply, locale)


def test_what_a_role_does_not_need_is_said(run: Run) -> None:
    reply = ask(run, "does a procurement officer need first aid")[0]
    assert reply["response"] == "utter_role_needs_not"


@pytest.mark.parametrize(
    ("text", "locale"),
    [
        ("what is level 3", "en"),
        ("what are the proficiency levels", "en"),
        ("स्तर 4 क्या है", "hi"),
    ],
)
def test_the_scale_is_told(run: Run, text: str, locale: str) -> None:
    (reply,) = ask(run, text, locale)
    assert reply["response"] == "utter_competency_levels"
    assert [level["level"] for level in reply["levels"]] == [1, 2, 3, 4, 5]


def test_what_a_named_course_builds(run: Run) -> None:
    named = entity("course", GEM)
    (reply,) = ask(run, "which competencies does the GeM course build", "en", *named)
    assert reply["response"] == "utter_course_builds"
    assert reply["competencies"][0] == {"name": "Public Procurement", "areas": ["Functional"]}


def test_what_a_numbered_course_builds(run: Run, services: Services) -> None:
    numbered = entity("item_number", 2)
    text = "what does number 2 build"
    (reply,) = ask(run, text, "en", *numbered, **listed(POSH, OFFICE))
    assert reply["course"] == services.knowledge_base.course_title(OFFICE, "en")


def test_what_the_open_course_builds(run: Run, services: Services) -> None:
    slots = run(ActionChooseItem(), "1", entity("item_number", 1), **listed(POSH, OFFICE))[1]
    (reply,) = ask(run, "which competencies does this course build", **slots)
    assert reply["course"] == services.knowledge_base.course_title(POSH, "en")
    assert ask(run, "what is decision making", **slots)[0]["response"] == "utter_competency_source"


def test_a_course_without_competencies_is_told_so(
    run: Run, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    courses = services.knowledge_base.catalogue.courses
    bare = courses[POSH].model_copy(update={"competencies": ()})
    monkeypatch.setitem(courses, POSH, bare)
    (reply,) = ask(run, "what does it build", "en", *entity("course", POSH))
    assert reply["response"] == "utter_course_builds_none"


def test_nothing_named_is_asked_for(run: Run) -> None:
    assert ask(run, "zzz qqq")[0]["response"] == "utter_ask_competency_name"
