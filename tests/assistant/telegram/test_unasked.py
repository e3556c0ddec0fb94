"""Messages that the bot sends unasked, and what has to be erased."""

from __future__ import annotations

import time
from typing import Any

import pytest

from connectors.channels.callbacks import CallbackStore
from connectors.channels.journal import Journal
from tests.assistant.telegram.conftest import FakeActions, Running, until
from tests.fakes.telegram import FakeTelegram, flood

pytestmark = pytest.mark.anyio
CHAT, OTHER = 801, 802


def unasked(text: str, chat: int = CHAT, **more: Any) -> dict[str, Any]:
    message = {"text": text, "buttons": [], "custom": {"locale": "en"}}
    return {"recipient": f"telegram-{chat}", **message, **more}


async def test_a_message_that_comes_again_is_confirmed_and_not_sent_again(
    running: Running, telegram: FakeTelegram, actions: FakeActions
) -> None:
    actions.outbox.messages = [unasked("one", id=5), unasked("two", id=6)]
    async with running():
        await until(lambda: actions.outbox.confirmed == [5, 6])
        await until(lambda: len(telegram.texts(CHAT)) == 2)
    actions.outbox.messages = [unasked("one", id=5), unasked("three", id=7)]
    async with running():
        await until(lambda: actions.outbox.confirmed == [5, 6, 5, 7])
        await until(lambda: len(telegram.texts(CHAT)) == 3)
    assert telegram.texts(CHAT) == ["one", "two", "three"]


async def test_what_has_no_chat_here_does_not_come_again_and_again(
    running: Running, telegram: FakeTelegram, actions: FakeActions
) -> None:
    lost = {**unasked("lost", id=8), "recipient": "of another channel"}
    actions.outbox.messages = [lost, unasked("one", id=9)]
    async with running():
        await until(lambda: actions.outbox.confirmed == [8, 9])
        await until(lambda: telegram.texts(CHAT) == ["one"])


async def test_who_is_forgotten_leaves_nothing_in_the_journal(
    running: Running, telegram: FakeTelegram, actions: FakeActions, journal_url: str
) -> None:
    journal = Journal(journal_url)
    # They wait: Telegram lets nobody write to the chats for a while.
    for chat in (CHAT, OTHER):
        telegram.fail("sendMessage", flood(60), times=2, chat=chat)
    actions.outbox.messages = [unasked("private"), unasked("for others", OTHER)]
    async with running():
        await until(lambda: len(telegram.calls_of("sendMessage")) == 2)
        await until(lambda: len(journal.unsent("telegram")) == 2)
    buttons = CallbackStore(journal, "telegram")
    (button,) = buttons.keep(f"telegram-{CHAT}", ["/find_course"])
    erasure = {"id": 3, "sender": f"telegram-{CHAT}", "before": time.time()}
    actions.outbox.erasures = [erasure, {**erasure, "id": 4, "sender": "of another channel"}]
    async with running():
        await until(lambda: not actions.outbox.erasures)
    assert [reply.chat_id for reply in journal.unsent("telegram")] == [str(OTHER)]
    assert buttons.find(f"telegram-{CHAT}", button) is None
