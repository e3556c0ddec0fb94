"""The desk in Sathi's own database: every ticket is here, whatever other desk is used too.

What changes a ticket is one statement that names the state it must be in, so that of two
who do the same at once one finds it done. What a learner has to read lies in the outbox,
and what a remote desk has to be told in ``deliveries``, both written in the same
transaction; a crash loses neither.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Select,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError

from connectors.helpdesk.desk import TicketClosedError, TicketTakenError, TicketUnknownError
from connectors.helpdesk.records import (
    Agent,
    Attempt,
    Conversing,
    Holding,
    Line,
    Priority,
    Sender,
    SystemNote,
    Ticket,
    TicketMessage,
    TicketQuery,
    TicketRequest,
    TicketStatus,
)
from connectors.platform import outbox
from connectors.platform.database import transaction
from connectors.platform.schema import deliveries, links, ticket_messages, tickets

# Words a message: name of the response, locale, facts -> text, buttons and card data.
Word = Callable[[str, str, Mapping[str, Any]], Mapping[str, Any]]

_ID_BYTES = 4
_UNCLOSED = tickets.c.status != TicketStatus.CLOSED.value
_HELD = tickets.c.status == TicketStatus.HELD.value
# What remote desks are told of; the agents' own messages come from there, or need not go.
_FORWARDED = (Sender.LEARNER, Sender.SYSTEM)


@dataclass(frozen=True)
class DeskRules:
    """How the desk behaves.

    Attributes:
        hold: how long Sathi is silent after an agent's last message.
        rating_time: how long after its end the learner can say whether a ticket helped.
        forwards: whether a remote desk is told of everything.
        gather: how long messages to the remote desk wait, so that several go at once.
    """

    hold: timedelta = timedelta(minutes=30)
    rating_time: timedelta = timedelta(days=7)
    forwards: bool = False
    gather: timedelta = timedelta()


class EmbeddedDesk:
    """The helpdesk in SQL, see ``HelpDesk`` for its methods.

    Args:
        engine: the migrated database.
        clock: returns the current moment with its time zone.
        word: words what learners read.
        rules: how the desk behaves.
    """

    def __init__(
        self, engine: Engine, clock: Callable[[], datetime], word: Word, rules: DeskRules
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._word = word
        self._rules = rules

    def open(self, request: TicketRequest) -> str:
        """Open a ticket, or find the open one on the same matter."""
        with transaction(self._engine) as connection:
            found = connection.execute(_same_matter(request)).scalar()
            if found is not None:
                self._ask_again(connection, found, request)
                return found
            number = f"S-{secrets.token_hex(_ID_BYTES).upper()}"
            row = {
                "id": number,
                "chat_key": request.chat_key,
                "channel": request.chat.channel,
                "learner_id": request.learner_id,
                "subject": request.subject,
                "course_id": request.course_id,
                "status": TicketStatus.OPEN.value,
                "priority": request.priority.value,
                "locale": request.locale,
                "intent": request.intent,
                "summary": [asdict(line) for line in request.summary],
                "attempts": [asdict(attempt) for attempt in request.attempts],
                "converses": request.converses,
                "opened_on": self._clock(),
            }
            connection.execute(insert(tickets), row)
            outbox.keep_address(connection, request.chat_key, request.chat)
            self._forward(connection, number, request.chat_key, "open")
            return number

    def _ask_again(self, connection: Connection, number: str, request: TicketRequest) -> None:
        """Bring a ticket that nobody follows any more back to the queue."""
        if not request.converses:
            return
        values: dict[str, Any] = {"converses": True}
        if request.priority is Priority.HIGH:
            values["priority"] = request.priority.value
        own = tickets.c.id == number
        connection.execute(update(tickets).where(own).values(values))
        let_go = own & (tickets.c.status == TicketStatus.PENDING.value)
        back = update(tickets).where(let_go).values(status=TicketStatus.OPEN.value)
        if connection.execute(back).rowcount:
            self._note(connection, number, request.chat_key, SystemNote.ASKED_AGAIN)

    def ticket(self, number: str) -> Ticket:
        """Return a ticket."""
        with transaction(self._engine) as connection:
            return self._ticket(connection, number)

    def tickets(self, query: TicketQuery) -> list[Ticket]:
        """Return tickets for the queue."""
        urgent_first = (tickets.c.priority == Priority.HIGH.value).desc()
        wanted = (
            _matching(select(tickets), query)
            .order_by(urgent_first, tickets.c.opened_on, tickets.c.id)
            .limit(query.limit)
            .offset(query.offset)
        )
        with transaction(self._engine) as connection:
            return [to_ticket(row) for row in connection.execute(wanted).mappings()]

    def count(self, query: TicketQuery) -> int:
        """Return how many tickets a query has in all."""
        wanted = _matching(select(func.count()).select_from(tickets), query)
        with transaction(self._engine) as connection:
            return connection.execute(wanted).scalar_one()

    def tickets_of(self, chat_key: str, learner_id: str | None) -> list[Ticket]:
        """Return the tickets of a chat and of its learner."""
        own = (tickets.c.chat_key == chat_key) & tickets.c.learner_id.is_(None)
        if learner_id is not None:
            own = own | (tickets.c.learner_id == learner_id)
        query = select(tickets).where(own).order_by(tickets.c.opened_on.desc(), tickets.c.id)
        with transaction(self._engine) as connection:
            return [to_ticket(row) for row in connection.execute(query).mappings()]

    def copied_elsewhere(self, chat_key: str) -> list[str]:
        """Return the numbers of a chat's tickets that a remote desk has a copy of."""
        query = select(tickets.c.id).where(
            tickets.c.chat_key == chat_key, tickets.c.remote_id.is_not(None)
        )
        with transaction(self._engine) as connection:
            return list(connection.execute(query.order_by(tickets.c.opened_on)).scalars())

    def messages(self, number: str) -> list[TicketMessage]:
        """Return the messages of a ticket."""
        query = (
            select(*(ticket_messages.c[name] for name in TicketMessage.__dataclass_fields__))
            .where(ticket_messages.c.ticket_id == number)
            .order_by(ticket_messages.c.id)
        )
        with transaction(self._engine) as connection:
            self._ticket(connection, number)
            return [to_message(row) for row in connection.execute(query).mappings()]

    def append(self, number: str, lines: Sequence[Line], locale: str | None = None) -> None:
        """Add what was said in the chat to a ticket."""
        with transaction(self._engine) as connection:
            # Changed first, which keeps anybody from closing it in between.
            self._change(connection, number, locale=locale or tickets.c.locale)
            chat_key = self._ticket(connection, number).chat_key
            for line in lines:
                self._write(connection, number, chat_key, line.sender, line.text, was_sent=True)

    def holding(self, chat_key: str) -> Holding:
        """Return what becomes of a chat's messages."""
        query = (
            select(tickets.c.id, tickets.c.status, tickets.c.converses, tickets.c.held_until)
            .where(tickets.c.chat_key == chat_key, _UNCLOSED, _is_of_whoever_has_the_chat())
            .order_by(tickets.c.opened_on.desc(), tickets.c.id)
        )
        with transaction(self._engine) as connection:
            unclosed = connection.execute(query).all()
            held = [row for row in unclosed if row.status == TicketStatus.HELD]
            waiting = [row for row in unclosed if row.status == TicketStatus.OPEN and row.converses]
            if held:
                last = max(held, key=lambda row: row.held_until)
                lapsed = last.held_until <= self._clock()
                return Holding(Conversing.LAPSED if lapsed else Conversing.HELD, last.id, True)
            if waiting:
                number = waiting[0].id
                return Holding(Conversing.WAITING, number, _has_learner(connection, number))
        return Holding(Conversing.NOT_FOLLOWED if unclosed else Conversing.FREE)

    def take(self, number: str, agent: Agent, instead_of: str | None = None) -> None:
        """Let an agent hold the conversation."""
        is_mine = _HELD & (tickets.c.held_by == agent.id)
        may_be_taken = ~_HELD | (tickets.c.held_by == instead_of)
        with transaction(self._engine) as connection:
            if self._hold(connection, number, agent, is_mine):
                return
            if not self._hold(connection, number, agent, may_be_taken):
                ticket = self._ticket(connection, number)
                if ticket.status is TicketStatus.CLOSED:
                    raise TicketClosedError(number)
                raise TicketTakenError(number, ticket.held_by)
            ticket = self._ticket(connection, number)
            self._tell(connection, ticket, "utter_agent_joined", agent=agent.name)

    def reply(self, number: str, agent: Agent, text: str, remote_id: str | None = None) -> bool:
        """Write to the learner."""
        try:
            with transaction(self._engine) as connection:
                if not self._hold(connection, number, agent):
                    self._ticket(connection, number)
                    raise TicketClosedError(number)
                ticket = self._ticket(connection, number)
                was_sent = self._tell(
                    connection, ticket, "utter_agent_message", agent=agent.name, text=text
                )
                self._write(
                    *(connection, number, ticket.chat_key, Sender.AGENT, text),
                    author=agent.name,
                    was_sent=was_sent,
                    remote_id=remote_id,
                )
        except IntegrityError:
            # The remote desk has sent the message a second time.
            return self._was_sent(number, remote_id)
        return was_sent

    def note(self, number: str, agent: Agent, text: str) -> None:
        """Add a note that only agents see."""
        with transaction(self._engine) as connection:
            chat_key = self._ticket(connection, number).chat_key
            self._write(
                *(connection, number, chat_key, Sender.AGENT, text),
                author=agent.name,
                is_note=True,
            )

    def release(self, number: str, tell: bool = True) -> bool:
        """Give the conversation back to Sathi."""
        return self._let_go(number, _HELD, "utter_agent_left" if tell else None, None)

    def leave(self, number: str) -> bool:
        """Let the learner go back to Sathi."""
        return self._let_go(number, _HELD, None, SystemNote.LEARNER_LEFT)

    def lapse(self, number: str, tell: bool = True) -> bool:
        """Give the conversation back to Sathi if the agent's time is over."""
        over = _HELD & (tickets.c.held_until <= self._clock())
        response = "utter_hold_lapsed" if tell else None
        return self._let_go(number, over, response, SystemNote.HOLD_LAPSED)

    def lapse_all(self) -> int:
        """Give all conversations back to Sathi whose agents' time is over.

        Returns:
            How many there were.
        """
        over = select(tickets.c.id).where(_HELD, tickets.c.held_until <= self._clock())
        with transaction(self._engine) as connection:
            numbers = list(connection.execute(over).scalars())
        lapsed = 0
        for number in numbers:
            # A learner may have everything deleted meanwhile.
            with suppress(TicketUnknownError):
                lapsed += self.lapse(number)
        return lapsed

    def _let_go(
        self, number: str, state: Any, response: str | None, note: SystemNote | None
    ) -> bool:
        with transaction(self._engine) as connection:
            pending = (
                update(tickets)
                .where(tickets.c.id == number, state)
                .values(status=TicketStatus.PENDING.value, held_until=None)
            )
            if not connection.execute(pending).rowcount:
                self._ticket(connection, number)
                return False
            ticket = self._ticket(connection, number)
            if response is not None:
                self._tell(connection, ticket, response)
            if note is not None:
                self._note(connection, number, ticket.chat_key, note)
            return True

    def close(self, number: str, at_remote: bool = False) -> bool:
        """Close a ticket."""
        closed = {
            "status": TicketStatus.CLOSED.value,
            "held_until": None,
            "closed_on": self._clock(),
        }
        with transaction(self._engine) as connection:
            open_one = (tickets.c.id == number) & _UNCLOSED
            if not connection.execute(update(tickets).where(open_one).values(closed)).rowcount:
                self._ticket(connection, number)
                return False
            ticket = self._ticket(connection, number)
            self._tell(connection, ticket, "utter_ticket_closed")
            if not at_remote:
                self._forward(connection, number, ticket.chat_key, "close")
            return True

    def rate(self, chat_key: str, score: int) -> bool:
        """Keep whether the helpdesk helped."""
        last = (
            select(tickets.c.id)
            .where(
                tickets.c.chat_key == chat_key,
                _is_of_whoever_has_the_chat(),
                tickets.c.closed_on > self._clock() - self._rules.rating_time,
            )
            .order_by(tickets.c.closed_on.desc(), tickets.c.id)
            .limit(1)
        )
        unrated = (tickets.c.id == last.scalar_subquery()) & tickets.c.satisfaction.is_(None)
        with transaction(self._engine) as connection:
            rated = update(tickets).where(unrated).values(satisfaction=score)
            return bool(connection.execute(rated).rowcount)

    @staticmethod
    def _ticket(connection: Connection, number: str) -> Ticket:
        row = connection.execute(select(tickets).where(tickets.c.id == number)).mappings().first()
        if row is None:
            raise TicketUnknownError(number)
        return to_ticket(row)

    def _change(self, connection: Connection, number: str, **values: Any) -> None:
        """Change a ticket that is not closed."""
        open_one = (tickets.c.id == number) & _UNCLOSED
        if not connection.execute(update(tickets).where(open_one).values(values)).rowcount:
            self._ticket(connection, number)
            raise TicketClosedError(number)

    def _hold(
        self,
        connection: Connection,
        number: str,
        agent: Agent,
        state: ColumnElement[bool] = _UNCLOSED,
    ) -> bool:
        """Let an agent hold a ticket that is not closed and in a certain state."""
        held = {
            "status": TicketStatus.HELD.value,
            "held_by": agent.id,
            "held_until": self._clock() + self._rules.hold,
        }
        own = (tickets.c.id == number) & _UNCLOSED & state
        return bool(connection.execute(update(tickets).where(own).values(held)).rowcount)

    def _tell(self, connection: Connection, ticket: Ticket, response: str, **facts: Any) -> bool:
        """Let a message wait for the learner, unless somebody else has the chat by now."""
        own = select(tickets.c.id).where(
            tickets.c.id == ticket.number, _is_of_whoever_has_the_chat()
        )
        if connection.execute(own).first() is None:
            return False
        minutes = round(self._rules.hold.total_seconds() / 60)
        told = {"ticket": ticket.number, "minutes": minutes, **facts}
        message = self._word(response, ticket.locale, told)
        outbox.put(connection, ticket.chat_key, ticket.learner_id, message, self._clock())
        return True

    def _note(self, connection: Connection, number: str, chat_key: str, note: SystemNote) -> None:
        self._write(connection, number, chat_key, Sender.SYSTEM, note.value)

    def _write(
        self,
        connection: Connection,
        number: str,
        chat_key: str,
        sender: Sender,
        text: str,
        **values: Any,
    ) -> None:
        row = {
            "ticket_id": number,
            "chat_key": chat_key,
            "sender": sender.value,
            "author": None,
            "text": text,
            "is_note": False,
            "was_sent": False,
            "sent_on": self._clock(),
            **values,
        }
        written = connection.execute(insert(ticket_messages), row)
        if sender in _FORWARDED:
            self._forward(connection, number, chat_key, "message", written.inserted_primary_key[0])

    def _forward(
        self,
        connection: Connection,
        number: str,
        chat_key: str,
        kind: str,
        message_id: int | None = None,
    ) -> None:
        if not self._rules.forwards:
            return
        gathered = self._rules.gather if kind == "message" else timedelta()
        row = {
            "ticket_id": number,
            "chat_key": chat_key,
            "kind": kind,
            "message_id": message_id,
            "attempts": 0,
            "due_on": self._clock() + gathered,
        }
        connection.execute(insert(deliveries), row)

    def _was_sent(self, number: str, remote_id: str | None) -> bool:
        query = select(ticket_messages.c.was_sent).where(
            ticket_messages.c.ticket_id == number, ticket_messages.c.remote_id == remote_id
        )
        with transaction(self._engine) as connection:
            return bool(connection.execute(query).scalar())


