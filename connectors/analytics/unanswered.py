"""Questions that Sathi had no answer for: kept redacted, to be clustered and answered."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

import numpy as np
from sqlalchemy import Engine, delete, insert, or_, select, update

from connectors.log_redaction import redact
from connectors.platform.database import transaction
from connectors.platform.records import PlatformError
from connectors.platform.schema import unanswered_questions

logger = logging.getLogger(__name__)
_LONGEST = 300
_EMBED_AT_ONCE = 32
_POLL_SECONDS = 5.0
# Conversations come first.
_PAUSE_SECONDS = 0.2


class QuestionEncoder(Protocol):
    """What turns questions into vectors, see ``knowledge_base.encoder.Encoder``."""

    name: str

    def encode_queries(self, queries: list[str]) -> np.ndarray:
        """Return unit vectors, float32, shape (n, dimension)."""


@dataclass(frozen=True)
class Question:
    """A question without an answer.

    Attributes:
        vector: float32 array of shape (dimension,), of length 1.
    """

    id: int
    locale: str
    text: str
    asked_on: datetime
    vector: np.ndarray


class UnansweredQuestions:
    """Keep questions without an answer.

    All methods raise ``PlatformUnavailableError`` when the database fails.

    Args:
        engine: the migrated database.
        clock: returns the current moment with its time zone.
        days: how long questions are kept.
    """

    def __init__(self, engine: Engine, clock: Callable[[], datetime], days: int) -> None:
        self._engine = engine
        self._clock = clock
        self._lifetime = timedelta(days=days)

    def add(self, chat_key: str, locale: str, text: str) -> None:
        """Keep a question without what could be personal in it.

        Args:
            chat_key: keyed hash of the chat, so that its owner can have it deleted.
            locale: locale of the question.
            text: the question as typed.
        """
        row = {
            "chat_key": chat_key,
            "locale": locale,
            "text": redact(text)[:_LONGEST],
            "asked_on": self._clock(),
        }
        with transaction(self._engine) as connection:
            connection.execute(insert(unanswered_questions), row)

    def embed(self, encoder: QuestionEncoder) -> int:
        """Encode some of the questions that have no vector of this model yet.

        Returns:
            How many were encoded.
        """
        columns = unanswered_questions.c
        missing = or_(columns.model.is_(None), columns.model != encoder.name)
        query = (
            select(columns.id, columns.text)
            .where(missing)
            .order_by(columns.id.desc())
            .limit(_EMBED_AT_ONCE)
        )
        with transaction(self._engine) as connection:
            rows = connection.execute(query).all()
        if not rows:
            return 0
        vectors = encoder.encode_queries([row.text for row in rows])
        with transaction(self._engine) as connection:
            for row, vector in zip(rows, vectors, strict=True):
                values = {"model": encoder.name, "vector": vector.astype(np.float32).tobytes()}
                own = columns.id == row.id
                connection.execute(update(unanswered_questions).where(own).values(values))
        return len(rows)

    def expire(self) -> None:
        """Delete what is older than questions are kept."""
        oldest = self._clock() - self._lifetime
        with transaction(self._engine) as connection:
            old = unanswered_questions.c.asked_on < oldest
            connection.execute(delete(unanswered_questions).where(old))

    def between(self, start: datetime, end: datetime, limit: int, model: str) -> list[Question]:
        """Return encoded questions that nobody has answered yet, the newest first.

        Args:
            start: from when.
            end: until before when.
            limit: most questions wanted.
            model: name of the encoder; vectors of another one do not compare.
        """
        columns = unanswered_questions.c
        query = (
            select(columns.id, columns.locale, columns.text, columns.asked_on, columns.vector)
            .where(columns.faq_id.is_(None), columns.model == model)
            .where(columns.asked_on >= start, columns.asked_on < end)
            .order_by(columns.id.desc())
            .limit(limit)
        )
        with transaction(self._engine) as connection:
            rows = connection.execute(query).all()
        return [Question(*row[:4], np.frombuffer(row.vector, dtype=np.float32)) for row in rows]

    def texts(self, identifiers: Iterable[int]) -> list[tuple[str, str]]:
        """Return (locale, text) of questions that nobody has answered yet."""
        columns = unanswered_questions.c
        query = (
            select(columns.locale, columns.text)
            .where(columns.id.in_(list(identifiers)), columns.faq_id.is_(None))
            .order_by(columns.id)
        )
        with transaction(self._engine) as connection:
            return list(connection.execute(query).tuples())


async def keep_encoded(questions: UnansweredQuestions, encoder: QuestionEncoder) -> None:
    """Encode new questions and delete old ones, again and again, until cancelled.

    Args:
        questions: where they are kept.
        encoder: what encodes them.
    """
    while True:
        try:
            await asyncio.to_thread(questions.expire)
            encoded = await asyncio.to_thread(questions.embed, encoder)
        except PlatformError as error:
            encoded = 0
            logger.warning("unanswered questions wait: %s", type(error).__name__)
        except Exception:
            # A fault of today's questions must not keep those of tomorrow out of the console.
            encoded = 0
            logger.exception("unanswered questions could not be encoded")
        await asyncio.sleep(_PAUSE_SECONDS if encoded else _POLL_SECONDS)
