"""How learners did in practice quizzes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine, insert

from connectors.platform.database import transaction
from connectors.platform.schema import quiz_results


@dataclass(frozen=True)
class QuizScore:
    """Right answers of one competency.

    Attributes:
        competency: id of the competency.
        correct: number of right answers.
        asked: number of questions.
    """

    competency: str
    correct: int
    asked: int


class QuizResultService:
    """Keep the results of quizzes.

    Args:
        engine: the migrated database.
        clock: returns the current moment with its time zone.
    """

    def __init__(self, engine: Engine, clock: Callable[[], datetime]) -> None:
        self._engine = engine
        self._clock = clock

    def add(self, chat_key: str, learner_id: str | None, scores: Sequence[QuizScore]) -> None:
        """Keep a result.

        Args:
            chat_key: keyed hash of the chat.
            learner_id: the linked learner, if there is one.
            scores: one a competency.

        Raises:
            PlatformUnavailableError: the database failed.
        """
        rows = [
            {
                "chat_key": chat_key,
                "learner_id": learner_id,
                "competency": score.competency,
                "correct": score.correct,
                "asked": score.asked,
                "taken_on": self._clock(),
            }
            for score in scores
        ]
        if rows:
            with transaction(self._engine) as connection:
                connection.execute(insert(quiz_results), rows)
