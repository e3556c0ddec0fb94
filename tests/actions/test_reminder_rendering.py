"""Reminders in every language, and the replies that switch them on and off."""

from __future__ import annotations

import pytest

from bot.actions.rendering import render
from bot.actions.translations import message
from knowledge_base.languages import registry

ITEMS = [
    {"course_id": "a", "title": "Leave rules", "deadline": "2026-11-25", "overdue": False},
    {"course_id": "b", "title": "Noting", "deadline": "2026-11-26", "overdue": False},
]
COURSE = {
    "id": "a",
    "title": "Leave rules",
    "provider": "Test Academy",
    "minutes": 75,
    "link": "https://example.org/leave",
    "reasons": [{"key": "reason_gap", "competency": "Leave", "level": 2, "role": "Clerk"}],
}
COUNTS = {"completed": 3, "in_progress": 2, "not_started": 1, "overdue": 4}
REMINDERS = {
    "utter_reminder_deadline": {"items": ITEMS},
    "utter_reminder_idle": {"course": "Leave rules", "date": "2026-11-01", "percentage": 61},
    "utter_reminder_new_course": {"course": COURSE},
    "utter_reminder_digest": {**COUNTS, "minutes": 75, "items": ITEMS},
}


@pytest.mark.parametrize("locale", registry.locales())
@pytest.mark.parametrize("response", REMINDERS)
def test_every_reminder_is_worded_and_says_how_to_end_it(response: str, locale: str) -> None:
    reply = render(response, locale, {"name": "Asha", **REMINDERS[response]})
    assert "Asha" in reply["text"]
    assert "{" not in reply["text"]
    assert "Leave rules" in reply["text"]
    stop = message("word_stop", locale)
    footer = message("reminder_footer", locale, stop=stop)
    assert stop in footer
    assert footer in reply["text"]
    assert reply["custom"]["note"] == footer
    payloads = [button["payload"] for button in reply["buttons"]]
    assert payloads == ["/my_progress", "/recommend", "/reminders_off"]


def test_a_summary_without_deadlines_has_no_empty_list() -> None:
    facts = {**COUNTS, "name": "Asha", "minutes": 0, "items": []}
    reply = render("utter_reminder_digest", "en", facts)
    assert message("utter_plan_next", "en") not in reply["text"]
    assert "0 min" in reply["text"]


def test_a_new_course_gives_its_reason_and_its_link() -> None:
    reply = render("utter_reminder_new_course", "en", {"name": "Asha", "course": COURSE})
    assert "1 h 15 min" in reply["text"]
    assert message("reason_gap", "en", competency="Leave", level=2, role="Clerk") in reply["text"]
    assert reply["custom"]["link"]["url"] == "https://example.org/leave"
    assert "https://example.org/leave" in reply["text"]
    without = render(
        "utter_reminder_new_course", "en", {"name": "Asha", "course": {**COURSE, "link": None}}
    )
    assert "link" not in without["custom"]


@pytest.mark.parametrize("locale", registry.locales())
def test_the_replies_say_how_to_go_back(locale: str) -> None:
    stop = message("word_stop", locale)
    on, off = (render(f"utter_reminders_{state}", locale, {}) for state in ("on", "off"))
    assert on["text"] == message("utter_reminders_on", locale, stop=stop)
    assert off["text"] == message("utter_reminders_off", locale)
    assert [button["payload"] for button in on["buttons"]] == ["/reminders_off"]
    assert [button["payload"] for button in off["buttons"]] == ["/reminders_on"]
