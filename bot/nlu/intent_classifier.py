"""What the user wants: a linear classifier over sentence vectors, letters and sounds.

The sentence vector carries meaning across languages. What it misses, romanised spellings,
typos and very short messages, is in character n-grams and phonetic keys of the message
written in Latin letters, where all scripts meet: what the Hindi examples teach about
"चाहिए" holds for "chahiye" and "chaahie", and for the Urdu and Maithili word too.
"""

from __future__ import annotations

import re
from typing import Any, Dict, List, Optional, Text, Tuple

import numpy as np
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier as RasaIntentClassifier
from rasa.shared.constants import INTENT_MESSAGE_PREFIX
from rasa.shared.nlu.constants import (
    INTENT,
    INTENT_NAME_KEY,
    INTENT_RANKING_KEY,
    PREDICTED_CONFIDENCE_KEY,
    TEXT,
)
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import TfidfVectorizer

from bot.nlu.e5_featurizer import E5Featurizer
from bot.nlu.indic_tokenizer import MAX_CHARACTERS
from bot.nlu.linear_model import LinearModel
from bot.nlu.stored_component import PickledComponent
from knowledge_base.languages.normalise import normalise
from knowledge_base.languages.script import has_letters
from knowledge_base.romanise import phonetic_tokens, romanise

# Python's \d matches the decimal digits of every script.
_BARE_NUMBER = re.compile(r"\W*\d{1,3}\W*$")


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class IntentClassifier(PickledComponent, RasaIntentClassifier):
    """A calibrated linear model over E5 vectors, character n-grams and phonetic keys.

    A message that is empty or longer than ``max_characters`` is not classified, so that
    the fallback takes it; nor is one without letters or digits. A bare number, in the
    digits of any script, has the intent ``number_intent``.
    """

    @classmethod
    def required_components(cls) -> List[type]:
        """Return what must come before in the pipeline."""
        return [E5Featurizer]

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        """Return the defaults.

        ``C``: inverse strength of the regularisation; ``dense_weight``: weight of the
        vectors against the n-grams; ``letters``, ``sounds``: lengths of the n-grams of
        characters and of phonetic keys, and how many of them are kept.
        """
        return {
            "C": 0.3,
            "dense_weight": 2.0,
            "letters": {"ngram_range": [2, 5], "max_features": 60000},
            "sounds": {"ngram_range": [1, 2], "max_features": 30000},
            "max_characters": MAX_CHARACTERS,
            "number_intent": "choose_item",
            "ranking_length": 5,
        }

    stored_as = "intent_classifier.pkl"

    def __init__(
        self,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        content: Tuple[Optional[Tuple[TfidfVectorizer, TfidfVectorizer]], Optional[LinearModel]] = (
            None,
            None,
        ),
    ) -> None:
        """Create the component; ``content`` is the vectorizers and the model."""
        super().__init__(config, model_storage, resource)
        self._vectorizers, self._model = content

    def train(self, training_data: TrainingData) -> Resource:
        """Train the classifier; what buttons and channels send is not learnt."""
        examples = [
            example
            for example in training_data.intent_examples
            if example.get(TEXT) and not example.get(TEXT).startswith(INTENT_MESSAGE_PREFIX)
        ]
        letters = _new_vectorizer(analyzer="char_wb", **self._config["letters"])
        sounds = _new_vectorizer(tokenizer=str.split, token_pattern=None, **self._config["sounds"])
        letters.fit([_letters(example) for example in examples])
        sounds.fit([_sounds(example) for example in examples])
        self._vectorizers = (letters, sounds)
        labels = [example.get(INTENT) for example in examples]
        self._model = LinearModel.fit(self._features(examples), labels, self._config["C"])
        return self._store((self._vectorizers, self._model))

    def process(self, messages: List[Message]) -> List[Message]:
        """Set the intent of every message, with the runners-up."""
        for message in messages:
            if not self._is_usable(message.get(TEXT)):
                message.set(INTENT, _ranked(None, 0.0), add_to_output=True)
                message.set(INTENT_RANKING_KEY, [], add_to_output=True)
                continue
            if _BARE_NUMBER.match(message.get(TEXT)):
                message.set(INTENT, _ranked(self._config["number_intent"], 1.0), add_to_output=True)
                message.set(INTENT_RANKING_KEY, [], add_to_output=True)
                continue
            probabilities = self._model.probabilities(self._features([message]))[0]
            order = np.argsort(-probabilities)[: self._config["ranking_length"]]
            ranking = [_ranked(self._model.classes[i], float(probabilities[i])) for i in order]
            message.set(INTENT, ranking[0], add_to_output=True)
            message.set(INTENT_RANKING_KEY, ranking, add_to_output=True)
        return messages

    def _is_usable(self, text: Optional[Text]) -> bool:
        if not text or len(text) > self._config["max_characters"]:
            return False
        return has_letters(text) or any(char.isdigit() for char in text)

    def _features(self, messages: List[Message]) -> csr_matrix:
        dense = np.vstack([m.get_dense_features(TEXT)[1].features for m in messages])
        letters, sounds = self._vectorizers
        parts = [
            csr_matrix(dense * self._config["dense_weight"]),
            letters.transform([_letters(message) for message in messages]),
            sounds.transform([_sounds(message) for message in messages]),
        ]
        return hstack(parts, format="csr")


def _new_vectorizer(ngram_range: List[int], max_features: int, **kwargs: Any) -> TfidfVectorizer:
    return TfidfVectorizer(
        ngram_range=tuple(ngram_range),
        max_features=max_features,
        sublinear_tf=True,
        min_df=2,
        dtype=np.float32,
        **kwargs,
    )


def _letters(message: Message) -> Text:
    return romanise(normalise(message.get(TEXT))).lower()


def _sounds(message: Message) -> Text:
    return " ".join(phonetic_tokens(normalise(message.get(TEXT))))


def _ranked(name: Optional[Text], confidence: float) -> Dict[Text, Any]:
    return {INTENT_NAME_KEY: name, PREDICTED_CONFIDENCE_KEY: confidence}
