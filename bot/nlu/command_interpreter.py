"""Commands as chat users type them: ``/start TOKEN``, ``/mydata``, ``/forget``.

Rasa reads ``/intent{"entity": "value"}``; a command is rewritten to that form before
anything else looks at the message.
"""

from __future__ import annotations

import json
import re
from typing import Any, Dict, List, Text

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message

# In groups Telegram adds the bot's name: "/mydata@KarmayogiSathiBot".
_COMMAND = re.compile(r"/(?P<name>[a-z]+)(?:@\w+)?(?:\s+(?P<argument>\S+))?\s*$", re.IGNORECASE)
# Marks of direction come along when a command is copied out of Urdu text.
_INVISIBLE = " \t\r\n\u200e\u200f\u202a\u202b\u202c\u2066\u2067\u2068\u2069"
_LINKING = ("start", "link")
_INTENTS = {
    "start": "greet",
    "link": "link_account",
    "unlink": "unlink_account",
    "mydata": "my_data",
    "forget": "forget_me",
    "language": "choose_language",
}


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class CommandInterpreter(GraphComponent):
    """Rewrite commands to intents; other messages stay as they are."""

    @classmethod
    def create(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> CommandInterpreter:
        """Create the component."""
        return cls()

    def process(self, messages: List[Message]) -> List[Message]:
        """Rewrite the commands among the messages."""
        for message in messages:
            text = message.get(TEXT)
            if text:
                message.set(TEXT, interpret(text), add_to_output=True)
        return messages


def interpret(text: Text) -> Text:
    """Return a command in Rasa's form, any other text unchanged.

    Args:
        text: message as typed.
    """
    match = _COMMAND.match(text.strip(_INVISIBLE))
    if match is None:
        return text
    name, argument = match["name"].lower(), match["argument"]
    if argument and name in _LINKING:
        return "/link_account" + json.dumps({"link_token": argument})
    if name in _INTENTS:
        return f"/{_INTENTS[name]}"
    return text
