"""What the user wants: a linear classifier over sentence vectors and character n-grams.

The sentence vector carries meaning across languages, the character n-grams what it
misses: romanised spellings, typos, very short messages.
"""

from __future__ import annotations

import pickle
import re
from typing import Any, Dict, List, Optional, Text

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier as RasaIntentClassifier
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
from sklearn.linear_model import LogisticRegression

from bot.nlu.e5_featurizer import E5Featurizer
from bot.nlu.indic_tokenizer import MAX_CHARACTERS
from knowledge_base.languages.normalise import normalise
from knowledge_base.languages.script import has_letters

# Python's \d matches the decimal digits of every script.
_BARE_NUMBER = re.compile(r"\W*\d{1,3}\W*$")
_MODEL_FILE = "intent_classifier.pkl"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class IntentClassifier(GraphComponent, RasaIntentClassifier):
    """Multinomial logistic regression over E5 vectors and character n-grams.

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
        vectors against the n-grams; ``ngram_range``, ``max_features``: of the n-grams.
        """
        return {
            "C": 10.0,
            "dense_weight": 6.0,
            "ngram_range": [2, 4],
            "max_features": 40000,
            "max_iter": 150,
            "max_characters": MAX_CHARACTERS,
            "number_intent": "choose_item",
            "ranking_length": 5,
        }

    def __init__(
        self,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        vectorizer: Optional[TfidfVectorizer] = None,
        model: Optional[LogisticRegression] = None,
    ) -> None:
        """Create the component, trained if vectorizer and model are given."""
        self._config = config
        self._model_storage = model_storage
        self._resource = resource
        self._vectorizer = vectorizer
        self._model = model

    @classmethod
    def create(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> IntentClassifier:
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
    ) -> IntentClassifier:
        """Load the trained classifier."""
        with model_storage.read_from(resource) as folder:
            vectorizer, model = pickle.loads((folder / _MODEL_FILE).read_bytes())
        return cls(config, model_storage, resource, vectorizer, model)

    def train(self, training_data: TrainingData) -> Resource:
        """Train the classifier."""
        examples = [e for e in training_data.intent_examples if e.get(TEXT)]
        low, high = self._config["ngram_range"]
        self._vectorizer = TfidfVectorizer(
            analyzer="char_wb",
            ngram_range=(low, high),
            sublinear_tf=True,
            min_df=2,
            max_features=self._config["max_features"],
            dtype=np.float32,
        )
        self._vectorizer.fit([_clean(example) for example in examples])
        self._model = LogisticRegression(C=self._config["C"], max_iter=self._config["max_iter"])
        self._model.fit(self._features(examples), [example.get(INTENT) for example in examples])
        self._model.coef_ = self._model.coef_.astype(np.float32)
        with self._model_storage.write_to(self._resource) as folder:
            (folder / _MODEL_FILE).write_bytes(pickle.dumps((self._vectorizer, self._model)))
        return self._resource

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
            probabilities = self._model.predict_proba(self._features([message]))[0]
            order = np.argsort(-probabilities)[: self._config["ranking_length"]]
            ranking = [_ranked(self._model.classes_[i], float(probabilities[i])) for i in order]
            message.set(INTENT, ranking[0], add_to_output=True)
            message.set(INTENT_RANKING_KEY, ranking, add_to_output=True)
        return messages

    def _is_usable(self, text: Optional[Text]) -> bool:
        if not text or len(text) > self._config["max_characters"]:
            return False
        return has_letters(text) or any(char.isdigit() for char in text)

    def _features(self, messages: List[Message]) -> csr_matrix:
        dense = np.vstack([m.get_dense_features(TEXT)[1].features for m in messages])
        sparse = self._vectorizer.transform([_clean(message) for message in messages])
        weighted = csr_matrix(dense * self._config["dense_weight"])
        return hstack([weighted, sparse], format="csr")


def _clean(message: Message) -> Text:
    return normalise(message.get(TEXT)).lower()


def _ranked(name: Optional[Text], confidence: float) -> Dict[Text, Any]:
    return {INTENT_NAME_KEY: name, PREDICTED_CONFIDENCE_KEY: confidence}
