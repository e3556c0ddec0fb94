"""Whole conversations: updates in, what the chat shows out."""

from __future__ import annotations

import re

import pytest

from connectors.channels.strings import words
from connectors.channels.telegram.menus import COMMANDS
from connectors.channels.worker import WorkerSettings
from knowledge_base.languages import registry
from tests.assistant.telegram.bot import QUIZ, ScriptedBot, course_list, plain
from tests.assistant.telegram.conftest import (
    BACKOFF,
    PNG,
    FakeActions,
    Running,
    stays,
    until,
)
from tests.fakes.telegram import ME, FakeTelegram, parse_html

pytestmark = pytest.mark.anyio
CHAT, OTHER, GROUP = 501, 502, -1001234


async def test_a_message_is_answered_once(
    running: Running, telegram: FakeTelegram, bot: ScriptedBot
) -> None:
    async with running():
        telegram.say(CHAT, "hello & <welcome>")
        await until(lambda: telegram.texts(CHAT))
        await until(telegram.fetched_all)
    assert telegram.texts(CHAT) == ["echo: hello & <welcome>"]
    assert bot.seen[0].sender_id == f"telegram-{CHAT}"
    assert bot.seen[0].metadata == {"is_group": False}
    assert bot.seen[0].input_channel == "telegram"


@pytest.mark.parametrize(
    ("typed", "understood"),
    [
        ("/start", '/greet{"locale": "hi"}'),
        ("/start abc_DEF-123", "/start abc_DEF-123"),
        ("/link abc_DEF-123", "/link abc_DEF-123"),
        (f"/progress@{ME['username']}", "/my_progress"),
        ("/quiz leave rules", "quiz leave rules"),
        ("/restart", "/start_over"),
        ("/mydata", "/my_data"),
        ("/reminders", "/reminders_on"),
        ("/stop", "/reminders_off"),
        ("/something", "/something"),
        ("a / b", "a / b"),
    ],
)
async def test_commands_become_what_rasa_reads(
    running: Running, telegram: FakeTelegram, bot: ScriptedBot, typed: str, understood: str
) -> None:
    async with running():
        telegram.say(CHAT, typed, language="hi-IN")
        await until(lambda: bot.turns)
    assert bot.turns == [understood]


async def test_a_first_greeting_in_a_language_sathi_does_not_speak(
    running: Running, telegram: FakeTelegram, bot: ScriptedBot
) -> None:
    async with running():
        telegram.say(CHAT, "/start", language="fi")
        await until(lambda: bot.turns)
    assert bot.turns == ["/greet"]


async def test_an_edited_message_is_answered_anew_as_a_reply_to_it(
    running: Running, telegram: FakeTelegram
) -> None:
    async with running():
        asked = telegram.say(CHAT, "cyber securty")["message"]
        await until(lambda: telegram.texts(CHAT))
        edited = {**asked, "text": "cyber security", "edit_date": asked["date"] + 5}
        telegram.push(telegram.update(edited_message=edited))
        await until(lambda: len(telegram.texts(CHAT)) == 2)
        # Telegram also reports changes that are none of the text.
        telegram.push(telegram.update(edited_message=edited))
        await until(telegram.fetched_all)
        await stays(lambda: len(telegram.texts(CHAT)) == 2)
    assert telegram.texts(CHAT) == ["echo: cyber securty", "echo: cyber security"]
    first, second = telegram.calls_of("sendMessage")
    assert "reply_parameters" not in first.parameters
    assert second.parameters["reply_parameters"]["message_id"] == asked["message_id"]


async def test_a_moving_location_is_no_edited_message(
    running: Running, telegram: FakeTelegram, bot: ScriptedBot
) -> None:
    place = {"location": {"latitude": 1.0, "longitude": 2.0}}
    async with running():
        moved = telegram.message(CHAT, **place, edit_date=1)
        telegram.push(telegram.update(edited_message=moved))
        telegram.say(CHAT, "hello")
        await until(lambda: telegram.texts(CHAT))
    assert bot.turns == ["hello"]


