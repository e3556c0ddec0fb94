from __future__ import annotations

import html

import pytest
import regex

from connectors.channels.telegram.rendering import is_next_page, render
from tests.assistant.telegram.bot import course_list, plain
from tests.fakes.telegram import parse_html

LIMIT = 4096
CARD = {
    "number": None,
    "title": "Leave <rules> & pay",
    "provider": "ISTM",
    "duration": "2 h",
    "level": "Beginner",
    "languages": "English",
    "link": "https://portal.example/course?id=1&x=2",
    "link_label": "Open the course",
    "reason": "",
    "payload": None,
    "summary": "What the rules say.",
    "facts": [{"label": "Provider", "value": "ISTM"}, {"label": "Level", "value": "Beginner"}],
    "modules_label": "Modules",
    "modules": ["Earned leave", "Half-pay leave"],
    "note": "The source is in English.",
}


def titles(reply: dict) -> list[list[str]]:
    return [[button["text"] for button in row] for row in reply.get("keyboard", [])]


def test_every_letter_of_a_text_is_shown_as_it_is() -> None:
    text = "1 < 2 & 3 > 2 \"quoted\" <b>not bold</b> &amp; _*`[](x) 'a'"
    (reply,) = render(plain(text))
    assert parse_html(reply["html"]) == text
    assert reply["plain"] == text


def test_a_list_of_courses() -> None:
    (reply,) = render(course_list(1))
    assert "<b>1. Course &lt;1&gt; &amp; more</b>\nISTM · 2 h · Beginner · English" in reply["html"]
    assert reply["html"].startswith("I found:\n\n")
    assert reply["html"].endswith("<i>Type a number.</i>")
    assert titles(reply) == [["1", "2", "3", "4", "5"], ["More"]]
    assert not is_next_page(reply)
    assert is_next_page(render(course_list(6))[0])


def test_facts_that_are_not_known_are_left_out() -> None:
    message = course_list(1)
    changes = {"duration": "", "level": "", "mandatory": "Mandatory"}
    message["custom"]["courses"][0].update(changes)
    (reply,) = render(message)
    assert "more</b>\nISTM · English, हिन्दी · Mandatory\n" in reply["html"]


def test_facts_of_courses_keep_their_order_in_urdu() -> None:
    message = course_list(1)
    message["custom"]["direction"] = "rtl"
    (reply,) = render(message)
    assert "\u2068ISTM\u2069 · \u20682 h\u2069" in reply["plain"]


def test_a_course_card() -> None:
    (reply,) = render(plain("all of it as text", course=CARD))
    assert reply["html"].startswith("<b>Leave &lt;rules&gt; &amp; pay</b>\nWhat the rules say.\n")
    assert "<b>Provider</b>: ISTM\n<b>Level</b>: Beginner" in reply["html"]
    assert "<b>Modules</b>\n1. Earned leave\n2. Half-pay leave" in reply["html"]
    assert "<i>The source is in English.</i>" in reply["html"]
    assert reply["keyboard"] == [[{"text": "Open the course", "url": CARD["link"]}]]


def test_a_link_telegram_would_refuse_stands_in_the_text() -> None:
    (reply,) = render(plain("x", course={**CARD, "link": "file:///courses/1"}))
    assert "keyboard" not in reply
    assert "Open the course: file:///courses/1" in reply["plain"]


def test_an_answer_with_its_source() -> None:
    answer = {"heading": "Earned leave", "body": "300 days."}
    (reply,) = render(plain("t", answer=answer, source="Source: Rules", note="", courses=[]))
    assert reply["html"] == "<b>Earned leave</b>\n300 days.\n\n<i>Source: Rules</i>"


def test_further_sources_follow_with_their_links() -> None:
    link = {"url": "https://portal.example/r.pdf#page=4", "label": "Rules, page 4"}
    block = {"heading": "Half pay", "body": "20 days.", "source": "Source: FR", "note": ""}
    further = [{**block, "link": link}, {**block, "heading": "", "body": "", "link": None}]
    answer = {"heading": "", "body": "300 days."}
    (reply,) = render(plain("t", answer=answer, source="Source: Rules", further=further))
    assert reply["html"] == (
        "300 days.\n\n<i>Source: Rules</i>\n\n<b>Half pay</b>\n20 days.\n\n<i>Source: FR</i>"
        "\n\n<i>Source: FR</i>"
    )
    assert reply["keyboard"] == [[{"text": "Rules, page 4", "url": link["url"]}]]


