"""Telegram through both processes, against a Bot API server on the loopback."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest

from bot.actions.translations import message
from tests.end_to_end.conftest import Account
from tests.fakes.telegram import ME, FakeTelegram, wait_until
from tools.processes import Addresses

_SECONDS = 30
_chats = itertools.count(90_001)
Say = Callable[..., list[dict]]


@pytest.fixture
def chat(sathi: Addresses) -> int:
    """Return a chat that nobody has used."""
    return next(_chats)


@pytest.fixture
def after(telegram: FakeTelegram, chat: int) -> Callable[..., list[dict]]:
    """Return a function that does something and returns what the chat shows because of it."""

    def do(action: Callable[..., object], *arguments: object, count: int = 1, **more: object):
        before = len(telegram.shown(chat))
        action(*arguments, **more)
        wait_until(lambda: len(telegram.shown(chat)) >= before + count, _SECONDS)
        return telegram.shown(chat)[before:]

    return do


def titles(shown: dict) -> list[str]:
    keyboard = shown.get("reply_markup", {}).get("inline_keyboard", [])
    return [button["text"] for row in keyboard for button in row]


def test_a_search_is_paged_in_place_and_opened(
    telegram: FakeTelegram, chat: int, after: Callable[..., list[dict]]
) -> None:
    (found,) = after(telegram.say, chat, "मुझे साइबर सुरक्षा का कोर्स चाहिए")
    assert message("utter_courses_found", "hi") in found["text"]
    assert titles(found)[:5] == ["1", "2", "3", "4", "5"]
    first = found["text"]
    telegram.press(found, message("button_more", "hi"))
    wait_until(lambda: telegram.shown(chat)[-1]["text"] != first, _SECONDS)
    (page,) = telegram.shown(chat)
    assert "6. " in page["text"]
    (card,) = after(telegram.press, page, "6")
    assert message("label_modules", "hi") in card["text"]


def test_a_first_greeting_is_in_the_language_of_the_users_telegram(
    telegram: FakeTelegram, chat: int, after: Callable[..., list[dict]]
) -> None:
    (greeting,) = after(telegram.say, chat, "/start", language="ta")
    assert greeting["text"] == message("utter_greet", "ta")
    (languages,) = after(telegram.say, chat, "/language")
    (changed,) = after(telegram.press, languages, "తెలుగు")
    assert changed["text"] == message("utter_language_changed", "te", language="తెలుగు")


def test_a_deep_link_links_the_chat_and_a_group_sees_nothing(
    telegram: FakeTelegram, chat: int, after: Callable[..., list[dict]], account: Account
) -> None:
    (linked,) = after(telegram.say, chat, f"/start {account.token}")
    assert account.learner.full_name in linked["text"]
    text, picture = after(telegram.say, chat, "/progress", count=2)
    assert text["text"]
    assert "photo" in picture
    group = -chat - 10_000
    telegram.say(group, f"/progress@{ME['username']}", user=chat)
    wait_until(lambda: telegram.texts(group), _SECONDS)
    assert telegram.texts(group) == [message("utter_private_chat_only", "en")]


def test_a_quiz_goes_from_poll_to_poll(
    telegram: FakeTelegram, chat: int, after: Callable[..., list[dict]]
) -> None:
    shown = after(telegram.say, chat, "quiz me on the right to information act")
    for _ in range(5):
        question = shown[-1]
        if "poll" in question:
            shown = after(telegram.vote, question, 0, user=chat, count=2)
        else:
            shown = after(telegram.press, question, titles(question)[0], count=2)
    assert "poll" not in shown[-1]
    assert message("utter_quiz_result", "en", correct="", total="")[:12] in shown[-1]["text"]


@pytest.mark.parametrize("kind", ["voice", "location"])
def test_what_is_no_text_gets_a_helpful_answer(
    telegram: FakeTelegram, chat: int, after: Callable[..., list[dict]], kind: str
) -> None:
    content = {
        "voice": {"file_id": "f", "file_unique_id": "u", "duration": 1},
        "location": {"latitude": 28.6, "longitude": 77.2},
    }
    (answer,) = after(telegram.say, chat, **{kind: content[kind]})
    assert answer["text"] == message(f"utter_unsupported_{kind}", "en")


def test_an_edited_question_is_answered_anew(
    telegram: FakeTelegram, chat: int, after: Callable[..., list[dict]]
) -> None:
    asked = telegram.message(chat, "who won the cricket match")
    (first,) = after(telegram.push, telegram.update(message=asked))
    edited = {**asked, "text": "which course teaches the right to information", "edit_date": 1}
    (second,) = after(telegram.push, telegram.update(edited_message=edited))
    assert first["text"] != second["text"]
    assert "Right to Information" in second["text"]
    sent = telegram.calls_of("sendMessage")[-1].parameters
    assert sent["reply_parameters"]["message_id"] == asked["message_id"]