FILE = {"file_id": "f", "file_unique_id": "u"}


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("voice", {"voice": {**FILE, "duration": 1}}),
        ("voice", {"video_note": {**FILE, "duration": 1, "length": 9}}),
        ("photo", {"photo": [{**FILE, "width": 1, "height": 1}]}),
        ("photo", {"animation": {**FILE, "width": 1, "height": 1, "duration": 1},
                   "document": FILE}),
        ("sticker", {"sticker": {**FILE, "type": "regular", "width": 1, "height": 1,
                                 "is_animated": False, "is_video": False}}),
        ("document", {"document": FILE}),
        ("location", {"location": {"latitude": 1.0, "longitude": 2.0}}),
        ("contact", {"contact": {"phone_number": "1", "first_name": "A"}}),
        ("other", {"poll": {"id": "1", "question": "?", "options": [], "total_voter_count": 0,
                            "is_closed": False, "is_anonymous": True, "type": "regular",
                            "allows_multiple_answers": False, "allows_revoting": False}}),
        ("other", {"something_new": {"a": 1}}),
    ],
)  # fmt: skip
async def test_what_is_no_text_is_handed_to_rasa_by_its_kind(
    running: Running, telegram: FakeTelegram, bot: ScriptedBot, kind: str, content: dict
) -> None:
    async with running():
        telegram.say(CHAT, **content)
        await until(lambda: bot.turns)
    assert bot.turns == [f'/unsupported_message{{"kind": "{kind}"}}']


async def test_a_picture_with_words_is_read_by_its_words(
    running: Running, telegram: FakeTelegram, bot: ScriptedBot
) -> None:
    async with running():
        telegram.say(
            CHAT, photo=[{**FILE, "width": 1, "height": 1}], caption="what does this error mean"
        )
        await until(lambda: bot.turns)
    assert bot.turns == ["what does this error mean"]


async def test_notices_of_telegram_and_other_bots_get_no_answer(
    running: Running, telegram: FakeTelegram, bot: ScriptedBot
) -> None:
    async with running():
        telegram.say(CHAT, message_auto_delete_timer_changed={"message_auto_delete_time": 5})
        robot = {"id": 9, "is_bot": True, "first_name": "R", "username": "OtherBot"}
        telegram.say(CHAT, "beep", **{"from": robot})
        telegram.say(CHAT, "hello")
        await until(lambda: telegram.texts(CHAT))
    assert bot.turns == ["hello"]


# Groups.


@pytest.mark.parametrize(
    ("text", "understood"),
    [
        (f"@{ME['username']} which course teaches RTI?", "which course teaches RTI?"),
        (f"🙏🏽 @{ME['username'].lower()}, नमस्ते", "🙏🏽 , नमस्ते"),
        (f"tell us @{ME['username']} about RTI", "tell us about RTI"),
        (f"/recommend@{ME['username']}", "/recommend"),
        ("/recommend", "/recommend"),
        (f"@{ME['username']}", "/greet"),
    ],
)
async def test_in_a_group_the_bot_answers_when_it_is_meant(
    running: Running, telegram: FakeTelegram, bot: ScriptedBot, text: str, understood: str
) -> None:
    async with running():
        asked = telegram.say(GROUP, text, user=7, language="fi")["message"]
        await until(lambda: telegram.texts(GROUP))
    assert bot.turns == [understood]
    assert bot.seen[0].sender_id == f"telegram-{GROUP}-7"
    assert bot.seen[0].metadata == {"is_group": True}
    sent = telegram.calls_of("sendMessage")[0].parameters
    assert sent["reply_parameters"]["message_id"] == asked["message_id"]


