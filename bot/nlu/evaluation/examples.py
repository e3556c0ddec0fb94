"""Training examples: shares of them, and how the classifier trained on some takes others.

Vectors are computed once for all examples; a classifier is trained as often as a
measurement wants it.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import List, Sequence, Text

from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.importers.rasa import RasaFileImporter
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from sklearn.model_selection import train_test_split

from bot.nlu.e5_featurizer import E5Featurizer
from bot.nlu.evaluation.measures import Understood
from bot.nlu.evaluation.model import understood_of
from bot.nlu.intent_classifier import IntentClassifier

SEED = 7


def read_examples(directory: Path) -> List[Message]:
    """Return the examples of all training files of a directory."""
    importer = RasaFileImporter(training_data_paths=[str(directory)])
    return list(importer.get_nlu_data().intent_examples)


def locale_of(example: Message) -> Text:
    """Return the locale that an example's metadata names."""
    return example.get("metadata")[INTENT]["language"]


def stratum_of(example: Message) -> Text:
    """Return the intent and the locale of an example, which every split keeps even."""
    return f"{example.get(INTENT)} {locale_of(example)}"


def take_share(examples: Sequence[Message], share: float, seed: int = SEED) -> List[Message]:
    """Return a share of the examples, the same of every intent in every locale.

    Args:
        examples: examples with intent and locale.
        share: above 0, at most 1.
        seed: of the choice.

    Raises:
        ValueError: the share leaves less than one example for each intent and locale.
    """
    if share == 1:
        return list(examples)
    strata = [stratum_of(example) for example in examples]
    taken, _ = train_test_split(
        list(examples), train_size=share, stratify=strata, random_state=seed
    )
    return taken


class Vectors:
    """Sentence vectors for messages, from the component of the pipeline."""

    def __init__(self) -> None:
        config = E5Featurizer.get_default_config()
        self._featurizer = E5Featurizer(config, "featurizer")

    def add(self, messages: List[Message]) -> List[Message]:
        """Add their vectors to messages, on all cores."""
        self._featurizer.process_training_data(TrainingData(messages))
        return messages

    def of_texts(self, texts: Sequence[Text]) -> List[Message]:
        """Return messages with vectors for texts."""
        return self.add([Message(data={TEXT: text}) for text in texts])


def train_classifier(examples: Sequence[Message]) -> IntentClassifier:
    """Train the classifier of the pipeline with its defaults.

    Args:
        examples: examples with vectors.
    """
    with tempfile.TemporaryDirectory() as folder:
        classifier = IntentClassifier.create(
            IntentClassifier.get_default_config(),
            LocalModelStorage(Path(folder)),
            Resource("classifier"),
            ExecutionContext(GraphSchema({}), node_name="classifier"),
        )
        classifier.train(TrainingData(list(examples)))
    return classifier


def classify(classifier: IntentClassifier, messages: Sequence[Message]) -> List[Understood]:
    """Classify messages; the given ones stay as they are.

    Args:
        classifier: a trained one.
        messages: n messages with vectors, labelled or not.
    """
    return [understood_of(parsed) for parsed in parse(classifier, messages)]


def parse(classifier: IntentClassifier, messages: Sequence[Message]) -> List[dict]:
    """Return the intent and the ranking that a classifier gives each message."""
    unlabelled = [Message(data={TEXT: m.get(TEXT)}, features=m.features) for m in messages]
    return [message.data for message in classifier.process(unlabelled)]
