"""Fixtures over the real sample catalogue, model and index."""

from __future__ import annotations

from pathlib import Path

import pytest

from knowledge_base.catalogue import Catalogue
from knowledge_base.encoder import Encoder, load_encoder
from knowledge_base.knowledge_base import KnowledgeBase, open_knowledge_base
from knowledge_base.loader import load_catalogue
from knowledge_base.settings import KnowledgeBaseSettings

REPOSITORY = Path(__file__).parent.parent.parent


@pytest.fixture(scope="session")
def settings() -> KnowledgeBaseSettings:
    return KnowledgeBaseSettings()


@pytest.fixture(scope="session")
def catalogue(settings: KnowledgeBaseSettings) -> Catalogue:
    return load_catalogue(settings.catalogue)


@pytest.fixture(scope="session")
def encoder(settings: KnowledgeBaseSettings) -> Encoder:
    return load_encoder(settings)


@pytest.fixture(scope="session")
def knowledge_base() -> KnowledgeBase:
    return open_knowledge_base()
