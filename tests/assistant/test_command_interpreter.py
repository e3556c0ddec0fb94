from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from rasa.engine.graph import ExecutionContext
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu.command_interpreter import CommandInterpreter, interpret
from tests.assistant.conftest import language_folders


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
        ("/reminders", "/reminders_on"),
        ("/stop", "/reminders_off"),
        ("👍", "/like_item"),
        (" 👎🏽 ", "/reject_item"),
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


@pytest.fixture(scope="module")
def interpreter(storage: LocalModelStorage, context: ExecutionContext) -> CommandInterpreter:
    resource = Resource("commands")
    config = CommandInterpreter.get_default_config()
    CommandInterpreter.create(config, storage, resource, context).train(TrainingData())
    return CommandInterpreter.load(config, storage, resource, context)


def read(interpreter: CommandInterpreter, text: str) -> str:
    (message,) = interpreter.process([Message.build(text)])
    return message.get(TEXT)


@pytest.mark.parametrize("folder", language_folders(), ids=lambda folder: folder.name)
def test_the_stop_words_of_every_language_end_reminders(
    interpreter: CommandInterpreter, folder: Path
) -> None:
    lexicon = yaml.safe_load((folder / "lexicon.yml").read_text(encoding="utf-8"))
    for word in lexicon["stop"]:
        assert read(interpreter, word) == "/reminders_off"
        assert read(interpreter, f" {word.upper()}! ") == "/reminders_off"


@pytest.mark.parametrize("text", ["how do I stop a video", "stop and search rules", "no", "STOPP"])
def test_a_stop_word_is_the_whole_message(interpreter: CommandInterpreter, text: str) -> None:
    assert read(interpreter, text) == text
