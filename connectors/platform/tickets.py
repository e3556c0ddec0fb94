"""Tickets for what only a person at the helpdesk can put right."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine, insert, select

from connectors.platform.database import transaction
from connectors.platform.schema import tickets

_OPEN = "open"
_ID_BYTES = 4


@dataclass(frozen=True)
class TicketRequest:
    """What a ticket is about.

    Attributes:
        chat_key: keyed hash of the chat, see ``LinkService.chat_key``.
        subject: key of the problem, e.g. ``certificate_not_issued``.
        facts: what was found, for the person who takes it.
    """

    chat_key: str
    subject: str
    learner_id: str | None = None
    course_id: str | None = None
    facts: Mapping[str, str | int | float] | None = None


class TicketService:
    """Open tickets in the database.

    Args:
        engine: the migrated database.
        clock: returns the current moment with its time zone.
    """

    def __init__(self, engine: Engine, clock: Callable[[], datetime]) -> None:
        self._engine = engine
        self._clock = clock

    def open(self, request: TicketRequest) -> str:
        """Open a ticket, or find the open one on the same matter.

        Returns:
            The ticket's number, for the learner to quote.

        Raises:
            PlatformUnavailableError: the database failed.
        """
        same = (
            (tickets.c.chat_key == request.chat_key)
            & (tickets.c.subject == request.subject)
            & tickets.c.course_id.is_not_distinct_from(request.course_id)
            & (tickets.c.status == _OPEN)
        )
        with transaction(self._engine) as connection:
            existing = connection.execute(select(tickets.c.id).where(same)).scalar()
            if existing:
                return existing
            number = f"S-{secrets.token_hex(_ID_BYTES).upper()}"
            row = {
                "id": number,
                "chat_key": request.chat_key,
                "learner_id": request.learner_id,
                "subject": request.subject,
                "course_id": request.course_id,
                "facts": dict(request.facts or {}),
                "status": _OPEN,
                "created_on": self._clock(),
            }
            connection.execute(insert(tickets), row)
            return number
