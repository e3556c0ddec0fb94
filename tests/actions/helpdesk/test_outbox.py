from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest
from sqlalchemy import Engine, delete, insert, select

from connectors.helpdesk.embedded import EmbeddedDesk
from connectors.platform import schema
from connectors.platform.database import transaction
from connectors.platform.linking import Chat, LinkService
from connectors.platform.outbox import LEASE, Outbox, keep_address
from connectors.platform.reminders import ReminderService
from connectors.platform.sql import INDIA
from tests.actions.helpdesk.conftest import CHAT, MEENA, WEB, Ask, Clock


def addresses(engine: Engine) -> set[str]:
    with transaction(engine) as connection:
        return set(connection.execute(select(schema.chats.c.recipient)).scalars())


def test_a_channel_gets_its_own_messages_once_with_their_recipients(
    desk: EmbeddedDesk, asked: Ask, waiting: Outbox
) -> None:
    for chat in (CHAT, Chat("whatsapp", "9199"), WEB):
        number = desk.open(asked(chat=chat))
        desk.reply(number, MEENA, "one")
        desk.reply(number, MEENA, "two")
    claimed = waiting.claim("telegram", 10).messages
    assert [(c.recipient, c.message["text"]) for c in claimed] == [
        (CHAT.sender_id, "Meena (helpdesk): one"),
        (CHAT.sender_id, "Meena (helpdesk): two"),
    ]
    assert claimed[0].message["custom"]["agent"] == {"name": "Meena", "text": "one"}
    assert waiting.claim("telegram", 10).messages == []
    for _ in range(2):
        lease = waiting.claim("whatsapp", 1)
        assert waiting.confirm(lease.token, [lease.messages[0].id]) == 1
    assert waiting.claim("whatsapp", 1).messages == []
    assert waiting.claim("web", 10).messages == []


def test_of_many_who_claim_at_once_each_message_goes_to_one(
    desk: EmbeddedDesk, asked: Ask, waiting: Outbox
) -> None:
    chats = [str(position) for position in range(40)]
    for chat in chats:
        desk.reply(desk.open(asked(chat=Chat("telegram", chat))), MEENA, chat)
    with ThreadPoolExecutor(6) as pool:
        leases = pool.map(lambda _: waiting.claim("telegram", 7), range(12))
        claimed = [outgoing for lease in leases for outgoing in lease.messages]
    # Each to whom it was written.
    assert {one.recipient: one.message["text"].split()[-1] for one in claimed} == dict(
        zip(chats, chats, strict=True)
    )
    assert len(claimed) == 40


def test_what_is_not_confirmed_in_time_is_handed_out_again_with_the_same_key(
    desk: EmbeddedDesk, asked: Ask, waiting: Outbox, clock: Clock
) -> None:
    number = desk.open(asked())
    desk.reply(number, MEENA, "one")
    desk.reply(number, MEENA, "two")
    first = waiting.claim("telegram", 10)
    one, two = first.messages
    assert waiting.confirm(first.token, [one.id]) == 1
    clock.forward(seconds=LEASE.total_seconds() - 1)
    assert waiting.claim("telegram", 10).messages == []
    clock.forward(seconds=1)
    second = waiting.claim("telegram", 10)
    assert second.messages == [two]
    # Whoever comes back late does not speak for the one who has it now.
    assert waiting.confirm(first.token, [two.id]) == 0
    assert waiting.depths() == {"telegram": 1}
    assert waiting.confirm(second.token, [two.id]) == 1
    assert waiting.confirm(second.token, [two.id]) == 0
    clock.forward(days=1)
    assert waiting.claim("telegram", 10).messages == []
    assert waiting.depths() == {}


def test_a_late_confirmation_counts_while_nobody_else_has_the_message(
    desk: EmbeddedDesk, asked: Ask, waiting: Outbox, clock: Clock
) -> None:
    desk.reply(desk.open(asked()), MEENA, "hello")
    lease = waiting.claim("telegram", 10)
    clock.forward(hours=1)
    assert waiting.confirm(lease.token, [lease.messages[0].id]) == 1
    assert waiting.claim("telegram", 10).messages == []


