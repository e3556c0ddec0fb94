"""What the helpdesk does by itself goes on whatever happens to single tickets."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import pytest
from sqlalchemy import Engine

from bot.actions.rendering import render
from connectors.helpdesk import keeper as keeping
from connectors.helpdesk.embedded import DeskRules, EmbeddedDesk
from connectors.helpdesk.keeper import Keeper
from connectors.helpdesk.records import TicketStatus
from connectors.platform.linking import Chat, LinkService
from connectors.platform.outbox import Outbox
from tests.actions.helpdesk.conftest import MEENA, Ask, Clock


def test_a_ticket_that_is_deleted_meanwhile_keeps_no_other_hold(
    desk: EmbeddedDesk,
    asked: Ask,
    waiting: Outbox,
    links: LinkService,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    chats = [Chat("telegram", str(number)) for number in range(3)]
    numbers = [desk.open(asked(chat=chat)) for chat in chats]
    for number in numbers:
        desk.reply(number, MEENA, "hello")
    clock.forward(minutes=30)
    lapse = desk.lapse

    def forget_first(number: str) -> bool:
        if number == numbers[0]:
            links.forget(chats[0])
        return lapse(number)

    monkeypatch.setattr(desk, "lapse", forget_first)
    Keeper(desk, waiting).keep()
    assert {desk.ticket(number).status for number in numbers[1:]} == {TicketStatus.PENDING}


def test_a_fault_does_not_end_the_keeping(
    engine: Engine,
    asked: Ask,
    waiting: Outbox,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    faults = [KeyError("no such message")]

    def word(response: str, locale: str, facts: Mapping[str, object]) -> Mapping[str, object]:
        if response == "utter_hold_lapsed" and faults:
            raise faults.pop()
        return render(response, locale, facts)

    desk = EmbeddedDesk(engine, clock, word, DeskRules())
    number = desk.open(asked())
    desk.take(number, MEENA)
    clock.forward(minutes=30)
    monkeypatch.setattr(keeping, "_POLL_SECONDS", 0.01)

    async def keep() -> None:
        task = asyncio.create_task(Keeper(desk, waiting).run())
        for _ in range(500):
            if desk.ticket(number).status is TicketStatus.PENDING:
                break
            await asyncio.sleep(0.01)
        task.cancel()

    asyncio.run(keep())
    assert not faults
    assert desk.ticket(number).status is TicketStatus.PENDING
