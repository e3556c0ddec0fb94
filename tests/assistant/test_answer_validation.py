"""Answers of the action server pass and fail as they do with Rasa's own checks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest
from jsonschema import ValidationError
from rasa.core.actions.action import RemoteAction
from rasa.core.nlg.callback import CallbackNaturalLanguageGenerator
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import SlotSet
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.exceptions import RasaException
from rasa.utils.endpoints import EndpointConfig

from bot.answer_validation import action_validator, install_action_validator, wording_validator
from connectors.channels.collecting import WholeMessageOutput
from tests.assistant.answering import answering

SLOT = {"event": "slot", "name": "locale", "value": "hi"}
GOOD_ACTIONS = [
    {},
    {"events": [], "responses": []},
    {"events": [SLOT], "responses": [{"response": "utter_greet", "name": "x"}]},
]
BAD_ACTIONS = [
    [],
    None,
    {"events": {}},
    {"events": ["slot"]},
    {"events": [{"name": "no event"}]},
    {"responses": ["text"]},
]
GOOD_WORDINGS = [{}, {"text": "x", "buttons": [{}], "custom": {}, "image": None}]
BAD_WORDINGS = [{"text": None}, {"buttons": "x"}, {"custom": []}, {"image": 1}]


@pytest.fixture(autouse=True)
def rasas_own_check() -> Iterator[Any]:
    """Put Rasa's check back afterwards."""
    original = RemoteAction._validate_action_result
    yield original
    RemoteAction._validate_action_result = original


@pytest.mark.parametrize("answer", GOOD_ACTIONS)
def test_actions_answers_pass(answer: Any) -> None:
    jsonschema.validate(answer, RemoteAction.action_response_format_spec())
    action_validator().validate(answer)


@pytest.mark.parametrize("answer", BAD_ACTIONS)
def test_what_is_no_actions_answer_fails(answer: Any) -> None:
    with pytest.raises(ValidationError):
        jsonschema.validate(answer, RemoteAction.action_response_format_spec())
    with pytest.raises(ValidationError):
        action_validator().validate(answer)


@pytest.mark.parametrize("message", GOOD_WORDINGS)
def test_wordings_pass(message: Any) -> None:
    assert CallbackNaturalLanguageGenerator.validate_response(message)
    wording_validator().validate(message)


@pytest.mark.parametrize("message", BAD_WORDINGS)
def test_what_is_no_wording_fails(message: Any) -> None:
    with pytest.raises(RasaException):
        CallbackNaturalLanguageGenerator.validate_response(message)
    with pytest.raises(ValidationError):
        wording_validator().validate(message)


@pytest.mark.anyio
@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_installed_it_checks_what_rasas_actions_are_answered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*_: Any) -> None:
        raise AssertionError("Rasa checked the schema again")

    install_action_validator()
    monkeypatch.setattr(jsonschema, "validate", refuse)
    tracker, domain = DialogueStateTracker("me", []), Domain.empty()
    output = WholeMessageOutput("rest")
    async with answering() as served:
        action = RemoteAction("action_x", EndpointConfig(f"{served.address}/webhook"))
        served.answer = {"events": [SLOT], "responses": []}
        assert await action.run(output, None, tracker, domain) == [SlotSet("locale", "hi")]
        served.answer = {"events": "none"}
        with pytest.raises(ValidationError):
            await action.run(output, None, tracker, domain)
