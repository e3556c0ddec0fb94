"""Tickets in Chatwoot, over HTTP to a fake of it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Engine, func, select

from bot.actions.rendering import render
from connectors.helpdesk.chatwoot_hook import (
    BadPayloadError,
    HookCall,
    WrongSecretError,
)
from connectors.helpdesk.desk import TicketClosedError
from connectors.helpdesk.factory import Helpdesk, open_helpdesk
from connectors.helpdesk.records import Attempt, Conversing, Line, Sender, TicketStatus
from connectors.helpdesk.settings import HelpdeskSettings
from connectors.platform.database import open_database, transaction
from connectors.platform.linking import LinkService
from connectors.platform.schema import deliveries
from tests.actions.helpdesk.conftest import CHAT, MEENA, Ask, Clock
from tests.fakes.chatwoot import Conversation, FakeChatwoot, signed

SECRET = "w" * 32
Texts = Callable[[], list[str]]


@pytest.fixture
def chatwoot() -> Iterator[FakeChatwoot]:
    with FakeChatwoot() as fake:
        yield fake


def settings(chatwoot: FakeChatwoot, **changes: object) -> HelpdeskSettings:
    return HelpdeskSettings(
        _env_file=None,
        **{
            "helpdesk": "chatwoot",
            "chatwoot_url": chatwoot.url,
            "chatwoot_inbox": "inbox-1",
            "chatwoot_webhook_secret": SECRET,
            "chatwoot_timeout_seconds": 2,
            **changes,
        },
    )


@pytest.fixture
def helpdesk(chatwoot: FakeChatwoot, engine: Engine, clock: Clock) -> Helpdesk:
    return open_helpdesk(settings(chatwoot), engine, clock, render)


def deliver(helpdesk: Helpdesk) -> int:
    return asyncio.run(helpdesk.forwarder.deliver_due())


def deliver_all(helpdesk: Helpdesk) -> None:
    while deliver(helpdesk):
        pass


def left(engine: Engine) -> int:
    with transaction(engine) as connection:
        return connection.execute(select(func.count()).select_from(deliveries)).scalar_one()


def say(helpdesk: Helpdesk, number: str, text: str) -> None:
    helpdesk.desk.append(number, [Line(Sender.LEARNER, text)], "en")


def hook(helpdesk: Helpdesk, payload: dict) -> None:
    body, _ = signed(payload, "", 0)
    helpdesk.hook.receive(HookCall(SECRET, body))


def test_a_ticket_becomes_a_conversation_that_begins_with_what_is_known(
    helpdesk: Helpdesk, asked: Ask, chatwoot: FakeChatwoot
) -> None:
    attempt = Attempt("platform_help", 0.5, (), ("Platform help: stuck",))
    number = helpdesk.desk.open(asked(course_id="do_1", attempts=(attempt,), locale="hi"))
    deliver_all(helpdesk)
    say(helpdesk, number, "are you there?")
    deliver_all(helpdesk)
    conversation = chatwoot.only()
    first, second = conversation.contents()
    for part in (number, "Language: Hindi\n", "do_1", "my course is stuck", "Platform help: stuck"):
        assert part in first
    assert second == "are you there?"
    assert conversation.custom_attributes["ticket"] == number
    ticket = helpdesk.desk.ticket(number)
    assert (ticket.remote_contact, ticket.remote_id) == (conversation.contact, "1")
    assert CHAT.sender_id not in str(chatwoot.contacts) + str(conversation.custom_attributes)


def test_a_chat_has_one_contact_for_all_its_tickets(
    helpdesk: Helpdesk, asked: Ask, chatwoot: FakeChatwoot
) -> None:
    first = helpdesk.desk.open(asked())
    deliver_all(helpdesk)
    helpdesk.desk.close(first)
    helpdesk.desk.open(asked())
    deliver_all(helpdesk)
    assert len(chatwoot.contacts) == 1
    assert [c.status for c in chatwoot.conversations.values()] == ["resolved", "open"]


def test_contacts_are_signed_where_the_inbox_demands_it(
    engine: Engine, clock: Clock, asked: Ask
) -> None:
    with FakeChatwoot("inbox-1", "t") as chatwoot:
        unsigned = open_helpdesk(settings(chatwoot), engine, clock, render)
        unsigned.desk.open(asked())
        deliver(unsigned)
        assert not chatwoot.contacts
        helpdesk = open_helpdesk(
            settings(chatwoot, **{"chatwoot_hmac_token": "t"}), engine, clock, render
        )
        clock.forward(minutes=1)
        deliver_all(helpdesk)
        assert len(chatwoot.conversations) == 1


def test_nothing_is_lost_while_chatwoot_is_down_or_sathi_restarts(
    helpdesk: Helpdesk, asked: Ask, chatwoot: FakeChatwoot, engine: Engine, clock: Clock
) -> None:
    chatwoot.down = 503
    number = helpdesk.desk.open(asked())
    say(helpdesk, number, "one")
    for _ in range(4):
        assert deliver(helpdesk) == 0
        clock.forward(minutes=2)
    say(helpdesk, number, "two")
    chatwoot.down = 0
    again = open_helpdesk(settings(chatwoot), open_database(str(engine.url)), clock, render)
    clock.forward(hours=1)
    deliver_all(again)
    assert chatwoot.only().contents()[1:] == ["one", "two"]
    assert left(engine) == 0


def test_waits_double_up_to_an_hour(
    helpdesk: Helpdesk, asked: Ask, chatwoot: FakeChatwoot, engine: Engine, clock: Clock
) -> None:
    chatwoot.down = 500
    helpdesk.desk.open(asked())
    waits = []
    for _ in range(14):
        deliver(helpdesk)
        with transaction(engine) as connection:
            due = connection.execute(select(deliveries.c.due_on)).scalar_one()
        waits.append((due - clock.now).total_seconds())
        clock.now = due
    assert waits[:4] == [5, 10, 20, 40]
    assert waits[-1] == 3600


@pytest.mark.parametrize("lost", ["/contacts", "/messages"])
def test_an_answer_that_got_lost_makes_no_second_conversation(
    helpdesk: Helpdesk, asked: Ask, chatwoot: FakeChatwoot, clock: Clock, lost: str
) -> None:
    number = helpdesk.desk.open(asked())
    say(helpdesk, number, "hello")
    chatwoot.forgets = [lost]
    assert deliver(helpdesk) == 0
    clock.forward(minutes=3)
    deliver_all(helpdesk)
    assert len(chatwoot.only().contents()) == 2
    assert len(chatwoot.contacts) == 1


def test_one_ticket_that_fails_does_not_stop_the_others(
    helpdesk: Helpdesk, asked: Ask, chatwoot: FakeChatwoot, clock: Clock, links: LinkService
) -> None:
    number = helpdesk.desk.open(asked())
    deliver_all(helpdesk)
    chatwoot.conversations.clear()
    say(helpdesk, number, "to nowhere")
    deliver_all(helpdesk)
    assert [m.text for m in helpdesk.desk.messages(number)] == ["to nowhere"]
    helpdesk.desk.close(number)
    helpdesk.desk.open(asked())
    deliver_all(helpdesk)
    assert len(chatwoot.conversations) == 1


def test_something_else_behind_the_address_is_no_success(
    helpdesk: Helpdesk, asked: Ask, chatwoot: FakeChatwoot, engine: Engine
) -> None:
    chatwoot.answer = lambda *_: ["not", "a", "contact"]
    helpdesk.desk.open(asked())
    assert deliver(helpdesk) == 0
    assert left(engine) == 1


def test_forgotten_tickets_are_not_told(
    helpdesk: Helpdesk, asked: Ask, chatwoot: FakeChatwoot, links: LinkService
) -> None:
    helpdesk.desk.open(asked())
    links.forget(CHAT)
    deliver_all(helpdesk)
    assert not chatwoot.contacts


# What agents do in Chatwoot


@pytest.fixture
def open_one(helpdesk: Helpdesk, asked: Ask, chatwoot: FakeChatwoot) -> tuple[str, Conversation]:
    number = helpdesk.desk.open(asked())
    deliver_all(helpdesk)
    return number, chatwoot.only()


def test_an_agents_message_reaches_the_chat_once_and_holds_it(
    helpdesk: Helpdesk,
    chatwoot: FakeChatwoot,
    open_one: tuple[str, Conversation],
    texts: Texts,
    links: LinkService,
    engine: Engine,
) -> None:
    number, conversation = open_one
    payload = chatwoot.agent_writes(conversation, "Which course?")
    for _ in range(3):
        hook(helpdesk, payload)
    assert texts() == ["Meena (helpdesk): Which course?"]
    assert helpdesk.desk.holding(links.chat_key(CHAT)).state is Conversing.HELD
    assert helpdesk.desk.ticket(number).held_by == "chatwoot:7"
    # It came from there and need not go back.
    assert left(engine) == 0


@pytest.mark.parametrize(
    "changes",
    [
        {"private": True},
        {"message_type": "incoming"},
        {"message_type": "template"},
        {"sender": {"id": 3, "name": "Bot", "type": "agent_bot"}},
        {"content": ""},
        {"content": None},
        {"event": "message_updated"},
        {"conversation": {"id": 99}},
        {"conversation": {}},
    ],
)
def test_what_is_not_for_the_learner_stays_there(
    helpdesk: Helpdesk,
    chatwoot: FakeChatwoot,
    open_one: tuple[str, Conversation],
    texts: Texts,
    changes: dict,
) -> None:
    hook(helpdesk, chatwoot.agent_writes(open_one[1], "secret", **changes))
    assert texts() == []
    assert helpdesk.desk.ticket(open_one[0]).status is TicketStatus.OPEN


@pytest.mark.parametrize("event", ["conversation_status_changed", "conversation_updated"])
def test_resolving_closes_the_ticket_once(
    helpdesk: Helpdesk,
    chatwoot: FakeChatwoot,
    open_one: tuple[str, Conversation],
    texts: Texts,
    engine: Engine,
    event: str,
) -> None:
    payload = chatwoot.agent_resolves(open_one[1], event)
    hook(helpdesk, payload)
    hook(helpdesk, payload)
    assert helpdesk.desk.ticket(open_one[0]).status is TicketStatus.CLOSED
    assert len(texts()) == 1
    assert left(engine) == 0


def test_a_message_to_a_closed_ticket_is_an_error_that_the_agent_sees(
    helpdesk: Helpdesk, chatwoot: FakeChatwoot, open_one: tuple[str, Conversation]
) -> None:
    helpdesk.desk.close(open_one[0])
    with pytest.raises(TicketClosedError):
        hook(helpdesk, chatwoot.agent_writes(open_one[1], "one more thing"))


def test_what_agents_do_in_the_console_is_told_there(
    helpdesk: Helpdesk, chatwoot: FakeChatwoot, open_one: tuple[str, Conversation]
) -> None:
    number, conversation = open_one
    helpdesk.desk.reply(number, MEENA, "written in the console")
    helpdesk.desk.leave(number)
    helpdesk.desk.close(number)
    deliver_all(helpdesk)
    assert "written in the console" not in conversation.contents()
    assert "went back to Sathi" in conversation.contents()[-1]
    assert conversation.status == "resolved"


@pytest.mark.parametrize("secret", ["", "x" * 32, SECRET + "x", "é" * 32])
def test_a_wrong_secret_does_nothing(
    helpdesk: Helpdesk,
    chatwoot: FakeChatwoot,
    open_one: tuple[str, Conversation],
    texts: Texts,
    secret: str,
) -> None:
    body, _ = signed(chatwoot.agent_writes(open_one[1], "x"), "", 0)
    with pytest.raises(WrongSecretError):
        helpdesk.hook.receive(HookCall(secret, body))
    assert texts() == []


def test_signatures_are_checked_where_they_are_configured(
    chatwoot: FakeChatwoot,
    open_one: tuple[str, Conversation],
    engine: Engine,
    clock: Clock,
    texts: Texts,
) -> None:
    strict = open_helpdesk(
        settings(chatwoot, **{"chatwoot_signing_secret": "key"}), engine, clock, render
    ).hook
    payload = chatwoot.agent_writes(open_one[1], "hello")
    moment = clock.now.timestamp()

    def call(key: str, at: float, **changes: object) -> HookCall:
        body, headers = signed(payload, key, at)
        fields = {
            "secret": SECRET,
            "body": body,
            "signature": headers["X-Chatwoot-Signature"],
            "timestamp": headers["X-Chatwoot-Timestamp"],
        }
        return HookCall(**{**fields, **changes})

    good = call("key", moment)
    for wrong in (
        call("other key", moment),
        call("key", moment - 301),
        call("key", moment + 301),
        call("key", moment, body=good.body + b" "),
        call("key", moment, timestamp=str(int(moment) + 1)),
        call("key", moment, signature=""),
        call("key", moment, timestamp="now", signature=""),
    ):
        with pytest.raises(WrongSecretError):
            strict.receive(wrong)
    assert texts() == []
    strict.receive(good)
    assert len(texts()) == 1


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"x"',
        b"\xff",
        b'{"event": "message_created", "content": 5}',
        b'{"event": "message_created", "sender": "x"}',
        b'{"event": "message_created", "conversation": [1]}',
    ],
)
def test_nonsense_is_refused(helpdesk: Helpdesk, body: bytes) -> None:
    with pytest.raises(BadPayloadError):
        helpdesk.hook.receive(HookCall(SECRET, body))


def test_logs_hold_no_texts(
    helpdesk: Helpdesk,
    chatwoot: FakeChatwoot,
    open_one: tuple[str, Conversation],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG, logger="connectors")
    number, conversation = open_one
    say(helpdesk, number, "my secret words")
    chatwoot.down = 500
    deliver(helpdesk)
    hook(helpdesk, chatwoot.agent_writes(conversation, "the agent's words", conversation={}))
    assert caplog.records
    assert "words" not in caplog.text
