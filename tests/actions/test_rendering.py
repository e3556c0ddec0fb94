from __future__ import annotations

import pytest
import yaml

from bot.actions.rendering import duration, render
from bot.actions.translations import message
from knowledge_base.languages import registry
from tests.actions.conftest import REPOSITORY

COURSE = {
    "id": "c1",
    "title": "A <b>title</b>",
    "provider": "P",
    "minutes": 75,
    "level": "beginner",
    "languages": ["en", "hi"],
    "link": None,
}
FACTS = {
    "courses": [COURSE],
    "start": 5,
    "more": True,
    "course": {**COURSE, "summary": "S", "source_language": "en", "modules": ["M"],
               "competencies": ["K"]},
    "passage": {"heading": "H", "body": "B", "reference": "R", "course": "C", "module": "M",
                "source_language": "en", "course_id": "c1"},
    "faq": {"id": "f", "question": "Q", "body": "A", "source_language": "en"},
    "competency": {"id": "k", "name": "N", "body": "D"},
    "role": "R",
    "competencies": [{"name": "K", "level": 3}],
    "project_own": True,
    "items": [{"kind": "faq", "id": "f", "title": "T"}],
    "name": "N",
    "language": "L",
    "languages": "L",
    "count": 5,
    "limit": 1000,
    "contact": "help@example.org",
    "module": "M",
    "question": "Q",
}  # fmt: skip


def responses() -> list[str]:
    domain = yaml.safe_load((REPOSITORY / "domain.yml").read_text(encoding="utf-8"))
    return sorted(domain["responses"])


@pytest.mark.parametrize("response", responses())
@pytest.mark.parametrize("locale", ["en", "ta", "ur", "hi_Latn"])
def test_every_response_is_worded(response: str, locale: str) -> None:
    # Sources that are texts of their own elsewhere are placeholders here.
    facts = {**FACTS, "course": "C"} if response == "utter_content_title" else FACTS
    reply = render(response, locale, facts)
    assert reply["text"].strip()
    assert "{" not in reply["text"]
    assert reply["custom"]["locale"] == locale


def test_list_numbers_go_on_from_page_to_page() -> None:
    reply = render("utter_courses_more", "en", FACTS)
    assert "6. A <b>title</b>" in reply["text"]
    assert reply["custom"]["courses"][0]["payload"] == '/choose_item{"item_number": 6}'
    assert reply["buttons"] == [{"title": message("button_more", "en"), "payload": "/show_more"}]


def test_a_source_in_another_language_is_named() -> None:
    assert (
        message("utter_source_language", "hi", language="English")
        in render("utter_content_source", "hi", FACTS)["text"]
    )
    assert render("utter_content_source", "en", FACTS)["custom"]["note"] == ""


def test_directions() -> None:
    assert render("utter_greet", "ur", {})["custom"]["direction"] == "rtl"
    assert render("utter_greet", "hi", {})["custom"]["direction"] == "ltr"


@pytest.mark.parametrize(
    ("minutes", "text"), [(5, "5 min"), (60, "1 h 0 min"), (135, "2 h 15 min")]
)
def test_durations(minutes: int, text: str) -> None:
    assert duration(minutes, "en") == text


def test_language_menu_offers_every_language() -> None:
    buttons = render("utter_choose_language", "en", {})["buttons"]
    assert len(buttons) == len(registry.languages())
