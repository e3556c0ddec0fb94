"""Whether the replies or the courses shall be in a language that is named."""

from __future__ import annotations

from typing import Any

import pytest

from bot.actions.course_actions import ActionFindCourse
from bot.actions.fallback_actions import ActionFallback
from bot.actions.language_actions import ActionChooseLanguage, ActionCoursesInLanguage
from bot.actions.rendering import render
from tests.actions.conftest import Run
from tests.actions.test_refine_actions import entity

HINDI = entity("language_name", "hi")
UNCLEAR = {"courses_in_language": 0.57, "choose_language": 0.42}
UNCLEAR_THE_OTHER_WAY = {"choose_language": 0.57, "courses_in_language": 0.42}
ABOUT_REPLIES = {"choose_language": 0.9, "courses_in_language": 0.08}
ABOUT_COURSES = {"courses_in_language": 0.9, "choose_language": 0.08}
# Rasa's fallback puts itself first when two intents are too close.
TOO_CLOSE = {"nlu_fallback": 0.51, "choose_language": 0.49, "courses_in_language": 0.48}
ACTIONS = (ActionChooseLanguage, ActionCoursesInLanguage)


@pytest.fixture
def found(run: Run) -> dict[str, Any]:
    """Return the slots after a search."""
    return run(ActionFindCourse(), "right to information", locale="en")[1]


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("ranking", [UNCLEAR, UNCLEAR_THE_OTHER_WAY])
def test_unclear_beside_a_list_the_courses_are_meant(
    run: Run, found: dict[str, Any], action: type, ranking: dict[str, float]
) -> None:
    messages, slots = run(action(), "in Hindi please", HINDI, ranking=ranking, **found)
    assert messages[0]["response"] == "utter_courses_in_language"
    assert "chosen_locale" not in slots
    # The other reading is a button.
    facts = {key: value for key, value in messages[0].items() if key != "response"}
    payloads = [b["payload"] for b in render("utter_courses_in_language", "en", facts)["buttons"]]
    assert '/choose_language{"language_name": "hi"}' in payloads


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("ranking", [UNCLEAR, UNCLEAR_THE_OTHER_WAY])
def test_unclear_without_a_list_the_replies_are_meant(
    run: Run, action: type, ranking: dict[str, float]
) -> None:
    text = "please could I have it in Hindi"
    messages, slots = run(action(), text, HINDI, ranking=ranking)
    assert messages[0]["response"] == "utter_language_changed"
    assert slots == {"chosen_locale": "hi"}


def test_a_list_without_courses_in_the_language_is_not_meant(run: Run) -> None:
    search = {"items": [{"kind": "course", "id": "sathi_eoffice"}], "shown": 1}
    named = entity("language_name", "kok")
    messages, slots = run(
        ActionCoursesInLanguage(), "in Konkani", named, ranking=UNCLEAR, search=search
    )
    assert messages[0]["response"] == "utter_language_changed"
    assert slots == {"chosen_locale": "kok"}


def test_a_clear_wish_is_granted_whatever_is_shown(run: Run, found: dict[str, Any]) -> None:
    messages, slots = run(
        ActionChooseLanguage(), "reply in Hindi", HINDI, ranking=ABOUT_REPLIES, **found
    )
    assert messages[0]["response"] == "utter_language_changed"
    assert messages[0]["has_courses"]
    assert slots == {"chosen_locale": "hi"}
    messages, _ = run(
        ActionCoursesInLanguage(), "all courses made in Hindi", HINDI, ranking=ABOUT_COURSES
    )
    assert messages[0]["response"] == "utter_courses_in_language"


@pytest.mark.parametrize("shows_list", [True, False])
def test_two_intents_that_are_too_close_are_one_wish(
    run: Run, found: dict[str, Any], shows_list: bool
) -> None:
    slots = found if shows_list else {}
    messages, _ = run(ActionFallback(), "Hindi mein", HINDI, ranking=TOO_CLOSE, **slots)
    wanted = "utter_courses_in_language" if shows_list else "utter_language_changed"
    assert messages[0]["response"] == wanted


@pytest.mark.parametrize(
    ("entities", "ranking"),
    [
        ([], TOO_CLOSE),
        (entity("language_name", "xx"), TOO_CLOSE),
        (HINDI, {"find_course": 0.3, **UNCLEAR}),
        (HINDI, {}),
    ],
)
def test_what_may_mean_something_else_is_no_wish(
    run: Run, entities: list[dict], ranking: dict[str, float]
) -> None:
    _, slots = run(ActionFallback(), "right to information", entities, ranking=ranking)
    assert "chosen_locale" not in slots
