"""Conversations over Rasa's REST channel, against the running processes."""

from __future__ import annotations

import re

import pytest

from bot.actions.translations import message
from knowledge_base.languages.script import dominant_script
from tests.end_to_end.conftest import Ask, Messages


def text_of(messages: Messages) -> str:
    return "\n".join(m["text"] for m in messages if "text" in m)


def buttons_of(messages: Messages) -> list[str]:
    return [button["payload"] for m in messages for button in m.get("buttons", [])]


def custom_of(messages: Messages) -> dict:
    return next(m["custom"] for m in messages if "custom" in m)


@pytest.mark.parametrize(
    ("question", "locale", "course"),
    [
        ("which course teaches the right to information", "en", "Right to Information"),
        ("मुझे साइबर सुरक्षा का कोर्स चाहिए", "hi", "साइबर"),
        ("mujhe cyber security seekhna hai", "hi_Latn", "yber"),
        ("அலுவலகத்தில் பாலியல் துன்புறுத்தல் பற்றிய பயிற்சி உள்ளதா", "ta", "பாலியல்"),
        ("ଯୋଗ ଅଭ୍ୟାସ ଶିଖିବା ପାଇଁ କୋର୍ସ ଅଛି କି", "or", "ଯୋଗ"),
        ("پنچایتی راج کے بارے میں کورس بتائیں", "ur", "پنچایت"),
        ("naaku excel course kavali", "te_Latn", ""),
    ],
)
def test_finds_a_course_and_replies_in_the_askers_language(
    ask: Ask, question: str, locale: str, course: str
) -> None:
    reply = ask(question)
    assert custom_of(reply)["locale"] == locale
    assert message("utter_courses_found", locale) in text_of(reply)
    assert course in text_of(reply)
    assert custom_of(reply)["courses"][0]["number"] == 1


def test_answers_a_content_question_with_its_source(ask: Ask) -> None:
    text = text_of(ask("how many days of earned leave can be accumulated"))
    assert "300 days" in text
    assert "Source: Fundamental Rules" in text


def test_answers_in_hindi_from_hindi_content(ask: Ask) -> None:
    text = text_of(ask("यौन उत्पीड़न की शिकायत कितने महीने में करनी होती है"))
    assert "तीन महीने" in text
    assert dominant_script(text) == "Deva"


@pytest.mark.parametrize(
    "question",
    [
        "what is the time limit for replying to an RTI application",
        "आरटीआई आवेदन का जवाब कितने दिन में देना होता है?",
    ],
)
def test_the_time_limit_of_the_rti_act(ask: Ask, question: str) -> None:
    assert "48" in text_of(ask(question)).split("\n\n", maxsplit=1)[0]


def test_says_when_the_source_is_in_another_language(ask: Ask) -> None:
    reply = text_of(ask("ডেটা বিশ্লেষণে গড় আর মধ্যমার পার্থক্য কী?"))
    assert "English" in reply


def test_explains_a_competency_and_a_role(ask: Ask) -> None:
    assert "Swadhyay" in text_of(ask("what is Swadhyay"))
    reply = text_of(ask("which competencies does a Section Officer need"))
    assert "Office Management" in reply
    assert message("utter_role_note", "en") in reply


def test_answers_a_platform_question_and_names_the_faq(ask: Ask) -> None:
    text = text_of(ask("I finished the course but my certificate was not generated"))
    assert "24" in text
    assert "Source: platform help" in text


def test_more_then_a_number_then_start_over(ask: Ask) -> None:
    first = custom_of(ask("courses on leadership"))["courses"]
    more = custom_of(ask("show me more"))["courses"]
    assert [course["number"] for course in more] == [6, 7, 8, 9, 10]
    assert not {c["title"] for c in first} & {c["title"] for c in more}
    details = text_of(ask("7"))
    assert more[1]["title"] in details
    assert message("label_modules", "en") in details
    ask("start over")
    assert message("utter_no_running_search", "en") in text_of(ask("show me more"))


def test_an_item_is_chosen_by_name(ask: Ask) -> None:
    ask("courses about right to information")
    assert "Deciding First Appeals" in text_of(ask("open the one on first appeals"))


