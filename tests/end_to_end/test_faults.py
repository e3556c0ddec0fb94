"""Bad input and faults, over HTTP, with all processes real."""

from __future__ import annotations

import sqlite3
import threading
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from bot.actions.translations import message
from connectors.channels.strings import words
from tests.end_to_end.conftest import Messages
from tests.end_to_end.own_processes import Sathi

QUESTION = "which course teaches the right to information"
FOUND = message("utter_courses_found", "en")
# Rasa lets the messages of a chat wait for each other in steps of a second.
_FLOOD = 15
TRY_AGAIN = words("try_again", "en")
# Of the assistant, which is not importable here: connectors/channels/operations.py.
MAX_BODY = 4 * 1024**2
PUBLIC_ROUTES = (
    "/webhooks/rest/webhook",
    "/webhooks/web/message",
    "/webhooks/web/inbox",
    "/webhooks/telegram/webhook",
    "/webhooks/whatsapp/webhook",
    "/webhooks/helpdesk/chatwoot/secret",
    "/console/login",
)
MALFORMED = {
    "empty": b"",
    "cut off": b'{"message": ',
    "not UTF-8": b"\xff\xfe\x00",
    "a list": b"[]",
    "null": b"null",
    "deep": b"[" * 50_000,
    "wrong types": b'{"sender": [1], "conversation": {}, "message": 7, "after": "x"}',
    "oversized": b'{"message": "' + b"x" * MAX_BODY + b'"}',
}


@pytest.fixture(scope="module")
def own_sathi(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sathi]:
    sathi = Sathi(tmp_path_factory.mktemp("faults"))
    try:
        for name in ("actions", "assistant"):
            sathi.start(name)
        sathi.wait()
        yield sathi
    finally:
        sathi.stop()


class Chat:
    """A conversation over REST."""

    def __init__(self, sathi: Sathi, client: httpx.Client) -> None:
        self._url = f"{sathi.addresses.assistant}/webhooks/rest/webhook"
        self._client = client
        self._sender = str(uuid.uuid4())

    def say(self, text: str) -> str:
        body = {"sender": self._sender, "message": text}
        answer = self._client.post(self._url, json=body, timeout=60)
        answer.raise_for_status()
        return "\n".join(one["text"] for one in answer.json() if "text" in one)


@pytest.fixture
def chat(own_sathi: Sathi, client: httpx.Client) -> Chat:
    return Chat(own_sathi, client)


@pytest.mark.parametrize("route", PUBLIC_ROUTES)
@pytest.mark.parametrize("kind", MALFORMED)
def test_malformed_and_oversized_bodies_are_refused(
    own_sathi: Sathi, route: str, kind: str
) -> None:
    url = f"{own_sathi.addresses.assistant}{route}"
    headers = {"Content-Type": "application/json"}
    try:
        status = httpx.post(url, content=MALFORMED[kind], headers=headers, timeout=30).status_code
    except (httpx.WriteError, httpx.ReadError, httpx.RemoteProtocolError):
        # It hangs up on what is too large.
        assert kind == "oversized"
    else:
        assert 400 <= status < 500
    assert httpx.get(f"{own_sathi.addresses.assistant}/health").is_success


@contextmanager
def locked(path: Path, seconds: float) -> Iterator[None]:
    """Lock a database as another process would, and let it go after a while."""
    is_locked = threading.Event()

    def hold() -> None:
        holder = sqlite3.connect(path, isolation_level=None, timeout=10)
        holder.execute("BEGIN EXCLUSIVE")
        is_locked.set()
        time.sleep(seconds)
        holder.rollback()
        holder.close()

    thread = threading.Thread(target=hold)
    thread.start()
    assert is_locked.wait(10)
    try:
        yield
    finally:
        thread.join()


@pytest.mark.parametrize("name", ["sathi.db", "conversations.db", "channels.db", "events.db"])
def test_a_locked_database_delays_an_answer_at_most(
    own_sathi: Sathi, chat: Chat, name: str
) -> None:
    assert FOUND in chat.say(QUESTION)
    with locked(own_sathi.folder / name, seconds=3):
        assert FOUND in chat.say(QUESTION)
    assert message("utter_courses_found", "en") in chat.say(QUESTION)


def test_without_the_action_server_there_is_an_apology_and_later_an_answer(
    own_sathi: Sathi, client: httpx.Client, chat: Chat
) -> None:
    web = f"{own_sathi.addresses.assistant}/webhooks/web/message"
    body = {"conversation": str(uuid.uuid4()), "message": QUESTION}
    own_sathi.kill("actions")
    try:
        assert chat.say(QUESTION) == TRY_AGAIN
        # The page keeps the message and shows a button to send it again.
        assert client.post(web, json=body).status_code == 503
        ready = client.get(f"{own_sathi.addresses.assistant}/ready")
        assert ready.status_code == 503
        assert ready.json()["checks"]["action_server"] is False
        assert client.get(f"{own_sathi.addresses.assistant}/health").is_success
    finally:
        own_sathi.start("actions")
        own_sathi.wait()
    assert FOUND in chat.say(QUESTION)
    messages: Messages = client.post(web, json=body).json()["messages"]
    assert any(FOUND in one["text"] for one in messages)


def test_a_dialogue_goes_on_after_the_assistant_was_killed(
    own_sathi: Sathi, client: httpx.Client, chat: Chat
) -> None:
    titles = [line for line in chat.say(QUESTION).splitlines() if line.startswith("2.")]
    own_sathi.kill("assistant")
    own_sathi.start("assistant")
    own_sathi.wait()
    (second,) = titles
    opened = chat.say("the second one")
    assert second.removeprefix("2.").strip().split("(")[0].strip() in opened


def test_a_flood_from_one_chat_keeps_no_other_waiting_for_its_end(
    own_sathi: Sathi, client: httpx.Client
) -> None:
    flooding = Chat(own_sathi, client)
    others = [Chat(own_sathi, client) for _ in range(5)]
    with ThreadPoolExecutor(50) as pool:
        flood = [pool.submit(flooding.say, QUESTION) for _ in range(_FLOOD)]
        answers = [pool.submit(other.say, QUESTION) for other in others]
        assert all(FOUND in answer.result() for answer in answers)
        assert not all(each.done() for each in flood)
        assert all(FOUND in each.result() for each in flood)


def test_a_message_in_flight_is_answered_before_both_processes_end(
    own_sathi: Sathi, client: httpx.Client, chat: Chat
) -> None:
    chat.say("hello")
    with ThreadPoolExecutor() as pool:
        answer = pool.submit(chat.say, QUESTION)
        time.sleep(0.05)
        ending = [own_sathi.terminate(name) for name in ("actions", "assistant")]
        assert FOUND in answer.result()
    assert [process.wait(timeout=30) for process in ending] == [0, 0]
    for name in ("actions", "assistant"):
        own_sathi.start(name)
    own_sathi.wait()
    assert FOUND in chat.say(QUESTION)