async def test_in_a_group_other_talk_is_left_alone(
    running: Running, telegram: FakeTelegram, bot: ScriptedBot
) -> None:
    async with running():
        telegram.say(GROUP, "which course teaches RTI?", user=7)
        telegram.say(GROUP, "@SathiTestBotX hello", user=7)
        telegram.say(GROUP, "/help@OtherBot", user=7)
        telegram.say(GROUP, "/unknown", user=7)
        telegram.say(GROUP, sticker={**FILE, "type": "regular", "width": 1, "height": 1,
                                     "is_animated": False, "is_video": False})  # fmt: skip
        ours = {"message_id": 1, "date": 1, "chat": {"id": GROUP, "type": "supergroup"},
                "from": ME, "text": "I found:"}  # fmt: skip
        telegram.say(GROUP, "the second one", user=8, reply_to_message=ours)
        await until(lambda: bot.turns)
        await until(telegram.fetched_all)
    assert bot.turns == ["the second one"]
    assert bot.seen[0].sender_id == f"telegram-{GROUP}-8"


async def test_an_answer_stays_in_its_topic(running: Running, telegram: FakeTelegram) -> None:
    async with running():
        telegram.say(
            GROUP, f"@{ME['username']} hi", user=7, message_thread_id=42, is_topic_message=True
        )
        await until(lambda: telegram.texts(GROUP))
    assert telegram.calls_of("sendMessage")[0].parameters["message_thread_id"] == 42


async def test_a_button_in_a_group_works_for_the_one_who_asked(
    running: Running, telegram: FakeTelegram, bot: ScriptedBot
) -> None:
    bot.script["list"] = [course_list(1)]
    async with running():
        telegram.say(GROUP, f"@{ME['username']} list", user=7)
        await until(lambda: telegram.shown(GROUP))
        shown = telegram.shown(GROUP)[0]
        telegram.press(shown, "2", user=8)
        await until(lambda: telegram.calls_of("answerCallbackQuery"))
        telegram.press(shown, "2", user=7)
        await until(lambda: len(bot.turns) == 2)
    first = telegram.calls_of("answerCallbackQuery")[0].parameters
    assert first["text"] == words("button_of_other", "en")
    assert bot.turns[1] == '/choose_item{"item_number": 2}'
    assert bot.seen[1].sender_id == f"telegram-{GROUP}-7"


async def test_buttons_that_a_group_gets_unasked_work_for_whoever_presses_them(
    running: Running, telegram: FakeTelegram, bot: ScriptedBot, actions: FakeActions
) -> None:
    async with running():
        question = plain("New.", ("Show", "/recommend"))
        actions.outbox.messages = [{"recipient": f"telegram-{GROUP}", **question}]
        await until(lambda: telegram.shown(GROUP))
        telegram.press(telegram.shown(GROUP)[0], "Show", user=9)
        await until(lambda: bot.turns)
    assert bot.turns == ["/recommend"]
    assert bot.seen[0].sender_id == f"telegram-{GROUP}-9"
    assert "text" not in telegram.calls_of("answerCallbackQuery")[0].parameters


# Buttons.


async def test_more_takes_the_place_of_the_list(
    running: Running, telegram: FakeTelegram, bot: ScriptedBot
) -> None:
    bot.script["list"] = [course_list(1)]
    bot.script["/show_more"] = [course_list(6, more=False)]
    async with running():
        telegram.say(CHAT, "list")
        await until(lambda: telegram.shown(CHAT))
        assert "1. Course <1> & more" in telegram.texts(CHAT)[0]
        telegram.press(telegram.shown(CHAT)[0], "More")
        await until(lambda: telegram.calls_of("editMessageText"))
        await until(lambda: "6. Course <6> & more" in telegram.texts(CHAT)[0])
        telegram.press(telegram.shown(CHAT)[0], "7")
        await until(lambda: len(bot.turns) == 3)
        await until(lambda: len(telegram.calls_of("answerCallbackQuery")) == 2)
    assert bot.turns == ["list", "/show_more", '/choose_item{"item_number": 7}']
    assert len(telegram.shown(CHAT)) == 2
    assert all("text" not in c.parameters for c in telegram.calls_of("answerCallbackQuery"))