def test_nothing_overtakes_a_message_of_the_same_chat_that_is_leased(
    desk: EmbeddedDesk, asked: Ask, waiting: Outbox, clock: Clock
) -> None:
    number = desk.open(asked())
    desk.reply(number, MEENA, "one")
    waiting.claim("telegram", 10)
    desk.reply(number, MEENA, "two")
    desk.reply(desk.open(asked(chat=Chat("telegram", "other"))), MEENA, "three")
    assert [one.recipient for one in waiting.claim("telegram", 10).messages] == ["other"]
    clock.forward(seconds=LEASE.total_seconds())
    texts = [one.message["text"].split()[-1] for one in waiting.claim("telegram", 10).messages]
    assert texts == ["one", "two", "three"]


def test_a_number_that_is_given_out_anew_has_another_key(
    desk: EmbeddedDesk, asked: Ask, waiting: Outbox, engine: Engine, clock: Clock
) -> None:
    number = desk.open(asked())
    desk.reply(number, MEENA, "before the loss")
    (lost,) = waiting.claim("telegram", 1).messages
    with transaction(engine) as connection:
        connection.execute(delete(schema.outbox))
    clock.forward(seconds=1)
    with transaction(engine) as connection:
        row = {"id": lost.id, "chat_key": asked().chat_key, "message": {}, "created_on": clock.now}
        connection.execute(insert(schema.outbox), row)
    (found,) = waiting.claim("telegram", 1).messages
    assert found.id == lost.id
    assert found.key != lost.key


@pytest.mark.parametrize(
    ("hour", "minute", "is_reminded"),
    [(20, 59, True), (21, 0, False), (3, 0, False), (7, 59, False), (8, 0, True)],
)
def test_reminders_wait_while_the_quiet_hours_last_and_agents_do_not(
    desk: EmbeddedDesk,
    asked: Ask,
    waiting: Outbox,
    engine: Engine,
    clock: Clock,
    hour: int,
    minute: int,
    is_reminded: bool,
) -> None:
    reminders = ReminderService(engine, clock)
    reminders.subscribe(asked().chat_key, CHAT, "asha", "en")
    (subscription,) = reminders.unchecked(clock.now.date(), 1)
    message = {"text": "due", "buttons": [], "custom": {}}
    # Queued by day while nobody fetched.
    assert reminders.queue(subscription, ["rti"], clock.now.date(), message)
    desk.reply(desk.open(asked()), MEENA, "hello")
    clock.now = datetime(2026, 11, 21, hour, minute, tzinfo=INDIA)
    texts = [one.message["text"] for one in waiting.claim("telegram", 10).messages]
    assert texts == ["due"] * is_reminded + ["Meena (helpdesk): hello"]
    # What is held back is lost to nobody.
    clock.now = datetime(2026, 11, 22, 9, tzinfo=INDIA)
    again = [one.message["text"] for one in waiting.claim("telegram", 10).messages]
    assert again == ["due", "Meena (helpdesk): hello"]


def test_a_chat_that_gets_messages_with_answers_gets_them_once(
    desk: EmbeddedDesk, asked: Ask, waiting: Outbox, links: LinkService, clock: Clock
) -> None:
    chat = Chat("rest", "a-chat-nobody-can-guess")
    key, begin = links.chat_key(chat), clock.now
    number = desk.open(asked(chat=chat))
    desk.reply(number, MEENA, "one")
    desk.close(number)
    messages = waiting.claim_of(key, [], begin)
    assert messages[0][1]["text"] == "Meena (helpdesk): one"
    assert len(messages) == 2
    # The answer got lost, or a part of it: what the conversation does not hold comes again.
    clock.forward(minutes=1)
    assert waiting.claim_of(key, [messages[0][0]], begin) == messages[1:]
    assert waiting.claim_of(key, [messages[1][0]], begin) == []
    assert waiting.claim_of(key, [], begin) == []


