"""Entities of closed classes, matched from the lexicons in ``nlu_data/<language>/``."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import Any, Dict, List, Mapping, Optional, Text

import regex
import spacy
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from spacy.lang.en.stop_words import STOP_WORDS
from spacy.matcher import PhraseMatcher
from spacy.tokens import Doc

from bot.nlu.durations import DurationFinder
from bot.nlu.indic_tokenizer import MAX_CHARACTERS
from bot.nlu.language_identifier import LANGUAGE_PROPERTY
from bot.nlu.lexicon import Lexicon, Words, lexicon_digest, lexicons
from bot.nlu.stored_component import StoredExtractor
from bot.nlu.words import WORD_START, any_of
from knowledge_base.languages import registry
from knowledge_base.languages.normalise import normalise

ITEM_ENTITY = "item_number"
LANGUAGE_ENTITY = "language_name"
MONTH_ENTITY = "month"
PERIOD_ENTITY = "period"
LEVEL_ENTITY = "level"
MANDATORY_ENTITY = "mandatory"
YEAR_ENTITY = "year"
MINUTES_ENTITY = "minutes"
CERTIFICATE_ENTITY = "certificate_number"
# Kept beside the phrases of the entities: what durations are made of.
_UNITS, _DURATIONS = "units", "durations"
# And number words that English uses for something else: "do" is two in Hindi.
_NOT_ENGLISH = "not_english"
_UNIT_MINUTES = {"minutes": 1, "hours": 60, "weeks": 7 * 24 * 60}
# Letters and digits in groups, with a digit somewhere: "KB-2024-00123", a UUID. Short groups
# of digits only are years or shares: "2024-25", "70-20-10".
_CERTIFICATE = re.compile(
    r"(?<![\w-])(?=[\w-]*\d)(?=[\w-]*[a-z]|[\w-]{12})[a-z0-9]{2,}(?:-[a-z0-9]{2,})+(?![\w-])",
    re.IGNORECASE,
)
# Names are inflected at their end, where the last sign of a name changes: தமிழ், தமிழில்.
_CHANGING_ENDS = "\u0bcd\u0d4d\u0c4d\u0ccd\u094d\u0d02\u0902\u0c02"
_SHORTEST_INFLECTED = 4
_YEAR = re.compile(r"(?<!\d)20\d\d(?!\d)")
_DIGITS = re.compile(r"(?<![\d.,])-?\d{1,3}(?![\d.,])")


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=True)
class LexiconExtractor(StoredExtractor):
    """Find numbers of list items, names of languages, durations, dates, levels, certificates.

    ``item_number`` has the integer as its value (-1 for "the last one"), ``language_name``
    the code of the language, ``minutes`` a duration in minutes, ``month`` 1 to 12, ``year``
    the year, ``period`` a key such as ``last_month``, ``level`` that of a course,
    ``mandatory`` true. Offsets refer to the normalised text. What language a message is in
    was found before.
    """

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        """Return the defaults: ``directory`` is where the lexicons are at training."""
        return {"directory": "nlu_data", "max_characters": MAX_CHARACTERS}

    stored_as = "lexicon.json"

    def __init__(
        self,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        content: Optional[Dict[Text, Dict[Text, Any]]] = None,
    ) -> None:
        """Create the component; ``content`` is the lexicons of all languages together."""
        super().__init__(config, model_storage, resource)
        self._nlp = spacy.blank("xx")
        self._values: Dict[Text, Dict[Text, Any]] = dict(content or {})
        self._durations = DurationFinder(
            self._values.pop(_UNITS, {}),
            self._values.pop(_DURATIONS, {}),
            self._values.get(ITEM_ENTITY, {}),
        )
        self._not_english = self._values.pop(_NOT_ENGLISH, {})
        languages = self._values.pop(LANGUAGE_ENTITY, {})
        self._languages = {_stem(name): code for name, code in languages.items()}
        self._language = regex.compile(
            f"{WORD_START}({any_of(self._languages, _SHORTEST_INFLECTED)})"
        )
        self._matcher = PhraseMatcher(self._nlp.vocab)
        for entity, phrases in self._values.items():
            self._matcher.add(entity, [self._nlp.make_doc(phrase) for phrase in phrases])

    @classmethod
    def fingerprint_addon(cls, config: Dict[str, Any]) -> Optional[str]:
        """Make Rasa train again when a lexicon changes."""
        return lexicon_digest(config.get("directory", "nlu_data"))

    def train(self, training_data: TrainingData) -> Resource:
        """Store the lexicons of all languages with the model."""
        merged: Dict[Text, Dict[Text, Any]] = defaultdict(dict)
        english: Dict[Text, Dict[Text, Any]] = defaultdict(dict)
        for lexicon in lexicons(self._config["directory"]):
            _merge(lexicon, merged)
            if lexicon.locale == registry.DEFAULT_LOCALE:
                _merge(lexicon, english)
        for language in registry.languages().values():
            for name in (language.endonym, language.name):
                merged[LANGUAGE_ENTITY][_key(name)] = language.code
        merged[_NOT_ENGLISH] = {
            word: value
            for word, value in merged[ITEM_ENTITY].items()
            if word in STOP_WORDS and word not in english[ITEM_ENTITY]
        }
        return self._store(merged)

    def process(self, messages: List[Message]) -> List[Message]:
        """Add the entities found to the messages, in English ones none of other languages."""
        for message in super().process(messages):
            found = message.get(LANGUAGE_PROPERTY)
            if found and found["language"] == registry.DEFAULT_LOCALE:
                text = normalise(message.get(TEXT)).lower()
                entities = [
                    entity
                    for entity in message.get(ENTITIES, [])
                    if entity["entity"] != ITEM_ENTITY
                    or text[entity["start"] : entity["end"]] not in self._not_english
                ]
                message.set(ENTITIES, entities, add_to_output=True)
        return messages

    def extract(self, text: Text) -> List[Dict[Text, Any]]:
        """Return the entities of a text, longest match first in each place."""
        as_typed = normalise(text[: self._config["max_characters"]])
        normalised = as_typed.lower()
        entities = [
            self._entity(CERTIFICATE_ENTITY, match.group(), match.start(), match.end())
            for match in _CERTIFICATE.finditer(as_typed)
        ]
        # The digits of a certificate's number, of a duration or a year choose no item.
        rest = _CERTIFICATE.sub(lambda m: " " * len(m.group()), normalised)
        for duration in self._durations.find(rest):
            entities.append(
                self._entity(MINUTES_ENTITY, duration.minutes, duration.start, duration.end)
            )
            rest = (
                rest[: duration.start]
                + " " * (duration.end - duration.start)
                + (rest[duration.end :])
            )
        entities += [
            self._entity(YEAR_ENTITY, int(match.group()), match.start(), match.end())
            for match in _YEAR.finditer(rest)
        ]
        entities += [
            self._entity(ITEM_ENTITY, int(match.group()), match.start(), match.end())
            for match in _DIGITS.finditer(rest)
        ]
        entities += [
            self._entity(LANGUAGE_ENTITY, self._languages[m[1]], m.start(1), m.end(1))
            for m in self._language.finditer(rest)
        ]
        doc: Doc = self._nlp.make_doc(rest)
        for span in spacy.util.filter_spans(self._matcher(doc, as_spans=True)):
            value = self._values[span.label_][span.text]
            entities.append(self._entity(span.label_, value, span.start_char, span.end_char))
        return entities


def _key(text: Text) -> Text:
    return normalise(str(text)).lower()


def _stem(name: Text) -> Text:
    stem = name.rstrip(_CHANGING_ENDS)
    return stem if len(stem) >= _SHORTEST_INFLECTED else name


def _merge(lexicon: Lexicon, merged: Mapping[Text, Dict[Text, Any]]) -> None:
    """Add the words of a locale; a word that stands already keeps its meaning."""
    units: Words = {_UNIT_MINUTES[unit]: words for unit, words in lexicon.units.items()}
    sections = (
        (ITEM_ENTITY, lexicon.numbers),
        (ITEM_ENTITY, lexicon.ordinals),
        (LANGUAGE_ENTITY, lexicon.languages),
        (MONTH_ENTITY, lexicon.months),
        (PERIOD_ENTITY, lexicon.periods),
        (LEVEL_ENTITY, lexicon.levels),
        (MANDATORY_ENTITY, {True: lexicon.mandatory}),
        (_UNITS, units),
        (_DURATIONS, lexicon.durations),
    )
    for name, section in sections:
        for value, words in section.items():
            for word in words:
                merged[name].setdefault(_key(word), value)
