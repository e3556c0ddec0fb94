"""Being asked, recommended to, changing the list, and planning, over Rasa's REST channel."""

from __future__ import annotations

import httpx
import pytest
from icalendar import Calendar

from bot.actions.translations import message
from tests.end_to_end.conftest import Account, Ask, Messages
from tests.end_to_end.test_learner import buttons_of, document_of, text_of
from tools.processes import Addresses


def courses_of(messages: Messages) -> list[dict]:
    return next((m["custom"]["courses"] for m in messages if "courses" in m.get("custom", {})), [])


@pytest.mark.parametrize(
    ("locale", "question", "role"),
    [
        ("en", "what should I learn next", "I am a Section Officer"),
        ("hi", "मुझे आगे क्या सीखना चाहिए", "अनुभाग अधिकारी"),
        ("hi_Latn", "mujhe aage kya seekhna chahiye", "section officer hoon"),
    ],
)
def test_a_stranger_is_asked_for_the_role_once(
    ask: Ask, locale: str, question: str, role: str
) -> None:
    reply = ask(question)
    assert message("utter_ask_role", locale) in text_of(reply)
    assert len(buttons_of(reply)) == 7
    courses = courses_of(ask(role))
    assert courses
    assert all(course["reason"] for course in courses)
    assert courses_of(ask(question))


def test_both_questions_can_be_skipped(ask: Ask) -> None:
    ask("suggest something for me")
    assert message("utter_ask_interest", "en") in text_of(ask("/recommend"))
    assert message("utter_recommend_popular", "en") in text_of(ask("no"))


def test_a_list_is_changed_by_language_and_length(ask: Ask) -> None:
    ask("suggest courses for a Section Officer")
    in_hindi = ask("only those in Hindi")
    assert "हिन्दी" in text_of(in_hindi)
    assert all("हिन्दी" in course["languages"] for course in courses_of(in_hindi))
    shorter = ask("under 2 hours please")
    assert message("utter_shorter", "en") in text_of(shorter)
    assert all("हिन्दी" in course["languages"] for course in courses_of(shorter))


def test_opinions_are_kept_for_the_open_course(ask: Ask) -> None:
    ask("courses on leadership")
    opened = ask("2")
    payloads = [button["payload"] for button in buttons_of(opened)]
    assert payloads == ["/like_item", "/reject_item"]
    assert text_of(ask("/like_item")) == message("utter_item_liked", "en")
    assert message("utter_item_rejected", "en") in text_of(ask("not this one"))


def test_a_plan_comes_with_its_calendar(ask: Ask, client: httpx.Client, sathi: Addresses) -> None:
    reply = ask("make a four week plan for data analytics")
    assert message("plan_kind_job", "en") in text_of(reply)
    document = document_of(reply)
    answer = client.get(f"{sathi.assistant}/webhooks/web/documents/{document['id']}")
    assert answer.headers["content-type"].startswith("text/calendar")
    assert Calendar.from_ical(answer.content).walk("VEVENT")


def test_a_plan_without_a_competency_offers_some(ask: Ask) -> None:
    choices = buttons_of(ask("मेरे लिए चार हफ्ते की सीखने की योजना बनाइए"))
    assert len(choices) == 6
    assert document_of(ask(choices[0]["payload"]))["mime"] == "text/calendar"


def test_certificates_of_a_year(ask: Ask, account: Account) -> None:
    ask(f"/start {account.token}")
    reply = text_of(ask("certificates issued in 2019"))
    assert "2019" in reply
    assert account.certificate not in reply