async def test_a_list_that_was_deleted_is_continued_in_a_new_message(
    running: Running, telegram: FakeTelegram, bot: ScriptedBot
) -> None:
    bot.script["list"] = [course_list(1)]
    bot.script["/show_more"] = [course_list(6)]
    async with running():
        telegram.say(CHAT, "list")
        await until(lambda: telegram.shown(CHAT))
        shown = telegram.messages.pop()
        telegram.press(shown, "More")
        await until(lambda: telegram.shown(CHAT))
    assert "6. Course <6> & more" in telegram.texts(CHAT)[0]


async def test_buttons_of_an_older_list_are_declined_kindly(
    running: Running, telegram: FakeTelegram, bot: ScriptedBot
) -> None:
    bot.script["list"] = [course_list(1)]
    bot.script["yes or no"] = [plain("Sure?", ("Yes", "/affirm"), ("No", "/deny"))]
    async with running():
        telegram.say(CHAT, "list")
        telegram.say(CHAT, "yes or no")
        telegram.say(CHAT, "list")
        await until(lambda: len(telegram.shown(CHAT)) == 3)
        older, question, _ = telegram.shown(CHAT)
        telegram.press(older, "2")
        await until(lambda: telegram.calls_of("answerCallbackQuery"))
        telegram.press(question, "Yes")
        await until(lambda: len(bot.turns) == 4)
        await until(lambda: len(telegram.texts(CHAT)) == 4)
    note = telegram.calls_of("answerCallbackQuery")[0].parameters
    assert note["text"] == words("button_old", "en")
    assert note["show_alert"] is True
    assert bot.turns[3] == "/affirm"


async def test_what_buttons_send_fits_whatever_the_payload(
    running: Running, telegram: FakeTelegram, bot: ScriptedBot
) -> None:
    payload = '/find_course{"topic": "' + "अनुच्छेद" * 40 + '"}'
    bot.script["hi"] = [plain("Choose:", ("विषय", payload))]
    async with running():
        telegram.say(CHAT, "hi")
        await until(lambda: telegram.shown(CHAT))
        telegram.press(telegram.shown(CHAT)[0], "विषय")
        await until(lambda: len(bot.turns) == 2)
    assert bot.turns[1] == payload


# Polls and documents.


async def test_a_quiz_question_is_a_poll_and_its_answer_a_message(
    running: Running, telegram: FakeTelegram, bot: ScriptedBot
) -> None:
    bot.script["quiz"] = [QUIZ]
    async with running():
        telegram.say(CHAT, "quiz")
        await until(lambda: telegram.shown(CHAT))
        shown = telegram.shown(CHAT)[0]
        telegram.vote(shown, 0, user=OTHER)
        telegram.vote(shown, 1, user=CHAT)
        await until(lambda: len(bot.turns) == 2)
    assert shown["poll"]["type"] == "quiz"
    assert shown["poll"]["correct_option_ids"] == [1]
    assert shown["poll"]["explanation"] == "Because of B."
    assert not shown["poll"]["is_anonymous"]
    assert bot.turns == ["quiz", '/choose_item{"item_number": 2}']
    assert bot.seen[1].sender_id == f"telegram-{CHAT}"


async def test_in_a_group_only_the_one_who_asked_for_a_quiz_answers_it(
    running: Running, telegram: FakeTelegram, bot: ScriptedBot
) -> None:
    bot.script["quiz"] = [QUIZ]
    async with running():
        telegram.say(GROUP, f"@{ME['username']} quiz", user=7)
        await until(lambda: telegram.shown(GROUP))
        telegram.vote(telegram.shown(GROUP)[0], 0, user=8)
        telegram.vote(telegram.shown(GROUP)[0], 1, user=7)
        await until(lambda: len(bot.turns) == 2)
        await until(telegram.fetched_all)
    assert bot.turns == ["quiz", '/choose_item{"item_number": 2}']
    assert bot.seen[1].metadata == {"is_group": True}


