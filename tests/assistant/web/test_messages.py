"""Messages, their keys and the history of the web chat, over HTTP."""

from __future__ import annotations

import asyncio
import json
import uuid
from typing import Any

import aiohttp
import pytest
from rasa.core.channels.channel import UserMessage

from connectors.channels.web.channel import MAX_BODY
from tests.assistant.test_web_channel import CONVERSATION, Answer, ask, many_applications

__all__ = ["many_applications"]
KEY = "0D5C3F0E-93B5-4D0B-8C9E-6B5B7C1F2A10"
STREAM = {"Accept": "application/x-ndjson, application/json"}


class Bot:
    """Numbers its turns; the second message of each comes when ``go`` is set."""

    def __init__(self, is_waiting: bool = False) -> None:
        self.turns = 0
        self.go = asyncio.Event()
        if not is_waiting:
            self.go.set()

    async def answer(self, message: UserMessage) -> None:
        self.turns += 1
        number = self.turns
        if message.text == "fail":
            return
        send = message.output_channel.send_response
        await send(message.sender_id, {"text": f"first {number}"})
        await self.go.wait()
        await send(message.sender_id, {"text": f"second {number}"})


def body(text: str = "x", **more: Any) -> dict[str, Any]:
    return {"conversation": CONVERSATION, "message": text, **more}


async def post(session: aiohttp.ClientSession, address: str, sent: Any, path: str = "message"):
    async with session.post(f"{address}/{path}", json=sent) as answer:
        return answer.status, await answer.json()


def test_a_message_with_the_same_key_is_answered_once() -> None:
    bot = Bot()

    async def send(session: aiohttp.ClientSession, address: str) -> Answer:
        calls = (post(session, address, body(key=KEY, resent=n > 0)) for n in range(3))
        answers = await asyncio.gather(*calls)
        answers.append(await post(session, address, body(key=KEY.lower(), resent=True)))
        other = await post(session, address, body("y", key=KEY))
        without_key = await post(session, address, body())
        return 0, (answers, other, without_key)

    answers, other, without_key = ask(send, None, bot.answer)[1]
    texts = [[message["text"] for message in answer["messages"]] for _, answer in answers]
    assert texts == [["first 1", "second 1"]] * 4
    assert other[0] == 409
    assert without_key[1]["messages"][0]["text"] == "first 2"
    assert bot.turns == 2


def test_the_answer_survives_a_connection_that_breaks() -> None:
    bot = Bot(is_waiting=True)

    async def send(session: aiohttp.ClientSession, address: str) -> Answer:
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(post(session, address, body(key=KEY)), 0.3)
        bot.go.set()
        return await post(session, address, body(key=KEY, resent=True))

    status, answer = ask(send, None, bot.answer)
    assert (status, bot.turns) == (200, 1)
    assert [message["text"] for message in answer["messages"]] == ["first 1", "second 1"]


def test_a_stream_brings_the_first_message_before_the_last_is_said() -> None:
    bot = Bot(is_waiting=True)

    async def send(session: aiohttp.ClientSession, address: str) -> Answer:
        lines = []
        async with session.post(f"{address}/message", json=body(), headers=STREAM) as answer:
            lines.append(await asyncio.wait_for(answer.content.readline(), 2))
            bot.go.set()
            lines.extend([line async for line in answer.content])
            return answer.status, ([json.loads(line) for line in lines], answer.content_type)

    status, (lines, kind) = ask(send, None, bot.answer)
    assert (status, kind) == (200, "application/x-ndjson")
    assert [line["message"]["text"] for line in lines[:2]] == ["first 1", "second 1"]
    assert lines[2:] == [{"end": True}]


def test_a_stream_says_when_there_is_no_answer_and_the_message_may_be_sent_again() -> None:
    bot = Bot()

    async def send(session: aiohttp.ClientSession, address: str) -> Answer:
        found = []
        for _ in range(2):
            sent = body("fail", key=KEY)
            async with session.post(f"{address}/message", json=sent, headers=STREAM) as answer:
                found.append(json.loads(await answer.text()))
        return 0, found

    assert ask(send, None, bot.answer)[1] == [{"error": "no reply"}] * 2
    assert bot.turns == 2


@pytest.mark.parametrize(
    "wrong", [{"key": "1"}, {"key": 5}, {"key": {}}, {"resent": "yes"}, {"resent": None}]
)
def test_a_wrong_key_is_refused(wrong: dict[str, Any]) -> None:
    bot = Bot()

    async def send(session: aiohttp.ClientSession, address: str) -> Answer:
        return await post(session, address, body(**wrong))

    status, _ = ask(send, None, bot.answer)
    assert (status, bot.turns) == (400, 0)


@pytest.mark.parametrize("path", ["message", "history", "inbox", "introduce", "links"])
def test_an_oversized_call_is_refused(path: str) -> None:
    bot = Bot()

    async def send(session: aiohttp.ClientSession, address: str) -> Answer:
        return await post(session, address, body("x" * (MAX_BODY + 1)), path)

    status, _ = ask(send, None, bot.answer)
    assert (status, bot.turns) == (413, 0)


@pytest.mark.parametrize("most", [0, -1, 101, True, "5", None])
def test_no_more_than_a_hundred_entries_of_the_history_are_given(most: Any) -> None:
    async def send(session: aiohttp.ClientSession, address: str) -> Answer:
        return await post(session, address, {"conversation": CONVERSATION, "most": most}, "history")

    assert ask(send, None)[0] == 400


def test_the_history_of_a_conversation_that_can_be_guessed_is_not_given() -> None:
    async def send(session: aiohttp.ClientSession, address: str) -> Answer:
        known = {"conversation": str(uuid.uuid4()), "most": 100}
        assert await post(session, address, known, "history") == (200, {"entries": []})
        return await post(session, address, {"conversation": "me", "most": 100}, "history")

    assert ask(send, None)[0] == 400
