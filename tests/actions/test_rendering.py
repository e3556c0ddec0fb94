from __future__ import annotations

import pytest
from babel.messages.pofile import read_po

from bot.actions.learner_views import activity_view
from bot.actions.recommend_views import _KEYS
from bot.actions.rendering import render
from bot.actions.translations import LOCALE_DIRECTORY, message
from bot.actions.wording import duration
from connectors.platform.records import Activity, Learner
from knowledge_base.languages import registry

COURSE = {
    "id": "c1",
    "title": "A <b>title</b>",
    "provider": "P",
    "minutes": 75,
    "level": "beginner",
    "languages": ["en", "hi"],
    "mandatory": False,
    "link": None,
}
FACTS = {
    "courses": [COURSE],
    "start": 5,
    "more": True,
    "course": {**COURSE, "summary": "S", "source_language": "en", "modules": ["M"],
               "competencies": ["K"]},
    "sources": [{"number": 1, "heading": "H", "body": "B", "reference": "R", "course": "C",
                 "module": "M", "source_language": "en", "course_id": "c1", "translated": False,
                 "place": {"kind": "page", "at": 4}, "link": "https://example.org/r.pdf#page=4"}],
    "faq": {"id": "f", "question": "Q", "body": "A", "source_language": "en"},
    "competency": {"id": "k", "name": "N", "body": "D"},
    "role": "R",
    "activities": ["note cases"],
    "source_language": "en",
    "competencies": [{"name": "K", "level": 3, "level_name": "Proficient"}],
    "roles": [{"name": "R", "level": 3, "level_name": "Proficient"}],
    "levels": [{"level": 1, "name": "Basic"}],
    "level": 3,
    "level_name": "Proficient",
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
    "copies": ["S-1"],
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
    "hours": {"week": 20, "month": 80, "year": 400, "target": 3000, "points": 35,
              "longer_are_lower_bounds": False},
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
    "tickets": [{"number": "S-1", "subject": "complaint", "status": "open", "course": None,
                 "date": "2026-11-20"}],
}  # fmt: skip
# What the older replies call by the same name but shape otherwise.
WITH_OBJECTS = ("utter_course_details", "utter_not_sure", "utter_related_answers")
DAYS = {"start": "2026-11-23", "end": "2026-11-29"}
TASK = {"week": 1, **DAYS, "minutes": 90, "competency": "K", "course": ""}
GUIDANCE = {"choices": [{"id": "k", "name": "K"}]}
PLAN = {
    **OWN_FACTS,
    "competency": "K",
    "held": 1,
    "target": 2,
    "has_course": True,
    "items": [
        {**TASK, "kind": "course", "activity": "take_course", "course": "C"},
        {**TASK, "kind": "job", "activity": "pilot_change"},
        {**TASK, "week": 2, "kind": "peer", "activity": "meet_mentor"},
    ],
}
FACTS_OF = {
    **dict.fromkeys(WITH_OBJECTS, FACTS),
    **dict.fromkeys(
        ("utter_ask_role", "utter_ask_interest", "utter_learning_plan_which"), GUIDANCE
    ),
    "utter_certificates_between": {**OWN_FACTS, **DAYS},
    "utter_certificates_none_between": {**OWN_FACTS, **DAYS},
    "utter_learning_plan": {**PLAN, **DAYS},
    "utter_course_fact": {**FACTS, "asked": "duration"},
    "utter_content_source": FACTS,
    "utter_course_builds": {"course": "C", "competencies": [{"name": "K", "areas": ["A", "B"]}]},
    "utter_compared": {**FACTS, "courses": [FACTS["course"]] * 2, "numbers": [1, 3]},
}


# Parts of other replies, and what is told with facts of its own.
NOT_ALONE = {
    *("utter_agent_joined", "utter_agent_message", "utter_plan_apar", "utter_plan_apar_done"),
    *("utter_progress_hours", "utter_quiz_score", "utter_reminder_new_course"),
}


def responses() -> list[str]:
    with (LOCALE_DIRECTORY / "en" / "LC_MESSAGES" / "sathi.po").open("rb") as file:
        names = {entry.id for entry in read_po(file) if entry.id}
    return sorted(name for name in names - NOT_ALONE if name.startswith("utter_"))


