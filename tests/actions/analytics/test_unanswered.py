"""Unanswered questions: redacted, encoded, clustered across languages."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import Engine

from connectors.analytics import unanswered
from connectors.analytics.clustering import cluster
from connectors.analytics.unanswered import Question, UnansweredQuestions, keep_encoded
from connectors.platform.database import migrate, open_database
from connectors.platform.linking import Chat, LinkService
from knowledge_base.encoder import Encoder
from tests.actions.console.conftest import Clock

TOPICS = {
    "canteen": [
        ("en", "is the canteen open on saturday"),
        ("en", "canteen food timing"),
        ("hi", "कैंटीन कब खुलती है"),
        ("hi", "आज कैंटीन में क्या खाना है"),
        ("hi", "कैंटीन का मेन्यू बताओ"),
    ],
    "parking": [
        ("en", "where can I park my car at the office"),
        ("en", "car parking pass renewal"),
        ("hi", "गाड़ी की पार्किंग का पास कैसे मिलेगा"),
        ("hi", "पार्किंग पास कब मिलेगा"),
    ],
    "salary": [
        ("en", "when will I get my salary slip"),
        ("en", "download pay slip"),
        ("en", "my pay slip for march is missing"),
        ("en", "salary slip not received"),
        ("hi", "वेतन पर्ची कब मिलेगी"),
        ("hi", "सैलरी स्लिप डाउनलोड करना है"),
        ("hi", "मेरी सैलरी स्लिप कहाँ है"),
    ],
}


class Letters:
    """An encoder by counts of letters; its vectors tell that they came back as they went."""

    name = "letters"

    def encode_queries(self, queries: list[str]) -> np.ndarray:
        counts = [[query.count(letter) + 1 for letter in "abcd"] for query in queries]
        vectors = np.array(counts, dtype=np.float32).reshape(-1, 4)
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = open_database(f"sqlite:///{tmp_path / 'sathi.db'}")
    migrate(engine)
    yield engine
    engine.dispose()


class FailsOnce(Letters):
    """An encoder with a fault that passes."""

    has_failed = False

    def encode_queries(self, queries: list[str]) -> np.ndarray:
        if not self.has_failed:
            self.has_failed = True
            raise ValueError("out of order")
        return super().encode_queries(queries)


@pytest.fixture
def questions(engine: Engine, clock: Clock) -> UnansweredQuestions:
    return UnansweredQuestions(engine, clock, days=30)


def kept(questions: UnansweredQuestions, clock: Clock, model: str = Letters.name) -> list[Question]:
    start, end = clock() - timedelta(days=365), clock() + timedelta(days=1)
    return questions.between(start, end, 100, model)


def test_what_is_personal_is_not_kept(questions: UnansweredQuestions, clock: Clock) -> None:
    questions.add("k", "en", "call 9876543210 or write to a.b@example.in " + "x" * 500)
    questions.embed(Letters())
    (question,) = kept(questions, clock)
    assert question.text.startswith("call [phone] or write to [e-mail]")
    assert len(question.text) == 300


def test_questions_are_encoded_once_and_anew_for_another_model(
    questions: UnansweredQuestions, clock: Clock
) -> None:
    encoder = Letters()
    for text in ("aab", "ccd"):
        questions.add("k", "en", text)
    assert kept(questions, clock) == []
    assert (questions.embed(encoder), questions.embed(encoder)) == (2, 0)
    found = kept(questions, clock)
    assert [question.text for question in found] == ["ccd", "aab"]
    assert found[0].vector == pytest.approx(encoder.encode_queries(["ccd"])[0])
    encoder.name = "another"
    # Vectors of two models do not compare.
    assert kept(questions, clock, "another") == []
    assert questions.embed(encoder) == 2
    assert len(kept(questions, clock, "another")) == 2


def test_a_fault_of_the_encoder_does_not_end_the_encoding(
    questions: UnansweredQuestions, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoder = FailsOnce()
    monkeypatch.setattr(unanswered, "_POLL_SECONDS", 0.01)
    questions.add("k", "en", "aab")

    async def keep() -> None:
        task = asyncio.create_task(keep_encoded(questions, encoder))
        for _ in range(500):
            if kept(questions, clock):
                break
            await asyncio.sleep(0.01)
        task.cancel()

    asyncio.run(keep())
    assert encoder.has_failed
    assert [question.text for question in kept(questions, clock)] == ["aab"]


def test_old_questions_are_deleted(questions: UnansweredQuestions, clock: Clock) -> None:
    questions.add("k", "en", "old")
    clock.pass_by(days=31)
    questions.add("k", "en", "new")
    questions.expire()
    questions.embed(Letters())
    assert [question.text for question in kept(questions, clock)] == ["new"]


def test_who_is_forgotten_is_forgotten_here_too(
    questions: UnansweredQuestions, engine: Engine, clock: Clock
) -> None:
    links = LinkService(engine, "s" * 40, clock)
    chat = Chat("telegram", "1001")
    questions.add(links.chat_key(chat), "en", "mine")
    questions.add("another", "en", "theirs")
    questions.embed(Letters())
    exported = json.loads(json.dumps(links.export(chat)["unanswered_questions"]))
    assert exported[0]["text"] == "mine"
    links.forget(chat)
    assert [question.text for question in kept(questions, clock)] == ["theirs"]


def test_the_same_matter_meets_across_languages(encoder: Encoder) -> None:
    asked = [(topic, *each) for topic, all_of in TOPICS.items() for each in all_of]
    vectors = encoder.encode_queries([text for _, _, text in asked])
    now = datetime.now(UTC)
    questions = [
        Question(i, locale, text, now, vector)
        for i, ((_, locale, text), vector) in enumerate(zip(asked, vectors, strict=True))
    ]
    clusters = cluster(questions)
    largest = clusters[0]
    assert {asked[q.id][0] for q in largest.questions} == {"salary"}
    assert set(largest.languages) == {"en", "hi"}
    assert largest.example in largest.questions
    assert len(clusters) <= 6
    for found in clusters:
        assert len({asked[q.id][0] for q in found.questions}) == 1
    assert sum(len(found.questions) for found in clusters) == len(questions)


@pytest.mark.parametrize("count", [0, 1, 2, 7, 8, 20])
def test_equal_questions_are_one_matter_however_few(count: int) -> None:
    now = datetime.now(UTC)
    vectors = Letters().encode_queries(["aaa"] * count)
    questions = [Question(i, "en", "aaa", now, vectors[i]) for i in range(count)]
    assert [len(found.questions) for found in cluster(questions)] == [count] * bool(count)
