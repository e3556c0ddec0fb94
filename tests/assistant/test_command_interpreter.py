from __future__ import annotations

import pytest

from bot.nlu.command_interpreter import interpret


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("/start abc_-123", '/link_account{"link_token": "abc_-123"}'),
        ("/link abc", '/link_account{"link_token": "abc"}'),
        ("/START@SathiBot abc", '/link_account{"link_token": "abc"}'),
        ("/start", "/greet"),
        ("/mydata", "/my_data"),
        ("/mydata@KarmayogiSathiBot", "/my_data"),
        ("/forget ", "/forget_me"),
        ("\u200e/unlink", "/unlink_account"),
        ("/link", "/link_account"),
    ],
)
def test_commands_become_intents(typed: str, read: str) -> None:
    assert interpret(typed) == read


@pytest.mark.parametrize(
    "text",
    [
        "",
        "how far am I",
        "/privacy",
        '/choose_item{"item_number": 2}',
        '/start {"x": 1} y',
        "/ start",
        "forget /forget it",
    ],
)
def test_everything_else_stays(text: str) -> None:
    assert interpret(text) == text


def test_a_token_cannot_smuggle_in_entities() -> None:
    assert interpret('/start a","x":"b') == '/link_account{"link_token": "a\\",\\"x\\":\\"b"}'