def test_what_was_in_an_answer_of_an_earlier_session_counts_as_shown(
    desk: EmbeddedDesk, asked: Ask, waiting: Outbox, links: LinkService, clock: Clock
) -> None:
    chat = Chat("rest", "a-chat-nobody-can-guess")
    key = links.chat_key(chat)
    desk.reply(desk.open(asked(chat=chat)), MEENA, "one")
    messages = waiting.claim_of(key, [], clock.now)
    assert len(messages) == 1
    # The turn was lost before anything of it was stored.
    clock.forward(minutes=3)
    assert waiting.claim_of(key, [], clock.now) == messages
    clock.forward(hours=2)
    desk.reply(desk.open(asked(chat=chat)), MEENA, "two")
    ((_, message),) = waiting.claim_of(key, [], clock.now)
    assert message["text"] == "Meena (helpdesk): two"


def test_a_page_fetches_from_where_it_was(
    desk: EmbeddedDesk, asked: Ask, waiting: Outbox, links: LinkService
) -> None:
    number = desk.open(asked(chat=WEB))
    for text in ("one", "two", "three"):
        desk.reply(number, MEENA, text)
    key = links.chat_key(WEB)
    first = waiting.messages_after(key, 0, 2)
    rest = waiting.messages_after(key, first[-1][0], 10)
    said = [message["text"].split()[-1] for _, message in [*first, *rest]]
    assert said == ["one", "two", "three"]
    assert waiting.messages_after(links.chat_key(CHAT), 0, 10) == []


def test_addresses_are_kept_only_where_and_while_they_are_needed(
    desk: EmbeddedDesk,
    asked: Ask,
    waiting: Outbox,
    engine: Engine,
    links: LinkService,
    clock: Clock,
) -> None:
    reminded = Chat("telegram", "3")
    subscription = {
        "chat_key": links.chat_key(reminded),
        "channel": "telegram",
        "learner_id": "asha",
        "locale": "en",
        "enabled_on": clock.now,
    }
    with transaction(engine) as connection:
        connection.execute(insert(schema.reminders), subscription)
        keep_address(connection, links.chat_key(reminded), reminded)
    number = desk.open(asked())
    desk.open(asked(chat=WEB))
    assert addresses(engine) == {CHAT.sender_id, "3"}
    assert waiting.drop_addresses() == 0
    desk.close(number)
    assert waiting.drop_addresses() == 0
    lease = waiting.claim("telegram", 10)
    with transaction(engine) as connection:
        connection.execute(delete(schema.reminders))
    # As long as it is not confirmed the message may have to be sent again.
    assert waiting.drop_addresses() == 1
    assert addresses(engine) == {CHAT.sender_id}
    waiting.confirm(lease.token, [one.id for one in lease.messages])
    assert waiting.drop_addresses() == 1
    assert addresses(engine) == set()


def test_what_is_two_weeks_old_is_neither_shown_nor_kept(
    desk: EmbeddedDesk, asked: Ask, waiting: Outbox, links: LinkService, clock: Clock
) -> None:
    number = desk.open(asked(chat=WEB))
    desk.reply(number, MEENA, "old")
    clock.forward(days=13)
    desk.reply(number, MEENA, "new")
    clock.forward(days=2)
    shown = [message["text"] for _, message in waiting.messages_after(links.chat_key(WEB), 0, 10)]
    assert shown == ["Meena (helpdesk): new"]
    assert waiting.drop_old() == 1
    assert waiting.drop_old() == 0


def test_ending_reminders_keeps_what_agents_wrote(
    desk: EmbeddedDesk,
    asked: Ask,
    waiting: Outbox,
    engine: Engine,
    links: LinkService,
    clock: Clock,
) -> None:
    reminders = ReminderService(engine, clock)
    reminders.subscribe(links.chat_key(CHAT), CHAT, "asha", "en")
    assert addresses(engine) == {CHAT.sender_id}
    links.redeem(links.issue("asha"), CHAT)
    desk.reply(desk.open(asked(learner_id="asha")), MEENA, "hello")
    reminders.unsubscribe(links.chat_key(CHAT))
    assert [one.message["text"] for one in waiting.claim("telegram", 5).messages] == [
        "Meena (helpdesk): hello"
    ]