def test_short_titles_stand_in_two_columns() -> None:
    languages = [(name, f'/choose_language{{"language_name": "{name}"}}') for name in "abcde"]
    (reply,) = render(plain("Choose:", *languages))
    assert titles(reply) == [["a", "b"], ["c", "d"], ["e"]]


def test_long_choices_are_pressed_by_number_and_other_long_titles_are_cut() -> None:
    long = "The Right to Information Act for Public Authorities"
    choices = [(long, f'/choose_item{{"item_number": {n}}}') for n in range(1, 4)]
    (reply,) = render(plain("1. ...", *choices, ("More results than these, " * 5, "/show_more")))
    assert titles(reply)[0] == ["1", "2", "3"]
    assert len(titles(reply)[1][0]) <= 64
    assert titles(reply)[1][0].endswith("…")


# Splitting.


def sentences(unit: str, count: int) -> str:
    return " ".join(f"{unit} {n}।" for n in range(count))


@pytest.mark.parametrize(
    ("unit", "end"),
    [
        ("क्षत्रिय आरटीआई आवेदन का जवाब देना होता है", "।"),
        ("معلومات کے حق کا قانون", "۔"),
        ("The time limit is thirty days", "."),
    ],
)
def test_a_long_text_is_divided_at_ends_of_sentences(unit: str, end: str) -> None:
    text = " ".join(f"{unit} {n}{end}" for n in range(400))
    replies = render(plain(text))
    parts = [reply["plain"] for reply in replies]
    assert len(parts) > 1
    assert all(len(part) <= LIMIT for part in parts)
    assert all(part.endswith(end) for part in parts)
    assert " ".join(parts) == text


@pytest.mark.parametrize("letter", ["क्षि", "👩🏽‍🚀", "ৎ্যি", "é", "🇮🇳"])
def test_no_letter_is_divided(letter: str) -> None:
    text = letter * 3000
    parts = [reply["plain"] for reply in render(plain(text))]
    assert "".join(parts) == text
    assert all(len(part.encode("utf-16-le")) // 2 <= LIMIT for part in parts)
    whole = len(regex.findall(r"\X", text))
    assert sum(len(regex.findall(r"\X", part)) for part in parts) == whole


def test_no_tag_is_divided() -> None:
    source = sentences("स्रोत", 900)
    replies = render(plain("t", answer={"heading": "H", "body": "B."}, source=source))
    assert len(replies) > 1
    for reply in replies:
        assert parse_html(reply["html"]) == reply["plain"]
    assert replies[1]["html"].startswith("<i>")
    assert replies[0]["html"].endswith("</i>")


def test_markup_does_not_count() -> None:
    text = "&" * LIMIT
    (reply,) = render(plain(text))
    assert reply["html"] == html.escape(text)


def test_the_keyboard_hangs_below_the_last_part() -> None:
    replies = render(plain(sentences("text", 900), ("Yes", "/affirm")))
    assert "keyboard" not in replies[0]
    assert titles(replies[-1]) == [["Yes"]]


def test_a_message_without_text_is_not_sent() -> None:
    assert render(plain("")) == []


# Polls.

QUIZ = {"question": "Q" * 300, "options": ["o" * 100] * 12, "correct": 0, "explanation": "e" * 200}
CHOICES = [("o", f'/choose_item{{"item_number": {n}}}') for n in range(1, 13)]


def test_a_quiz_within_the_limits_is_a_poll() -> None:
    (reply,) = render(plain("text", *CHOICES, quiz=QUIZ))
    assert reply["send"] == "poll"
    assert reply["payloads"][1] == '/choose_item{"item_number": 2}'


@pytest.mark.parametrize(
    "change",
    [
        {"question": "Q" * 301},
        {"options": ["o" * 101, "b"]},
        {"options": ["o"] * 13},
        {"explanation": "e" * 201},
        {"explanation": "a\nb\nc\nd"},
        {"question": "😀" * 151},
    ],
)
def test_a_quiz_beyond_the_limits_has_buttons(change: dict) -> None:
    (reply,) = render(plain("text", *CHOICES, quiz={**QUIZ, **change}))
    assert reply["send"] == "text"
    assert reply["keyboard"]
