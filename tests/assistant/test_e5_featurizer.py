"""Sentence features from the bundled model, as ``make model`` has unpacked it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from rasa.engine.graph import ExecutionContext
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu import e5_featurizer
from bot.nlu.e5_featurizer import E5Featurizer
from knowledge_base.onnx_model import OnnxModel, OnnxModelError
from tests.assistant.conftest import REPOSITORY

FOLDER = ".build/multilingual-e5-small"
TEXTS = ["How many days of leave may I take?", "मुझे कितनी छुट्टी मिल सकती है", "कंप्यूटर वायरस से बचाव"]


def featurizer(folder: Path, storage: LocalModelStorage, context: ExecutionContext) -> E5Featurizer:
    config = {**E5Featurizer.get_default_config(), "folder": str(folder)}
    return E5Featurizer.create(config, storage, Resource("e5"), context)


@pytest.fixture(scope="module")
def component(storage: LocalModelStorage, context: ExecutionContext) -> E5Featurizer:
    assert E5Featurizer.get_default_config()["folder"] == FOLDER
    return featurizer(REPOSITORY / FOLDER, storage, context)


def vectors(messages: list[Message]) -> np.ndarray:
    """Return the sentence vectors, shape (messages, dimension)."""
    return np.vstack([message.get_dense_features(TEXT)[1].features for message in messages])


def test_every_message_gets_a_vector_of_length_one(component: E5Featurizer) -> None:
    found = vectors(component.process([Message.build(text) for text in TEXTS]))
    assert found.shape == (3, 384)
    assert np.linalg.norm(found, axis=1) == pytest.approx(1, abs=1e-5)
    # The same question in two languages, and another one.
    assert found[0] @ found[1] > found[0] @ found[2]
    assert found[0] @ found[1] > found[1] @ found[2]


def test_a_message_without_text_gets_none(component: E5Featurizer) -> None:
    spoken, silent = component.process([Message.build("RTI"), Message({INTENT: "greet"})])
    assert spoken.get_dense_features(TEXT)[1] is not None
    assert silent.get_dense_features(TEXT)[1] is None


def test_a_long_message_is_cut(component: E5Featurizer) -> None:
    limit = E5Featurizer.get_default_config()["max_characters"]
    long = "छुट्टी " * limit
    one, other = vectors(component.process([Message.build(long), Message.build(long[:limit])]))
    assert one @ other == pytest.approx(1, abs=1e-5)


def test_examples_are_encoded_as_messages_are(component: E5Featurizer) -> None:
    data = TrainingData([Message.build(text, intent="greet") for text in TEXTS])
    examples = vectors(component.process_training_data(data).training_examples)
    alone = [vectors(component.process([Message.build(text)]))[0] for text in TEXTS]
    assert (examples * alone).sum(axis=1).min() > 0.99


def test_training_opens_the_model_once(
    monkeypatch: pytest.MonkeyPatch, storage: LocalModelStorage, context: ExecutionContext
) -> None:
    opened = []

    class Counted(OnnxModel):
        def __init__(self, *arguments: object) -> None:
            opened.append(arguments)
            super().__init__(*arguments)

    monkeypatch.setattr(e5_featurizer, "OnnxModel", Counted)
    # What serves is kept on the class.
    monkeypatch.setattr(E5Featurizer, "encoder", None)
    component = featurizer(REPOSITORY / FOLDER, storage, context)
    component.process_training_data(TrainingData([Message.build(text) for text in TEXTS]))
    assert len(opened) == 1


def test_a_missing_model_is_told_with_the_mend(
    tmp_path: Path, storage: LocalModelStorage, context: ExecutionContext
) -> None:
    with pytest.raises(OnnxModelError, match="run `make model`"):
        featurizer(tmp_path, storage, context)
