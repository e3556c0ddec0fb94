"""Intents by the nearest training examples, for the comparison."""

from __future__ import annotations

from typing import Any, Dict, List, Optional, Text

import numpy as np
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

from bot.nlu.stored_component import PickledComponent


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class NeighbourClassifier(PickledComponent, IntentClassifier):
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

    stored_as = "neighbour_classifier.pkl"

    def __init__(
        self,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        content: Optional[KNeighborsClassifier] = None,
    ) -> None:
        """Create the component; ``content`` is the examples, ready to be searched."""
        super().__init__(config, model_storage, resource)
        self._model = content

    def train(self, training_data: TrainingData) -> Resource:
        """Keep the examples."""
        examples = [e for e in training_data.intent_examples if e.get(TEXT)]
        self._model = KNeighborsClassifier(
            min(self._config["neighbours"], len(examples)), weights="distance", metric="cosine"
        )
        self._model.fit(_vectors(examples), [example.get(INTENT) for example in examples])
        return self._store(self._model)

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
