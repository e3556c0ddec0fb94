"""What changes the running search instead of starting anew."""

from __future__ import annotations

from typing import Any

import pytest

from bot.actions.course_actions import ActionFindCourse
from bot.actions.language_actions import ActionChooseLanguage
from bot.actions.recommend_actions import ActionDeny, ActionRecommend
from bot.actions.refine_actions import (
    ActionRejectItem,
    ActionShorterCourses,
)
from bot.actions.services import Services
from tests.actions.conftest import Run
from tests.actions.test_refine_actions import entity


def named(text: str, words: str, name: str, value: object) -> list[dict]:
    """Return an entity that stands where its words do."""
    start = text.lower().index(words.lower())
    return [{"entity": name, "value": value, "start": start, "end": start + len(words)}]


@pytest.fixture
def found(run: Run) -> dict[str, Any]:
    """Return the slots after a search that finds courses of several levels."""
    return run(ActionFindCourse(), "courses on data analysis", locale="en")[1]


def ids(slots: dict[str, Any], key: str = "items") -> list[str]:
    return [item["id"] for item in slots["search"][key]]


@pytest.mark.parametrize("action", [ActionFindCourse, ActionRecommend, ActionShorterCourses])
@pytest.mark.parametrize(
    ("text", "words", "locale"),
    [
        ("and for beginners?", "beginners", "en"),
        ("और शुरुआती लोगों के लिए?", "शुरुआती", "hi"),
        ("aur beginners ke liye?", "beginners", "hi_Latn"),
        ("தொடக்கநிலைக்கு?", "தொடக்கநிலை", "ta"),
        ("আর নতুনদের জন্য?", "নতুনদের", "bn"),
    ],
)
def test_a_level_alone_narrows_the_list(
    run: Run, found: dict[str, Any], action: type, text: str, words: str, locale: str
) -> None:
    level = named(text, words, "level", "beginner")
    messages, slots = run(action(), text, level, **{**found, "locale": locale})
    assert messages[0]["response"] == "utter_narrowed"
    assert {course["level"] for course in messages[0]["courses"]} == {"beginner"}
    assert messages[0]["only"] == {"level": "beginner"}
    assert set(ids(slots)) <= set(ids(found))


def test_another_level_is_looked_for_in_all_that_was_found(run: Run, found: dict[str, Any]) -> None:
    text = "and for beginners?"
    _, slots = run(ActionFindCourse(), text, named(text, "beginners", "level", "beginner"), **found)
    messages, again = run(
        ActionFindCourse(),
        "advanced?",
        named("advanced?", "advanced", "level", "advanced"),
        **slots,
    )
    assert {course["level"] for course in messages[0]["courses"]} == {"advanced"}
    assert ids(again, "found") == ids(found, "found")


def test_a_level_with_a_topic_is_a_search(run: Run, found: dict[str, Any]) -> None:
    text = "noting and drafting for beginners"
    level = named(text, "beginners", "level", "beginner")
    messages, slots = run(ActionFindCourse(), text, level, **found)
    assert messages[0]["response"] == "utter_courses_found"
    assert {course["level"] for course in messages[0]["courses"]} == {"beginner"}
    assert not set(ids(slots, "found")) <= set(ids(found))


def test_recommendations_are_made_anew_for_a_level(run: Run) -> None:
    slots = run(ActionRecommend(), "suggest courses for a Section Officer")[1]
    text = "anything advanced?"
    level = named(text, "advanced", "level", "advanced")
    messages, _ = run(ActionRecommend(), text, level, **slots)
    assert {course["level"] for course in messages[0]["courses"]} == {"advanced"}
    assert all(course["reasons"] for course in messages[0]["courses"])


def test_a_provider_narrows_a_list_and_makes_one(run: Run, services: Services) -> None:
    courses = services.knowledge_base.catalogue.courses
    slots = run(ActionFindCourse(), "noting and drafting", locale="en")[1]
    provider = courses[ids(slots)[0]].provider
    text = f"from {provider}"
    entities = named(text, provider, "provider", provider)
    for before in (slots, {}):
        messages, _ = run(ActionFindCourse(), text, entities, **before)
        assert messages[0]["response"] == "utter_narrowed"
        assert {course["provider"] for course in messages[0]["courses"]} == {provider}


