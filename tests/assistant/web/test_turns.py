"""Turns of the web chat: said once, heard as often as one asks."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from rasa.core.channels.channel import UserMessage

from connectors.channels.web.turns import KEPT_SECONDS, OtherMessageError, Turn, Turns

SENDER = "web-6f1c1c5e-3a3e-4c43-9a33-7d8e5b1f0a11"
Messages = list[dict[str, Any]]


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Bot:
    """Says a number that counts the turns; ``go`` lets it say the second message."""

    def __init__(self) -> None:
        self.heard: list[UserMessage] = []
        self.go = asyncio.Event()
        self.go.set()
        self.fails = False
        self.in_conversation: dict[tuple[str, str], Messages] = {}
        self.looked_up: list[str] = []

    async def answer(self, message: UserMessage) -> None:
        self.heard.append(message)
        if self.fails:
            raise RuntimeError("out of order")
        if message.text == "quiet":
            await message.output_channel.send_response(SENDER, {"custom": {"silent": True}})
            return
        await message.output_channel.send_response(SENDER, {"text": f"first {len(self.heard)}"})
        await self.go.wait()
        await message.output_channel.send_response(SENDER, {"text": f"second {len(self.heard)}"})

    async def said_to(self, sender: str, key: str) -> Messages | None:
        self.looked_up.append(key)
        return self.in_conversation.get((sender, key))


async def texts(turn: Turn) -> list[str]:
    return [message["text"] async for message in turn.messages()]


def run(test: Callable[[Bot, Turns, Clock], Awaitable[None]]) -> None:
    async def with_world() -> None:
        bot, clock = Bot(), Clock()
        await test(bot, Turns("web", bot.answer, bot.said_to, clock), clock)

    asyncio.run(with_world())


def test_a_message_that_is_sent_again_is_answered_once() -> None:
    async def test(bot: Bot, turns: Turns, _: Clock) -> None:
        assert await texts(turns.take(SENDER, "k", "x", False)) == ["first 1", "second 1"]
        assert await texts(turns.take(SENDER, "k", "x", True)) == ["first 1", "second 1"]
        assert await texts(turns.take(SENDER, "l", "x", False)) == ["first 2", "second 2"]
        assert await texts(turns.take("web-other", "k", "x", False)) == ["first 3", "second 3"]
        assert [message.message_id for message in bot.heard] == ["k", "l", "k"]

    run(test)


def test_the_first_message_is_there_before_the_last_and_a_second_listener_hears_all() -> None:
    async def test(bot: Bot, turns: Turns, _: Clock) -> None:
        bot.go.clear()
        first = turns.take(SENDER, "k", "x", False).messages()
        assert (await asyncio.wait_for(first.__anext__(), 1))["text"] == "first 1"
        again = asyncio.create_task(texts(turns.take(SENDER, "k", "x", True)))
        await asyncio.sleep(0.01)
        bot.go.set()
        assert await again == ["first 1", "second 1"]
        assert [message["text"] async for message in first] == ["second 1"]

    run(test)


def test_a_turn_goes_on_when_the_listener_leaves() -> None:
    async def test(bot: Bot, turns: Turns, _: Clock) -> None:
        bot.go.clear()
        listener = asyncio.create_task(texts(turns.take(SENDER, "k", "x", False)))
        await asyncio.sleep(0.01)
        listener.cancel()
        bot.go.set()
        assert await texts(turns.take(SENDER, "k", "x", True)) == ["first 1", "second 1"]

    run(test)


def test_a_failed_turn_is_run_again_and_a_silent_one_is_not() -> None:
    async def test(bot: Bot, turns: Turns, _: Clock) -> None:
        bot.fails = True
        failed = turns.take(SENDER, "k", "x", False)
        assert await texts(failed) == []
        assert failed.has_failed
        bot.fails = False
        assert await texts(turns.take(SENDER, "k", "x", True)) == ["first 2", "second 2"]
        for _ in range(2):
            silent = turns.take(SENDER, "q", "quiet", False)
            assert (await texts(silent), silent.has_failed) == ([], False)
        assert len(bot.heard) == 3

    run(test)


def test_answers_are_kept_for_ten_minutes_and_then_looked_up() -> None:
    async def test(bot: Bot, turns: Turns, clock: Clock) -> None:
        await texts(turns.take(SENDER, "k", "x", False))
        clock.now = KEPT_SECONDS - 1.0
        assert await texts(turns.take(SENDER, "k", "x", True)) == ["first 1", "second 1"]
        assert bot.looked_up == []
        clock.now = KEPT_SECONDS + 1.0
        bot.in_conversation[SENDER, "k"] = [{"text": "from the conversation"}]
        assert await texts(turns.take(SENDER, "k", "x", True)) == ["from the conversation"]
        assert len(bot.heard) == 1

    run(test)


def test_what_was_answered_with_silence_before_a_restart_stays_so() -> None:
    async def test(bot: Bot, turns: Turns, _: Clock) -> None:
        bot.in_conversation[SENDER, "k"] = []
        turn = turns.take(SENDER, "k", "x", True)
        assert (await texts(turn), turn.has_failed, bot.heard) == ([], False, [])

    run(test)


def test_a_key_names_one_message() -> None:
    async def test(_: Bot, turns: Turns, __: Clock) -> None:
        turns.take(SENDER, "k", "x", False)
        with pytest.raises(OtherMessageError):
            turns.take(SENDER, "k", "y", True)
        await turns.finish()

    run(test)


def test_stopping_waits_for_what_is_being_answered() -> None:
    async def test(bot: Bot, turns: Turns, _: Clock) -> None:
        bot.go.clear()
        turn = turns.take(SENDER, "k", "x", False)
        stopping = asyncio.create_task(turns.finish())
        await asyncio.sleep(0.01)
        assert not stopping.done()
        bot.go.set()
        await stopping
        assert turn.is_over

    run(test)
