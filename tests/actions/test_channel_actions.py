"""What actions do for one channel or another."""

from __future__ import annotations

import pytest

from bot.actions.fallback_actions import ActionUnsupportedMessage
from bot.actions.quiz_actions import ActionQuiz
from bot.actions.rendering import render
from bot.actions.services import Services
from bot.actions.translations import message
from tests.actions.conftest import Run


def worded(reply: dict) -> dict:
    facts = {name: value for name, value in reply.items() if name != "response"}
    return render(reply["response"], "en", facts)


def test_a_channel_with_polls_learns_the_right_answer(run: Run, services: Services) -> None:
    messages, slots = run(ActionQuiz(), "quiz me on leave rules", channel="telegram")
    reply = worded(messages[-1])
    question = services.knowledge_base.catalogue.quiz["en"][slots["quiz"]["questions"][0]]
    quiz = reply["custom"]["quiz"]
    assert quiz["options"] == list(question.options)
    assert quiz["correct"] == question.answer - 1
    assert quiz["explanation"] == question.explanation
    assert question.question in quiz["question"]
    assert len(reply["buttons"]) == len(question.options)


@pytest.mark.parametrize("channel", ["web", "rest", "whatsapp"])
def test_other_channels_do_not(run: Run, channel: str) -> None:
    messages, _ = run(ActionQuiz(), "quiz me on leave rules", channel=channel)
    reply = worded(messages[-1])
    assert "quiz" not in reply["custom"]
    assert messages[-1]["explanation"] not in str(reply)


@pytest.mark.parametrize(
    ("kind", "key"),
    [
        ("voice", "utter_unsupported_voice"),
        ("photo", "utter_unsupported_photo"),
        ("sticker", "utter_unsupported_sticker"),
        ("document", "utter_unsupported_document"),
        ("location", "utter_unsupported_location"),
        ("contact", "utter_unsupported_contact"),
        ("other", "utter_unsupported_message"),
        (None, "utter_unsupported_message"),
        ({"a": 1}, "utter_unsupported_message"),
    ],
)
def test_what_is_no_text_is_answered_by_its_kind(run: Run, kind: object, key: str) -> None:
    entities = [{"entity": "kind", "value": kind}] if kind else []
    (reply,), _ = run(ActionUnsupportedMessage(), "/unsupported_message", entities)
    assert reply["response"] == key
    assert worded(reply)["text"] == message(key, "en")
