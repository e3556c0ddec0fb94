"""Sentence features from multilingual-e5-small, run in the Rasa process.

The same ONNX file serves the action server's searches (``knowledge_base/onnx_model.py``).
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Dict, List, Text

import numpy as np
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
from knowledge_base.onnx_model import OnnxModel

_PROMPT = "query: "


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class E5Featurizer(DenseFeaturizer, GraphComponent):
    """Give every message its sentence vector, shape (1, 384), of length 1."""

    @classmethod
    def required_components(cls) -> List[type]:
        """Return what must come before in the pipeline."""
        return [IndicTokenizer]

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        """Return the defaults: ``folder`` is where ``make model`` puts the model."""
        return {
            **DenseFeaturizer.get_default_config(),
            "max_characters": MAX_CHARACTERS,
            "folder": ".build/multilingual-e5-small",
        }

    def __init__(self, config: Dict[Text, Any], name: Text) -> None:
        """Load the model.

        Raises:
            OnnxModelError: it has not been made.
        """
        super().__init__(name, config)
        self._model = OnnxModel(Path(config["folder"]))

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
        limit = self._config["max_characters"]
        texts = [_PROMPT + normalise(message.get(TEXT)[:limit]) for message in spoken]
        for message, vector in zip(spoken, self._model.encode(texts), strict=True):
            self._add(message, vector[np.newaxis, :])
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Add the features to the training examples, on all cores."""
        self._model = OnnxModel(Path(self._config["folder"]), os.cpu_count() or 1)
        self.process(training_data.training_examples)
        return training_data

    def _add(self, message: Message, vector: np.ndarray) -> None:
        features = Features(vector, FEATURE_TYPE_SENTENCE, TEXT, self._identifier)
        message.add_features(features)
