"""Faults of Telegram, and what becomes of the replies."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from contextlib import closing
from typing import Any

import pytest
from sqlalchemy.engine import make_url

from connectors.channels.journal import Journal
from connectors.channels.worker import ChannelWorker
from tests.assistant.telegram.bot import QUIZ, ScriptedBot, course_list, plain
from tests.assistant.telegram.conftest import PNG, FakeActions, Running, stays, until
from tests.fakes.telegram import BLOCKED, FakeTelegram, Fault, flood, late, server_error

pytestmark = pytest.mark.anyio
CHAT, OTHER, GROUP = 601, 602, -1002
BAD_MARKUP = Fault(400, "Bad Request: can't parse entities: Unsupported start tag")


async def test_a_chat_that_has_to_wait_keeps_no_other_waiting(
    running: Running, telegram: FakeTelegram
) -> None:
    telegram.fail("sendMessage", flood(2), chat=CHAT)
    async with running():
        started = time.monotonic()
        telegram.say(CHAT, "one")
        await until(lambda: telegram.calls_of("sendMessage"))
        telegram.say(OTHER, "two")
        await until(lambda: telegram.texts(OTHER))
        assert time.monotonic() - started < 1.5
        await until(lambda: telegram.texts(CHAT))
        assert time.monotonic() - started >= 2
    assert telegram.texts(CHAT) == ["echo: one"]


@pytest.mark.parametrize("status", [500, 502])
async def test_faults_of_the_server_are_outlasted(
    running: Running, telegram: FakeTelegram, status: int
) -> None:
    telegram.fail("sendMessage", server_error(status), times=3)
    telegram.fail("getUpdates", server_error(status), times=2)
    async with running():
        telegram.say(CHAT, "one")
        telegram.say(CHAT, "two")
        await until(lambda: len(telegram.texts(CHAT)) == 2)
    assert telegram.texts(CHAT) == ["echo: one", "echo: two"]


async def test_the_start_outlasts_faults_of_the_server(
    running: Running, telegram: FakeTelegram
) -> None:
    for method in ("getMe", "deleteWebhook", "setMyCommands"):
        telegram.fail(method, server_error(), times=2)
    telegram.fail("getMe", Fault(hangs_up=True))
    async with running():
        telegram.say(CHAT, "one")
        await until(lambda: telegram.texts(CHAT))
        await until(lambda: "" in telegram.commands)


async def test_a_reply_that_may_have_arrived_is_not_sent_again(
    running: Running, telegram: FakeTelegram
) -> None:
    telegram.fail("sendMessage", late(1.5), chat=CHAT)
    async with running():
        telegram.say(CHAT, "one")
        telegram.say(CHAT, "two")
        await until(lambda: "echo: two" in telegram.texts(CHAT))
    assert telegram.texts(CHAT) == ["echo: one", "echo: two"]
    assert len(telegram.calls_of("sendMessage")) == 2


async def test_an_outage_of_telegram_loses_nothing(
    running: Running, bot: ScriptedBot, caplog: pytest.LogCaptureFixture
) -> None:
    with FakeTelegram() as telegram:
        async with running(api=telegram.url):
            telegram.say(CHAT, "slow 0.3")
            await until(lambda: bot.turns)
            port = telegram.close()
            await until(lambda: "a reply waits: Telegram cannot be reached" in caplog.text)
            telegram.open(port)
            await until(lambda: telegram.texts(CHAT))
        assert telegram.texts(CHAT) == ["echo: slow 0.3"]


async def test_who_blocks_the_bot_is_noted_and_not_written_to(
    running: Running, telegram: FakeTelegram, bot: ScriptedBot, actions: FakeActions,
    journal_url: str,
) -> None:  # fmt: skip
    bot.script["two"] = [plain("a"), plain("b")]
    journal = Journal(journal_url)
    async with running():
        telegram.fail("sendMessage", BLOCKED, times=5, chat=CHAT)
        telegram.say(CHAT, "two")
        await until(lambda: telegram.calls_of("sendMessage"))
        await until(lambda: journal.is_blocked("telegram", str(CHAT)))
        actions.outbox.messages = [{"recipient": f"telegram-{CHAT}", **plain("reminder")}]
        await until(lambda: not actions.outbox.messages)
        await stays(lambda: len(telegram.calls_of("sendMessage")) == 1)
        telegram.recover()
        telegram.say(CHAT, "back again")
        await until(lambda: telegram.texts(CHAT))
    assert telegram.texts(CHAT) == ["echo: back again"]
    assert not journal.is_blocked("telegram", str(CHAT))
    assert not journal.unsent("telegram")


async def test_refused_markup_goes_as_plain_text(running: Running, telegram: FakeTelegram) -> None:
    telegram.fail("sendMessage", BAD_MARKUP)
    async with running():
        telegram.say(CHAT, "1 < 2")
        await until(lambda: telegram.texts(CHAT))
    refused, plain_one = telegram.calls_of("sendMessage")
    assert refused.parameters["parse_mode"] == "HTML"
    assert "parse_mode" not in plain_one.parameters
    assert telegram.texts(CHAT) == ["echo: 1 < 2"]


async def test_refused_buttons_are_left_out(
    running: Running, telegram: FakeTelegram, bot: ScriptedBot
) -> None:
    bot.script["list"] = [course_list(1)]
    telegram.fail("sendMessage", Fault(400, "Bad Request: BUTTON_DATA_INVALID"), times=2)
    async with running():
        telegram.say(CHAT, "list")
        await until(lambda: telegram.texts(CHAT))
    assert "reply_markup" not in telegram.shown(CHAT)[0]


async def test_a_link_whose_button_is_refused_stands_in_the_text(
    running: Running, telegram: FakeTelegram, bot: ScriptedBot
) -> None:
    link = {"label": "Open the form", "url": "https://portal.example.in/form"}
    bot.script["form"] = [plain("Here it is.", link=link)]
    telegram.fail("sendMessage", Fault(400, "Bad Request: BUTTON_URL_INVALID"), times=2)
    async with running():
        telegram.say(CHAT, "form")
        await until(lambda: telegram.texts(CHAT))
    assert telegram.texts(CHAT) == ["Here it is.\nOpen the form: https://portal.example.in/form"]


async def test_what_is_too_large_is_not_tried_for_ever(
    running: Running, telegram: FakeTelegram, bot: ScriptedBot, actions: FakeActions
) -> None:
    actions.documents = {"p": b"%PDF-1.7 x"}
    paper = {"id": "p", "name": "p.pdf", "mime": "application/pdf", "label": "Download"}
    bot.script["it"] = [plain("Paper", document=paper)]
    telegram.fail("sendDocument", Fault(413, "Request Entity Too Large"), times=9)
    async with running():
        telegram.say(CHAT, "it")
        telegram.say(CHAT, "next")
        await until(lambda: "echo: next" in telegram.texts(CHAT))
    assert len(telegram.calls_of("sendDocument")) == 1


async def test_a_picture_that_is_too_large_goes_as_a_file(
    running: Running, telegram: FakeTelegram, bot: ScriptedBot, actions: FakeActions
) -> None:
    actions.documents = {"p": PNG}
    picture = {"id": "p", "name": "p.png", "mime": "image/png", "label": "Download"}
    bot.script["it"] = [plain("Progress", document=picture)]
    telegram.fail("sendPhoto", Fault(413, "Request Entity Too Large"))
    async with running():
        telegram.say(CHAT, "it")
        await until(lambda: len(telegram.shown(CHAT)) == 2)
    assert "document" in telegram.shown(CHAT)[1]


async def test_who_presses_too_many_buttons_keeps_no_other_chat_waiting(
    running: Running, telegram: FakeTelegram, bot: ScriptedBot
) -> None:
    bot.script["list"] = [course_list(1)]
    async with running():
        telegram.say(CHAT, "list")
        await until(lambda: telegram.shown(CHAT))
        telegram.fail("answerCallbackQuery", flood(30))
        started = time.monotonic()
        telegram.press(telegram.shown(CHAT)[0], "2")
        await until(lambda: telegram.calls_of("answerCallbackQuery"))
        telegram.say(OTHER, "hello")
        await until(lambda: telegram.texts(OTHER))
        await until(lambda: len(telegram.texts(CHAT)) == 2)
    assert time.monotonic() - started < 5
    assert bot.turns[1] == '/choose_item{"item_number": 2}'


async def test_a_refused_reply_does_not_hold_up_the_chat(
    running: Running, telegram: FakeTelegram
) -> None:
    telegram.fail("sendMessage", Fault(400, "Bad Request: chat not found"), times=3)
    async with running():
        telegram.say(CHAT, "one")
        telegram.say(CHAT, "two")
        await until(lambda: telegram.texts(CHAT))
    assert telegram.texts(CHAT) == ["echo: two"]


async def test_a_group_that_became_a_supergroup_is_written_to_there(
    running: Running, telegram: FakeTelegram
) -> None:
    moved = Fault(400, "Bad Request: group chat was upgraded to a supergroup chat",
                  {"migrate_to_chat_id": -100777})  # fmt: skip
    telegram.fail("sendMessage", moved, chat=GROUP)
    async with running():
        telegram.say(GROUP, "/help", user=7)
        await until(lambda: telegram.texts(-100777))


async def test_many_messages_to_a_chat_are_spread(
    running: Running, telegram: FakeTelegram, bot: ScriptedBot
) -> None:
    bot.script["many"] = [plain(str(n)) for n in range(5)]
    async with running():
        telegram.say(CHAT, "many")
        await until(lambda: len(telegram.texts(CHAT)) == 5)
    times = [call.at for call in telegram.calls_of("sendMessage")]
    assert times[2] - times[0] < 0.8
    assert times[4] - times[0] > 1.7


async def test_another_poller_is_told_of_in_the_log(
    running: Running, telegram: FakeTelegram, caplog: pytest.LogCaptureFixture
) -> None:
    conflict = "Conflict: terminated by other getUpdates request"
    telegram.fail("getUpdates", Fault(409, conflict))
    async with running():
        telegram.say(CHAT, "one")
        await until(lambda: telegram.texts(CHAT))
    assert "another process fetches this bot's updates" in caplog.text


async def test_the_log_holds_nothing_personal(
    running: Running, telegram: FakeTelegram, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    telegram.fail("sendMessage", Fault(400, "Bad Request: can't parse <secret>"), times=3)
    telegram.fail("sendMessage", late(1.5))
    async with running():
        telegram.say(987654321, "my secret question")
        telegram.say(987654321, "and another secret")
        telegram.say(987654321, "done")
        await until(lambda: "echo: done" in telegram.texts(987654321))
    ours = [r.getMessage() for r in caplog.records if r.name.startswith("connectors")]
    assert ours
    assert not [line for line in ours if "secret" in line or "987654321" in line]


async def test_a_poll_is_known_even_if_the_database_was_locked_when_it_was_sent(
    running: Running, telegram: FakeTelegram, bot: ScriptedBot, journal_url: str
) -> None:
    bot.script["quiz"] = [QUIZ]
    telegram.fail("sendPoll", late(0.5))
    async with running(journal=f"{journal_url}?timeout=0.05"):
        telegram.say(CHAT, "quiz")
        await until(lambda: telegram.calls_of("sendPoll"))
        with closing(sqlite3.connect(make_url(journal_url).database)) as other:
            other.execute("BEGIN IMMEDIATE")
            await until(lambda: telegram.shown(CHAT))
            await asyncio.sleep(0.8)
            other.rollback()
        telegram.vote(telegram.shown(CHAT)[0], 1, user=CHAT)
        await until(lambda: len(bot.turns) == 2)
    assert bot.turns[1] == '/choose_item{"item_number": 2}'


async def test_polling_outlasts_a_fault_that_nobody_has_thought_of(
    running: Running, telegram: FakeTelegram, monkeypatch: pytest.MonkeyPatch
) -> None:
    receive = ChannelWorker.receive
    failures = [RuntimeError("no thread can be started")]

    async def failing(*arguments: Any, **more: Any) -> bool:
        if failures:
            raise failures.pop()
        return await receive(*arguments, **more)

    monkeypatch.setattr(ChannelWorker, "receive", failing)
    async with running():
        telegram.say(CHAT, "one")
        await until(lambda: telegram.texts(CHAT))
    assert not failures
    assert telegram.texts(CHAT) == ["echo: one"]
