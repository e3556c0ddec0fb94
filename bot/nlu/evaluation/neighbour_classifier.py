"""Intents by the nearest training examples, for the comparison."""

from __future__ import annotations

import pickle
from typing import Any, Dict, List, Optional, Text

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.nlu.featurizers.featurizer import Featurizer
from rasa.shared.nlu.constants import (
    INTENT,
    INTENT_NAME_KEY,
    INTENT_RANKING_KEY,
    PREDICTED_CONFIDENCE_KEY,
    TEXT,
)
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from sklearn.neighbors import KNeighborsClassifier

_MODEL_FILE = "neighbour_classifier.pkl"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class NeighbourClassifier(GraphComponent, IntentClassifier):
    """The vote of the k nearest examples by cosine, the nearer the weightier.

    https://scikit-learn.org/1.1/modules/generated/sklearn.neighbors.KNeighborsClassifier.html
    """

    @classmethod
    def required_components(cls) -> List[type]:
        """Return what must come before in the pipeline."""
        return [Featurizer]

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        """Return the defaults: ``neighbours`` is k."""
        return {"neighbours": 15, "ranking_length": 5}

    def __init__(
        self,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        model: Optional[KNeighborsClassifier] = None,
    ) -> None:
        """Create the component, trained if the model is given."""
        self._config = config
        self._model_storage = model_storage
        self._resource = resource
        self._model = model

    @classmethod
    def create(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> NeighbourClassifier:
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
    ) -> NeighbourClassifier:
        """Load the examples stored with the model."""
        with model_storage.read_from(resource) as folder:
            model = pickle.loads((folder / _MODEL_FILE).read_bytes())
        return cls(config, model_storage, resource, model)

    def train(self, training_data: TrainingData) -> Resource:
        """Keep the examples."""
        examples = [e for e in training_data.intent_examples if e.get(TEXT)]
        self._model = KNeighborsClassifier(
            min(self._config["neighbours"], len(examples)), weights="distance", metric="cosine"
        )
        self._model.fit(_vectors(examples), [example.get(INTENT) for example in examples])
        with self._model_storage.write_to(self._resource) as folder:
            (folder / _MODEL_FILE).write_bytes(pickle.dumps(self._model))
        return self._resource

    def process(self, messages: List[Message]) -> List[Message]:
        """Set the intent of every message that has text, with the runners-up."""
        spoken = [message for message in messages if message.get(TEXT)]
        if not spoken:
            return messages
        probabilities = self._model.predict_proba(_vectors(spoken))
        for message, row in zip(spoken, probabilities, strict=True):
            ranking = [
                {
                    INTENT_NAME_KEY: str(self._model.classes_[i]),
                    PREDICTED_CONFIDENCE_KEY: float(row[i]),
                }
                for i in np.argsort(-row)[: self._config["ranking_length"]]
            ]
            message.set(INTENT, ranking[0], add_to_output=True)
            message.set(INTENT_RANKING_KEY, ranking, add_to_output=True)
        return messages


def _vectors(messages: List[Message]) -> np.ndarray:
    return np.vstack([m.get_dense_features(TEXT)[1].features for m in messages])
