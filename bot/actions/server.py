"""The action server's process: ``python -m bot.actions.server``.

One Sanic application serves rasa-sdk's ``/webhook``, the NLG endpoint ``/nlg``, files and
messages that channels fetch, and ``/health``, ``/ready`` and ``/metrics``.
"""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from typing import cast

from rasa_sdk.endpoint import create_app
from rasa_sdk.executor import ActionExecutor
from sanic import Sanic
from sqlalchemy import create_engine

from bot.actions.answer_wording import open_wording
from bot.actions.documents import DocumentStore, document_routes
from bot.actions.erasure import ConversationEraser
from bot.actions.erasure_routes import erasure_routes
from bot.actions.nlg import nlg
from bot.actions.operations import observe, operations_routes
from bot.actions.outbox import outbox_routes
from bot.actions.portal_routes import portal_routes
from bot.actions.recommender_files import RecommenderFiles
from bot.actions.recommender_source import RecommenderSource
from bot.actions.reminder_composer import ReminderComposer
from bot.actions.reminder_scheduler import ReminderScheduler
from bot.actions.rendering import render
from bot.actions.services import Services, set_services
from bot.actions.settings import ActionSettings
from bot.actions.stored_conversations import StoredConversations
from connectors.analytics.opening import open_analytics
from connectors.analytics.settings import AnalyticsSettings
from connectors.analytics.unanswered import UnansweredQuestions
from connectors.console.opening import open_console
from connectors.console.routes import mount_console
from connectors.console.services import ConsoleServices
from connectors.helpdesk.factory import HelpdeskSettingError, open_helpdesk
from connectors.helpdesk.hours import HoursError
from connectors.helpdesk.keeper import Keeper
from connectors.helpdesk.routes import helpdesk_routes
from connectors.helpdesk.settings import HelpdeskSettings
from connectors.observability.interpreter import keep_what_stands, take_turns_quickly
from connectors.observability.logs import LogFormatError, log_formatter
from connectors.observability.metrics import TimedCalls
from connectors.observability.tracing import TracingSettingError, start_tracing
from connectors.platform.database import migrate, open_database
from connectors.platform.factory import (
    PlatformSettingError,
    link_secret,
    open_platform,
    open_portal,
)
from connectors.platform.feedback import FeedbackService
from connectors.platform.link_addresses import ChatSettings
from connectors.platform.linking import LinkService
from connectors.platform.outbox import Outbox
from connectors.platform.quiz_results import QuizResultService
from connectors.platform.records import LearningPlatform, NotKnownError, PlatformError
from connectors.platform.reminders import ReminderService
from connectors.platform.schema import utc_now
from connectors.platform.settings import BhashiniSettings, GenerationSettings, PlatformSettings
from knowledge_base.index import SearchIndexError
from knowledge_base.knowledge_base import KnowledgeBase, open_knowledge_base
from knowledge_base.loader import CatalogueError
from knowledge_base.model_weights import ModelWeightsError
from knowledge_base.passages import Kind
from knowledge_base.recommend.vectors import course_vectors
from knowledge_base.settings import KnowledgeBaseSettings

logger = logging.getLogger(__name__)
_START_ERRORS = (
    CatalogueError,
    SearchIndexError,
    ModelWeightsError,
    PlatformError,
    PlatformSettingError,
    HelpdeskSettingError,
    HoursError,
    FileNotFoundError,
)
_RENEWAL = "recommendations"
_SEARCHES = ("search", "search_courses")
_WARM_UP = "which course teaches the right to information"


def open_services(settings: ActionSettings) -> Services:
    """Open what the actions share, and search once so that the first user need not wait."""
    knowledge_base = open_knowledge_base()
    knowledge_base.search(_WARM_UP, "hi_Latn", [Kind.COURSE, Kind.CONTENT])
    platform_settings, analytics_settings = PlatformSettings(), AnalyticsSettings()
    engine = open_database(platform_settings.database)
    migrate(engine)
    secret = link_secret(platform_settings, settings.state_directory)
    conversations = StoredConversations(
        create_engine(settings.tracker_store_url, hide_parameters=True)
    )
    platform = open_platform(platform_settings, engine)
    return Services(
        knowledge_base=timed_search(knowledge_base),
        settings=settings,
        platform=timed_platform(platform),
        links=LinkService(engine, secret, utc_now),
        helpdesk=open_helpdesk(HelpdeskSettings(), engine, utc_now, render),
        outbox=Outbox(engine, utc_now),
        feedback=FeedbackService(engine, utc_now),
        quiz_results=QuizResultService(engine, utc_now),
        reminders=ReminderService(engine, utc_now),
        recommenders=open_recommenders(knowledge_base, settings.recommender_directory),
        documents=DocumentStore(settings.state_directory / "documents"),
        conversations=conversations,
        eraser=ConversationEraser(engine, conversations, utc_now),
        unanswered=UnansweredQuestions(engine, utc_now, analytics_settings.unanswered_days),
        analytics=open_analytics(analytics_settings, engine, knowledge_base),
        clock=utc_now,
        wording=open_wording(GenerationSettings(), BhashiniSettings(), knowledge_base.encoder),
    )


