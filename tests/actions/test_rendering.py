from __future__ import annotations

import pytest
import yaml

from bot.actions.recommend_views import _KEYS
from bot.actions.rendering import render
from bot.actions.translations import message
from bot.actions.wording import duration
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


ROW = {"course_id": "c1", "title": "T", "percentage": 40, "status": "overdue",
       "deadline": "2026-11-20"}  # fmt: skip
OWN_FACTS = {
    **FACTS,
    "course": "C",
    "department": "D",
    "current": "X",
    "minutes": 10,
    "ticket": "S-1",
    "number": "KB-1",
    "date": "2026-11-20",
    "percentage": 40,
    "completed": 1,
    "in_progress": 2,
    "not_started": 0,
    "overdue": 1,
    "total": 4,
    "correct": 3,
    "weeks_ago": 2,
    "administrators": "A",
    "rows": [ROW, {**ROW, "status": "in_progress"}, {**ROW, "deadline": None}],
    "hours": {"week": 20, "month": 80, "year": 400, "target": 3000, "points": 35},
    "modules": [{"title": "M", "done": True}],
    "resources": [
        {"name": "R", "kind": kind, "minutes": 5, "score": 40.0, "pass_mark": 60.0,
         "attempts_left": left}
        for kind, left in (("video", None), ("pdf", None), ("scorm", None), ("other", None),
                           ("assessment", 0), ("assessment", 2), ("assessment", None))
    ],
    "certificates": [{"number": "KB-1", "course": "C", "name": "N", "date": "2026-11-20"}],
    "apar": {"total": 4, "completed": 1, "needed": 2, "missing": 1, "date": "2027-03-31"},
    "items": [{**ROW, "overdue": True}, {**ROW, "overdue": False}],
    "document": {"id": "x", "name": "progress.png", "mime": "image/png"},
    "explanation": "E",
    "answer": "A",
    "options": ["a", "b"],
    "source_language": "en",
    "scores": [{"competency": "K", "correct": 1, "total": 2}],
    "passages": ["C › M › H"],
}  # fmt: skip
# What the older replies call by the same name but shape otherwise.
WITH_OBJECTS = ("utter_course_details", "utter_not_sure", "utter_related_answers")


def responses() -> list[str]:
    domain = yaml.safe_load((REPOSITORY / "domain.yml").read_text(encoding="utf-8"))
    return sorted(domain["responses"])


@pytest.mark.parametrize("response", responses())
@pytest.mark.parametrize("locale", ["en", "ta", "ur", "hi_Latn"])
def test_every_response_is_worded(response: str, locale: str) -> None:
    facts = FACTS if response in WITH_OBJECTS else OWN_FACTS
    reply = render(response, locale, facts)
    assert reply["text"].strip()
    assert "{" not in reply["text"]
    assert reply["custom"]["locale"] == locale


REASONS = {
    "competency": "K",
    "level": 2,
    "role": "R",
    "date": "2026-11-20",
    "name": "N",
    "course": "C",
    "language": "hi",
    "minutes": 45,
}


@pytest.mark.parametrize("locale", ["en", "bn", "ur", "te_Latn"])
def test_every_reason_is_worded(locale: str) -> None:
    keys = sorted(set(_KEYS.values()))
    course = {**COURSE, "reasons": [{"key": key, **REASONS} for key in keys]}
    reply = render("utter_recommend_personal", locale, {**OWN_FACTS, "courses": [course]})
    assert reply["custom"]["courses"][0]["reason"].count("; ") == len(keys) - 1
    assert reply["custom"]["courses"][0]["reason"] in reply["text"]


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