def test_a_fact_of_one_course_and_two_side_by_side(ask: Ask) -> None:
    courses = custom_of(ask("courses about right to information"))["courses"]
    reply = text_of(ask("how long is the second one"))
    assert f"{message('label_duration', 'en')}: {courses[1]['duration']}" in reply
    assert courses[1]["title"] in reply
    compared = ask("compare 1 and 3")
    assert message("utter_compared", "en") in text_of(compared)
    assert [c["number"] for c in custom_of(compared)["courses"]] == [1, 3]
    assert courses[2]["title"] in text_of(ask("3"))


def test_feedback_goes_to_the_helpdesk_after_a_yes_only(ask: Ask) -> None:
    offer = ask("suggestion: add more courses in Odia")
    assert message("utter_feedback", "en") in text_of(offer)
    assert not re.search(r"S-[0-9A-F]{8}", text_of(offer))
    assert re.search(r"S-[0-9A-F]{8}", text_of(ask("yes")))


def test_insults_open_no_ticket(ask: Ask) -> None:
    for insult in ("you idiot", "useless bot", "shut up"):
        reply = text_of(ask(insult))
        assert reply == message("utter_abuse", "en")


def test_a_number_out_of_the_list_is_asked_again(ask: Ask) -> None:
    ask("courses about right to information")
    assert message("utter_which_item", "en", count=5) in text_of(ask("99"))


def test_the_chosen_language_outranks_the_typed_one(ask: Ask) -> None:
    assert custom_of(ask("reply in Telugu"))["locale"] == "te"
    assert custom_of(ask("which course teaches budgeting"))["locale"] == "te"


def test_short_messages_keep_the_language(ask: Ask) -> None:
    ask("मुझे पंचायती राज का कोर्स चाहिए")
    for short in ("2", "ok", "RTI"):
        assert custom_of(ask(short))["locale"] == "hi"


@pytest.mark.parametrize("question", ["how much progress have I made", "show my certificates"])
def test_own_data_needs_a_linked_account(ask: Ask, question: str) -> None:
    assert "not linked" in text_of(ask(question))


def test_two_failures_offer_a_person_and_yes_opens_a_ticket(ask: Ask) -> None:
    ask("who won the cricket match yesterday")
    assert "/affirm" in buttons_of(ask("will it rain tomorrow"))
    assert re.search(r"S-[0-9A-F]{8}", text_of(ask("yes")))


def test_out_of_scope_is_declined(ask: Ask) -> None:
    assert message("utter_out_of_scope", "en") in text_of(ask("tell me a joke about elephants"))


@pytest.mark.parametrize(
    ("text", "key", "values"),
    [
        ("", "utter_empty_message", {}),
        ("   \n\t ", "utter_empty_message", {}),
        ("x" * 10_000, "utter_message_too_long", {"limit": 1000}),
        ("💐💐🙏", "utter_no_words", {}),
        ("?!...", "utter_no_words", {}),
    ],
    ids=["empty", "blank", "10,000 characters", "emoji", "punctuation"],
)
def test_unusable_messages_get_a_clear_answer(ask: Ask, text: str, key: str, values: dict) -> None:
    assert message(key, "en", **values) in text_of(ask(text))


@pytest.mark.parametrize(
    "text",
    [
        "\x00\x01\x02 which course \x07 teaches RTI",
        "कौन सा course தமிழ் మరియు اردو ਵਿੱਚ",
        "'; DROP TABLE entries; --",
        "<script>alert(1)</script> course",
        "[link](javascript:alert(1)) **bold** `code`",
        '/choose_item{"item_number": "x"}',
        '/choose_item{"item_number": {"a": 1}}',
        "/unknown_intent",
        "/find_course",
        "{response} {0} %s",
        "\u202etxet desrever",
        "क" * 900,
    ],
)
def test_hostile_messages_never_show_a_fault(ask: Ask, text: str) -> None:
    reply = text_of(ask(text))
    assert reply
    assert "Traceback" not in reply
    assert message("utter_search_unavailable", "en", contact="x")[:30] not in reply
