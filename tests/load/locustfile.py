"""Chats that write a message every two seconds, over REST and the web page's channel.

Run by ``make bench-load`` in an environment of its own, against a Sathi that runs.
"""

from __future__ import annotations

import json
import os
import random
import time
import uuid
from pathlib import Path

import gevent
from locust import FastHttpUser, task

_SECONDS_BETWEEN_MESSAGES = 2
_QUESTIONS = Path(__file__).parent.parent / "data" / "search"


def read_questions() -> list[str]:
    """Return the questions of all languages in turn."""
    by_language = [
        [json.loads(line)["query"] for line in path.read_text(encoding="utf-8").splitlines()]
        for path in sorted(_QUESTIONS.glob("*.jsonl"))
    ]
    return [query for row in zip(*by_language, strict=False) for query in row]


class Chat(FastHttpUser):
    """Somebody who asks one question after the other in one conversation."""

    abstract = True
    seconds_between_messages = _SECONDS_BETWEEN_MESSAGES
    questions = read_questions()
    started = 0

    def on_start(self) -> None:
        """Begin a conversation; each asks the questions from another one on.

        Chats begin at any moment of the two seconds: people do not write in step, but Locust
        starts its users in groups.
        """
        phase = random.uniform(0, self.seconds_between_messages)  # noqa: S311 (no secret)
        gevent.sleep(phase)
        self.due = time.monotonic()
        self.conversation = str(uuid.uuid4())
        Chat.started += 1
        self.next = Chat.started * 7

    def wait_time(self) -> float:
        """Return the seconds until the next message is due; a late answer delays no other."""
        self.due += self.seconds_between_messages
        return max(0.0, self.due - time.monotonic())

    def question(self) -> str:
        """Return the next question."""
        self.next += 1
        return self.questions[self.next % len(self.questions)]


class RestChat(Chat):
    """A chat over Rasa's REST channel."""

    @task
    def ask(self) -> None:
        """Ask, and take a reply without words for a lost message."""
        body = {"sender": self.conversation, "message": self.question()}
        with self.client.post(
            "/webhooks/rest/webhook", json=body, name="rest", catch_response=True
        ) as answer:
            if answer.ok and not any(one.get("text") for one in answer.json()):
                answer.failure("no reply")


class WebChat(Chat):
    """A chat on the web page."""

    @task
    def ask(self) -> None:
        """Ask, and take a reply without words for a lost message."""
        body = {"conversation": self.conversation, "message": self.question()}
        with self.client.post(
            "/webhooks/web/message", json=body, name="web", catch_response=True
        ) as answer:
            if answer.ok and not any(one.get("text") for one in answer.json()["messages"]):
                answer.failure("no reply")


class FloodingChat(Chat):
    """One chat that writes as fast as it gets answers, with ``SATHI_LOAD_FLOOD=1``."""

    fixed_count = int(os.environ.get("SATHI_LOAD_FLOOD") or 0)
    abstract = not fixed_count
    seconds_between_messages = 0

    @task
    def ask(self) -> None:
        """Ask without a pause."""
        body = {"sender": self.conversation, "message": self.question()}
        self.client.post("/webhooks/rest/webhook", json=body, name="flood")
