"""What users said of courses that were suggested to them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Engine, insert, or_, select

from connectors.platform.database import transaction
from connectors.platform.schema import feedback

_COURSE = "course"


class Opinion(StrEnum):
    """What somebody thinks of a suggested course."""

    LIKED = "liked"
    DISLIKED = "disliked"


class FeedbackService:
    """Keep opinions and look them up.

    Args:
        engine: the migrated database.
        clock: returns the current moment with its time zone.
    """

    def __init__(self, engine: Engine, clock: Callable[[], datetime]) -> None:
        self._engine = engine
        self._clock = clock

    def add(self, chat_key: str, learner_id: str | None, course_id: str, opinion: Opinion) -> None:
        """Keep an opinion.

        Args:
            chat_key: keyed hash of the chat.
            learner_id: the linked learner, if there is one.
            course_id: what it is about.
            opinion: what was said.

        Raises:
            PlatformUnavailableError: the database failed.
        """
        row = {
            "chat_key": chat_key,
            "learner_id": learner_id,
            "kind": _COURSE,
            "target": course_id,
            "value": opinion.value,
            "created_on": self._clock(),
        }
        with transaction(self._engine) as connection:
            connection.execute(insert(feedback), row)

    def of(self, chat_key: str, learner_id: str | None) -> dict[str, Opinion]:
        """Return the latest opinion on each course, of the chat and of its learner.

        Returns:
            Course id -> opinion.
        """
        who = feedback.c.chat_key == chat_key
        if learner_id is not None:
            who = or_(who, feedback.c.learner_id == learner_id)
        query = (
            select(feedback.c.target, feedback.c.value)
            .where(who & (feedback.c.kind == _COURSE))
            .order_by(feedback.c.created_on, feedback.c.id)
        )
        with transaction(self._engine) as connection:
            return {target: Opinion(value) for target, value in connection.execute(query)}
