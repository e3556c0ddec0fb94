"""Components whose training leaves one content, kept in one file of the model."""

from __future__ import annotations

import json
import pickle
from abc import abstractmethod
from typing import Any, ClassVar, Dict, List, Text

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message


class StoredComponent(GraphComponent):
    """A component with a content that ``train`` stores as JSON and ``load`` reads.

    Attributes:
        stored_as: name of the file in the component's folder of the model.
    """

    stored_as: ClassVar[Text]

    def __init__(
        self,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        content: Any = None,
    ) -> None:
        """Create the component; ``content`` is what ``train`` stores, None before that."""
        self._config = config
        self._model_storage = model_storage
        self._resource = resource

    @classmethod
    def create(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> StoredComponent:
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
    ) -> StoredComponent:
        """Load the component with the content stored with the model."""
        with model_storage.read_from(resource) as folder:
            content = cls._parse((folder / cls.stored_as).read_bytes())
        return cls(config, model_storage, resource, content)

    def _store(self, content: Any) -> Resource:
        """Store the content with the model."""
        with self._model_storage.write_to(self._resource) as folder:
            (folder / self.stored_as).write_bytes(self._dump(content))
        return self._resource

    @staticmethod
    def _dump(content: Any) -> bytes:
        return json.dumps(content, ensure_ascii=False).encode("utf-8")

    @staticmethod
    def _parse(stored: bytes) -> Any:
        return json.loads(stored.decode("utf-8"))


class PickledComponent(StoredComponent):
    """The same for fitted models, which are no JSON."""

    @staticmethod
    def _dump(content: Any) -> bytes:
        return pickle.dumps(content)

    @staticmethod
    def _parse(stored: bytes) -> Any:
        return pickle.loads(stored)


class StoredExtractor(StoredComponent):
    """Finds entities in what users type; what buttons send has its entities already."""

    @abstractmethod
    def extract(self, text: Text) -> List[Dict[Text, Any]]:
        """Return the entities of a text."""

    def process(self, messages: List[Message]) -> List[Message]:
        """Add the entities found to the messages."""
        for message in messages:
            text = message.get(TEXT)
            if not text or text.startswith("/"):
                continue
            found = self.extract(text)
            message.set(ENTITIES, message.get(ENTITIES, []) + found, add_to_output=True)
        return messages

    def _entity(self, name: Text, value: Any, start: int, end: int) -> Dict[Text, Any]:
        return {
            "entity": name,
            "value": value,
            "start": start,
            "end": end,
            "extractor": type(self).__name__,
        }