async def test_an_older_poll_does_not_answer_a_newer_question(
    running: Running, telegram: FakeTelegram, bot: ScriptedBot
) -> None:
    bot.script["quiz"] = [QUIZ]
    async with running():
        telegram.say(CHAT, "quiz")
        telegram.say(CHAT, "quiz")
        await until(lambda: len(telegram.shown(CHAT)) == 2)
        telegram.vote(telegram.shown(CHAT)[0], 0, user=CHAT)
        telegram.vote(telegram.shown(CHAT)[1], 1, user=CHAT)
        await until(lambda: len(bot.turns) == 3)
        await until(telegram.fetched_all)
    assert bot.turns[2] == '/choose_item{"item_number": 2}'


async def test_pictures_and_files_follow_the_text(
    running: Running, telegram: FakeTelegram, bot: ScriptedBot, actions: FakeActions
) -> None:
    actions.documents = {"p": PNG, "c": b"%PDF-1.7 x"}
    picture = {"id": "p", "name": "progress.png", "mime": "image/png", "label": "Download"}
    paper = {"id": "c", "name": "c.pdf", "mime": "application/pdf", "label": "Download"}
    bot.script["both"] = [plain("Progress", document=picture), plain("Paper", document=paper)]
    async with running():
        telegram.say(CHAT, "both")
        await until(lambda: len(telegram.shown(CHAT)) == 4)
    one, two, three, four = telegram.shown(CHAT)
    assert (one["text"], three["text"]) == ("Progress", "Paper")
    assert "photo" in two
    assert four["document"]["file_name"] == "c.pdf"
    assert four["document"]["file_size"] == len(actions.documents["c"])


async def test_a_picture_telegram_cannot_show_goes_as_a_file(
    running: Running, telegram: FakeTelegram, bot: ScriptedBot, actions: FakeActions
) -> None:
    actions.documents = {"p": b"no picture"}
    picture = {"id": "p", "name": "p.png", "mime": "image/png", "label": "Download"}
    bot.script["it"] = [plain("Progress", document=picture)]
    async with running():
        telegram.say(CHAT, "it")
        await until(lambda: len(telegram.shown(CHAT)) == 2)
    assert "document" in telegram.shown(CHAT)[1]


async def test_a_document_that_is_gone_does_not_hold_up_the_chat(
    running: Running, telegram: FakeTelegram, bot: ScriptedBot
) -> None:
    picture = {"id": "gone", "name": "p.png", "mime": "image/png", "label": "Download"}
    bot.script["it"] = [plain("Progress", document=picture)]
    async with running():
        telegram.say(CHAT, "it")
        telegram.say(CHAT, "next")
        await until(lambda: len(telegram.shown(CHAT)) == 2)
    assert telegram.texts(CHAT) == ["Progress", "echo: next"]


# What goes on around the messages.


async def test_typing_is_shown_while_a_turn_takes_long(
    running: Running, telegram: FakeTelegram
) -> None:
    async with running():
        telegram.say(OTHER, "hello")
        telegram.say(CHAT, "slow 1.0")
        await until(lambda: telegram.texts(CHAT))
        actions = telegram.calls_of("sendChatAction")
        await stays(lambda: telegram.calls_of("sendChatAction") == actions)
    assert [(call.chat_id, call.parameters["action"]) for call in actions] == [(CHAT, "typing")]


async def test_typing_is_shown_to_those_whose_turn_it_is(
    running: Running, telegram: FakeTelegram
) -> None:
    async with running(WorkerSettings(turns_at_once=1, backoff=BACKOFF)):
        telegram.say(OTHER, "slow 2.0")
        await until(lambda: telegram.calls_of("sendChatAction"))
        telegram.say(CHAT, "hello")
        await until(lambda: telegram.texts(CHAT))
    assert {call.chat_id for call in telegram.calls_of("sendChatAction")} == {OTHER}


async def test_nobody_seems_to_type_during_an_outage(
    running: Running, telegram: FakeTelegram, bot: ScriptedBot, actions: FakeActions
) -> None:
    bot.is_down, actions.is_ready = True, False
    async with running():
        telegram.say(CHAT, "hello")
        await until(lambda: telegram.texts(CHAT) == [words("answer_delayed", "en")])
        await stays(lambda: not telegram.calls_of("sendChatAction"), seconds=1.5)
        bot.is_down, actions.is_ready = False, True
        await until(lambda: "echo: hello" in telegram.texts(CHAT))


