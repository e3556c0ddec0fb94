"""The four-week plan as a reply and as a calendar file."""

from __future__ import annotations

from datetime import date

import pytest
from icalendar import Calendar

from bot.actions.competency_actions import ActionAnswerCompetency
from bot.actions.course_actions import ActionFindCourse
from bot.actions.fallback_actions import ActionFallback
from bot.actions.plan_actions import ActionLearningPlan
from bot.actions.rendering import render
from bot.actions.services import Services
from knowledge_base.languages import registry
from knowledge_base.recommend.plan import Activity
from tests.actions.conftest import Run


def plan(run: Run, text: str = "plan for data analytics", **slots: object) -> dict:
    facts = run(ActionLearningPlan(), text, **slots)[0][0]
    assert facts["response"] == "utter_learning_plan"
    return facts


def test_the_calendar_holds_every_item_of_the_plan(run: Run, services: Services) -> None:
    facts = plan(run, locale="hi")
    document, content = services.documents.find(facts["document"]["id"])
    assert (document.mime, document.name) == ("text/calendar", "learning-plan-2026-11-23.ics")
    events = Calendar.from_ical(content).walk("VEVENT")
    assert len(events) == len(facts["items"])
    assert any(facts["competency"] in event["summary"] for event in events)
    assert min(event["dtstart"].dt for event in events) == date(2026, 11, 23)


def test_courses_of_the_plan_can_be_opened_by_number(run: Run) -> None:
    messages, slots = run(ActionLearningPlan(), "plan for data analytics", locale="en")
    kinds = [item["kind"] for item in messages[0]["items"]]
    assert kinds.count("course") == len(slots["search"]["items"]) > 0
    facts = {key: value for key, value in messages[0].items() if key != "response"}
    reply = render("utter_learning_plan", "en", facts)
    assert len(reply["buttons"]) == kinds.count("course")
    assert "1. Course:" in reply["text"]
    for week in range(1, 5):
        assert f"Week {week} (" in reply["text"]


def test_without_a_name_the_competency_is_asked_for(run: Run) -> None:
    messages, _ = run(ActionLearningPlan(), "make me a plan")
    assert messages[0]["response"] == "utter_learning_plan_which"
    assert len(messages[0]["choices"]) == 6
    said = {"said_profile": {"role": "section-officer"}}
    for_role = run(ActionLearningPlan(), "make me a plan", **said)[0][0]["choices"]
    assert for_role != messages[0]["choices"]
    button = [{"entity": "competency", "value": for_role[0]["id"], "start": 0, "end": 1}]
    messages, _ = run(ActionLearningPlan(), "/learning_plan", button)
    assert messages[0]["competency"] == for_role[0]["name"]


@pytest.mark.parametrize(
    ("locale", "typed"), [("en", "Communication"), ("ta", "தகவல் தொடர்பு"), ("ur", "ابلاغ")]
)
def test_the_competency_that_is_typed_after_the_question_is_planned(
    run: Run, locale: str, typed: str
) -> None:
    _, slots = run(ActionLearningPlan(), "make me a plan", locale=locale)
    after = {"after": "action_learning_plan", "locale": locale, **slots}
    for action in (ActionAnswerCompetency(), ActionFindCourse(), ActionFallback()):
        messages, _ = run(action, typed, **after)
        assert messages[0]["response"] == "utter_learning_plan"
        assert messages[0]["competency"] == typed
    messages, _ = run(ActionFindCourse(), "yoga", **after)
    assert messages[0]["response"] == "utter_courses_found"
    messages, _ = run(ActionAnswerCompetency(), typed, **{**after, "after": "action_quiz"})
    assert messages[0]["response"] == "utter_competency_source"


def test_a_forged_competency_is_asked_for(run: Run) -> None:
    button = [{"entity": "competency", "value": "alchemy", "start": 0, "end": 1}]
    messages, _ = run(ActionLearningPlan(), "/learning_plan", button)
    assert messages[0]["response"] == "utter_learning_plan_which"


def test_the_open_course_tells_the_competency(run: Run) -> None:
    course = {"kind": "course", "id": "sathi_gem_procurement"}
    search = {"items": [course], "shown": 1, "opened": course}
    facts = plan(run, "make me a plan", search=search)
    assert facts["competency"]


@pytest.mark.parametrize("locale", registry.locales())
def test_every_activity_is_worded_in_every_locale(run: Run, locale: str) -> None:
    facts = {key: value for key, value in plan(run).items() if key != "response"}
    template = facts["items"][0]
    facts["items"] = [{**template, "activity": activity.value} for activity in Activity]
    assert "{" not in render("utter_learning_plan", locale, facts)["text"]
