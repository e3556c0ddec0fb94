from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import TypeVar

import pytest

from connectors.platform.bhashini import BhashiniTranslator, Translation
from connectors.platform.bhashini_pipeline import PairNotOfferedError, TranslationError
from connectors.platform.settings import BhashiniSettings
from knowledge_base.languages.script import dominant_script
from tests.fakes import bhashini as fake
from tests.fakes.bhashini import FakeBhashini, marked
from tests.fakes.json_server import Fault

Result = TypeVar("Result")
_TEXT = "Apply within 30 days. The fee is Rs. 10."
_SENTENCES = ["Apply within 30 days.", "The fee is Rs. 10."]


@pytest.fixture
def server() -> Iterator[FakeBhashini]:
    with FakeBhashini() as opened:
        yield opened


class Clock:
    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def settings(server: FakeBhashini, **changes: object) -> BhashiniSettings:
    values = {
        "config_url": server.config_url,
        "user_id": fake.USER_ID,
        "api_key": fake.API_KEY,
        "pipeline_id": fake.PIPELINE,
        "timeout": 10,
    }
    return BhashiniSettings(_env_file=None, **values | changes)


def run(
    server: FakeBhashini,
    work: Callable[[BhashiniTranslator], Awaitable[Result]],
    clock: Clock | None = None,
    **changes: object,
) -> Result:
    async def main() -> Result:
        translator = BhashiniTranslator(settings(server, **changes), clock or Clock())
        try:
            return await work(translator)
        finally:
            await translator.close()

    return asyncio.run(main())


def test_texts_are_translated_sentence_by_sentence_and_put_together_again(
    server: FakeBhashini,
) -> None:
    texts = [_TEXT, "- One line\n- Another line"]
    found = run(server, lambda t: t.translate(texts, "en", "hi"))
    translated = " ".join(marked(sentence, "hi") for sentence in _SENTENCES)
    assert found == Translation(
        (translated, "- One line (hi)\n- Another line (hi)"), source="en", target="hi"
    )
    assert sorted(server.computed()[0]) == sorted([*_SENTENCES, "- One line", "- Another line"])


def test_what_was_translated_is_not_asked_for_again(server: FakeBhashini) -> None:
    async def work(translator: BhashiniTranslator) -> None:
        await translator.translate([_TEXT], "en", "hi")
        await translator.translate([_TEXT + " Thank you."], "en", "hi")
        await translator.translate([_TEXT], "en", "ta")

    run(server, work)
    assert [sorted(call) for call in server.computed()] == [_SENTENCES, ["Thank you."], _SENTENCES]
    assert server.configured() == 1


def test_the_cache_forgets_what_was_used_least_recently(server: FakeBhashini) -> None:
    async def work(translator: BhashiniTranslator) -> None:
        for text in ("First.", "Second.", "First.", "Third.", "First.", "Second."):
            await translator.translate([text], "en", "hi")

    run(server, work, cached_sentences=2)
    assert server.computed() == [["First."], ["Second."], ["Third."], ["Second."]]


def test_long_texts_go_out_in_batches(server: FakeBhashini) -> None:
    text = " ".join(f"This is sentence number {n}." for n in range(45))
    found = run(server, lambda t: t.translate([text], "en", "hi"))
    assert found.texts[0].count("(hi)") == 45
    assert sorted(map(len, server.computed())) == [5, 20, 20]


def test_a_batch_is_bounded_in_characters_too(server: FakeBhashini) -> None:
    text = "\n\n".join(f"{n} " + "word " * 350 for n in range(6))
    run(server, lambda t: t.translate([text], "en", "hi"))
    assert max(sum(map(len, call)) for call in server.computed()) <= 4000


def test_konkani_goes_by_the_code_that_bhashini_has(server: FakeBhashini) -> None:
    found = run(server, lambda t: t.translate(["Good day."], "en", "kok"))
    assert found.texts == (marked("Good day.", "gom"),)


def test_romanised_locales_get_the_translation_in_latin_letters(server: FakeBhashini) -> None:
    found = run(server, lambda t: t.translate(["यह अधिकार है।"], "hi", "hi_Latn"))
    assert dominant_script(found.texts[0]) == "Latn"
    assert server.requests == []


