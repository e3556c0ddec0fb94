"""Entities of closed classes, matched from the lexicons in ``nlu_data/<language>/``."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Any, Dict, List, Optional, Text

import spacy
import yaml
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from spacy.matcher import PhraseMatcher
from spacy.tokens import Doc

from bot.nlu.indic_tokenizer import MAX_CHARACTERS
from knowledge_base.languages import registry
from knowledge_base.languages.normalise import normalise

ITEM_ENTITY = "item_number"
LANGUAGE_ENTITY = "language_name"
_LEXICON_FILE = "lexicon.json"
CERTIFICATE_ENTITY = "certificate_number"
# Letters and digits in groups, with a digit somewhere: "KB-2024-00123", a UUID.
_CERTIFICATE = re.compile(r"(?<![\w-])(?=[\w-]*\d)[a-z0-9]{2,}(?:-[a-z0-9]{2,})+(?![\w-])", re.I)
_DIGITS = re.compile(r"(?<![\d.,])-?\d{1,3}(?![\d.,])")


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=True)
class LexiconExtractor(GraphComponent):
    """Find numbers of list items, names of languages and numbers of certificates.

    ``item_number`` has the integer as its value (-1 for "the last one"), ``language_name``
    the code of the language. Offsets refer to the normalised text.
    """

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        """Return the defaults: ``directory`` is where the lexicons are at training."""
        return {"directory": "nlu_data", "max_characters": MAX_CHARACTERS}

    def __init__(
        self,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        lexicon: Optional[Dict[Text, Dict[Text, Text]]] = None,
    ) -> None:
        """Create the component; ``lexicon`` maps an entity to {phrase: value}."""
        self._config = config
        self._model_storage = model_storage
        self._resource = resource
        self._nlp = spacy.blank("xx")
        self._values: Dict[Text, Dict[Text, Text]] = lexicon or {}
        self._matcher = PhraseMatcher(self._nlp.vocab)
        for entity, phrases in self._values.items():
            self._matcher.add(entity, [self._nlp.make_doc(phrase) for phrase in phrases])

    @classmethod
    def fingerprint_addon(cls, config: Dict[str, Any]) -> Optional[str]:
        """Make Rasa train again when a lexicon changes."""
        digest = hashlib.sha256()
        for path in _lexicon_paths(config.get("directory", "nlu_data")):
            digest.update(path.read_bytes())
        return digest.hexdigest()

    @classmethod
    def create(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> LexiconExtractor:
        """Create an untrained component."""
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> LexiconExtractor:
        """Load the lexicon stored with the model."""
        with model_storage.read_from(resource) as folder:
            lexicon = json.loads((folder / _LEXICON_FILE).read_text(encoding="utf-8"))
        return cls(config, model_storage, resource, lexicon)

    def train(self, training_data: TrainingData) -> Resource:
        """Store the lexicons of all languages with the model."""
        lexicon: Dict[Text, Dict[Text, Text]] = {ITEM_ENTITY: {}, LANGUAGE_ENTITY: {}}
        for path in _lexicon_paths(self._config["directory"]):
            record = yaml.safe_load(path.read_text(encoding="utf-8"))
            for part in ("numbers", "ordinals"):
                for number, words in record[part].items():
                    for word in words:
                        lexicon[ITEM_ENTITY].setdefault(_key(word), str(number))
            for code, names in record["languages"].items():
                for name in names:
                    lexicon[LANGUAGE_ENTITY].setdefault(_key(name), str(code))
        for language in registry.languages().values():
            for name in (language.endonym, language.name):
                lexicon[LANGUAGE_ENTITY][_key(name)] = language.code
        with self._model_storage.write_to(self._resource) as folder:
            (folder / _LEXICON_FILE).write_text(
                json.dumps(lexicon, ensure_ascii=False), encoding="utf-8"
            )
        return self._resource

    def process(self, messages: List[Message]) -> List[Message]:
        """Add the entities found to the messages."""
        for message in messages:
            text = message.get(TEXT)
            if not text or text.startswith("/"):
                continue
            found = self.extract(text)
            message.set(ENTITIES, message.get(ENTITIES, []) + found, add_to_output=True)
        return messages

    def extract(self, text: Text) -> List[Dict[Text, Any]]:
        """Return the entities of a text, longest match first in each place."""
        as_typed = normalise(text[: self._config["max_characters"]])
        normalised = as_typed.lower()
        entities = [
            _entity(CERTIFICATE_ENTITY, match.group(), match.start(), match.end())
            for match in _CERTIFICATE.finditer(as_typed)
        ]
        # The digits of a certificate's number choose no item.
        without_numbers = _CERTIFICATE.sub(lambda m: " " * len(m.group()), as_typed)
        entities += [
            _entity(ITEM_ENTITY, int(match.group()), match.start(), match.end())
            for match in _DIGITS.finditer(without_numbers)
        ]
        doc: Doc = self._nlp.make_doc(normalised)
        spans = spacy.util.filter_spans(self._matcher(doc, as_spans=True))
        for span in spans:
            value: Any = self._values[span.label_][span.text]
            if span.label_ == ITEM_ENTITY:
                value = int(value)
            entities.append(_entity(span.label_, value, span.start_char, span.end_char))
        return entities


def _entity(name: Text, value: Any, start: int, end: int) -> Dict[Text, Any]:
    return {
        "entity": name,
        "value": value,
        "start": start,
        "end": end,
        "extractor": "LexiconExtractor",
    }


def _key(text: Text) -> Text:
    return normalise(str(text)).lower()


def _lexicon_paths(directory: Text) -> List[Path]:
    return sorted(Path(directory).glob("*/lexicon.yml"))
