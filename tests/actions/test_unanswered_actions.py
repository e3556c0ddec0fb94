"""Which questions are kept for those who can write an answer, and that the answer is given."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from bot.actions.answer_actions import ActionAnswerPlatform
from bot.actions.fallback_actions import ActionFallback, ActionOutOfScope
from bot.actions.services import Services
from knowledge_base.catalogue import FaqEntry
from tests.actions.conftest import Run

QUESTION = "which flavour of ice cream does the quokka on 9876543210 prefer"
ENTRY = FaqEntry(
    id="live-7",
    question="How do I pair the Qorvex braille display?",
    answer="Hold its button for five seconds.",
)


def kept(services: Services) -> list[tuple[str, str]]:
    encoder = services.knowledge_base.encoder
    services.unanswered.embed(encoder)
    now = services.clock()
    found = services.unanswered.between(now - timedelta(1), now + timedelta(1), 10, encoder.name)
    return [(question.locale, question.text) for question in found]


@pytest.fixture
def live(services: Services) -> Iterator[None]:
    services.knowledge_base.set_live_faq({"en": {ENTRY.id: ENTRY}})
    yield
    services.knowledge_base.set_live_faq({})


@pytest.mark.parametrize("action", [ActionFallback(), ActionOutOfScope(), ActionAnswerPlatform()])
def test_a_question_without_answer_is_kept_redacted(
    run: Run, services: Services, action: ActionFallback
) -> None:
    run(action, QUESTION, locale="en")
    assert kept(services) == [("en", QUESTION.replace("9876543210", "[phone]"))]


@pytest.mark.parametrize(
    ("text", "metadata"),
    [(QUESTION, {"is_group": True}), ("/out_of_scope", None), ("🙂🙂", None), ("", None)],
)
def test_groups_buttons_and_pictures_are_not_kept(
    run: Run, services: Services, text: str, metadata: dict | None
) -> None:
    run(ActionOutOfScope(), text, metadata=metadata, locale="en")
    assert kept(services) == []


def test_a_question_with_an_answer_is_not_kept(run: Run, services: Services) -> None:
    run(ActionAnswerPlatform(), "my certificate has not been issued", locale="en")
    assert kept(services) == []


def test_a_live_entry_answers_as_platform_help(run: Run, services: Services, live: None) -> None:
    (reply, *_), _ = run(ActionAnswerPlatform(), "pair the qorvex braille display", locale="en")
    assert reply["response"] == "utter_faq_source"
    assert reply["faq"]["body"] == ENTRY.answer
    assert reply["confidence"] > services.settings.answer_threshold