def _is_of_whoever_has_the_chat() -> ColumnElement[bool]:
    """Return the condition that a ticket's chat was not given to another learner since."""
    linked = select(links.c.learner_id).where(links.c.chat_key == tickets.c.chat_key)
    return tickets.c.learner_id.is_(None) | (tickets.c.learner_id == linked.scalar_subquery())


def _same_matter(request: TicketRequest) -> Select:
    """Return the query for an open ticket that a request belongs to.

    A chat talks to the helpdesk about one thing at a time; what a rule found is a matter of
    its own for every course.
    """
    own = select(tickets.c.id).where(
        tickets.c.chat_key == request.chat_key, _UNCLOSED, _is_of_whoever_has_the_chat()
    )
    if request.converses:
        return own.where(tickets.c.converses)
    return own.where(
        tickets.c.subject == request.subject,
        tickets.c.course_id.is_not_distinct_from(request.course_id),
    )


def _matching(select_from: Select, query: TicketQuery) -> Select:
    for column, values in (
        (tickets.c.status, query.statuses),
        (tickets.c.locale, query.locales),
        (tickets.c.course_id, query.course_ids),
    ):
        if values:
            select_from = select_from.where(column.in_(values))
    if query.held_by is not None:
        select_from = select_from.where(tickets.c.held_by == query.held_by)
    return select_from


def _has_learner(connection: Connection, number: str) -> bool:
    query = select(ticket_messages.c.id).where(
        ticket_messages.c.ticket_id == number,
        ticket_messages.c.sender == Sender.LEARNER.value,
    )
    return connection.execute(query.limit(1)).first() is not None


def to_ticket(row: Mapping[str, Any]) -> Ticket:
    """Return a ticket from a row of ``tickets``."""
    fields = {name: row[name] for name in Ticket.__dataclass_fields__ if name in row}
    return Ticket(
        **{
            **fields,
            "number": row["id"],
            "status": TicketStatus(row["status"]),
            "priority": Priority(row["priority"]),
            "summary": tuple(Line(Sender(line["sender"]), line["text"]) for line in row["summary"]),
            "attempts": tuple(Attempt(**attempt) for attempt in row["attempts"]),
        }
    )


def to_message(row: Mapping[str, Any]) -> TicketMessage:
    """Return a message from a row of ``ticket_messages``."""
    fields = {name: row[name] for name in TicketMessage.__dataclass_fields__}
    return TicketMessage(**{**fields, "sender": Sender(row["sender"])})
