"""Commands as chat users type them: ``/start TOKEN``, ``/mydata``, "stop" alone, or a thumb.

Rasa reads ``/intent{"entity": "value"}``; a command is rewritten to that form before
anything else looks at the message. A stop word must work whatever the classifier thinks of
it, so that who wants no more reminders gets none.
"""

from __future__ import annotations

import json
import re
from typing import Any, Dict, FrozenSet, Iterable, List, Optional, Text

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu.lexicon import lexicon_digest, lexicons
from bot.nlu.stored_component import StoredComponent
from knowledge_base.languages.normalise import normalise

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
    "reminders": "reminders_on",
    "stop": "reminders_off",
}
_THUMBS = {"👍": "like_item", "👎": "reject_item"}
# Skin tones and the mark of a coloured sign.
_VARIANTS = dict.fromkeys([*range(0x1F3FB, 0x1F400), 0xFE0F])
_STOP = "reminders_off"
_PUNCTUATION = " .,!?।۔…'\"“”"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=True)
class CommandInterpreter(StoredComponent):
    """Rewrite commands and stop words to intents; other messages stay as they are."""

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        """Return the defaults: ``directory`` is where the lexicons are at training."""
        return {"directory": "nlu_data"}

    stored_as = "stop_words.json"

    def __init__(
        self,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        content: Iterable[Text] = (),
    ) -> None:
        """Create the component; ``content`` is the stop words, whole messages, normalised."""
        super().__init__(config, model_storage, resource)
        self._stop_words = frozenset(content)

    @classmethod
    def fingerprint_addon(cls, config: Dict[str, Any]) -> Optional[str]:
        """Make Rasa train again when a lexicon changes."""
        return lexicon_digest(config.get("directory", "nlu_data"))

    def train(self, training_data: TrainingData) -> Resource:
        """Store the stop words of all languages with the model."""
        words = sorted(
            {_key(word) for lexicon in lexicons(self._config["directory"]) for word in lexicon.stop}
        )
        return self._store(words)

    def process(self, messages: List[Message]) -> List[Message]:
        """Rewrite the commands among the messages."""
        for message in messages:
            text = message.get(TEXT)
            if text:
                message.set(TEXT, interpret(text, self._stop_words), add_to_output=True)
        return messages


def interpret(text: Text, stop_words: FrozenSet[Text] = frozenset()) -> Text:
    """Return a command in Rasa's form, any other text unchanged.

    Args:
        text: message as typed.
        stop_words: normalised whole messages that end the reminders.
    """
    if _key(text) in stop_words:
        return f"/{_STOP}"
    thumb = _THUMBS.get(text.translate(_VARIANTS).strip())
    if thumb is not None:
        return f"/{thumb}"
    match = _COMMAND.match(text.strip(_INVISIBLE))
    if match is None:
        return text
    name, argument = match["name"].lower(), match["argument"]
    if argument and name in _LINKING:
        return "/link_account" + json.dumps({"link_token": argument})
    if name in _INTENTS:
        return f"/{_INTENTS[name]}"
    return text


def _key(text: Text) -> Text:
    return normalise(text).lower().strip(_PUNCTUATION)
