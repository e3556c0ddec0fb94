"""Actions with the real knowledge base, called as Rasa calls them."""

from __future__ import annotations

import pytest

from bot.actions.base import SathiAction, Turn
from bot.actions.course_actions import ActionChooseItem, ActionFindCourse, ActionShowMore
from bot.actions.fallback_actions import ActionFallback, ActionOutOfScope
from bot.actions.language_actions import ActionChooseLanguage
from bot.actions.recommend_actions import ActionRecommend
from tests.actions.conftest import Run


def number(value: int) -> dict:
    return {"entity": "item_number", "value": value, "start": 0, "end": 1}


def test_find_course_stores_the_search(run: Run) -> None:
    messages, slots = run(ActionFindCourse(), "course on right to information", locale="en")
    assert messages[0]["response"] == "utter_courses_found"
    assert len(messages[0]["courses"]) == 5
    assert slots["search"]["shown"] == 5
    assert slots["failures"] == 0


def test_find_course_by_button_asks_for_a_topic(run: Run) -> None:
    messages, _ = run(ActionFindCourse(), "/find_course")
    assert messages[0]["response"] == "utter_ask_topic"


def test_more_goes_on_until_nothing_is_left(run: Run) -> None:
    items = [{"kind": "course", "id": "sathi_posh_act"}] * 7
    messages, slots = run(ActionShowMore(), "more", search={"items": items, "shown": 5})
    assert (messages[0]["start"], len(messages[0]["courses"])) == (5, 2)
    messages, _ = run(ActionShowMore(), "more", search=slots["search"])
    assert messages[0]["response"] == "utter_no_more_results"


def test_choose_by_number_last_and_out_of_range(run: Run) -> None:
    ids = ["sathi_posh_act", "sathi_eoffice", "sathi_gem_procurement"]
    search = {"items": [{"kind": "course", "id": i} for i in ids], "shown": 3}
    for value, expected in ((2, ids[1]), (-1, ids[2])):
        messages, _ = run(ActionChooseItem(), "x", [number(value)], search=search)
        assert messages[0]["course"]["id"] == expected
    for entities in ([number(9)], [number(0)], [{**number(0), "value": "x"}], []):
        messages, _ = run(ActionChooseItem(), "9", entities, search=search)
        assert messages[0]["response"] == "utter_which_item"


def test_choose_by_name_in_the_readers_language(run: Run) -> None:
    ids = ["sathi_posh_act", "sathi_eoffice", "do_11422319743288115211350"]
    search = {"items": [{"kind": "course", "id": i} for i in ids], "shown": 3}
    messages, _ = run(ActionChooseItem(), "फसल बीमा वाला", locale="hi", search=search)
    assert messages[0]["course"]["id"] == ids[2]


def test_a_number_word_may_belong_to_the_name(run: Run) -> None:
    ids = ["do_113693885524467712197", "sathi_rti_first_appeal", "do_1134693696236748801441"]
    search = {"items": [{"kind": "course", "id": i} for i in ids], "shown": 3}
    text = "open the one on first appeals"
    numbers = [
        {"entity": "item_number", "value": 1, "start": 9, "end": 12},
        {"entity": "item_number", "value": 1, "start": 16, "end": 21},
    ]
    messages, _ = run(ActionChooseItem(), text, numbers, search=search)
    assert messages[0]["course"]["id"] == ids[1]
    first = [{"entity": "item_number", "value": 1, "start": 5, "end": 14}]
    messages, _ = run(ActionChooseItem(), "open the first", first, search=search)
    assert messages[0]["course"]["id"] == ids[0]


def test_choose_without_a_list(run: Run) -> None:
    messages, _ = run(ActionChooseItem(), "2", [number(2)])
    assert messages[0]["response"] == "utter_no_running_search"


def test_second_failure_offers_a_person(run: Run) -> None:
    text = "qwertz uiop asdf ghjk"
    messages, slots = run(ActionOutOfScope(), text)
    assert slots == {"failures": 1.0, "pending": "nothing"}
    messages, slots = run(ActionOutOfScope(), text, failures=1.0)
    assert messages[-1]["response"] == "utter_offer_human"
    assert slots["pending"] == "human"


@pytest.mark.parametrize(
    ("text", "response"),
    [
        ("", "utter_empty_message"),
        ("x" * 1001, "utter_message_too_long"),
        ("🙏", "utter_no_words"),
    ],
)
def test_fallback_names_what_is_wrong(run: Run, text: str, response: str) -> None:
    messages, events = run(ActionFallback(), text)
    assert [m["response"] for m in messages] == [response]
    assert events == {}


def test_language_is_chosen_in_the_typed_script(run: Run) -> None:
    named = [{"entity": "language_name", "value": "hi", "start": 0, "end": 5}]
    assert run(ActionChooseLanguage(), "x", named)[1] == {"chosen_locale": "hi"}
    _, slots = run(ActionChooseLanguage(), "hindi me bolo", named, locale="hi_Latn")
    assert slots == {"chosen_locale": "hi_Latn"}
    assert run(ActionChooseLanguage(), "x")[0][0]["response"] == "utter_choose_language"


def test_recommend_for_a_named_role(run: Run) -> None:
    messages, _ = run(ActionRecommend(), "suggest courses for a Section Officer")
    assert messages[0]["response"] == "utter_recommend_for_role"


def test_a_fault_is_told_and_keeps_the_conversation(run: Run) -> None:
    class Broken(SathiAction):
        def name(self) -> str:
            return "action_broken"

        def act(self, turn: Turn) -> list:
            turn.reply("utter_greet")
            raise RuntimeError("disk on fire")

    messages, slots = run(Broken(), "x")
    assert [m["response"] for m in messages] == ["utter_search_unavailable"]
    assert slots == {}