@pytest.mark.parametrize("response", responses())
@pytest.mark.parametrize("locale", ["en", "ta", "ur", "hi_Latn"])
def test_every_response_is_worded(response: str, locale: str) -> None:
    facts = FACTS_OF.get(response, OWN_FACTS)
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


@pytest.mark.parametrize("locale", ["en", "ur", "ta_Latn"])
def test_compared_courses_keep_their_numbers(locale: str) -> None:
    reply = render("utter_compared", locale, FACTS_OF["utter_compared"])
    blocks = reply["text"].split("\n\n")[1:-1]
    assert [block[0] for block in blocks] == ["1", "3"]
    for block in blocks:
        for key in ("duration", "level", "languages", "provider", "competencies"):
            assert f"\n{message(f'label_{key}', locale)}: " in block
    assert reply["text"].endswith(message("compare_note", locale))
    payloads = ['/choose_item{"item_number": 1}', '/choose_item{"item_number": 3}']
    assert [button["payload"] for button in reply["buttons"]] == payloads


@pytest.mark.parametrize("asked", ["duration", "provider", "languages", "level", "modules"])
def test_the_asked_fact_stands_by_itself(asked: str) -> None:
    title, fact = render("utter_course_fact", "hi", {**FACTS, "asked": asked})["text"].split("\n")
    assert title == COURSE["title"]
    assert fact.startswith(f"{message(f'label_{asked}', 'hi')}: ")


def test_what_a_list_is_narrowed_to_is_told() -> None:
    only = {"language": "hi", "minutes": 120, "level": "beginner", "provider": "ISTM"}
    text = render("utter_narrowed", "en", {**FACTS, "language": None, "only": only})["text"]
    assert "Only: ≤ 2 h 0 min · Beginner · ISTM" in text
    facts = {key: value for key, value in FACTS.items() if key != "language"}
    assert "Only: हिन्दी · ≤ 2 h" in render("utter_narrowed", "en", {**facts, "only": only})["text"]
    assert "Only" not in render("utter_narrowed", "en", {**facts, "only": {}})["text"]


@pytest.mark.parametrize("response", ["utter_small_talk", "utter_abuse"])
def test_chat_and_insults_lead_back(response: str) -> None:
    assert len(render(response, "bn", {})["buttons"]) == 2


def test_a_source_in_another_language_is_named() -> None:
    assert (
        message("utter_source_language", "hi", language="English")
        in render("utter_content_source", "hi", FACTS)["text"]
    )
    assert render("utter_content_source", "en", FACTS)["custom"]["note"] == ""


def test_a_source_opens_at_its_place() -> None:
    reply = render("utter_content_source", "en", FACTS)
    link = {"url": "https://example.org/r.pdf#page=4", "label": "C, page 4"}
    assert reply["custom"]["link"] == link
    assert reply["custom"]["source"] == "Source: C › M (R, page 4)"
    assert f"{link['label']}: {link['url']}" in reply["text"]


@pytest.mark.parametrize(
    ("place", "words"),
    [({"kind": "slide", "at": 7}, "slide 7"), ({"kind": "time", "at": "02:15"}, "at 02:15")],
)
def test_slides_and_moments_are_named(place: dict, words: str) -> None:
    source = {**FACTS["sources"][0], "place": place, "reference": None}
    reply = render("utter_content_source", "en", {**FACTS, "sources": [source]})
    assert reply["custom"]["source"] == f"Source: C › M ({words})"


def test_a_source_without_a_place_leads_to_its_course() -> None:
    source = {**FACTS["sources"][0], "place": None, "link": "https://example.org/course"}
    custom = render("utter_content_source", "en", {**FACTS, "sources": [source]})["custom"]
    assert custom["link"]["label"] == message("label_link", "en")
    nowhere = {**source, "link": None}
    reply = render("utter_content_source", "en", {**FACTS, "sources": [nowhere]})
    assert reply["custom"]["link"] is None


def test_further_sources_follow_the_first() -> None:
    second = {**FACTS["sources"][0], "heading": "H2", "body": "B2", "course": "C2", "link": None}
    facts = {**FACTS, "sources": [FACTS["sources"][0], second]}
    reply = render("utter_content_source", "hi", facts)
    (further,) = reply["custom"]["further"]
    assert (further["heading"], further["body"]) == ("H2", "B2")
    assert "C2" in further["source"]
    assert reply["text"].index("B2") > reply["text"].index("C › M")


