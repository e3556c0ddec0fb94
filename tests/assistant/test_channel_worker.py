"""The worker that all channels share, with a channel that writes into a list."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import pytest
from rasa.core.channels.channel import UserMessage

from connectors.channels.journal import Journal, Update
from connectors.channels.worker import (
    Backoff,
    ChannelAdapter,
    ChannelWorker,
    DeliveryError,
    Incoming,
    NotSentError,
    WorkerSettings,
)

pytestmark = pytest.mark.anyio
QUICK = WorkerSettings(backoff=Backoff(first_seconds=0.03, longest_seconds=0.1))


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class ListChannel(ChannelAdapter):
    """A channel whose chats are lists.

    Attributes:
        chats: what each chat has got, with the time.
        errors: raised by the next deliveries.
    """

    name = "list"

    def __init__(self) -> None:
        self.chats: dict[str, list[tuple[str, float]]] = {}
        self.errors: list[Exception] = []

    async def read(self, update: Update) -> Incoming | None:
        text = update.payload["text"]
        return Incoming(text, f"list-{update.chat_id}") if text else None

    async def render(
        self, chat_id: str, update: Update | None, messages: Sequence[dict[str, Any]]
    ) -> list[dict[str, Any]]:
        if any(message["custom"].get("undrawable") for message in messages):
            raise KeyError("heading")
        if any(message["text"] == "re: unspeakable" for message in messages):
            raise ValueError("a fault")
        return [{"text": message["text"]} for message in messages]

    async def deliver(self, chat_id: str, reply: dict[str, Any]) -> str | None:
        if self.errors:
            raise self.errors.pop(0)
        self.chats.setdefault(chat_id, []).append((reply["text"], time.monotonic()))
        return None

    async def words(self, key: str, update: Update) -> dict[str, Any]:
        return {"text": f"[{key}]", "buttons": [], "custom": {}}

    def texts(self, chat_id: str) -> list[str]:
        return [text for text, _ in self.chats.get(chat_id, [])]


class Rasa:
    """Answers with what it was told; "slow N" takes so many seconds.

    Attributes:
        turns: texts of the turns.
        is_up: whether turns have replies.
        is_healthy: whether the action server says that it is well.
        remembered: what was said to messages, by their id.
        running: turns that run now; ``most`` is the highest number there was.
    """

    def __init__(self) -> None:
        self.turns: list[str] = []
        self.is_up = self.is_healthy = True
        self.remembered: dict[str, list[dict[str, Any]]] = {}
        self.running = self.most = 0

    async def __call__(self, message: UserMessage) -> None:
        self.turns.append(message.text)
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            if message.text.startswith("slow"):
                await asyncio.sleep(float(message.text.split()[1]))
            if message.text == "broken":
                raise ValueError("a fault")
            if message.text == "held":
                silent = {"custom": {"silent": True}}
                await message.output_channel.send_response(message.sender_id, silent)
            elif self.is_up and message.text != "poison":
                undrawable = {"undrawable": True} if message.text == "card" else {}
                answer = {"text": f"re: {message.text}", "custom": undrawable}
                await message.output_channel.send_response(message.sender_id, answer)
        finally:
            self.running -= 1

    async def recall(self, _: str, message_id: str) -> list[dict[str, Any]] | None:
        return self.remembered.get(message_id)

    async def healthy(self) -> bool:
        return self.is_healthy


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "channels.db"


@pytest.fixture
def journal(file: Path) -> Journal:
    opened = Journal(f"sqlite:///{file}?timeout=1")
    opened.prepare()
    return opened


@pytest.fixture
def channel() -> ListChannel:
    return ListChannel()


@pytest.fixture
def rasa() -> Rasa:
    return Rasa()


Working = Callable[..., Any]


@pytest.fixture
def working(journal: Journal, channel: ListChannel, rasa: Rasa) -> Working:
    """Return a context manager in which a worker runs."""

    @asynccontextmanager
    async def run(
        settings: WorkerSettings = QUICK, grace: float = 2.0
    ) -> AsyncIterator[ChannelWorker]:
        worker = ChannelWorker(journal, channel, rasa, rasa.recall, rasa.healthy, settings)
        await worker.start()
        try:
            yield worker
        finally:
            await worker.stop(grace)

    return run


async def until(condition: Callable[[], object], seconds: float = 10.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        await asyncio.sleep(0.005)


def said(text: str) -> dict[str, Any]:
    return {"text": text}


async def test_messages_of_a_chat_are_answered_in_order(
    working: Working, channel: ListChannel
) -> None:
    texts = ["slow 0.2", "b", "slow 0.1", "d"]
    async with working() as worker:
        for number, text in enumerate(texts):
            assert await worker.receive(number, "c", said(text))
        await until(lambda: len(channel.texts("c")) == 4)
    assert channel.texts("c") == [f"re: {text}" for text in texts]


async def test_a_repeated_update_is_answered_once(working: Working, channel: ListChannel) -> None:
    async with working() as worker:
        assert await worker.receive(1, "c", said("a"))
        assert not await worker.receive(1, "c", said("a"))
        await until(lambda: channel.texts("c"))
        assert not await worker.receive(1, "c", said("a"))
        await worker.receive(2, "c", said("b"))
        await until(lambda: len(channel.texts("c")) > 1)
    assert channel.texts("c") == ["re: a", "re: b"]


async def test_updates_that_overtake_each_other_are_put_in_order(
    working: Working, channel: ListChannel
) -> None:
    settling = WorkerSettings(settle_seconds=1.0, backoff=QUICK.backoff)
    async with working(settling) as worker:
        await worker.receive(100, "other", said("x"))
        await until(lambda: channel.texts("other"))
        for number in (104, 102, 103, 101):
            await worker.receive(number, "c", said(str(number)))
            await asyncio.sleep(0.02)
        await until(lambda: len(channel.texts("c")) == 4)
        # A number that never comes holds up nobody for long.
        started = time.monotonic()
        await worker.receive(110, "c", said("110"))
        await until(lambda: len(channel.texts("c")) == 5)
        assert 0.9 < time.monotonic() - started < 5
        started = time.monotonic()
        await worker.receive(111, "c", said("111"))
        await until(lambda: len(channel.texts("c")) == 6)
        assert time.monotonic() - started < 0.9
    assert channel.texts("c")[:4] == [f"re: {n}" for n in (101, 102, 103, 104)]


async def test_a_slow_chat_holds_up_no_other(working: Working, channel: ListChannel) -> None:
    async with working() as worker:
        await worker.receive(1, "slow", said("slow 1.5"))
        started = time.monotonic()
        await worker.receive(2, "quick", said("b"))
        await until(lambda: channel.texts("quick"))
        assert time.monotonic() - started < 0.5
        assert not channel.texts("slow")


async def test_a_flood_from_one_chat_holds_up_no_other(
    working: Working, channel: ListChannel, rasa: Rasa
) -> None:
    async def seconds_of_ten(worker: ChannelWorker, first: int) -> float:
        times = []
        for number in range(first, first + 10):
            started = time.monotonic()
            await worker.receive(number, "calm", said("slow 0.05"))
            await until(lambda: len(channel.texts("calm")) == number - first + 1)  # noqa: B023
            times.append(time.monotonic() - started)
        channel.chats.pop("calm")
        return sorted(times)[-2]

    async with working(grace=0.1) as worker:
        alone = await seconds_of_ten(worker, 1)
        for number in range(300):
            await worker.receive(1000 + number, "flood", said("slow 0.05"))
        beside = await seconds_of_ten(worker, 100)
        assert len(channel.texts("flood")) < 300
    assert beside < 2 * alone + 0.1


async def test_only_so_many_turns_run_at_once(
    working: Working, channel: ListChannel, rasa: Rasa
) -> None:
    async with working(WorkerSettings(turns_at_once=3)) as worker:
        for number in range(9):
            await worker.receive(number, str(number), said("slow 0.1"))
        await until(lambda: len(channel.chats) == 9)
    assert rasa.most == 3


async def test_what_means_nothing_gets_no_answer(
    working: Working, channel: ListChannel, rasa: Rasa, journal: Journal
) -> None:
    async with working() as worker:
        await worker.receive(1, "c", said(""))
        await worker.receive(2, "c", said("b"))
        await until(lambda: channel.texts("c"))
    assert rasa.turns == ["b"]
    assert journal.unanswered("list") == []


async def test_a_turn_that_means_to_be_silent_is_no_fault(
    working: Working, channel: ListChannel, rasa: Rasa, journal: Journal
) -> None:
    async with working() as worker:
        await worker.receive(1, "c", said("held"))
        await worker.receive(2, "c", said("b"))
        await until(lambda: channel.texts("c"))
    assert rasa.turns == ["held", "b"]
    assert channel.texts("c") == ["re: b"]


async def test_without_the_action_server_a_message_is_answered_when_it_returns(
    working: Working, channel: ListChannel, rasa: Rasa
) -> None:
    rasa.is_up = rasa.is_healthy = False
    async with working() as worker:
        await worker.receive(1, "c", said("a"))
        await worker.receive(2, "c", said("b"))
        await until(lambda: len(rasa.turns) >= 4)
        assert channel.texts("c") == ["[answer_delayed]"]
        rasa.is_up = rasa.is_healthy = True
        await until(lambda: len(channel.texts("c")) == 3)
    assert channel.texts("c") == ["[answer_delayed]", "re: a", "re: b"]


async def test_a_restart_apologises_for_a_message_once(
    working: Working, channel: ListChannel, rasa: Rasa
) -> None:
    rasa.is_up = rasa.is_healthy = False
    async with working() as worker:
        await worker.receive(1, "c", said("a"))
        await until(lambda: channel.texts("c"))
    rasa.turns.clear()
    async with working():
        await until(lambda: len(rasa.turns) >= 3)
        rasa.is_up = True
        await until(lambda: len(channel.texts("c")) == 2)
    assert channel.texts("c") == ["[answer_delayed]", "re: a"]


@pytest.mark.parametrize("text", ["poison", "broken"])
async def test_a_message_that_finds_no_answer_does_not_hold_up_the_chat(
    working: Working, channel: ListChannel, text: str
) -> None:
    async with working() as worker:
        await worker.receive(1, "c", said(text))
        await worker.receive(2, "c", said("b"))
        await until(lambda: "re: b" in channel.texts("c"))
    assert channel.texts("c") == ["[answer_delayed]", "[not_answered]", "re: b"]


async def test_an_answer_that_cannot_be_drawn_is_said_in_words(
    working: Working, channel: ListChannel
) -> None:
    async with working() as worker:
        await worker.receive(1, "c", said("card"))
        await until(lambda: channel.texts("c"))
    assert channel.texts("c") == ["re: card"]


async def test_a_fault_in_the_channel_does_not_hold_up_the_chat(
    working: Working, channel: ListChannel, journal: Journal
) -> None:
    async with working() as worker:
        await worker.receive(1, "c", said("unspeakable"))
        await worker.receive(2, "c", said("b"))
        await until(lambda: channel.texts("c"))
    assert channel.texts("c") == ["re: b"]
    assert journal.unanswered("list") == []


async def test_a_turn_that_hangs_is_given_up_and_tried_again(
    working: Working, channel: ListChannel, rasa: Rasa
) -> None:
    rasa.is_healthy = False
    async with working(WorkerSettings(turn_seconds=0.1, backoff=QUICK.backoff)) as worker:
        await worker.receive(1, "c", said("slow 60"))
        await until(lambda: len(rasa.turns) == 2)
    assert channel.texts("c") == ["[answer_delayed]"]


async def test_a_turn_that_had_ended_is_not_run_again(
    working: Working, channel: ListChannel, rasa: Rasa, journal: Journal
) -> None:
    journal.receive("list", 1, "c", said("use the token"))
    journal.receive("list", 2, "c", said("b"))
    rasa.remembered["1"] = [{"text": "linked", "buttons": [], "custom": {}}]
    async with working():
        await until(lambda: len(channel.texts("c")) == 2)
    assert channel.texts("c") == ["linked", "re: b"]
    assert rasa.turns == ["b"]


async def test_a_new_process_sends_what_was_not_sent_and_not_what_may_have_been(
    working: Working, channel: ListChannel, journal: Journal
) -> None:
    journal.receive("list", 1, "c", said("a"))
    first, _ = journal.answered("list", "1", [said("one"), said("two")])
    journal.sending(first.id)
    journal.receive("list", 2, "c", said("b"))
    async with working():
        await until(lambda: len(channel.texts("c")) == 2)
    assert channel.texts("c") == ["two", "re: b"]


async def test_a_reply_that_did_not_arrive_is_sent_again(
    working: Working, channel: ListChannel
) -> None:
    channel.errors = [NotSentError("away"), NotSentError("wait", retry_after=0.4)]
    async with working() as worker:
        started = time.monotonic()
        await worker.receive(1, "c", said("a"))
        await until(lambda: channel.texts("c"))
    assert channel.texts("c") == ["re: a"]
    assert time.monotonic() - started > 0.4


@pytest.mark.parametrize("error", [DeliveryError("who knows"), ValueError("a fault")])
async def test_a_reply_whose_fate_is_unknown_is_not_sent_again(
    working: Working, channel: ListChannel, error: Exception
) -> None:
    channel.errors = [error]
    async with working() as worker:
        await worker.receive(1, "c", said("a"))
        await worker.receive(2, "c", said("b"))
        await until(lambda: channel.texts("c"))
    assert channel.texts("c") == ["re: b"]


async def test_stopping_finishes_what_is_in_flight_and_keeps_the_rest(
    working: Working, channel: ListChannel, rasa: Rasa, journal: Journal
) -> None:
    async with working() as worker:
        await worker.receive(1, "c", said("slow 0.3"))
        await worker.receive(2, "c", said("b"))
        await until(lambda: rasa.turns)
    assert channel.texts("c") == ["re: slow 0.3"]
    assert [update.update_id for update in journal.unanswered("list")] == ["2"]
    # What arrives too late waits for the next process.
    assert await worker.receive(3, "c", said("late"))
    async with working():
        await until(lambda: len(channel.texts("c")) == 3)
    assert channel.texts("c") == ["re: slow 0.3", "re: b", "re: late"]


async def test_updates_that_arrive_while_the_worker_starts_are_answered_in_order(
    channel: ListChannel, rasa: Rasa, file: Path
) -> None:
    journal = Journal(f"sqlite:///{file}")
    journal.prepare()
    for number in range(50):
        journal.receive("list", number, "c", said(str(number)))
    worker = ChannelWorker(journal, channel, rasa, rasa.recall, rasa.healthy, QUICK)
    starting = asyncio.create_task(worker.start())
    for number in range(50, 100):
        await worker.receive(number, "c", said(str(number)))
    await starting
    await until(lambda: len(channel.texts("c")) == 100)
    await worker.stop()
    assert channel.texts("c") == [f"re: {number}" for number in range(100)]
    assert len(rasa.turns) == 100


async def test_a_reply_that_waits_is_sent_by_the_next_process(
    working: Working, channel: ListChannel
) -> None:
    async with working() as worker:
        channel.errors = [NotSentError("away", retry_after=60)]
        await worker.receive(1, "c", said("a"))
        await until(lambda: not channel.errors)
    async with working():
        await until(lambda: channel.texts("c"))
    assert channel.texts("c") == ["re: a"]


async def test_a_locked_database_loses_nothing(
    working: Working, channel: ListChannel, rasa: Rasa, file: Path
) -> None:
    async with working() as worker:
        await worker.receive(1, "c", said("slow 0.5"))
        await until(lambda: rasa.turns)
        with closing(sqlite3.connect(file)) as other:
            other.execute("BEGIN IMMEDIATE")
            await asyncio.sleep(2.5)
            assert not channel.texts("c")
            other.rollback()
        await until(lambda: channel.texts("c"))
    assert channel.texts("c") == ["re: slow 0.5"]
    assert rasa.turns == ["slow 0.5"]


async def test_messages_may_be_posted_unasked(working: Working, channel: ListChannel) -> None:
    async with working() as worker:
        await worker.post("c", [{"text": "reminder", "buttons": [], "custom": {}}], "1")
        await until(lambda: channel.texts("c"))
    assert channel.texts("c") == ["reminder"]


async def test_a_message_that_is_posted_again_is_sent_once(
    working: Working, channel: ListChannel
) -> None:
    reminder = [{"text": "reminder", "buttons": [], "custom": {}}]
    async with working() as worker:
        await worker.post("c", reminder, "5@noon")
        await until(lambda: channel.texts("c"))
        await worker.post("c", reminder, "5@noon")
        await worker.post("c", reminder, "6@noon")
        await until(lambda: len(channel.texts("c")) == 2)
    async with working() as worker:
        await worker.post("c", reminder, "5@noon")
        await asyncio.sleep(0.1)
    assert channel.texts("c") == ["reminder", "reminder"]
