"""What all actions share, opened once when the action server starts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from bot.actions.answer_wording import AnswerWording
from bot.actions.competency_aspects import CompetencyAspects
from bot.actions.course_aspects import course_aspects
from bot.actions.documents import DocumentStore
from bot.actions.erasure import ConversationEraser
from bot.actions.question_aspects import QuestionAspects
from bot.actions.recommender_source import RecommenderSource
from bot.actions.settings import ActionSettings
from bot.actions.stored_conversations import StoredConversations
from bot.actions.topic_words import TopicWords
from connectors.analytics.queries import Analytics
from connectors.analytics.unanswered import UnansweredQuestions
from connectors.helpdesk.factory import Helpdesk
from connectors.platform.feedback import FeedbackService
from connectors.platform.linking import LinkService
from connectors.platform.outbox import Outbox
from connectors.platform.quiz_results import QuizResultService
from connectors.platform.records import LearningPlatform
from connectors.platform.reminders import ReminderService
from knowledge_base.answers.sentence_vectors import SentenceVectors
from knowledge_base.answers.sources import SourceFinder
from knowledge_base.knowledge_base import KnowledgeBase
from knowledge_base.recommend.recommender import Recommender
from knowledge_base.settings import KnowledgeBaseSettings


@dataclass(frozen=True)
class Services:
    """What actions work with.

    Attributes:
        platform: the learning platform, asked for linked learners only.
        links: which learner a chat belongs to.
        helpdesk: tickets, and conversations that people answer.
        outbox: messages that wait for chats.
        feedback: what users said of suggested courses.
        quiz_results: how learners did in practice.
        reminders: who wants to be reminded, and what was sent.
        recommenders: holds the recommender of the moment.
        documents: files that replies hand out.
        conversations: what was said, all of it.
        eraser: deletes conversations.
        unanswered: questions that found no answer.
        analytics: what was counted of conversations.
        clock: returns the current moment with its time zone.
        wording: writes and translates answers, as far as that is set up.
    """

    knowledge_base: KnowledgeBase
    settings: ActionSettings
    platform: LearningPlatform
    links: LinkService
    helpdesk: Helpdesk
    outbox: Outbox
    feedback: FeedbackService
    quiz_results: QuizResultService
    reminders: ReminderService
    recommenders: RecommenderSource
    documents: DocumentStore
    conversations: StoredConversations
    eraser: ConversationEraser
    unanswered: UnansweredQuestions
    analytics: Analytics
    clock: Callable[[], datetime]
    wording: AnswerWording = field(default_factory=AnswerWording)

    @cached_property
    def sources(self) -> SourceFinder:
        """What takes the answering part from passages."""
        vectors = SentenceVectors(
            KnowledgeBaseSettings().sentence_vectors, self.knowledge_base.encoder
        )
        return SourceFinder(self.knowledge_base, vectors)

    @cached_property
    def topics(self) -> TopicWords:
        """What tells words of topics from others."""
        return TopicWords(self.knowledge_base.catalogue)

    @cached_property
    def course_aspects(self) -> QuestionAspects:
        """What tells which fact of a course is asked for."""
        return course_aspects(self.knowledge_base.encoder)

    @cached_property
    def competency_aspects(self) -> CompetencyAspects:
        """What tells what is asked of a competency."""
        return CompetencyAspects(self.knowledge_base.encoder)

    @property
    def recommender(self) -> Recommender:
        """What suggests courses at this moment; ask for it anew in every turn."""
        return self.recommenders.current()


class ServicesNotReadyError(RuntimeError):
    """The action server has not opened its services yet."""


_opened: list[Services] = []


def set_services(services: Services) -> None:
    """Set what actions work with; called once at start, and by tests."""
    _opened[:] = [services]


def get_services() -> Services:
    """Return what actions work with.

    Raises:
        ServicesNotReadyError: the server is still starting.
    """
    if not _opened:
        raise ServicesNotReadyError("the action server is still starting")
    return _opened[0]
