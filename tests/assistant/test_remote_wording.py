"""Wording over HTTP, as ``endpoints.yml`` sets it up."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
from jsonschema import ValidationError
from rasa.core.nlg.generator import NaturalLanguageGenerator
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import ClientResponseError, read_endpoint_config

from bot.remote_wording import RemoteWording
from tests.assistant.answering import Answering, answering
from tests.assistant.conftest import REPOSITORY

pytestmark = pytest.mark.anyio
MESSAGE = {"text": "नमस्ते", "buttons": [{"title": "a", "payload": "/a"}], "custom": {"x": 1}}


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def served() -> AsyncIterator[Answering]:
    async with answering() as server:
        server.answer = MESSAGE
        yield server


@pytest.fixture(scope="module")
def domain() -> Domain:
    return Domain.load(str(REPOSITORY / "domain.yml"))


@pytest.fixture
def wording(
    served: Answering, domain: Domain, monkeypatch: pytest.MonkeyPatch
) -> NaturalLanguageGenerator:
    file = REPOSITORY / "endpoints.yml"
    for name in re.findall(r"\$\{(\w+)\}", file.read_text(encoding="utf-8")):
        monkeypatch.setenv(name, "")
    monkeypatch.setenv("SATHI_ACTION_PORT", served.address.rpartition(":")[2])
    endpoint = read_endpoint_config(str(file), "nlg")
    return NaturalLanguageGenerator.create(endpoint, domain)


@pytest.fixture
def tracker(domain: Domain) -> DialogueStateTracker:
    tracker = DialogueStateTracker("me", domain.slots)
    tracker.update(UserUttered("a long story " * 1000))
    tracker.update(SlotSet("locale", "hi"))
    return tracker


async def word(wording: NaturalLanguageGenerator, tracker: DialogueStateTracker) -> dict[str, Any]:
    return await wording.generate(
        "utter_greet", tracker, "rest", name="Anita", domain_responses={"utter_greet": []}
    )


async def test_a_response_is_asked_for_with_slots_and_facts_alone(
    served: Answering, wording: NaturalLanguageGenerator, tracker: DialogueStateTracker
) -> None:
    assert isinstance(wording, RemoteWording)
    assert await word(wording, tracker) == MESSAGE
    (body,) = served.bodies
    assert body.keys() == {"response", "arguments", "tracker", "channel"}
    assert (body["response"], body["arguments"]) == ("utter_greet", {"name": "Anita"})
    assert body["channel"] == {"name": "rest"}
    assert body["tracker"].keys() == {"sender_id", "slots"}
    assert body["tracker"]["sender_id"] == "me"
    assert body["tracker"]["slots"] == tracker.current_slot_values()
    assert body["tracker"]["slots"]["locale"] == "hi"
    assert "long story" not in json.dumps(body)


@pytest.mark.parametrize("answer", [{"text": 5}, {"buttons": ["x"]}, [], "text", None])
async def test_what_is_no_message_is_refused(
    served: Answering,
    wording: NaturalLanguageGenerator,
    tracker: DialogueStateTracker,
    answer: Any,
) -> None:
    served.answer = answer
    with pytest.raises(ValidationError):
        await word(wording, tracker)


async def test_a_failing_endpoint_is_told(
    served: Answering, wording: NaturalLanguageGenerator, tracker: DialogueStateTracker
) -> None:
    served.status = 500
    with pytest.raises(ClientResponseError):
        await word(wording, tracker)
