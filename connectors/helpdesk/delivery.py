"""Telling a remote desk what happens to tickets, also when it is down for a while.

What has to be told lies in ``deliveries`` until the desk has taken it, in order for each
ticket. A crash between the desk's answer and our note of it tells the desk twice, since
no desk can be asked whether it has something.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, delete, func, select, update

from connectors.helpdesk.desk import (
    Delivery,
    RefusedDeliveryError,
    RemoteDesk,
    RemoteDeskError,
    RemoteTicket,
)
from connectors.helpdesk.embedded import to_message, to_ticket
from connectors.platform.database import transaction
from connectors.platform.schema import deliveries, ticket_messages, tickets

logger = logging.getLogger(__name__)
# Longer than a desk may take to answer; whoever has crashed is not waited for longer.
_LEASE = timedelta(minutes=2)
_FIRST_WAIT = timedelta(seconds=5)
_LONGEST_WAIT = timedelta(hours=1)
_POLL_SECONDS = 2.0
_AT_ONCE = 20


class Forwarder:
    """Tell the remote desk, and try again what it did not take.

    Args:
        engine: the migrated database.
        clock: returns the current moment with its time zone.
        remote: the desk.
    """

    def __init__(self, engine: Engine, clock: Callable[[], datetime], remote: RemoteDesk) -> None:
        self._engine = engine
        self._clock = clock
        self._remote = remote

    async def run(self) -> None:
        """Tell what is due, again and again, until cancelled."""
        while True:
            try:
                await self.deliver_due()
            except Exception:
                logger.exception("deliveries to the helpdesk failed; trying again")
            await asyncio.sleep(_POLL_SECONDS)

    async def deliver_due(self) -> int:
        """Tell what is due now.

        Returns:
            How many deliveries the desk took.

        Raises:
            PlatformUnavailableError: the database failed.
        """
        numbers = await asyncio.to_thread(self._due)
        return sum(await asyncio.gather(*map(self._deliver_next, numbers)))

    async def _deliver_next(self, number: str) -> bool:
        delivery, row_ids = await asyncio.to_thread(self._lease, number)
        if delivery is None:
            return False
        try:
            made = await self._remote.deliver(delivery)
        except RefusedDeliveryError as error:
            logger.error("the helpdesk refused %s %s: %s", delivery.kind, delivery.id, error)  # noqa: TRY400
            await asyncio.to_thread(self._finish, delivery, row_ids, None)
            return False
        except RemoteDeskError as error:
            logger.warning("the helpdesk did not take %s: %s", delivery.kind, error)
            await asyncio.to_thread(self._postpone, delivery)
            return False
        await asyncio.to_thread(self._finish, delivery, row_ids, made)
        return True

    def _due(self) -> list[str]:
        """Return numbers of tickets whose first delivery is due."""
        first = select(func.min(deliveries.c.id)).group_by(deliveries.c.ticket_id)
        query = (
            select(deliveries.c.ticket_id)
            .where(deliveries.c.id.in_(first), deliveries.c.due_on <= self._clock())
            .order_by(deliveries.c.due_on, deliveries.c.id)
            .limit(_AT_ONCE)
        )
        with transaction(self._engine) as connection:
            return list(connection.execute(query).scalars())

    def _lease(self, number: str) -> tuple[Delivery | None, list[int]]:
        """Take a ticket's first delivery, with messages that follow, so that nobody else does."""
        first = select(func.min(deliveries.c.id)).where(deliveries.c.ticket_id == number)
        now = self._clock()
        due = (deliveries.c.id == first.scalar_subquery()) & (deliveries.c.due_on <= now)
        leased = update(deliveries).where(due).values(due_on=now + _LEASE)
        with transaction(self._engine) as connection:
            if not connection.execute(leased).rowcount:
                return None, []
            return self._read(connection, number)

    def _read(self, connection: Connection, number: str) -> tuple[Delivery | None, list[int]]:
        query = select(deliveries).where(deliveries.c.ticket_id == number)
        rows = connection.execute(query.order_by(deliveries.c.id)).all()
        row = connection.execute(select(tickets).where(tickets.c.id == number)).mappings().first()
        if not rows or row is None:
            # The learner has just had everything deleted.
            return None, []
        first, together = rows[0], [rows[0]]
        if first.kind == "message":
            for other in rows[1 : self._remote.at_once]:
                if other.kind != "message":
                    break
                together.append(other)
        wanted = [row.message_id for row in together if row.message_id is not None]
        found = select(ticket_messages).where(ticket_messages.c.id.in_(wanted))
        messages = connection.execute(found.order_by(ticket_messages.c.id)).mappings().all()
        delivery = Delivery(
            id=first.id,
            kind=first.kind,
            ticket=to_ticket(row),
            messages=tuple(to_message(message) for message in messages),
            attempts=first.attempts,
        )
        return delivery, [row.id for row in together]

    def _finish(
        self, delivery: Delivery, row_ids: Sequence[int], made: RemoteTicket | None
    ) -> None:
        with transaction(self._engine) as connection:
            connection.execute(delete(deliveries).where(deliveries.c.id.in_(row_ids)))
            if made is not None:
                place = {"remote_contact": made.contact, "remote_id": made.id}
                own = tickets.c.id == delivery.ticket.number
                connection.execute(update(tickets).where(own).values(place))

    def _postpone(self, delivery: Delivery) -> None:
        wait = min(_FIRST_WAIT * 2 ** min(delivery.attempts, 16), _LONGEST_WAIT)
        again = {"attempts": delivery.attempts + 1, "due_on": self._clock() + wait}
        with transaction(self._engine) as connection:
            own = deliveries.c.id == delivery.id
            connection.execute(update(deliveries).where(own).values(again))