def test_mandatory_courses_are_kept_of_a_list(
    run: Run, found: dict[str, Any], services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    courses = services.knowledge_base.catalogue.courses
    duty = courses[ids(found)[2]].model_copy(update={"mandatory": True})
    monkeypatch.setitem(courses, duty.id, duty)
    text = "only mandatory ones"
    entities = named(text, "mandatory", "mandatory", True)
    messages, slots = run(ActionFindCourse(), text, entities, **found)
    assert messages[0]["response"] == "utter_narrowed"
    assert (ids(slots), messages[0]["only"]) == ([duty.id], {"mandatory": True})
    entities = entity("mandatory", "made up")
    assert run(ActionFindCourse(), "only", entities, **found)[0] != messages


def test_only_the_mandatory_ones_is_about_courses_not_about_the_language(
    run: Run, found: dict[str, Any], services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "only mandatory ones"
    entities = named(text, "mandatory", "mandatory", True)
    assert run(ActionChooseLanguage(), text, entities, **found)[0][0]["response"] == (
        "utter_none_fits"
    )
    courses = services.knowledge_base.catalogue.courses
    duty = courses[ids(found)[0]].model_copy(update={"mandatory": True})
    monkeypatch.setitem(courses, duty.id, duty)
    _, slots = run(ActionChooseLanguage(), text, entities, **found)
    assert ids(slots) == [duty.id]


def test_what_no_course_found_meets_is_said(run: Run) -> None:
    text = "mandatory course on right to information"
    entities = named(text, "mandatory", "mandatory", True)
    messages, slots = run(ActionFindCourse(), text, entities, locale="en")
    assert messages[0]["response"] == "utter_courses_found"
    assert messages[0]["unmet"] == {"mandatory": True}
    assert ids(slots)


def test_when_nothing_fits_the_list_stays(run: Run) -> None:
    items = [{"kind": "course", "id": "sathi_posh_act"}]
    text = "and advanced ones?"
    messages, slots = run(
        ActionFindCourse(),
        text,
        named(text, "advanced", "level", "advanced"),
        search={"items": items, "shown": 1},
    )
    assert messages[0]["response"] == "utter_none_fits"
    assert slots == {}


def test_made_up_levels_and_providers_are_none(run: Run, found: dict[str, Any]) -> None:
    entities = [*entity("level", "godlike"), *entity("provider", {"x": 1})]
    messages, _ = run(ActionFindCourse(), "right to information", entities, **found)
    assert messages[0]["response"] == "utter_courses_found"


@pytest.mark.parametrize("action", [ActionFindCourse, ActionDeny])
@pytest.mark.parametrize(
    ("text", "locale"),
    [
        ("no, I meant data", "en"),
        ("नहीं, मेरा मतलब डेटा था", "hi"),
        ("nahi, mera matlab data", "hi_Latn"),
        ("இல்லை, நான் சொன்னது தரவு", "ta"),
        ("না, আমি ডেটা বলছিলাম", "bn"),
    ],
)
def test_another_topic_keeps_what_was_wanted(
    run: Run, services: Services, action: type, text: str, locale: str
) -> None:
    slots = run(ActionFindCourse(), "courses on cyber security", locale="en")[1]
    slots |= run(ActionFindCourse(), "and", entity("level", "beginner"), **slots)[1]
    messages, after = run(action(), text, **{**slots, "locale": locale})
    assert messages[0]["response"] == "utter_courses_found"
    assert messages[0]["only"] == {"level": "beginner"}
    assert {course["level"] for course in messages[0]["courses"]} == {"beginner"}
    assert "Data" in services.knowledge_base.course_title(ids(after, "found")[0], "en")


def test_filters_that_nothing_meets_are_dropped(run: Run) -> None:
    slots = run(ActionFindCourse(), "courses on cyber security", locale="en")[1]
    search = {**slots["search"], "filters": {"max_minutes": 1}}
    messages, after = run(ActionDeny(), "no, I meant data", locale="en", search=search)
    assert messages[0]["response"] == "utter_courses_found"
    assert messages[0]["only"] == {}
    assert after["search"]["filters"] is None


def test_who_writes_more_begins_anew(run: Run) -> None:
    slots = run(ActionFindCourse(), "courses on cyber security", locale="en")[1]
    search = {**slots["search"], "filters": {"level": "beginner"}}
    text = "please show me all the courses that deal with the right to information"
    messages, _ = run(ActionFindCourse(), text, locale="en", search=search)
    assert messages[0]["only"] == {}


@pytest.mark.parametrize("text", ["no", "no thanks", "not that"])
def test_a_plain_no_searches_nothing(run: Run, found: dict[str, Any], text: str) -> None:
    assert run(ActionDeny(), text, **found)[0][0]["response"] == "utter_deny"


def test_an_unwanted_course_stays_away_when_the_list_is_narrowed(
    run: Run, found: dict[str, Any], services: Services
) -> None:
    first = ids(found)[0]
    slots = run(ActionRejectItem(), "not the first", entity("item_number", 1), **found)[1]
    level = services.knowledge_base.catalogue.courses[first].level
    again = run(ActionFindCourse(), "and", entity("level", level), **slots)[1]
    assert first not in ids(again)
    assert first not in ids(again, "found")


def test_a_conversation_from_before_has_no_found_courses(run: Run) -> None:
    items = [{"kind": "course", "id": "sathi_posh_act"}]
    search = {"items": items, "shown": 1, "filters": None, "opened": None}
    messages, _ = run(ActionFindCourse(), "and", entity("level", "beginner"), search=search)
    assert messages[0]["response"] in ("utter_narrowed", "utter_none_fits")


def test_a_narrower_list_is_searched_for_among_all_courses(
    run: Run, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What fits may stand far behind what was found first, what was rejected does not return."""
    monkeypatch.setattr("bot.actions.course_lists._SEARCH_DEPTH", 2)
    slots = run(ActionFindCourse(), "right to information", locale="en")[1]
    courses = services.knowledge_base.catalogue.courses
    levels = {courses[course].level for course in ids(slots)}
    other = next(level for level in ("beginner", "advanced", "intermediate") if level not in levels)
    _, after = run(ActionFindCourse(), "only", entity("level", other), **slots)
    assert ids(after)
    assert not set(ids(after)) & set(ids(slots))
    slots |= after
    slots |= run(ActionRejectItem(), "not the first", entity("item_number", 1), **slots)[1]
    again = run(ActionFindCourse(), "only", entity("level", other), **slots)[1]
    assert ids(again)
    assert ids(after)[0] not in ids(again)
