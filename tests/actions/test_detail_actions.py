"""Facts of one course, and courses side by side."""

from __future__ import annotations

from typing import Any

import pytest

from bot.actions.course_actions import ActionChooseItem
from bot.actions.detail_actions import ActionCompareCourses, ActionCourseDetails
from bot.actions.services import Services
from tests.actions.conftest import Run
from tests.actions.test_refine_actions import entity

POSH, OFFICE, GEM = "sathi_posh_act", "sathi_eoffice", "sathi_gem_procurement"


def listed(*courses: str, shown: int | None = None) -> dict[str, Any]:
    """Return the slots while a list of courses is shown."""
    items = [{"kind": "course", "id": course} for course in courses]
    return {"search": {"items": items, "shown": shown or len(courses)}}


def numbers(*values: int) -> list[dict]:
    return [item for value in values for item in entity("item_number", value)]


def detailed(messages: list[dict]) -> str:
    """Return the course whose details were given last."""
    assert messages[-1]["response"] == "utter_course_details"
    return messages[-1]["course"]["id"]


def test_a_fact_of_a_numbered_course(run: Run) -> None:
    slots = listed(POSH, OFFICE, GEM)
    text = "how long is the second one"
    messages, after = run(ActionCourseDetails(), text, numbers(2), locale="en", **slots)
    assert messages[0]["response"] == "utter_course_fact"
    assert messages[0]["asked"] == "duration"
    assert detailed(messages) == OFFICE
    assert after["search"]["opened"]["id"] == OFFICE
    assert len(after["search"]["items"]) == 3


@pytest.mark.parametrize(
    ("text", "locale", "asked"),
    [
        ("which ministry made this course", "en", "provider"),
        ("यह कोर्स कितने घंटे का है", "hi", "duration"),
        ("isme kya kya topics hain", "hi_Latn", "modules"),
        ("இந்த பாடநெறி எவ்வளவு நேரம்", "ta", "duration"),
        ("কোর্সটি কে তৈরি করেছে", "bn", "provider"),
    ],
)
def test_the_open_course_is_meant(run: Run, text: str, locale: str, asked: str | None) -> None:
    slots = run(ActionChooseItem(), "1", numbers(1), **listed(POSH, OFFICE))[1]
    messages, _ = run(ActionCourseDetails(), text, locale=locale, **slots)
    assert detailed(messages) == POSH
    assert messages[0].get("asked") == asked


@pytest.mark.parametrize(
    ("text", "locale", "faq"),
    [
        ("will I get a certificate", "en", "course-certificate"),
        ("क्या इस कोर्स का प्रमाणपत्र मिलता है", "hi", "course-certificate"),
        ("is there an exam at the end", "en", "assessment-failed"),
    ],
)
def test_the_help_answers_what_holds_for_all_courses(
    run: Run, text: str, locale: str, faq: str
) -> None:
    messages, _ = run(ActionCourseDetails(), text, locale=locale, **listed(POSH))
    assert [m["response"] for m in messages] == ["utter_faq_source", "utter_course_details"]
    assert messages[0]["faq"]["id"] == faq
    assert messages[0]["faq"]["source_language"] == locale


def test_what_a_course_builds_is_told(run: Run) -> None:
    text = "which competencies does this course build"
    messages, _ = run(ActionCourseDetails(), text, locale="en", **listed(GEM))
    assert messages[0]["response"] == "utter_course_builds"
    assert messages[0]["competencies"][0]["name"] == "Public Procurement"
    assert detailed(messages) == GEM


@pytest.mark.parametrize("text", ["is the course free", "when was the course last updated"])
def test_what_the_catalogue_does_not_know_is_said(run: Run, text: str) -> None:
    messages, _ = run(ActionCourseDetails(), text, locale="en", **listed(POSH))
    assert [m["response"] for m in messages] == [
        "utter_course_fact_unknown",
        "utter_course_details",
    ]


@pytest.mark.parametrize(
    ("text", "changes"),
    [("how long is this course", {"duration_seconds": 0}), ("what level is it", {"level": None})],
)
def test_what_the_source_of_a_course_does_not_tell_is_said(
    run: Run, services: Services, monkeypatch: pytest.MonkeyPatch, text: str, changes: dict
) -> None:
    courses = services.knowledge_base.catalogue.courses
    monkeypatch.setitem(courses, POSH, courses[POSH].model_copy(update=changes))
    messages, _ = run(ActionCourseDetails(), text, locale="en", **listed(POSH))
    assert messages[0]["response"] == "utter_course_fact_unknown"


