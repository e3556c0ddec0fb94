"""A stand-in for Rasa: answers through the output channel, as told by the message."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rasa.core.channels.channel import UserMessage

_SLOW = re.compile(r"slow (?P<seconds>[\d.]+)")


def plain(text: str, *buttons: tuple[str, str], **custom: Any) -> dict[str, Any]:
    """Return a message of the bot."""
    return {
        "text": text,
        "buttons": [{"title": title, "payload": payload} for title, payload in buttons],
        "custom": custom,
    }


def course_list(first: int, count: int = 5, more: bool = True) -> dict[str, Any]:
    """Return a list of courses as the action server words it."""
    courses = [
        {
            "number": number,
            "title": f"Course <{number}> & more",
            "provider": "ISTM",
            "duration": "2 h",
            "level": "Beginner",
            "languages": "English, हिन्दी",
            "link": None,
            "link_label": "Open the course",
            "reason": "",
            "payload": f'/choose_item{{"item_number": {number}}}',
        }
        for number in range(first, first + count)
    ]
    buttons = [("More", "/show_more")] if more else []
    return plain("list", *buttons, heading="I found:", courses=courses, hint="Type a number.")


QUIZ = plain(
    "Question 1 of 5: Who?\n1. A\n2. B",
    ("A", '/choose_item{"item_number": 1}'),
    ("B", '/choose_item{"item_number": 2}'),
    answer={"heading": "", "body": "Question 1 of 5: Who?\n1. A\n2. B"},
    quiz={
        "question": "Question 1 of 5: Who?",
        "options": ["A", "B"],
        "correct": 1,
        "explanation": "Because of B.",
    },
)


class ScriptedBot:
    """Answers "echo: ..." unless a script has something else.

    Args:
        script: text -> messages to answer; an empty list is a turn that fails.
        log: file that gets a line for each turn.

    Attributes:
        turns: texts of the turns, in the order of their beginning.
        seen: the messages themselves.
        is_down: whether every turn fails, as without an action server.
    """

    def __init__(
        self, script: Mapping[str, list[dict[str, Any]]] | None = None, log: Path | None = None
    ) -> None:
        self.script = dict(script or {})
        self.turns: list[str] = []
        self.seen: list[UserMessage] = []
        self.is_down = False
        self._log = log

    async def __call__(self, message: UserMessage) -> None:
        self.turns.append(message.text)
        self.seen.append(message)
        if self._log:
            with self._log.open("a") as log:
                log.write(f"{message.message_id} {message.text}\n")
        slow = _SLOW.match(message.text)
        if slow:
            await asyncio.sleep(float(slow["seconds"]))
        if self.is_down:
            return
        for answer in self.script.get(message.text, [plain(f"echo: {message.text}")]):
            # Rasa hands over a copy that it may change.
            await message.output_channel.send_response(message.sender_id, dict(answer))
