"""Sentence features from multilingual-e5-small, run in the Rasa process.

The same ONNX file serves the action server's searches (``knowledge_base/onnx_model.py``).
"""

from __future__ import annotations

import asyncio
import os
from functools import lru_cache
from pathlib import Path
from typing import Any, ClassVar, Dict, List, Optional, Sequence, Text

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
_KEPT = 256


class QueryEncoder:
    """Vectors of messages, kept for a moment: a message is encoded before Rasa asks for it.

    Rasa runs its components on the loop that serves all chats; ``prepare`` computes what takes
    longest in a thread meanwhile.

    Args:
        folder: the unpacked model.
        max_characters: of a message that are looked at.
    """

    def __init__(self, folder: Path, max_characters: int) -> None:
        self._model = OnnxModel(folder)
        self._max_characters = max_characters
        self.vector = lru_cache(maxsize=_KEPT)(self._encode)

    async def prepare(self, text: Text) -> None:
        """Encode a message that is about to be parsed."""
        await asyncio.to_thread(self.vector, text)

    def vectors(self, texts: Sequence[Text]) -> np.ndarray:
        """Return the vectors of many messages, computed on all cores and not kept.

        Args:
            texts: n messages.

        Returns:
            float32 array of shape (n, 384), rows of length 1.
        """
        prompted = [self._prompted(text) for text in texts]
        return self._model.encode(prompted, workers=os.cpu_count() or 1)

    def _encode(self, text: Text) -> np.ndarray:
        return self._model.encode([self._prompted(text)])[0]

    def _prompted(self, text: Text) -> Text:
        return _PROMPT + normalise(text[: self._max_characters])


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class E5Featurizer(DenseFeaturizer, GraphComponent):
    """Give every message its sentence vector, shape (1, 384), of length 1.

    Attributes:
        encoder: of the model that serves, None before one is loaded.
    """

    encoder: ClassVar[Optional[QueryEncoder]] = None

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
        self._encoder = QueryEncoder(Path(config["folder"]), config["max_characters"])
        E5Featurizer.encoder = self._encoder

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
        for message in messages:
            text = message.get(TEXT)
            if text:
                self._add(message, self._encoder.vector(text)[np.newaxis, :])
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Add the features to the training examples, on all cores."""
        spoken = [m for m in training_data.training_examples if m.get(TEXT)]
        vectors = self._encoder.vectors([message.get(TEXT) for message in spoken])
        for message, vector in zip(spoken, vectors, strict=True):
            self._add(message, vector[np.newaxis, :])
        return training_data

    def _add(self, message: Message, vector: np.ndarray) -> None:
        features = Features(vector, FEATURE_TYPE_SENTENCE, TEXT, self._identifier)
        message.add_features(features)
