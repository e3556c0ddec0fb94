"""What is asked before anything can be suggested, and what becomes of the answers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bot.actions.answer_actions import ActionAnswerContent
from bot.actions.competency_actions import ActionAnswerCompetency
from bot.actions.course_actions import ActionFindCourse
from bot.actions.fallback_actions import ActionFallback
from bot.actions.helpdesk_actions import ActionComplaint, ActionContactHuman
from bot.actions.recommend_actions import ActionDeny, ActionRecommend
from bot.actions.rendering import render
from bot.actions.services import Services
from connectors.platform.database import migrate, open_database
from connectors.platform.sql import SqlPlatform
from tests.actions.conftest import Run

ASKING = "action_recommend"


@pytest.fixture
def role_asked(run: Run) -> dict[str, Any]:
    """Return the slots after the question for the role."""
    messages, slots = run(ActionRecommend(), "what should I learn next")
    assert [m["response"] for m in messages] == ["utter_ask_role"]
    return slots


@pytest.fixture
def topic_asked(run: Run, role_asked: dict[str, Any]) -> dict[str, Any]:
    """Return the slots after the question for a topic."""
    messages, slots = run(ActionRecommend(), "/recommend", after=ASKING, **role_asked)
    assert [m["response"] for m in messages] == ["utter_ask_interest"]
    return slots


@pytest.mark.parametrize(
    ("action", "text"),
    [
        (ActionRecommend(), "I am a section officer"),
        (ActionAnswerCompetency(), "Section Officer"),
        (ActionFindCourse(), "अनुभाग अधिकारी"),
        (ActionFallback(), "panchayat secretary"),
    ],
)
def test_a_role_in_words_is_the_answer(
    run: Run, role_asked: dict[str, Any], action: object, text: str
) -> None:
    messages, slots = run(action, text, after=ASKING, **role_asked)
    assert [m["response"] for m in messages] == ["utter_recommend_for_role"]
    assert slots["said_profile"]["role"]
    again, _ = run(ActionRecommend(), "what else", **slots)
    assert again[0]["response"] == "utter_recommend_for_role"


def test_a_role_by_button_is_the_answer(run: Run, role_asked: dict[str, Any]) -> None:
    button = [{"entity": "role", "value": "under-secretary", "start": 0, "end": 1}]
    messages, slots = run(ActionRecommend(), "/recommend", button, after=ASKING, **role_asked)
    assert messages[0]["response"] == "utter_recommend_for_role"
    assert slots["said_profile"]["role"] == "under-secretary"


def test_another_question_is_answered_as_such(run: Run, role_asked: dict[str, Any]) -> None:
    text = "what is the time limit for an RTI reply"
    messages, _ = run(ActionAnswerContent(), text, after=ASKING, **role_asked)
    assert messages[0]["response"] == "utter_content_source"


def test_at_most_two_questions_are_asked(run: Run, topic_asked: dict[str, Any]) -> None:
    messages, slots = run(ActionRecommend(), "/recommend", after=ASKING, **topic_asked)
    assert [m["response"] for m in messages] == ["utter_recommend_popular"]
    messages, _ = run(ActionRecommend(), "what else", after=ASKING, **slots)
    assert [m["response"] for m in messages] == ["utter_recommend_popular"]


def test_a_no_skips_the_question(run: Run, role_asked: dict[str, Any]) -> None:
    messages, slots = run(ActionDeny(), "no", after=ASKING, **role_asked)
    assert [m["response"] for m in messages] == ["utter_ask_interest"]
    messages, _ = run(ActionDeny(), "no", after=ASKING, **slots)
    assert [m["response"] for m in messages] == ["utter_recommend_popular"]
    assert run(ActionDeny(), "no")[0][0]["response"] == "utter_deny"


@pytest.mark.parametrize("action", [ActionFindCourse(), ActionRecommend(), ActionAnswerContent()])
def test_a_topic_in_words_is_the_answer(
    run: Run, topic_asked: dict[str, Any], action: object
) -> None:
    messages, slots = run(action, "साइबर सुरक्षा", after=ASKING, locale="hi", **topic_asked)
    assert messages[0]["response"] == "utter_recommend_for_interest"
    assert any("सुरक्षा" in course["title"] for course in messages[0]["courses"][:3])
    assert slots["said_profile"]["interests"]


@pytest.mark.parametrize(
    ("action", "response"),
    [(ActionContactHuman(), "utter_handed_over"), (ActionComplaint(), "utter_complaint_taken")],
)
def test_a_person_can_be_asked_for_instead_of_an_answer(
    run: Run,
    role_asked: dict[str, Any],
    topic_asked: dict[str, Any],
    action: object,
    response: str,
) -> None:
    for slots in (role_asked, topic_asked):
        messages, _ = run(action, "talk to a person", after=ASKING, **slots)
        assert messages[0]["response"] == response
    messages, _ = run(action, "अनुभाग अधिकारी", after=ASKING, **role_asked)
    assert messages[0]["response"] == "utter_recommend_for_role"


def test_a_question_of_long_ago_is_not_answered_by_a_search(
    run: Run, topic_asked: dict[str, Any]
) -> None:
    messages, _ = run(
        ActionFindCourse(), "cyber security", after="action_find_course", **topic_asked
    )
    assert messages[0]["response"] == "utter_courses_found"


def test_a_forged_role_is_ignored(run: Run) -> None:
    button = [{"entity": "role", "value": "emperor", "start": 0, "end": 1}]
    messages, slots = run(ActionRecommend(), "/recommend", button)
    assert messages[0]["response"] == "utter_ask_role"
    assert slots["said_profile"]["role"] is None


def test_a_platform_without_any_records_does_not_empty_the_suggestions(
    run: Run, services: Services, tmp_path: Path
) -> None:
    empty = open_database(f"sqlite:///{tmp_path / 'empty.db'}")
    migrate(empty)
    object.__setattr__(services, "platform", SqlPlatform(empty))
    messages, _ = run(ActionRecommend(), "I am a section officer")
    assert messages[0]["response"] == "utter_recommend_for_role"
    empty.dispose()


def test_the_questions_offer_choices_and_a_way_past(run: Run, topic_asked: dict[str, Any]) -> None:
    facts = run(ActionRecommend(), "x", locale="ta")[0][0]
    reply = render("utter_ask_role", "ta", {k: v for k, v in facts.items() if k != "response"})
    payloads = [button["payload"] for button in reply["buttons"]]
    assert payloads[0] == '/recommend{"role": "section-officer"}'
    assert payloads[-1] == "/recommend"
    assert all(choice["name"] in reply["text"] for choice in facts["choices"])
