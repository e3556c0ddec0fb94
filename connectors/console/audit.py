"""Who changed what in the console: kinds and ids, never texts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine, insert, select

from connectors.platform.database import transaction
from connectors.platform.schema import agents, audit_log


@dataclass(frozen=True)
class AuditEntry:
    """A change.

    Attributes:
        who: name of the agent, None for somebody who was not logged in.
        action: what was done, e.g. ``faq.approve``.
        target: what it was done to, e.g. ``faq 12``.
    """

    who: str | None
    action: str
    target: str
    happened_on: datetime


class AuditLog:
    """Write changes down and list them.

    Args:
        engine: the migrated database.
        clock: returns the current moment with its time zone.
    """

    def __init__(self, engine: Engine, clock: Callable[[], datetime]) -> None:
        self._engine = engine
        self._clock = clock

    def record(
        self, connection: Connection, agent_id: int | None, action: str, target: str
    ) -> None:
        """Write a change down within its own transaction, so that there is never one without.

        Args:
            connection: where the change is made.
            agent_id: who makes it, None for somebody who is not logged in.
            action: what is done.
            target: kind and id of what it is done to.
        """
        row = {
            "agent_id": agent_id,
            "action": action,
            "target": target,
            "happened_on": self._clock(),
        }
        connection.execute(insert(audit_log), row)

    def note(self, agent_id: int | None, action: str, target: str) -> None:
        """Write down a change that another service has made."""
        with transaction(self._engine) as connection:
            self.record(connection, agent_id, action, target)

    def latest(
        self, limit: int, before: int | None = None, agent_id: int | None = None
    ) -> list[tuple[int, AuditEntry]]:
        """Return changes, newest first.

        Args:
            limit: most entries wanted.
            before: id of the entry to go on after.
            agent_id: whose changes are wanted, None for everybody's.

        Returns:
            (id, entry).
        """
        query = (
            select(
                audit_log.c.id,
                agents.c.name,
                audit_log.c.action,
                audit_log.c.target,
                audit_log.c.happened_on,
            )
            .outerjoin_from(audit_log, agents, audit_log.c.agent_id == agents.c.id)
            .order_by(audit_log.c.id.desc())
            .limit(limit)
        )
        if before is not None:
            query = query.where(audit_log.c.id < before)
        if agent_id is not None:
            query = query.where(audit_log.c.agent_id == agent_id)
        with transaction(self._engine) as connection:
            return [(row[0], AuditEntry(*row[1:])) for row in connection.execute(query)]