def test_a_translation_is_told_and_names_its_original() -> None:
    source = {**FACTS["sources"][0], "translated": True}
    custom = render("utter_content_source", "hi", {**FACTS, "sources": [source]})["custom"]
    assert custom["note"] == message("utter_translated", "hi", language="English")
    assert "C › M" in custom["source"]


def test_a_written_answer_lists_the_sources_it_cites() -> None:
    second = {**FACTS["sources"][0], "number": 3, "course": "C3"}
    facts = {**FACTS, "sources": [FACTS["sources"][0], second], "written": "So it is [1][3]."}
    reply = render("utter_content_source", "en", facts)
    assert reply["custom"]["answer"]["body"] == "So it is [1][3]."
    assert reply["custom"]["note"] == message("utter_written", "en")
    sources = [block["source"] for block in reply["custom"]["further"]]
    assert [source[:4] for source in sources] == ["[1] ", "[3] "]
    assert all(source in reply["text"] for source in sources)


def test_directions() -> None:
    assert render("utter_greet", "ur", {})["custom"]["direction"] == "rtl"
    assert render("utter_greet", "hi", {})["custom"]["direction"] == "ltr"


@pytest.mark.parametrize(
    ("minutes", "text"), [(5, "5 min"), (60, "1 h 0 min"), (135, "2 h 15 min"), (20160, "2 wk")]
)
def test_durations(minutes: int, text: str) -> None:
    assert duration(minutes, "en") == text


@pytest.mark.parametrize("response", ["utter_hours", "utter_progress"])
@pytest.mark.parametrize("lower_bounds", [False, True])
def test_minutes_that_are_lower_bounds_are_worded_so(response: str, lower_bounds: bool) -> None:
    activity = Activity(20, 80, 400, longer_are_lower_bounds=lower_bounds)
    learner = Learner("x", "Asha", "Rao", "Ponds", None)
    names = ("name", "completed", "in_progress", "not_started", "overdue", "rows")
    facts = {name: OWN_FACTS[name] for name in names}
    facts["hours"] = activity_view(activity, learner)
    text = render(response, "en", facts)["text"]
    assert text.count("at least") == (2 if lower_bounds else 0)
    for minutes in (80, 400):
        assert (f"at least {duration(minutes, 'en')}" in text) is lower_bounds


def test_language_menu_offers_every_language() -> None:
    buttons = render("utter_choose_language", "en", {})["buttons"]
    assert len(buttons) == len(registry.languages())


@pytest.mark.parametrize("locale", registry.locales())
def test_what_a_source_does_not_tell_of_a_course_is_left_out(locale: str) -> None:
    bare = {**FACTS["course"], "minutes": 0, "level": None}
    reply = render("utter_course_details", locale, {"course": bare})
    assert message("label_level", locale) + ":" not in reply["text"]
    assert message("label_duration", locale) + ":" not in reply["text"]
    card = reply["custom"]["course"]
    assert (card["duration"], card["level"]) == ("", "")
    listed = render("utter_courses_found", locale, {**FACTS, "courses": [bare]})
    assert ", ," not in listed["text"]


@pytest.mark.parametrize("locale", registry.locales())
def test_a_mandatory_course_says_so(locale: str) -> None:
    course = {**FACTS["course"], "mandatory": True}
    words = message("course_mandatory", locale)
    assert words in render("utter_course_details", locale, {"course": course})["text"]
    listed = render("utter_courses_found", locale, {**FACTS, "courses": [course]})
    assert words in listed["text"]
    assert listed["custom"]["courses"][0]["mandatory"] == words
    told = render("utter_course_fact", locale, {"course": course, "asked": "mandatory"})
    assert words in told["text"]


@pytest.mark.parametrize("locale", registry.locales())
def test_what_no_course_of_a_list_meets_is_said(locale: str) -> None:
    words = message("course_mandatory", locale)
    unmet = {"mandatory": True, "provider": "ISTM"}
    text = render("utter_courses_found", locale, {**FACTS, "unmet": unmet})["text"]
    assert message("label_none_with", locale, filters=f"ISTM · {words}") in text
