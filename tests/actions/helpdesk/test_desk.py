from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import Engine, func, select

from bot.actions.rendering import render
from bot.actions.translations import message
from connectors.helpdesk.desk import TicketClosedError, TicketTakenError, TicketUnknownError
from connectors.helpdesk.embedded import DeskRules, EmbeddedDesk
from connectors.helpdesk.keeper import Keeper
from connectors.helpdesk.records import (
    Agent,
    Attempt,
    Conversing,
    Line,
    Priority,
    Sender,
    SystemNote,
    TicketQuery,
    TicketStatus,
)
from connectors.platform import schema
from connectors.platform.database import open_database, transaction
from connectors.platform.linking import Chat, LinkService
from connectors.platform.outbox import Outbox
from tests.actions.helpdesk.conftest import CHAT, MEENA, RAVI, WEB, Ask, Clock

Texts = Callable[[], list[str]]


def said(text: str) -> list[Line]:
    return [Line(Sender.LEARNER, text)]


def test_a_ticket_carries_what_was_known(desk: EmbeddedDesk, asked: Ask, clock: Clock) -> None:
    attempts = (Attempt("platform_help", 0.83, ("action_answer_platform",), ("FAQ: stuck",)),)
    request = asked(
        learner_id=None, course_id="do_1", intent="platform_help", attempts=attempts, locale="hi"
    )
    ticket = desk.ticket(desk.open(request))
    assert ticket.number.startswith("S-")
    assert (ticket.status, ticket.locale, ticket.channel) == (TicketStatus.OPEN, "hi", "telegram")
    assert (ticket.course_id, ticket.intent) == ("do_1", "platform_help")
    assert ticket.summary == request.summary
    assert [a.sources for a in ticket.attempts] == [["FAQ: stuck"]]
    assert ticket.opened_on == clock.now


def test_asking_again_finds_the_same_ticket_and_raises_its_priority(
    desk: EmbeddedDesk, asked: Ask
) -> None:
    number = desk.open(asked())
    assert desk.open(asked(subject="complaint", priority=Priority.HIGH)) == number
    assert desk.ticket(number).priority is Priority.HIGH
    assert desk.open(asked()) == number
    assert desk.ticket(number).priority is Priority.HIGH


def test_what_rules_find_is_a_matter_of_its_own_for_each_course(
    desk: EmbeddedDesk, asked: Ask
) -> None:
    found = {"converses": False, "subject": "certificate_not_issued"}
    one, two = (desk.open(asked(course_id=course, **found)) for course in ("a", "b"))
    assert one != two
    assert desk.open(asked(course_id="a", **found)) == one
    assert desk.open(asked()) not in (one, two)


def test_a_closed_ticket_is_not_found_again(desk: EmbeddedDesk, asked: Ask) -> None:
    number = desk.open(asked())
    assert desk.close(number)
    assert not desk.close(number)
    assert desk.open(asked()) != number


def test_the_state_of_a_chat_from_the_request_to_the_close(
    desk: EmbeddedDesk, asked: Ask, links: LinkService, clock: Clock
) -> None:
    key = links.chat_key(CHAT)
    assert desk.holding(key).state is Conversing.FREE
    number = desk.open(asked())
    waiting = desk.holding(key)
    assert (waiting.state, waiting.number, waiting.was_followed) == ("waiting", number, False)
    desk.append(number, said("hello?"), "en")
    assert desk.holding(key).was_followed
    desk.reply(number, MEENA, "I am looking into it")
    assert (desk.holding(key).state, desk.ticket(number).held_by) == ("held", MEENA.id)
    clock.forward(minutes=29, seconds=59)
    assert desk.holding(key).state is Conversing.HELD
    desk.reply(number, MEENA, "still looking")
    clock.forward(minutes=30)
    assert desk.holding(key).state is Conversing.LAPSED
    assert desk.lapse(number)
    assert desk.holding(key).state is Conversing.NOT_FOLLOWED
    assert desk.ticket(number).status is TicketStatus.PENDING
    desk.take(number, RAVI)
    assert desk.holding(key).state is Conversing.HELD
    assert desk.leave(number)
    assert desk.holding(key).state is Conversing.NOT_FOLLOWED
    assert desk.open(asked()) == number
    assert desk.holding(key).state is Conversing.WAITING
    desk.close(number)
    assert desk.holding(key).state is Conversing.FREE


