"""What the helpdesk keeps: tickets, their messages, and who holds a conversation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from connectors.platform.linking import Chat


class TicketStatus(StrEnum):
    """Where a ticket stands."""

    OPEN = "open"  # nobody at the helpdesk has taken it
    HELD = "held"  # an agent holds the conversation, and Sathi is silent
    PENDING = "pending"  # an agent has it, but Sathi answers in the chat
    CLOSED = "closed"


class Sender(StrEnum):
    """Who wrote a message."""

    LEARNER = "learner"
    BOT = "bot"
    AGENT = "agent"
    SYSTEM = "system"  # the text is the value of a ``SystemNote``


class SystemNote(StrEnum):
    """What happened to a ticket, told to the agents."""

    LEARNER_LEFT = "learner_left"  # the learner went back to Sathi
    HOLD_LAPSED = "hold_lapsed"  # no agent wrote in time
    ASKED_AGAIN = "asked_again"  # the learner asked for a person once more


class Priority(StrEnum):
    """How soon a ticket wants an agent."""

    NORMAL = "normal"
    HIGH = "high"


class Conversing(StrEnum):
    """What becomes of the messages that a learner writes in a chat."""

    FREE = "free"  # no ticket is open
    NOT_FOLLOWED = "not_followed"  # a ticket is open that a rule opened, or an agent let go
    WAITING = "waiting"  # a person was asked for and has not come yet
    HELD = "held"  # a person answers
    LAPSED = "lapsed"  # a person answered, but has not written in time


@dataclass(frozen=True)
class Agent:
    """Somebody who works at the helpdesk.

    Attributes:
        id: what the desk knows the agent by, e.g. ``console:7``.
        name: name that learners see.
    """

    id: str
    name: str


@dataclass(frozen=True)
class Line:
    """Something that was said in a chat."""

    sender: Sender
    text: str


@dataclass(frozen=True)
class Attempt:
    """What Sathi made of one message.

    Attributes:
        intent: what the message was taken for.
        confidence: probability of that, 0 to 1.
        actions: names of the actions that ran.
        sources: what the answers cited.
    """

    intent: str
    confidence: float
    actions: Sequence[str] = ()
    sources: Sequence[str] = ()


@dataclass(frozen=True)
class TicketRequest:
    """What a ticket is about.

    Attributes:
        chat: the chat it comes from.
        chat_key: keyed hash of the chat, see ``LinkService.chat_key``.
        subject: key of the problem, e.g. ``certificate_not_issued``.
        locale: locale to write to the learner in.
        converses: whether the chat's messages belong to the ticket, since the learner
            wants a person.
        learner_id: the linked learner.
        course_id: the course it is about.
        intent: what the last message was taken for.
        summary: the conversation so far without what could be personal, oldest line first.
        attempts: what Sathi tried, oldest first.
    """

    chat: Chat
    chat_key: str
    subject: str
    locale: str
    converses: bool = False
    priority: Priority = Priority.NORMAL
    learner_id: str | None = None
    course_id: str | None = None
    intent: str | None = None
    summary: Sequence[Line] = ()
    attempts: Sequence[Attempt] = ()


@dataclass(frozen=True)
class Ticket:
    """A ticket.

    Attributes:
        number: for the learner to quote, e.g. ``S-1A2B3C4D``.
        chat_key: keyed hash of the chat.
        channel: name of the Rasa channel.
        opened_on: moment with its time zone, like the others.
        held_by: id of the agent who took it last.
        held_until: when the conversation goes back to Sathi unless the agent writes.
        satisfaction: 1 when the learner was helped, 0 when not, None when not said.
        remote_contact: the learner at a remote desk.
        remote_id: the ticket at a remote desk.
    """

    number: str
    chat_key: str
    channel: str
    learner_id: str | None
    subject: str
    course_id: str | None
    status: TicketStatus
    priority: Priority
    locale: str
    intent: str | None
    summary: tuple[Line, ...]
    attempts: tuple[Attempt, ...]
    converses: bool
    opened_on: datetime
    held_by: str | None
    held_until: datetime | None
    closed_on: datetime | None
    satisfaction: int | None
    remote_contact: str | None
    remote_id: str | None


@dataclass(frozen=True)
class TicketMessage:
    """A message of a ticket.

    Attributes:
        id: grows with every message.
        author: name of the agent who wrote it.
        is_note: whether only agents see it.
        was_sent: whether it went out to the learner's chat.
    """

    id: int
    sender: Sender
    author: str | None
    text: str
    is_note: bool
    was_sent: bool
    sent_on: datetime


@dataclass(frozen=True)
class Holding:
    """The state of a chat.

    Attributes:
        state: what becomes of its messages.
        number: the ticket that the state comes from.
        was_followed: whether messages of the learner have gone to the ticket already.
    """

    state: Conversing
    number: str | None = None
    was_followed: bool = False


@dataclass(frozen=True)
class TicketQuery:
    """Which tickets are wanted; what is not given does not matter.

    Attributes:
        held_by: id of the agent who took it last.
        limit: most tickets wanted.
        offset: how many to leave out at the start.
    """

    statuses: Sequence[TicketStatus] = ()
    locales: Sequence[str] = ()
    course_ids: Sequence[str] = ()
    held_by: str | None = None
    limit: int = 50
    offset: int = 0
