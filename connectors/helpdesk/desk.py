"""What every helpdesk can do, whatever stands behind it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from connectors.helpdesk.records import (
    Agent,
    Holding,
    Line,
    Ticket,
    TicketMessage,
    TicketQuery,
    TicketRequest,
)


class HelpdeskError(Exception):
    """Base of the reasons for which the helpdesk refuses something."""


class TicketUnknownError(HelpdeskError):
    """There is no such ticket, or it has been deleted."""


class TicketClosedError(HelpdeskError):
    """The ticket is closed, so that nothing can be written to it."""


class TicketTakenError(HelpdeskError):
    """Another agent holds the conversation.

    Attributes:
        held_by: id of that agent.
    """

    def __init__(self, number: str, held_by: str | None) -> None:
        super().__init__(number)
        self.held_by = held_by


class HelpDesk(Protocol):
    """Keep tickets, and pass messages between learners and agents.

    All methods raise ``PlatformUnavailableError`` when the database fails, and those that
    take a number ``TicketUnknownError`` when there is no such ticket.
    """

    def open(self, request: TicketRequest) -> str:
        """Open a ticket, or find the open one on the same matter.

        Returns:
            The ticket's number, for the learner to quote.
        """

    def ticket(self, number: str) -> Ticket:
        """Return a ticket."""

    def tickets(self, query: TicketQuery) -> list[Ticket]:
        """Return tickets for the queue: urgent ones first, then the oldest."""

    def count(self, query: TicketQuery) -> int:
        """Return how many tickets a query has in all; its limit and offset do not matter."""

    def tickets_of(self, chat_key: str, learner_id: str | None) -> list[Ticket]:
        """Return the tickets of a chat and of its learner, the newest first."""

    def copied_elsewhere(self, chat_key: str) -> list[str]:
        """Return the numbers of a chat's tickets that a remote desk has a copy of."""

    def messages(self, number: str) -> list[TicketMessage]:
        """Return the messages of a ticket, oldest first."""

    def append(self, number: str, lines: Sequence[Line], locale: str | None = None) -> None:
        """Add what was said in the chat to a ticket.

        Args:
            number: the ticket.
            lines: what was said, oldest first.
            locale: locale to write to the learner in from now on, if it has changed.

        Raises:
            TicketClosedError: the ticket was closed meanwhile.
        """

    def holding(self, chat_key: str) -> Holding:
        """Return what becomes of a chat's messages."""

    def take(self, number: str, agent: Agent, instead_of: str | None = None) -> None:
        """Let an agent hold the conversation; the learner is told.

        Args:
            number: the ticket.
            agent: who takes it.
            instead_of: id of the agent who may lose it, None if nobody may.

        Raises:
            TicketClosedError: the ticket is closed.
            TicketTakenError: yet another agent holds the conversation, who stays.
        """

    def reply(self, number: str, agent: Agent, text: str, remote_id: str | None = None) -> bool:
        """Write to the learner; the agent holds the conversation from then on.

        Args:
            number: the ticket.
            agent: who writes.
            text: the message.
            remote_id: id of the message at a remote desk; a second one with it is left out.

        Returns:
            Whether it goes out: not when the chat has been linked to another learner or to
            none since, who must not read it.

        Raises:
            TicketClosedError: the ticket is closed.
        """

    def note(self, number: str, agent: Agent, text: str) -> None:
        """Add a note that only agents see."""

    def release(self, number: str, tell: bool = True) -> bool:
        """Give the conversation back to Sathi; the ticket stays open.

        Args:
            number: the ticket.
            tell: whether the learner is told by a message of its own.

        Returns:
            Whether an agent held it.
        """

    def leave(self, number: str) -> bool:
        """Let the learner go back to Sathi; the agents are told.

        Returns:
            Whether an agent held the conversation.
        """

    def lapse(self, number: str, tell: bool = True) -> bool:
        """Give the conversation back to Sathi if the agent's time is over.

        Args:
            number: the ticket.
            tell: whether the learner is told by a message of its own.

        Returns:
            Whether that was so.
        """

    def close(self, number: str, at_remote: bool = False) -> bool:
        """Close a ticket; Sathi answers again, and the learner is asked whether it helped.

        Args:
            number: the ticket.
            at_remote: whether it was closed at the remote desk, which need not be told then.

        Returns:
            Whether it was open.
        """

    def rate(self, chat_key: str, score: int) -> bool:
        """Keep whether the helpdesk helped, 1 or 0, with the chat's ticket closed last.

        Returns:
            Whether there was one without an opinion.
        """


@dataclass(frozen=True)
class Delivery:
    """Something that a remote desk has to be told.

    Attributes:
        kind: ``open``, ``message`` or ``close``.
        ticket: the ticket as it is now.
        messages: for ``message``: what was said, oldest first.
        attempts: how often it was tried before.
    """

    id: int
    kind: str
    ticket: Ticket
    messages: tuple[TicketMessage, ...]
    attempts: int


@dataclass(frozen=True)
class RemoteTicket:
    """Where a ticket is at a remote desk: ids of the contact and of the conversation."""

    contact: str
    id: str


class RemoteDeskError(Exception):
    """The remote desk did not take a delivery; it is tried again."""


class RefusedDeliveryError(RemoteDeskError):
    """The remote desk will never take it; trying again is of no use."""


class RemoteDesk(Protocol):
    """A desk elsewhere that is told what happens to tickets.

    Attributes:
        gather_seconds: how long messages wait, so that several go at once.
        at_once: most messages that one delivery takes.
    """

    gather_seconds: float
    at_once: int

    async def deliver(self, delivery: Delivery) -> RemoteTicket | None:
        """Tell the desk.

        Returns:
            Where the ticket is, when it has just been made there.

        Raises:
            RemoteDeskError: it was not taken.
        """