def test_whether_a_course_is_mandatory(
    run: Run, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    duty = entity("mandatory", True)
    messages, _ = run(ActionCourseDetails(), "is it compulsory", duty, **listed(POSH))
    assert messages[0]["response"] == "utter_course_fact_unknown"
    courses = services.knowledge_base.catalogue.courses
    monkeypatch.setitem(courses, POSH, courses[POSH].model_copy(update={"mandatory": True}))
    messages, _ = run(ActionCourseDetails(), "is it compulsory", duty, **listed(POSH))
    assert (messages[0]["response"], messages[0]["asked"]) == ("utter_course_fact", "mandatory")


@pytest.mark.parametrize("text", ["will it have a certificate", "iska certificate milega kya"])
def test_beside_a_list_no_course_is_guessed(run: Run, text: str) -> None:
    messages, slots = run(ActionCourseDetails(), text, **listed(POSH, OFFICE))
    assert messages[0]["response"] == "utter_which_item"
    assert slots == {}


def test_a_named_language_asks_for_the_languages(run: Run) -> None:
    named = entity("language_name", "pa")
    messages, _ = run(ActionCourseDetails(), "is it in Punjabi", named, **listed(POSH))
    assert messages[0]["asked"] == "languages"


def test_a_named_course_needs_no_list(run: Run, services: Services) -> None:
    messages, after = run(ActionCourseDetails(), "how long is the RTI course", locale="en")
    title = services.knowledge_base.course_title(detailed(messages), "en")
    assert "Right to Information" in title
    assert after["search"]["shown"] == 1


def test_a_recognised_course_comes_before_the_open_one(run: Run) -> None:
    slots = run(ActionChooseItem(), "1", numbers(1), **listed(POSH, OFFICE))[1]
    messages, _ = run(ActionCourseDetails(), "who made it", entity("course", GEM), **slots)
    assert detailed(messages) == GEM


def test_a_topic_that_the_open_course_is_not_about(run: Run, services: Services) -> None:
    slots = run(ActionChooseItem(), "1", numbers(1), **listed(POSH))[1]
    text = "how long is the cyber security course"
    messages, _ = run(ActionCourseDetails(), text, locale="en", **slots)
    assert "Cyber" in services.knowledge_base.course_title(detailed(messages), "en")


def test_which_course_is_asked_when_none_can_be_told(run: Run) -> None:
    messages, slots = run(ActionCourseDetails(), "how long is it", locale="en")
    assert [m["response"] for m in messages] == ["utter_course_which"]
    assert slots == {}
    text, both = "how long is it", listed(POSH, OFFICE)
    assert run(ActionCourseDetails(), text, **both)[0][0]["response"] == "utter_which_item"
    out_of_range = run(ActionCourseDetails(), "9", numbers(9), **both)[0]
    assert out_of_range[0]["response"] == "utter_which_item"


def test_a_level_without_an_open_course_narrows_the_list(run: Run, services: Services) -> None:
    courses = services.knowledge_base.catalogue.courses
    level = courses[OFFICE].level
    slots = listed(POSH, OFFICE, GEM)
    text, named = "is it for these?", entity("level", level)
    messages, _ = run(ActionCourseDetails(), text, named, **slots)
    assert messages[0]["response"] == "utter_narrowed"
    opened = run(ActionChooseItem(), "1", numbers(1), **slots)[1]
    assert detailed(run(ActionCourseDetails(), text, named, **opened)[0]) == POSH


def compared(messages: list[dict]) -> list[str]:
    assert messages[0]["response"] == "utter_compared"
    return [course["id"] for course in messages[0]["courses"]]


def test_numbers_of_the_list_are_compared(run: Run) -> None:
    slots = listed(POSH, OFFICE, GEM)
    messages, after = run(ActionCompareCourses(), "compare 1 and 3", numbers(1, 3), **slots)
    assert compared(messages) == [POSH, GEM]
    assert messages[0]["numbers"] == [1, 3]
    opened = run(ActionChooseItem(), "3", numbers(3), **after)[0]
    assert opened[0]["course"]["id"] == GEM


def test_these_two_and_all_three(run: Run) -> None:
    slots = listed(POSH, OFFICE, GEM)
    for count in (2, 3):
        messages, _ = run(ActionCompareCourses(), f"these {count}", numbers(count), **slots)
        assert len(compared(messages)) == count
    assert len(compared(run(ActionCompareCourses(), "which is better", **slots)[0])) == 3


def test_the_open_course_and_another(run: Run) -> None:
    slots = run(ActionChooseItem(), "2", numbers(2), **listed(POSH, OFFICE, GEM))[1]
    text = "how is it different from number 3"
    assert compared(run(ActionCompareCourses(), text, numbers(3), **slots)[0]) == [OFFICE, GEM]


def test_names_are_compared(run: Run) -> None:
    recognised = [
        {"entity": "course", "value": POSH, "start": 0, "end": 4},
        {"entity": "course", "value": GEM, "start": 8, "end": 11},
    ]
    messages, after = run(ActionCompareCourses(), "posh vs gem", recognised)
    assert compared(messages) == [POSH, GEM]
    assert [item["id"] for item in after["search"]["items"]] == [POSH, GEM]


def test_one_name_that_fits_several_courses_is_one(run: Run) -> None:
    fits = [
        {"entity": "course", "value": course, "start": 8, "end": 11} for course in (GEM, OFFICE)
    ]
    slots = run(ActionChooseItem(), "1", numbers(1), **listed(POSH))[1]
    assert compared(run(ActionCompareCourses(), "compare gem", fits, **slots)[0]) == [POSH, GEM]


def test_the_first_two_of_a_search(run: Run, services: Services) -> None:
    text = "which one is easier, excel or power bi course"
    chosen = compared(run(ActionCompareCourses(), text, locale="en")[0])
    titles = [services.knowledge_base.course_title(course, "en") for course in chosen]
    assert any("Power BI" in title for title in titles)
    assert any("Spreadsheets" in title for title in titles)


@pytest.mark.parametrize("text", ["compare", "tell me the pros and cons of both", "/compare"])
def test_which_ones_is_asked(run: Run, text: str) -> None:
    assert run(ActionCompareCourses(), text)[0][0]["response"] == "utter_compare_which"
    long = listed(POSH, OFFICE, GEM, "sathi_dpdp_act", "sathi_rti_first_appeal")
    assert run(ActionCompareCourses(), text, **long)[0][0]["response"] == "utter_compare_which"
