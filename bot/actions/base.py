"""The frame of every action: it never leaves the user without a reply."""

from __future__ import annotations

import asyncio
import logging
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from functools import cached_property
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher

from bot.actions.conversation import (
    chat_of,
    entity_values,
    message_text,
    query_locale,
    reply_locale,
    text_without,
)
from bot.actions.services import Services, get_services
from connectors.observability.metrics import count_error, timed
from connectors.platform.linking import TOKEN_LIFETIME
from connectors.platform.records import PlatformError
from knowledge_base.competencies import NameMatch
from knowledge_base.passages import Kind
from knowledge_base.search import SearchResult, Verdict

logger = logging.getLogger(__name__)
_DEPTH = 8
_LEVELS = ("beginner", "intermediate", "advanced")
# Entities that say what a course should be like, or which one is meant, but no topic.
_NO_TOPICS = ("level", "mandatory", "provider", "minutes", "language_name", "item_number")
TOKEN_MINUTES = round(TOKEN_LIFETIME.total_seconds() / 60)


class SathiAction(Action, ABC):
    """Run ``act`` in a worker thread, so that a search blocks no other conversation."""

    @abstractmethod
    def name(self) -> str:
        """Return the name of the action."""

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        """Do what the subclass does; on a fault say so and keep the conversation."""
        try:
            turn = Turn(dispatcher, tracker, get_services())
            with timed("action", self.name()):
                returned = await asyncio.to_thread(self.act, turn)
                await turn.finish()
        except PlatformError as error:
            logger.warning("%s: %s", self.name(), type(error).__name__)
            dispatcher.messages.clear()
            dispatcher.utter_message(response="utter_platform_unavailable")
            return []
        except Exception:
            logger.exception("%s failed", self.name())
            count_error("action")
            dispatcher.messages.clear()
            dispatcher.utter_message(response="utter_search_unavailable")
            return []
        return [*returned, *turn.events]

    @abstractmethod
    def act(self, turn: Turn) -> list[EventType]:
        """Reply to the user and return the events that follow."""


class LinkedAction(SathiAction):
    """Do something with a linked learner's own records, in a private chat only."""

    unlinked_response = "utter_link_how"

    def act(self, turn: Turn) -> list[EventType]:
        """Check who asks."""
        if turn.chat.is_group:
            turn.reply("utter_private_chat_only")
            return []
        learner_id = turn.learner_id
        if learner_id is None:
            turn.reply(self.unlinked_response, minutes=TOKEN_MINUTES)
            return []
        return self.act_for(turn, learner_id)

    @abstractmethod
    def act_for(self, turn: Turn, learner_id: str) -> list[EventType]:
        """Reply to a linked learner and return the events that follow."""


class Turn:
    """One turn of a conversation, as an action sees it.

    Args:
        dispatcher: collects the replies.
        tracker: the conversation so far.
        services: what all actions share.

    Attributes:
        events: what follows from what was done on the way, besides what the action returns.
    """

    def __init__(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, services: Services
    ) -> None:
        self.dispatcher = dispatcher
        self.tracker = tracker
        self.services = services
        self.knowledge_base = services.knowledge_base
        self.settings = services.settings
        self.clock = services.clock
        self.locale = reply_locale(tracker.slots)
        self.query_locale = query_locale(tracker)
        self.chat = chat_of(tracker)
        self.events: list[EventType] = []
        self._unfinished: list[Callable[[], Awaitable[None]]] = []
        self._found: dict[Kind, SearchResult] = {}

    @cached_property
    def learner_id(self) -> str | None:
        """Id of the learner this chat is linked to."""
        return self.services.links.learner_of(self.chat)

    @cached_property
    def names_found(self) -> list[NameMatch]:
        """Competencies and roles that the message names, the most telling first."""
        return self.knowledge_base.competencies.find(message_text(self.tracker))

    @cached_property
    def topic_words(self) -> list[str]:
        """Words of the message that name a topic."""
        text = text_without(self.tracker, _NO_TOPICS)
        return self.services.topics.find(text, self.query_locale)

    @cached_property
    def filters_named(self) -> dict[str, Any]:
        """Fields of ``RecommendationFilters`` that the message names: level, provider, duty."""
        named = (
            ("level", set(_LEVELS)),
            ("provider", {c.provider for c in self.knowledge_base.catalogue.courses.values()}),
        )
        found = {}
        for field, known in named:
            # Who makes up a command may put anything there.
            values = [v for v in entity_values(self.tracker, field) if isinstance(v, str)]
            values = [v for v in values if v in known]
            if values:
                found[field] = values[0]
        if True in entity_values(self.tracker, "mandatory"):
            found["mandatory"] = True
        return found

    def search(self, kind: Kind) -> SearchResult:
        """Return what a search for the message finds among entries of one kind, best first.

        Args:
            kind: kind of entries; those of each are searched once a turn.
        """
        if kind not in self._found:
            text = message_text(self.tracker)
            found = self.knowledge_base.search(text, self.query_locale, [kind], _DEPTH)
            self._found[kind] = found
        return self._found[kind]

    def verdict(self, result: SearchResult) -> Verdict:
        """Return whether what was found answers, may answer, or does not."""
        return result.verdict(self.settings.answer_threshold, self.settings.suggest_threshold)

    def finish_with(self, work: Callable[[], Awaitable[None]]) -> None:
        """Leave to the event loop what waits for others, after the action has run.

        Args:
            work: waits without holding a thread, then replies.
        """
        self._unfinished.append(work)

    async def finish(self) -> None:
        """Do what was left, in its order."""
        for work in self._unfinished:
            await work()

    def reply(self, response: str, **facts: Any) -> None:
        """Reply with a message of the catalogue and the facts it is worded from."""
        self.dispatcher.utter_message(response=response, **facts)
