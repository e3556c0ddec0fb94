"""The console's services as the settings choose them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from connectors.analytics.queries import Analytics
from connectors.analytics.settings import AnalyticsSettings
from connectors.analytics.tables import open_events
from connectors.analytics.unanswered import UnansweredQuestions
from connectors.console.accounts import AccountService
from connectors.console.audit import AuditLog
from connectors.console.canned import CannedAnswers
from connectors.console.faq import FaqService
from connectors.console.services import ConsoleServices
from connectors.console.settings import ConsoleSettings
from connectors.helpdesk.desk import HelpDesk
from connectors.platform.records import LearningPlatform, PlatformUnavailableError
from knowledge_base.knowledge_base import KnowledgeBase
from knowledge_base.languages import registry


def open_console(
    engine: Engine,
    knowledge_base: KnowledgeBase,
    platform: LearningPlatform,
    desk: HelpDesk,
    unanswered: UnansweredQuestions,
    secret: str,
    clock: Callable[[], datetime],
) -> ConsoleServices:
    """Open what the console works with.

    Args:
        engine: the migrated database.
        knowledge_base: where live questions are found.
        platform: asked for the learner of a ticket.
        desk: the helpdesk.
        unanswered: questions without an answer.
        secret: what links are signed with.
        clock: returns the current moment with its time zone.

    Raises:
        PlatformUnavailableError: the database of analytics cannot be used.
    """
    audit = AuditLog(engine, clock)
    try:
        events = open_events(AnalyticsSettings().events_database)
    except (SQLAlchemyError, ImportError, OSError) as error:
        raise PlatformUnavailableError(
            f"SATHI_EVENTS_DATABASE cannot be used ({type(error).__name__}); set it to something "
            "like sqlite:///var/events.db"
        ) from error
    return ConsoleServices(
        accounts=AccountService(engine, audit, clock),
        audit=audit,
        canned=CannedAnswers(engine, audit),
        faq=FaqService(engine, audit, clock),
        unanswered=unanswered,
        analytics=Analytics(events, engine, _competencies(knowledge_base)),
        desk=desk,
        platform=platform,
        knowledge_base=knowledge_base,
        translator=ConsoleSettings().translator(),
        secret=secret,
        clock=clock,
    )


def _competencies(knowledge_base: KnowledgeBase) -> dict[str, list[str]]:
    """Return the English names of each course's competencies."""
    guide = knowledge_base.competencies
    return {
        key: [guide.name(c, registry.DEFAULT_LOCALE).name for c in course.competencies]
        for key, course in knowledge_base.catalogue.courses.items()
    }