def test_a_ticket_of_a_rule_leaves_the_chat_to_sathi_until_an_agent_writes(
    desk: EmbeddedDesk, asked: Ask, links: LinkService
) -> None:
    number = desk.open(asked(converses=False, subject="weekly_claps_lost"))
    assert desk.holding(links.chat_key(CHAT)).state is Conversing.NOT_FOLLOWED
    desk.reply(number, MEENA, "which week?")
    assert desk.holding(links.chat_key(CHAT)).number == number


def test_the_learner_reads_what_happens_in_their_language(
    desk: EmbeddedDesk, asked: Ask, texts: Texts, clock: Clock
) -> None:
    number = desk.open(asked(locale="en"))
    desk.take(number, MEENA)
    desk.take(number, MEENA)
    desk.reply(number, MEENA, "Please open <the> {course}.")
    clock.forward(minutes=31)
    assert desk.lapse(number)
    assert not desk.lapse(number)
    desk.take(number, RAVI)
    desk.release(number)
    desk.close(number)
    facts = {"ticket": number, "minutes": 30}
    assert texts() == [
        message("utter_agent_joined", "en", agent="Meena", **facts),
        "Meena (helpdesk): Please open <the> {course}.",
        message("utter_hold_lapsed", "en", **facts),
        message("utter_agent_joined", "en", agent="Ravi", **facts),
        message("utter_agent_left", "en", **facts),
        message("utter_ticket_closed", "en", **facts),
    ]


def test_what_was_said_is_kept_in_order_with_who_said_it(desk: EmbeddedDesk, asked: Ask) -> None:
    number = desk.open(asked())
    desk.append(number, [Line(Sender.BOT, "answer"), *said("no, that is wrong")], "en")
    desk.reply(number, MEENA, "let me see")
    desk.note(number, MEENA, "is this bug 12?")
    desk.append(number, said("thank you"), "en")
    desk.leave(number)
    kept = [(m.sender, m.text, m.author, m.is_note, m.was_sent) for m in desk.messages(number)]
    assert kept == [
        ("bot", "answer", None, False, True),
        ("learner", "no, that is wrong", None, False, True),
        ("agent", "let me see", "Meena", False, True),
        ("agent", "is this bug 12?", "Meena", True, False),
        ("learner", "thank you", None, False, True),
        ("system", SystemNote.LEARNER_LEFT, None, False, False),
    ]


def test_the_language_follows_the_conversation(desk: EmbeddedDesk, asked: Ask) -> None:
    number = desk.open(asked(locale="en"))
    desk.append(number, said("मदद"), "hi")
    assert desk.ticket(number).locale == "hi"


def test_nothing_is_written_to_a_closed_or_unknown_ticket(
    desk: EmbeddedDesk, asked: Ask, texts: Texts
) -> None:
    number = desk.open(asked())
    desk.close(number)
    before = texts()
    for act in (
        lambda n: desk.append(n, said("x"), "en"),
        lambda n: desk.reply(n, MEENA, "x"),
        lambda n: desk.take(n, MEENA),
    ):
        with pytest.raises(TicketClosedError):
            act(number)
        with pytest.raises(TicketUnknownError):
            act("S-00000000")
    for ask in (desk.ticket, desk.messages, desk.release, desk.leave, desk.lapse, desk.close):
        with pytest.raises(TicketUnknownError):
            ask("S-00000000")
    assert texts() == before
    assert desk.messages(number) == []


def test_of_two_agents_who_close_at_once_one_does(
    desk: EmbeddedDesk, asked: Ask, texts: Texts
) -> None:
    number = desk.open(asked())
    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(lambda _: desk.close(number), range(8))) == 1
    assert len(texts()) == 1


