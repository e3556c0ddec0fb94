"""Feedback: opinions that are kept, and words that nobody gets without a yes."""

from __future__ import annotations

from typing import Any

import pytest

from bot.actions.feedback_actions import ActionFeedback, rating_by_number, rating_by_sign
from bot.actions.helpdesk_actions import ActionContactHuman
from bot.actions.services import Services
from connectors.platform.feedback import Opinion
from connectors.platform.linking import Chat
from tests.actions.conftest import Run
from tests.actions.test_detail_actions import OFFICE, POSH, listed, numbers

CHAT = Chat("rest", "a-chat-nobody-can-guess")


def kept(services: Services) -> dict[str, Opinion]:
    return services.feedback.of(services.links.chat_key(CHAT), None)


@pytest.mark.parametrize(
    ("text", "named", "share"),
    [
        ("4/5", (), 0.8),
        ("4 out of 5", (), 0.8),
        ("8 out of 10 to the communication course", (), 0.8),
        ("५ में से ४", (), 0.8),
        ("10 में से 3", (), 0.3),
        ("5/5", (), 1.0),
        ("four out of five", (4, 5), 0.8),
        ("rating 3", (3,), None),
        ("it has 12 videos and 3 tests", (), None),
        ("there are 3 modules and 10 tests", (), None),
        ("finished on 24/11/2026", (), None),
        ("useful", (), None),
    ],
)
def test_ratings_by_number(text: str, named: tuple[int, ...], share: float | None) -> None:
    assert rating_by_number(text, named) == share


@pytest.mark.parametrize(
    ("text", "share"),
    [("👍🏽 nice", 1.0), ("👎", 0.0), ("⭐⭐", 0.4), ("★★★★★", 1.0), ("ok", None)],
)
def test_ratings_by_sign(text: str, share: float | None) -> None:
    assert rating_by_sign(text) == share


def test_feedback_is_offered_to_the_helpdesk_and_not_sent(run: Run, services: Services) -> None:
    text = "suggestion: add more courses in Odia"
    messages, slots = run(ActionFeedback(), text)
    assert [m["response"] for m in messages] == ["utter_feedback"]
    assert slots == {"failures": 0.0, "pending": "human"}
    key = services.links.chat_key(CHAT)
    assert services.helpdesk.desk.tickets_of(key, None) == []
    messages, _ = run(ActionContactHuman(), "yes", after="action_feedback", **slots)
    assert messages[0]["response"] == "utter_handed_over"
    assert [t.subject for t in services.helpdesk.desk.tickets_of(key, None)] == ["feedback"]


def test_a_yes_to_another_offer_is_no_feedback(run: Run, services: Services) -> None:
    run(ActionContactHuman(), "yes", after="action_fallback", pending="human")
    tickets = services.helpdesk.desk.tickets_of(services.links.chat_key(CHAT), None)
    assert [ticket.subject for ticket in tickets] == ["not_answered"]


@pytest.mark.parametrize(
    ("text", "opinion", "response"),
    [
        ("5/5", Opinion.LIKED, "utter_item_liked"),
        ("1 out of 5", Opinion.DISLIKED, "utter_item_rejected"),
        ("👍 good", Opinion.LIKED, "utter_item_liked"),
    ],
)
def test_a_rating_of_the_open_course_is_kept(
    run: Run, services: Services, text: str, opinion: Opinion, response: str
) -> None:
    slots: dict[str, Any] = listed(POSH, OFFICE)
    slots["search"]["opened"] = {"kind": "course", "id": POSH}
    digits = [int(char) for char in text if char.isdigit()]
    messages, after = run(ActionFeedback(), text, numbers(*digits), **slots)
    assert [m["response"] for m in messages] == [response]
    assert kept(services) == {POSH: opinion}
    assert after["pending"] == "nothing"


def test_a_rating_with_words_offers_to_pass_them_on(run: Run, services: Services) -> None:
    text = "4 out of 5 for e-Office, but the audio of the second module is not clear"
    messages, after = run(ActionFeedback(), text, numbers(4, 5), **listed(POSH, OFFICE))
    assert [m["response"] for m in messages] == ["utter_item_liked", "utter_feedback"]
    assert kept(services) == {OFFICE: Opinion.LIKED}
    assert after["pending"] == "human"


@pytest.mark.parametrize("text", ["5/5", "3 out of 5"])
def test_nothing_is_kept_without_a_course_or_a_clear_opinion(
    run: Run, services: Services, text: str
) -> None:
    several = listed(POSH, OFFICE)
    assert run(ActionFeedback(), text, **several)[0][0]["response"] == "utter_feedback"
    middling = run(ActionFeedback(), "3 out of 5", numbers(3, 5), **listed(POSH))
    assert middling[0][0]["response"] == "utter_feedback"
    assert kept(services) == {}
