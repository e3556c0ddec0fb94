"""Fixtures for the assistant's own components, run in its Python 3.10 environment."""

from __future__ import annotations

from pathlib import Path

import pytest
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.importers.rasa import RasaFileImporter
from rasa.shared.nlu.training_data.training_data import TrainingData

REPOSITORY = Path(__file__).parent.parent.parent


@pytest.fixture(scope="session")
def training_data() -> TrainingData:
    importer = RasaFileImporter(training_data_paths=[str(REPOSITORY / "nlu_data")])
    return importer.get_nlu_data()


@pytest.fixture(scope="session")
def context() -> ExecutionContext:
    return ExecutionContext(GraphSchema({}), node_name="component")


@pytest.fixture(scope="session")
def storage(tmp_path_factory: pytest.TempPathFactory) -> LocalModelStorage:
    return LocalModelStorage(tmp_path_factory.mktemp("models"))


@pytest.fixture
def resource() -> Resource:
    return Resource("component")


def language_folders() -> list[Path]:
    return sorted(path.parent for path in (REPOSITORY / "nlu_data").glob("*/nlu.yml"))