@pytest.mark.parametrize("moment", range(5))
def test_of_many_agents_who_take_a_ticket_at_once_one_holds_it(
    desk: EmbeddedDesk, asked: Ask, texts: Texts, moment: int
) -> None:
    number = desk.open(asked())
    agents = [Agent(f"console:{position}", f"Agent {position}") for position in range(6)]
    start = threading.Barrier(len(agents))

    def take(agent: Agent) -> str | None:
        start.wait()
        try:
            desk.take(number, agent)
        except TicketTakenError as error:
            return error.held_by
        return None

    with ThreadPoolExecutor(len(agents)) as pool:
        lost_to = list(pool.map(take, agents))
    (winner,) = [agent for agent, holder in zip(agents, lost_to, strict=True) if holder is None]
    assert desk.ticket(number).held_by == winner.id
    assert set(lost_to) == {None, winner.id}
    assert texts() == [message("utter_agent_joined", "en", agent=winner.name, ticket=number)]


def test_only_whom_one_names_loses_the_conversation(desk: EmbeddedDesk, asked: Ask) -> None:
    number = desk.open(asked())
    desk.take(number, MEENA)
    with pytest.raises(TicketTakenError):
        desk.take(number, RAVI)
    desk.take(number, RAVI, instead_of=MEENA.id)
    with pytest.raises(TicketTakenError) as caught:
        desk.take(number, Agent("console:9", "Lata"), instead_of=MEENA.id)
    assert caught.value.held_by == desk.ticket(number).held_by == RAVI.id


def test_who_takes_a_ticket_again_holds_it_longer(
    desk: EmbeddedDesk, asked: Ask, clock: Clock
) -> None:
    number = desk.open(asked())
    desk.take(number, MEENA)
    clock.forward(minutes=20)
    desk.take(number, MEENA)
    assert desk.ticket(number).held_until == clock.now + timedelta(minutes=30)


def test_the_keeper_ends_every_hold_once(
    desk: EmbeddedDesk, asked: Ask, waiting: Outbox, texts: Texts, clock: Clock
) -> None:
    numbers = [desk.open(asked(chat=Chat("telegram", str(n)))) for n in range(3)]
    for number in numbers:
        desk.reply(number, MEENA, "hello")
    keeper = Keeper(desk, waiting)
    keeper.keep()
    assert len(texts()) == 3
    clock.forward(minutes=30)
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda _: keeper.keep(), range(3)))
    assert len(texts()) == 6
    assert {desk.ticket(number).status for number in numbers} == {TicketStatus.PENDING}


def test_the_queue_has_urgent_tickets_first_then_the_oldest(
    desk: EmbeddedDesk, asked: Ask, clock: Clock
) -> None:
    numbers = []
    for position, (locale, priority) in enumerate(
        (("en", Priority.NORMAL), ("hi", Priority.HIGH), ("hi", Priority.NORMAL))
    ):
        chat = Chat("telegram", str(position))
        numbers.append(desk.open(asked(chat=chat, locale=locale, priority=priority)))
        clock.forward(minutes=1)
    desk.take(numbers[2], MEENA)

    def found(**query: object) -> list[str]:
        return [ticket.number for ticket in desk.tickets(TicketQuery(**query))]

    first, urgent, taken = numbers
    assert found() == [urgent, first, taken]
    assert found(locales=["hi"]) == [urgent, taken]
    assert found(statuses=[TicketStatus.OPEN]) == [urgent, first]
    assert found(held_by=MEENA.id) == [taken]
    assert found(limit=1, offset=1) == [first]
    assert desk.count(TicketQuery(locales=["hi"], limit=1)) == 2


def test_an_opinion_is_kept_with_the_ticket_closed_last_and_once(
    desk: EmbeddedDesk, asked: Ask, links: LinkService, clock: Clock
) -> None:
    key = links.chat_key(CHAT)
    assert not desk.rate(key, 1)
    older = desk.open(asked())
    desk.close(older)
    clock.forward(hours=1)
    newer = desk.open(asked())
    assert desk.rate(key, 0)
    assert not desk.rate(key, 1)
    desk.close(newer)
    assert desk.rate(key, 1)
    assert [desk.ticket(n).satisfaction for n in (older, newer)] == [0, 1]
    last = desk.open(asked())
    desk.close(last)
    clock.forward(days=8)
    assert not desk.rate(key, 1)


# Whoever has the chat


