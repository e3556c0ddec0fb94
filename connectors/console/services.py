"""What the console's pages work with, opened once when the action server starts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from connectors.analytics.queries import Analytics
from connectors.analytics.unanswered import UnansweredQuestions
from connectors.console.accounts import AccountService
from connectors.console.audit import AuditLog
from connectors.console.canned import CannedAnswers
from connectors.console.faq import FaqService
from connectors.console.translator import Translator
from connectors.helpdesk.desk import HelpDesk
from connectors.platform.records import LearningPlatform
from knowledge_base.knowledge_base import KnowledgeBase


@dataclass(frozen=True)
class ConsoleServices:
    """What the console's pages work with.

    Attributes:
        secret: signs the log-in form; the one that links are signed with.
        clock: returns the current moment with its time zone.
    """

    accounts: AccountService
    audit: AuditLog
    canned: CannedAnswers
    faq: FaqService
    unanswered: UnansweredQuestions
    analytics: Analytics
    desk: HelpDesk
    platform: LearningPlatform
    knowledge_base: KnowledgeBase
    translator: Translator
    secret: str
    clock: Callable[[], datetime]
