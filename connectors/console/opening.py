"""The console's services as the settings choose them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Engine

from connectors.analytics.queries import Analytics
from connectors.analytics.unanswered import UnansweredQuestions
from connectors.console.accounts import AccountService
from connectors.console.audit import AuditLog
from connectors.console.canned import CannedAnswers
from connectors.console.faq import FaqService
from connectors.console.services import ConsoleServices
from connectors.console.settings import ConsoleSettings
from connectors.helpdesk.desk import HelpDesk
from connectors.platform.records import LearningPlatform
from knowledge_base.knowledge_base import KnowledgeBase


def open_console(
    engine: Engine,
    knowledge_base: KnowledgeBase,
    platform: LearningPlatform,
    desk: HelpDesk,
    unanswered: UnansweredQuestions,
    analytics: Analytics,
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
        analytics: counts of what happened.
        secret: what links are signed with.
        clock: returns the current moment with its time zone.
    """
    audit = AuditLog(engine, clock)
    return ConsoleServices(
        accounts=AccountService(engine, audit, clock),
        audit=audit,
        canned=CannedAnswers(engine, audit),
        faq=FaqService(engine, audit, clock),
        unanswered=unanswered,
        analytics=analytics,
        desk=desk,
        platform=platform,
        knowledge_base=knowledge_base,
        translator=ConsoleSettings().translator(),
        secret=secret,
        clock=clock,
    )