def test_another_learner_of_the_chat_reads_and_joins_nothing(
    desk: EmbeddedDesk, asked: Ask, links: LinkService, texts: Texts
) -> None:
    key = links.chat_key(CHAT)
    links.redeem(links.issue("asha"), CHAT)
    number = desk.open(asked(learner_id="asha"))
    assert desk.reply(number, MEENA, "your certificate is KB-1")
    assert desk.holding(key).state is Conversing.HELD
    links.redeem(links.issue("bina"), CHAT, confirmed=True)
    assert desk.holding(key).state is Conversing.FREE
    assert not desk.reply(number, MEENA, "it belongs to Asha")
    assert [m.was_sent for m in desk.messages(number)] == [True, False]
    assert texts() == []
    assert desk.tickets_of(key, "bina") == []
    assert desk.open(asked(learner_id="bina")) != number
    desk.close(number)
    assert not desk.rate(key, 1)


def test_after_unlinking_nothing_more_comes(
    desk: EmbeddedDesk, asked: Ask, links: LinkService, texts: Texts
) -> None:
    links.redeem(links.issue("asha"), CHAT)
    number = desk.open(asked(learner_id="asha"))
    desk.reply(number, MEENA, "hello Asha")
    links.unlink(CHAT)
    desk.close(number)
    assert texts() == []
    assert desk.tickets_of(links.chat_key(CHAT), None) == []


def test_unlinking_keeps_what_is_not_of_the_learner(
    desk: EmbeddedDesk, asked: Ask, links: LinkService, texts: Texts
) -> None:
    number = desk.open(asked())
    desk.reply(number, MEENA, "hello")
    links.redeem(links.issue("asha"), CHAT)
    links.unlink(CHAT)
    assert texts() == ["Meena (helpdesk): hello"]


def test_a_learner_sees_tickets_of_other_chats(
    desk: EmbeddedDesk, asked: Ask, links: LinkService, clock: Clock
) -> None:
    older = desk.open(asked(chat=WEB, learner_id="asha"))
    clock.forward(minutes=1)
    newer = desk.open(asked(learner_id="asha"))
    numbers = [ticket.number for ticket in desk.tickets_of(links.chat_key(CHAT), "asha")]
    assert numbers == [newer, older]


def test_forgetting_erases_tickets_messages_and_addresses(
    asked: Ask, links: LinkService, engine: Engine, clock: Clock
) -> None:
    telling = EmbeddedDesk(engine, clock, render, DeskRules(forwards=True))
    for chat in (CHAT, Chat("telegram", "2")):
        number = telling.open(asked(chat=chat))
        telling.append(number, said("I am Asha"), "en")
        telling.reply(number, MEENA, "hello")
    exported = links.export(CHAT)
    assert exported["ticket_messages"][0]["text"] == "I am Asha"
    assert exported["tickets"][0]["subject"] == "human_requested"
    assert exported["chats"][0]["recipient"] == CHAT.sender_id
    links.forget(CHAT)
    left = ("tickets", "ticket_messages", "deliveries", "chats", "outbox")
    with transaction(engine) as connection:
        for name in left:
            table = schema.metadata.tables[name]
            keys = set(connection.execute(select(table.c.chat_key)).scalars())
            assert keys == {links.chat_key(Chat("telegram", "2"))}, name


# What survives


def test_another_process_finds_everything(
    desk: EmbeddedDesk, asked: Ask, links: LinkService, engine: Engine, clock: Clock
) -> None:
    number = desk.open(asked())
    desk.reply(number, MEENA, "hello")
    other = EmbeddedDesk(open_database(str(engine.url)), clock, render, DeskRules())
    assert other.holding(links.chat_key(CHAT)).number == number
    assert [m.text for m in other.messages(number)] == ["hello"]


def test_a_reply_that_cannot_be_worded_leaves_nothing(
    engine: Engine, clock: Clock, asked: Ask
) -> None:
    def fail(*_: object) -> dict:
        raise KeyError("no such message")

    desk = EmbeddedDesk(engine, clock, fail, DeskRules(hold=timedelta(minutes=5)))
    number = desk.open(asked())
    with pytest.raises(KeyError):
        desk.reply(number, MEENA, "hello")
    assert desk.ticket(number).status is TicketStatus.OPEN
    with transaction(engine) as connection:
        count = select(func.count()).select_from(schema.ticket_messages)
        assert connection.execute(count).scalar() == 0
