"""Written and translated answers, with servers that speak the real protocols."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from bot.actions.answer_actions import ActionAnswerContent
from bot.actions.answer_wording import AnswerWording, open_wording
from bot.actions.services import Services, set_services
from connectors.platform.factory import PlatformSettingError
from connectors.platform.settings import BhashiniSettings, GenerationSettings
from tests.actions.conftest import Run
from tests.fakes import bhashini
from tests.fakes.bhashini import FakeBhashini, marked
from tests.fakes.json_server import Fault
from tests.fakes.openai_server import MODEL, FakeOpenAi

QUESTION = "what is a zero FIR"
OFF = BhashiniSettings(_env_file=None)
NONE = GenerationSettings(_env_file=None)


@pytest.fixture
def model() -> Iterator[FakeOpenAi]:
    with FakeOpenAi() as server:
        yield server


@pytest.fixture
def translator() -> Iterator[FakeBhashini]:
    with FakeBhashini() as server:
        yield server


def written_by(services: Services, model: FakeOpenAi, timeout: float = 20) -> None:
    settings = GenerationSettings(_env_file=None, url=model.api, model=MODEL, timeout=timeout)
    wording = open_wording(settings, OFF, services.knowledge_base.encoder)
    set_services(replace(services, wording=wording))


def translated_by(services: Services, server: FakeBhashini) -> None:
    settings = BhashiniSettings(
        _env_file=None,
        config_url=server.config_url,
        user_id=bhashini.USER_ID,
        api_key=bhashini.API_KEY,
        pipeline_id=bhashini.PIPELINE,
        timeout=20,
    )
    wording = open_wording(NONE, settings, services.knowledge_base.encoder)
    set_services(replace(services, wording=wording))


def ask(run: Run, text: str = QUESTION, locale: str = "en") -> dict:
    (reply,), _ = run(ActionAnswerContent(), text, locale=locale)
    assert reply["response"] == "utter_content_source"
    return reply


def test_without_settings_nothing_is_asked_for(services: Services) -> None:
    wording = open_wording(NONE, OFF, services.knowledge_base.encoder)
    assert (wording._generator, wording._translator) == (None, None)


def test_an_answer_that_rests_on_its_sources_is_given(
    run: Run, services: Services, model: FakeOpenAi
) -> None:
    quoted = ask(run)["sources"][0]["body"].split(". ")[0].rstrip(".")
    model.says = f"{quoted} [1]."
    written_by(services, model)
    reply = ask(run)
    assert reply["written"] == model.says
    assert [source["number"] for source in reply["sources"]] == [1]
    assert model.asked()["question"] == QUESTION


@pytest.mark.parametrize(
    "says",
    [
        "A zero FIR is an FIR with a number of zero.",
        "A zero FIR costs 900 rupees [1].",
        "It is explained elsewhere [9].",
        "NOT_ANSWERED",
        "",
    ],
)
def test_an_answer_that_does_not_gives_way_to_the_extract(
    run: Run, services: Services, model: FakeOpenAi, says: str
) -> None:
    extract = ask(run)["sources"]
    model.says = says
    written_by(services, model)
    reply = ask(run)
    assert reply["written"] is None
    assert reply["sources"] == extract
    assert model.requests


@pytest.mark.parametrize("fault", [Fault(status=500), Fault(delay=5), Fault(hangs_up=True)])
def test_a_failing_model_gives_way_to_the_extract(
    run: Run, services: Services, model: FakeOpenAi, fault: Fault
) -> None:
    extract = ask(run)["sources"]
    model.faults = [fault] * 4
    written_by(services, model, timeout=0.5)
    reply = ask(run)
    assert (reply["written"], reply["sources"]) == (None, extract)


def test_an_extract_is_translated_and_its_source_named(
    run: Run, services: Services, translator: FakeBhashini
) -> None:
    question = "பிவட் டேபிள் எப்படி உருவாக்குவது"
    original = ask(run, question, "ta")["sources"][0]
    assert original["source_language"] == "en"
    translated_by(services, translator)
    source = ask(run, question, "ta")["sources"][0]
    assert source["translated"]
    assert marked("", "ta").strip() in source["body"]
    same = ("course", "module", "reference", "source_language", "link")
    assert [source[name] for name in same] == [original[name] for name in same]


def test_a_source_in_the_readers_language_is_left_alone(
    run: Run, services: Services, translator: FakeBhashini
) -> None:
    translated_by(services, translator)
    assert not ask(run)["sources"][0]["translated"]
    assert not translator.requests


@pytest.mark.parametrize("locale", ["ta", "te"])
def test_a_failing_translator_gives_way_to_the_original(
    run: Run, services: Services, translator: FakeBhashini, locale: str
) -> None:
    # Telugu is no language the fake offers.
    translator.faults = [Fault(status=500)] * 6 if locale == "ta" else []
    translated_by(services, translator)
    source = ask(run, QUESTION, locale)["sources"][0]
    assert not source["translated"]
    assert source["source_language"] == "en"


def test_a_wrong_setting_is_told(services: Services) -> None:
    encoder = services.knowledge_base.encoder
    wrong = GenerationSettings(_env_file=None, url="ftp://models", model=MODEL)
    with pytest.raises(PlatformSettingError, match="SATHI_GENERATION_URL"):
        open_wording(wrong, OFF, encoder)


def test_nothing_set_up_closes_quietly() -> None:
    import asyncio

    asyncio.run(AnswerWording().close())