async def test_the_menu_is_published_for_everybody(
    running: Running, telegram: FakeTelegram
) -> None:
    async with running():
        await until(lambda: "" in telegram.commands)
    assert [entry["command"] for entry in telegram.commands[""]] == list(COMMANDS)
    assert telegram.commands[""][0]["description"] == words("command_start", "en")
    assert all(re.fullmatch("[a-z]{2}", code) for code in telegram.commands if code)


async def test_commands_are_intents_that_rasa_knows() -> None:
    import yaml

    from tests.assistant.conftest import REPOSITORY

    domain = yaml.safe_load((REPOSITORY / "domain.yml").read_text(encoding="utf-8"))
    intents = {next(iter(intent)) for intent in domain["intents"]}
    assert {payload[1:] for payload in COMMANDS.values()} <= intents
    assert "unsupported_message" in intents


async def test_waiting_messages_are_claimed_and_sent(
    running: Running, telegram: FakeTelegram, actions: FakeActions
) -> None:
    actions.outbox.messages = [
        {"recipient": f"telegram-{CHAT}", **plain("Your plan is due tomorrow.")},
        {"recipient": "web-1", **plain("not ours")},
        {"recipient": f"telegram-{OTHER}", **plain("Yours too.")},
    ]
    async with running():
        await until(lambda: telegram.texts(CHAT) and telegram.texts(OTHER))
    assert telegram.texts(CHAT) == ["Your plan is due tomorrow."]
    assert telegram.texts(OTHER) == ["Yours too."]
    assert len(telegram.messages) == 2


async def test_nothing_is_sent_unasked_to_who_has_blocked_the_bot(
    running: Running, telegram: FakeTelegram, actions: FakeActions
) -> None:
    person = {"id": CHAT, "is_bot": False, "first_name": "A"}

    def membership(status: str) -> dict:
        member = {"user": ME, "status": status}
        if status == "kicked":
            member["until_date"] = 0
        change = {
            "chat": {"id": CHAT, "type": "private"},
            "from": person,
            "date": 1,
            "old_chat_member": {"user": ME, "status": "member"},
            "new_chat_member": member,
        }
        return telegram.update(my_chat_member=change)

    async with running():
        telegram.push(membership("kicked"))
        await until(telegram.fetched_all)
        actions.outbox.messages = [{"recipient": f"telegram-{CHAT}", **plain("one")}]
        await until(lambda: not actions.outbox.messages)
        await stays(lambda: not telegram.calls_of("sendMessage"))
        telegram.push(membership("member"))
        await until(telegram.fetched_all)
        actions.outbox.messages = [{"recipient": f"telegram-{CHAT}", **plain("two")}]
        await until(lambda: telegram.texts(CHAT))
    assert telegram.texts(CHAT) == ["two"]


async def test_a_wrong_token_leaves_the_bot_off_and_is_not_logged(
    running: Running, telegram: FakeTelegram, caplog: pytest.LogCaptureFixture
) -> None:
    token = "999:wrong-token-of-a-bot"  # noqa: S105
    async with running(token=token):
        await until(lambda: "the bot stays off" in caplog.text)
    assert token not in caplog.text
    assert not telegram.calls


def test_every_language_has_a_text_for_all_keys() -> None:
    for locale in registry.locales():
        for key in ("answer_delayed", "not_answered", "try_again"):
            assert words(key, locale)
        for key in ("button_old", "button_of_other"):
            assert 1 <= len(words(key, locale)) <= 200
        for name in COMMANDS:
            assert 1 <= len(words(f"command_{name}", locale)) <= 256


def test_the_fake_refuses_wrong_html() -> None:
    assert parse_html("<b>a &lt; b</b>") == "a < b"
    for wrong in ("<b>a", "a</b>", "<x>a</x>", "a < b", "<b><i>a</b></i>"):
        with pytest.raises(Exception, match="can't parse entities"):
            parse_html(wrong)
