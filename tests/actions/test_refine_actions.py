"""Changing a running list: in a language, shorter, one liked, one not wanted."""

from __future__ import annotations

from typing import Any

import pytest

from bot.actions.course_actions import ActionChooseItem, ActionFindCourse
from bot.actions.language_actions import ActionCoursesInLanguage
from bot.actions.recommend_actions import ActionRecommend
from bot.actions.refine_actions import (
    ActionLikeItem,
    ActionRejectItem,
    ActionShorterCourses,
)
from bot.actions.rendering import render
from bot.actions.services import Services
from connectors.platform.feedback import Opinion
from connectors.platform.linking import Chat
from tests.actions.conftest import Run

CHAT = Chat("rest", "a-chat-nobody-can-guess")


def entity(name: str, value: object) -> list[dict]:
    return [{"entity": name, "value": value, "start": 0, "end": 1}]


@pytest.fixture
def recommended(run: Run) -> dict[str, Any]:
    """Return the slots after a recommendation for a role."""
    return run(ActionRecommend(), "suggest courses for a Section Officer")[1]


@pytest.fixture
def found(run: Run) -> dict[str, Any]:
    """Return the slots after a search."""
    return run(ActionFindCourse(), "right to information", locale="en")[1]


def languages(services: Services, facts: dict) -> list[tuple[str, ...]]:
    offered = services.knowledge_base.catalogue.course_languages
    return [offered(course["id"]) for course in facts["courses"]]


@pytest.mark.parametrize("start", ["recommended", "found"])
def test_a_list_is_narrowed_to_a_language(
    run: Run, services: Services, start: str, request: pytest.FixtureRequest
) -> None:
    slots = request.getfixturevalue(start)
    named = entity("language_name", "hi")
    messages, _ = run(ActionCoursesInLanguage(), "in hindi please", named, **slots)
    assert messages[0]["response"] == "utter_courses_in_language"
    assert all("hi" in offered for offered in languages(services, messages[0]))


def test_refinements_of_recommendations_add_up(
    run: Run, services: Services, recommended: dict[str, Any]
) -> None:
    _, slots = run(
        ActionCoursesInLanguage(), "in hindi", entity("language_name", "hi"), **recommended
    )
    messages, _ = run(ActionShorterCourses(), "under 2 hours", entity("minutes", 120), **slots)
    assert messages[0]["response"] == "utter_shorter"
    assert all("hi" in offered for offered in languages(services, messages[0]))
    assert all(course["minutes"] <= 120 for course in messages[0]["courses"])
    assert all(course["reasons"] for course in messages[0]["courses"])


def test_the_language_of_the_replies_is_offered_as_well(run: Run, found: dict[str, Any]) -> None:
    named = entity("language_name", "hi")
    facts = run(ActionCoursesInLanguage(), "in hindi", named, **found)[0][0]
    facts = {key: value for key, value in facts.items() if key != "response"}
    for locale, offered in (("ta", True), ("hi", False), ("hi_Latn", False)):
        buttons = render("utter_courses_in_language", locale, facts)["buttons"]
        payload = '/choose_language{"language_name": "hi"}'
        assert (payload in [button["payload"] for button in buttons]) is offered


def test_none_in_the_language_is_told(run: Run) -> None:
    search = {"items": [{"kind": "course", "id": "sathi_eoffice"}], "shown": 1}
    named = entity("language_name", "kok")
    messages, slots = run(ActionCoursesInLanguage(), "in konkani", named, search=search)
    assert messages[0]["response"] == "utter_none_in_language"
    assert slots == {}


def test_without_a_list_a_language_alone_is_that_of_the_replies(run: Run) -> None:
    named = entity("language_name", "ta")
    messages, slots = run(ActionCoursesInLanguage(), "in tamil please", named)
    assert messages[0]["response"] == "utter_language_changed"
    assert slots == {"chosen_locale": "ta"}


def test_without_a_list_a_topic_is_searched_for(run: Run, services: Services) -> None:
    named = entity("language_name", "hi")
    text = "courses on the right to information that are taught in hindi"
    messages, _ = run(ActionCoursesInLanguage(), text, named)
    assert messages[0]["response"] == "utter_courses_in_language"
    assert all("hi" in offered for offered in languages(services, messages[0]))


@pytest.mark.parametrize("value", ["xx", None, 3])
def test_a_language_that_is_none_is_asked_for(run: Run, value: object) -> None:
    messages, _ = run(ActionCoursesInLanguage(), "in klingon", entity("language_name", value))
    assert messages[0]["response"] == "utter_choose_language"


def test_a_time_needs_no_list(run: Run) -> None:
    said = {"said_profile": {"asked": ["role", "topic"]}}
    messages, _ = run(ActionShorterCourses(), "in 30 minutes", entity("minutes", 30), **said)
    assert messages[0]["response"] == "utter_shorter"
    assert all(course["minutes"] <= 30 for course in messages[0]["courses"])
    messages, _ = run(ActionShorterCourses(), "in 1 minute", entity("minutes", 1))
    assert messages[0]["response"] == "utter_nothing_shorter"


def test_the_open_course_is_the_one_that_is_liked(
    run: Run, services: Services, found: dict[str, Any]
) -> None:
    _, opened = run(ActionChooseItem(), "2", entity("item_number", 2), **found)
    course = found["search"]["items"][1]["id"]
    messages, _ = run(ActionLikeItem(), "/like_item", **opened)
    assert messages[0]["response"] == "utter_item_liked"
    assert services.feedback.of(services.links.chat_key(CHAT), None) == {course: Opinion.LIKED}


def test_which_one_is_asked_when_none_is_open(run: Run, found: dict[str, Any]) -> None:
    for action in (ActionLikeItem(), ActionRejectItem()):
        assert run(action, "good", **found)[0][0]["response"] == "utter_which_item"
        assert run(action, "good")[0][0]["response"] == "utter_no_running_search"
        out_of_range = entity("item_number", 99)
        assert run(action, "99", out_of_range, **found)[0][0]["response"] == "utter_which_item"


def test_a_liked_course_changes_what_is_suggested(run: Run, services: Services) -> None:
    said = {"said_profile": {"asked": ["role", "topic"]}}
    before = run(ActionRecommend(), "what next", **said)[0][0]
    search = {"items": [{"kind": "course", "id": "sathi_posh_act"}], "shown": 1}
    run(ActionLikeItem(), "good", search=search)
    after = run(ActionRecommend(), "what next", **said)[0][0]
    assert [c["id"] for c in before["courses"]] != [c["id"] for c in after["courses"]]
