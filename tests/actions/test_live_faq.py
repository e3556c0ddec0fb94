"""Questions that go live while Sathi runs."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator

import numpy as np
import pytest

from knowledge_base.catalogue import FaqEntry
from knowledge_base.filters import Selection
from knowledge_base.index import SearchIndex, open_index
from knowledge_base.knowledge_base import KnowledgeBase
from knowledge_base.live_faq import LiveEntries, LiveFaqWatcher, LiveIndex
from knowledge_base.passages import Kind, build_faq_entries
from knowledge_base.settings import KnowledgeBaseSettings

ENTRY = FaqEntry(
    id="live-7",
    question="How do I change the screen reader voice in the Zyntrix player?",
    variants=("Zyntrix player speaks too fast",),
    answer="Open the Zyntrix player's settings and choose Voice.",
)
HINDI = FaqEntry(
    id="live-8",
    question="मेरा बायोमेट्रिक अंगूठा स्कैनर काम नहीं कर रहा",
    answer="स्कैनर को निकालकर फिर लगाइए।",
)
QUESTION = "how can I change the voice of the Zyntrix player"


class Source:
    """Live questions that a test sets."""

    def __init__(self) -> None:
        self.state = LiveEntries(0, {})

    def version(self) -> int:
        return self.state.version

    def live(self) -> LiveEntries:
        return self.state


@pytest.fixture
def base(knowledge_base: KnowledgeBase) -> Iterator[KnowledgeBase]:
    yield knowledge_base
    knowledge_base.set_live_faq({})


def found(base: KnowledgeBase, question: str = QUESTION, locale: str = "en") -> str:
    return base.search(question, locale, [Kind.FAQ], 3).hits[0].target


def test_a_live_question_is_found_surely_and_gone_when_it_is_retired(base: KnowledgeBase) -> None:
    assert found(base) != "live-7"
    base.set_live_faq({"en": {"live-7": ENTRY}})
    result = base.search(QUESTION, "en", [Kind.FAQ], 3)
    assert result.hits[0].target == "live-7"
    assert result.probability > 0.8
    assert base.faq("live-7", "en") == (ENTRY, "en")
    base.set_live_faq({})
    assert found(base) != "live-7"


def test_the_catalogues_questions_are_found_as_before(base: KnowledgeBase) -> None:
    question = "my certificate has not been issued"
    before = base.search(question, "en", [Kind.FAQ], 5)
    base.set_live_faq({"en": {"live-7": ENTRY}, "hi": {"live-8": HINDI}})
    after = base.search(question, "en", [Kind.FAQ], 5)
    assert [hit.target for hit in after.hits] == [hit.target for hit in before.hits]
    assert after.probability == pytest.approx(before.probability, abs=0.02)


@pytest.mark.parametrize(
    ("question", "locale"),
    [("बायोमेट्रिक स्कैनर काम नहीं करता", "hi"), ("biometric scanner kaam nahi kar raha", "hi_Latn")],
)
def test_an_answer_in_one_language_is_shown_to_readers_of_another(
    base: KnowledgeBase, question: str, locale: str
) -> None:
    base.set_live_faq({"hi": {"live-8": HINDI}})
    assert found(base, question, locale) == "live-8"
    assert base.faq("live-8", "ta") == (HINDI, "hi")


def test_rankings_are_those_of_an_index_that_holds_them_all(base: KnowledgeBase) -> None:
    settings = KnowledgeBaseSettings()
    index: SearchIndex = open_index(settings.index_directory, base.encoder.name)
    entries = build_faq_entries({"en": {"live-7": ENTRY}})
    live = LiveIndex(index, entries, base.encoder)
    questions = Selection(kinds=("faq",), locales=("en",))
    size = len(index.table)
    assert live.table.mask(questions).sum() == index.table.mask(questions).sum() + len(entries)
    tokens = live.words.query_tokens("zyntrix player")
    scores = live.lexical(tokens)
    best = int(scores.argmax())
    assert best >= size and live.entries([best, 0])[0].target == "live-7"
    assert live.words.shared(tokens, live.tokens_of(best)) == 1.0
    query = base.encoder.encode_queries([QUESTION])
    found = live.dense(query, questions, 500)[0]
    assert (np.diff(found.scores) <= 0).all()
    assert (found.positions >= size).any()
    assert np.allclose(live.cosines(query[0], found.positions), found.cosines, atol=1e-3)
    courses = Selection(kinds=("course",))
    assert not live.table.mask(courses)[size:].any()


def test_a_changed_version_is_taken_over_within_five_seconds(base: KnowledgeBase) -> None:
    source = Source()
    watcher = LiveFaqWatcher(base, source)

    async def watch() -> float:
        task = asyncio.create_task(watcher.run())
        await asyncio.sleep(1.5)
        source.state = LiveEntries(1, {"en": {"live-7": ENTRY}})
        start = time.monotonic()
        while await asyncio.to_thread(found, base) != "live-7" and time.monotonic() - start < 10:
            continue
        task.cancel()
        return time.monotonic() - start

    assert asyncio.run(watch()) < 5


def test_nothing_is_read_anew_while_the_version_stays(base: KnowledgeBase) -> None:
    watcher = LiveFaqWatcher(base, Source())
    assert watcher.refresh()
    assert not watcher.refresh()