def test_a_pair_that_is_not_offered_says_so(server: FakeBhashini) -> None:
    with pytest.raises(PairNotOfferedError, match="en to sa"):
        run(server, lambda t: t.translate(["Hello."], "en", "sa"))


def test_passing_faults_are_tried_again(server: FakeBhashini) -> None:
    server.faults = [Fault(503), None, Fault(429, headers={"Retry-After": "0"}), None]
    found = run(server, lambda t: t.translate(["Hello."], "en", "hi"))
    assert found.texts == (marked("Hello.", "hi"),)


def test_a_key_that_was_renewed_is_asked_for(server: FakeBhashini) -> None:
    async def work(translator: BhashiniTranslator) -> Translation:
        await translator.translate(["Hello."], "en", "hi")
        server.key = "inference-key-2"
        return await translator.translate(["Good day."], "en", "hi")

    assert run(server, work).texts == (marked("Good day.", "hi"),)
    assert server.configured() == 2


def test_the_configuration_is_asked_for_anew_after_an_hour(server: FakeBhashini) -> None:
    clock = Clock()

    async def work(translator: BhashiniTranslator) -> None:
        await translator.translate(["Hello."], "en", "hi")
        clock.seconds = 3601
        await translator.translate(["Good day."], "en", "hi")

    run(server, work, clock)
    assert server.configured() == 2


@pytest.mark.parametrize(
    "fault",
    [
        Fault(400),
        Fault(200, b'{"pipelineResponse": [{"taskTy'),
        Fault(200, b"<html>"),
        Fault(200, b'{"pipelineResponse": []}'),
        Fault(302, headers={"Location": "/login"}),
    ],
)
def test_other_faults_are_errors_at_once(server: FakeBhashini, fault: Fault) -> None:
    server.faults = [None, fault]
    with pytest.raises(TranslationError):
        run(server, lambda t: t.translate(["Hello."], "en", "hi"))
    assert len(server.requests) == 2


def test_half_a_translation_is_none(server: FakeBhashini) -> None:
    server.drops = 1
    with pytest.raises(TranslationError, match="not every sentence"):
        run(server, lambda t: t.translate([_TEXT], "en", "hi"))


def test_a_wrong_account_is_refused(server: FakeBhashini) -> None:
    with pytest.raises(TranslationError, match="refused"):
        run(server, lambda t: t.translate(["Hello."], "en", "hi"), api_key="another")


def test_a_slow_answer_is_not_waited_for(server: FakeBhashini) -> None:
    server.faults = [None, Fault(delay=30)]
    with pytest.raises(TranslationError):
        run(server, lambda t: t.translate(["Hello."], "en", "hi"), timeout=0.5)


def test_after_a_failure_it_is_left_alone_for_a_while(server: FakeBhashini) -> None:
    clock = Clock()

    async def work(translator: BhashiniTranslator) -> Translation:
        server.faults = [Fault(hangs_up=True)] * 3
        for _ in range(2):
            with pytest.raises(TranslationError):
                await translator.translate(["Hello."], "en", "hi")
        assert len(server.requests) == 3
        clock.seconds = 61
        return await translator.translate(["Hello."], "en", "hi")

    assert run(server, work, clock).texts == (marked("Hello.", "hi"),)


def test_the_key_is_not_sent_to_an_address_without_encryption(server: FakeBhashini) -> None:
    server.callback = "ftp://127.0.0.1/"
    with pytest.raises(TranslationError, match="encryption"):
        run(server, lambda t: t.translate(["Hello."], "en", "hi"))


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"api_key": ""}, "SATHI_BHASHINI_API_KEY"),
        ({"user_id": ""}, "SATHI_BHASHINI_USER_ID"),
        ({"config_url": "ftp://sample.invalid"}, "SATHI_BHASHINI_CONFIG_URL"),
    ],
)
def test_a_setting_at_fault_is_named(
    server: FakeBhashini, changes: dict[str, str], named: str
) -> None:
    with pytest.raises(ValueError, match=named):
        BhashiniTranslator(settings(server, **changes))
