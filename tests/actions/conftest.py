"""Fixtures over the real sample catalogue, model and index."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher
from sqlalchemy import Engine, select

from bot.actions.documents import DocumentStore
from bot.actions.erasure import ConversationEraser
from bot.actions.rendering import render
from bot.actions.server import open_recommenders
from bot.actions.services import Services, set_services
from bot.actions.settings import ActionSettings
from bot.actions.stored_conversations import StoredConversations
from connectors.analytics.queries import Analytics
from connectors.analytics.tables import open_events
from connectors.analytics.unanswered import UnansweredQuestions
from connectors.helpdesk.factory import open_helpdesk
from connectors.helpdesk.settings import HelpdeskSettings
from connectors.platform import schema
from connectors.platform.database import migrate, open_database
from connectors.platform.feedback import FeedbackService
from connectors.platform.linking import LinkService
from connectors.platform.outbox import Outbox
from connectors.platform.quiz_results import QuizResultService
from connectors.platform.reminders import ReminderService
from connectors.platform.seed.writer import fill
from connectors.platform.sql import SqlPlatform
from knowledge_base.catalogue import Catalogue
from knowledge_base.encoder import Encoder, load_encoder
from knowledge_base.knowledge_base import KnowledgeBase, open_knowledge_base
from knowledge_base.loader import load_catalogue
from knowledge_base.settings import KnowledgeBaseSettings
from tests.actions.databases import open_tracker_store

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


NOW = datetime(2026, 11, 20, 6, 30, tzinfo=UTC)
Run = Callable[..., tuple[list[dict], dict[str, Any]]]


@pytest.fixture(scope="session")
def seeded(tmp_path_factory: pytest.TempPathFactory, catalogue: Catalogue) -> Engine:
    """Return a database with 200 synthetic learners, made up to ``NOW``."""
    engine = open_database(f"sqlite:///{tmp_path_factory.mktemp('seeded') / 'sathi.db'}")
    migrate(engine)
    fill(engine, catalogue, NOW, learners=200)
    return engine


@pytest.fixture(scope="session")
def learner_ids(seeded: Engine) -> list[str]:
    """Return the ids of the synthetic learners, in their order."""
    with seeded.connect() as connection:
        query = select(schema.learners.c.id).order_by(schema.learners.c.id)
        return list(connection.execute(query).scalars())


@pytest.fixture
def services(knowledge_base: KnowledgeBase, seeded: Engine, tmp_path: Path) -> Iterator[Services]:
    """Set what actions work with: everything real, the clock standing at ``NOW``."""
    own = open_database(f"sqlite:///{tmp_path / 'own.db'}")
    migrate(own)

    events = open_events(f"sqlite:///{tmp_path / 'events.db'}")

    conversations = StoredConversations(open_tracker_store(tmp_path / "conversations.db"))

    def clock() -> datetime:
        return NOW

    opened = Services(
        knowledge_base=knowledge_base,
        settings=ActionSettings(),
        platform=SqlPlatform(seeded),
        links=LinkService(own, "s" * 40, clock),
        helpdesk=open_helpdesk(HelpdeskSettings(_env_file=None), own, clock, render),
        outbox=Outbox(own, clock),
        feedback=FeedbackService(own, clock),
        quiz_results=QuizResultService(own, clock),
        reminders=ReminderService(own, clock),
        recommenders=open_recommenders(knowledge_base, tmp_path / "recommender"),
        documents=DocumentStore(tmp_path / "documents"),
        conversations=conversations,
        eraser=ConversationEraser(own, conversations, clock),
        unanswered=UnansweredQuestions(own, clock, days=180),
        analytics=Analytics(events, own, {}),
        clock=clock,
    )
    set_services(opened)
    yield opened
    own.dispose()
    events.dispose()


@pytest.fixture
def run(services: Services) -> Run:
    """Return a function that runs an action as Rasa does: (replies, slots it set).

    ``after`` names the action that ran before the message came, ``ranking`` has the
    probabilities of the message's intents.
    """

    def perform(
        action: Action,
        text: str,
        entities: list[dict] | None = None,
        sender: str = "a-chat-nobody-can-guess",
        metadata: dict | None = None,
        channel: str = "rest",
        after: str | None = None,
        ranking: dict[str, float] | None = None,
        **slots: Any,
    ) -> tuple[list[dict], dict[str, Any]]:
        latest = {
            "text": text,
            "intent": {"name": "x"},
            "intent_ranking": [{"name": n, "confidence": c} for n, c in (ranking or {}).items()],
            "entities": entities or [],
            "metadata": metadata or {},
        }
        events = [{"event": "action", "name": after}] if after else []
        events += [{"event": "user", "text": text, "timestamp": 0, "input_channel": channel}]
        tracker = Tracker(sender, slots, latest, events, False, None, {}, "action_listen")
        dispatcher = CollectingDispatcher()
        returned = asyncio.run(action.run(dispatcher, tracker, {}))
        said = {event["name"]: event["value"] for event in returned if event["event"] == "slot"}
        return dispatcher.messages, said

    return perform
