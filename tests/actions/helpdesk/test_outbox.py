from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import Engine, delete, insert, select

from connectors.helpdesk.embedded import EmbeddedDesk
from connectors.platform import schema
from connectors.platform.database import transaction
from connectors.platform.linking import Chat, LinkService
from connectors.platform.outbox import Outbox, keep_address
from connectors.platform.reminders import ReminderService
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
    claimed = waiting.claim("telegram", 10)
    assert [(c.recipient, c.message["text"]) for c in claimed] == [
        (CHAT.sender_id, "Meena (helpdesk): one"),
        (CHAT.sender_id, "Meena (helpdesk): two"),
    ]
    assert claimed[0].message["custom"]["agent"] == {"name": "Meena", "text": "one"}
    assert waiting.claim("telegram", 10) == []
    assert len(waiting.claim("whatsapp", 1)) == 1
    assert len(waiting.claim("whatsapp", 1)) == 1
    assert waiting.claim("web", 10) == []


def test_of_many_who_claim_at_once_each_message_goes_to_one(
    desk: EmbeddedDesk, asked: Ask, waiting: Outbox
) -> None:
    number = desk.open(asked())
    for position in range(40):
        desk.reply(number, MEENA, str(position))
    with ThreadPoolExecutor(6) as pool:
        rounds = pool.map(lambda _: waiting.claim("telegram", 7), range(12))
        counted = Counter(outgoing.id for batch in rounds for outgoing in batch)
    assert len(counted) == 40
    assert set(counted.values()) == {1}


def test_a_chat_that_gets_messages_with_answers_gets_them_once(
    desk: EmbeddedDesk, asked: Ask, waiting: Outbox, links: LinkService
) -> None:
    chat = Chat("rest", "a-chat-nobody-can-guess")
    number = desk.open(asked(chat=chat))
    desk.reply(number, MEENA, "one")
    desk.close(number)
    messages = waiting.claim_of(links.chat_key(chat))
    assert messages[0]["text"] == "Meena (helpdesk): one"
    assert len(messages) == 2
    assert waiting.claim_of(links.chat_key(chat)) == []


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
    waiting.claim("telegram", 10)
    with transaction(engine) as connection:
        connection.execute(delete(schema.reminders))
    assert waiting.drop_addresses() == 2
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
    assert [one.message["text"] for one in waiting.claim("telegram", 5)] == [
        "Meena (helpdesk): hello"
    ]