def timed_search(knowledge_base: KnowledgeBase) -> KnowledgeBase:
    """Return the knowledge base with its searches measured."""
    return cast(KnowledgeBase, TimedCalls(knowledge_base, "search", _SEARCHES))


def timed_platform(platform: LearningPlatform) -> LearningPlatform:
    """Return the learning platform with its calls measured and its faults counted."""
    timed = TimedCalls(platform, "platform", is_fault=lambda e: not isinstance(e, NotKnownError))
    return cast(LearningPlatform, timed)


def open_console_of(services: Services) -> ConsoleServices:
    """Open what the console works with, on connections of its own."""
    settings = PlatformSettings()
    engine = open_database(settings.database)
    return open_console(
        engine,
        services.knowledge_base,
        services.platform,
        services.helpdesk.desk,
        services.unanswered,
        services.analytics,
        link_secret(settings, services.settings.state_directory),
        services.clock,
    )


def open_recommenders(knowledge_base: KnowledgeBase, folder: Path) -> RecommenderSource:
    """Return the source of recommenders over the catalogue, its vectors and what was fitted."""
    catalogue = knowledge_base.catalogue
    cache = KnowledgeBaseSettings().embedding_cache
    vectors = course_vectors(catalogue, knowledge_base.encoder, cache)
    return RecommenderSource(catalogue, vectors, RecommenderFiles(folder), utc_now)


def open_scheduler(services: Services) -> ReminderScheduler:
    """Return what sends reminders; courses that are in the catalogue for the first time are new.

    Raises:
        PlatformUnavailableError: the database failed.
    """
    composer = ReminderComposer(
        services.platform,
        services.feedback,
        services.recommenders.current,
        services.knowledge_base,
        services.reminders.first_seen(services.knowledge_base.catalogue.courses),
        services.clock,
    )
    return ReminderScheduler(services.reminders, composer, services.clock)


def build_app(services: Services) -> Sanic:
    """Build the application."""
    executor = ActionExecutor()
    executor.register_package("bot.actions")
    app = create_app(executor, cors_origins=None)
    observe(app)
    app.blueprint(operations_routes(services.outbox))
    app.blueprint(nlg)
    app.blueprint(document_routes(services.documents))
    app.blueprint(outbox_routes(services.outbox, services.links))
    app.blueprint(erasure_routes(services.eraser))
    portal = open_portal(PlatformSettings(), services.links, services.platform, services.clock)
    app.blueprint(portal_routes(portal, ChatSettings()))
    app.blueprint(helpdesk_routes(services.helpdesk))
    app.add_task(services.eraser.run())
    app.add_task(Keeper(services.helpdesk.desk, services.outbox).run())
    if services.helpdesk.forwarder:
        app.add_task(services.helpdesk.forwarder.run())
    app.add_task(open_scheduler(services).run())

    @app.after_server_start
    async def renew(app: Sanic) -> None:
        """Renew the recommender while the server runs."""
        app.add_task(services.recommenders.run(), name=_RENEWAL)

    @app.before_server_stop
    async def end_renewal(app: Sanic) -> None:
        """Let the task end its fit, which would outlive a server that only stops."""
        await app.cancel_task(_RENEWAL, raise_exception=False)

    @app.after_server_stop
    async def close_wording(app: Sanic) -> None:
        """Close the connections to what words answers."""
        await services.wording.close()

    return app


def main() -> int:
    """Run the server until it is stopped."""
    take_turns_quickly()
    handler = logging.StreamHandler()
    try:
        handler.setFormatter(log_formatter("actions"))
        start_tracing("actions")
    except (LogFormatError, TracingSettingError) as error:
        print(error, file=sys.stderr)
        return 2
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    settings = ActionSettings()
    try:
        services = open_services(settings)
        set_services(services)
        app = build_app(services)
        mount_console(app, open_console_of(services))
        keep_what_stands()
        app.run(settings.action_host, settings.action_port, single_process=True, motd=False)
    except _START_ERRORS as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
