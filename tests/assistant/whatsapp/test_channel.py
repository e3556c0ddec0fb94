from __future__ import annotations

import asyncio
import logging
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest
from rasa.shared.exceptions import RasaException

from connectors.channels.whatsapp.channel import MAX_BYTES, WhatsAppInput
from tests.assistant.whatsapp.conftest import Setting, serving
from tests.fakes import whatsapp as fake

ASHA = "IN.1410018717833190"
BINA = "919810218674"
Play = Callable[[Callable[[Setting], Any]], None]


def said(number: int, text: str, user: str = ASHA, ago: float = 0) -> dict:
    return fake.text_message(number, text, user, int(time.time() - ago))


def chose(number: int, identifier: str, user: str = ASHA) -> dict:
    reply = {"type": "list_reply", "list_reply": {"id": identifier, "title": "x"}}
    content = {"type": "interactive", "interactive": reply}
    return fake.message(number, user, content, int(time.time()))


async def until(condition: Callable[[], bool]) -> None:
    for _ in range(1000):
        if condition():
            return
        await asyncio.sleep(0.01)
    raise TimeoutError


def test_the_handshake_is_answered_with_the_challenge(play: Play) -> None:
    async def scenario(setting: Setting) -> None:
        async with setting.running() as webhook:
            right = {"mode": "subscribe", "verify_token": fake.HANDSHAKE, "challenge": "1158201444"}
            answer = await webhook.get(**right)
            assert (answer.status_code, answer.text) == (200, "1158201444")
            assert answer.headers["content-type"].startswith("text/plain")
            wrong = await webhook.get(**{**right, "verify_token": "guessed"})
            assert (wrong.status_code, "1158201444" in wrong.text) == (403, False)
            assert (await webhook.get()).status_code == 403

    play(scenario)


def test_a_message_is_acknowledged_marked_as_read_and_answered(play: Play) -> None:
    async def scenario(setting: Setting) -> None:
        async with setting.running() as webhook:
            assert (await webhook.post(said(1, "नमस्ते"))).status_code == 200
            await setting.graph.until_sent(1)
        assert setting.bot.heard == [(f"whatsapp-{ASHA}", "नमस्ते")]
        assert setting.graph.texts(ASHA) == ["You said: नमस्ते"]
        assert setting.graph.read == [("wamid.in1", True)]

    play(scenario)


@pytest.mark.parametrize("fault", [fake.SERVER_ERROR, fake.Fault(delay=20)])
def test_an_answer_does_not_depend_on_the_mark(play: Play, fault: fake.Fault) -> None:
    async def scenario(setting: Setting) -> None:
        async with setting.running(read_seconds=30) as webhook:
            setting.graph.fail(fault)
            await webhook.post(said(1, "hello"))
            await setting.graph.until_sent(1)
        assert setting.graph.texts() == ["You said: hello"]

    play(scenario)


def test_the_acknowledgement_does_not_wait_for_the_answer(play: Play) -> None:
    async def scenario(setting: Setting) -> None:
        setting.bot.waits["slow"] = asyncio.Event()
        async with setting.running() as webhook:
            assert (await webhook.post(said(1, "slow"))).status_code == 200
            await until(lambda: len(setting.bot.heard) == 1)
            assert setting.graph.sent == []
            setting.bot.waits["slow"].set()
            await setting.graph.until_sent(1)

    play(scenario)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Hub-Signature-256": "sha256=" + "0" * 64},
        fake.signed(fake.webhook(said(1, "hello")), "another secret"),
        fake.signed(fake.webhook(said(2, "another body"))),
    ],
)
def test_a_wrong_signature_is_refused_and_nothing_happens(
    play: Play, headers: dict[str, str], tmp_path: Path
) -> None:
    async def scenario(setting: Setting) -> None:
        async with setting.running() as webhook:
            answer = await webhook.raw(fake.webhook(said(1, "hello")), headers)
            assert answer.status_code == 401
            await asyncio.sleep(0.2)
        assert (setting.bot.heard, setting.graph.requests) == ([], 0)

    play(scenario)
    assert b"hello" not in (tmp_path / "channels.db").read_bytes()


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"null", b'{"object": "page"}', b"\xff", b"[" * 100_000],
    ids=["empty", "cut", "list", "null", "another object", "no UTF-8", "deep"],
)
def test_a_malformed_body_is_refused_and_nothing_happens(play: Play, body: bytes) -> None:
    async def scenario(setting: Setting) -> None:
        async with setting.running() as webhook:
            assert (await webhook.raw(body, fake.signed(body))).status_code == 400
        assert (setting.bot.heard, setting.graph.requests) == ([], 0)

    play(scenario)


def test_a_body_that_is_too_large_is_refused(play: Play) -> None:
    async def scenario(setting: Setting) -> None:
        async with setting.running() as webhook:
            body = fake.webhook(said(1, "x" * MAX_BYTES))
            assert (await webhook.raw(body, fake.signed(body))).status_code == 413

            async def in_chunks() -> Any:
                for start in range(0, len(body), 65536):
                    yield body[start : start + 65536]

            # Without a length that could be believed.
            answer = await webhook.http.post(
                webhook._url, content=in_chunks(), headers=fake.signed(body)
            )
            assert answer.status_code == 413
            assert (await webhook.post(said(2, "hello"))).status_code == 200
            await setting.graph.until_sent(1)
        assert setting.graph.texts() == ["You said: hello"]

    play(scenario)


def test_a_repeated_webhook_is_answered_once(play: Play) -> None:
    async def scenario(setting: Setting) -> None:
        async with setting.running() as webhook:
            answers = await asyncio.gather(*[webhook.post(said(1, "hello")) for _ in range(5)])
            assert {answer.status_code for answer in answers} == {200}
            await setting.graph.until_sent(1)
            await webhook.post(said(1, "hello"), said(2, "bye"))
            await setting.graph.until_sent(2)
        async with setting.running() as webhook:
            await webhook.post(said(1, "hello"))
            await asyncio.sleep(0.2)
        assert setting.graph.texts() == ["You said: hello", "You said: bye"]

    play(scenario)


def test_messages_that_overtake_each_other_are_answered_in_order(play: Play) -> None:
    async def scenario(setting: Setting) -> None:
        setting.bot.waits["first"] = asyncio.Event()
        async with setting.running() as webhook:
            await webhook.post(said(1, "first", ago=30))
            await until(lambda: len(setting.bot.heard) == 1)
            for number, ago in ((4, 5), (2, 20), (3, 10)):
                await webhook.post(said(number, f"message {number}", ago=ago))
            setting.bot.waits["first"].set()
            await setting.graph.until_sent(4)
        assert [text for _, text in setting.bot.heard] == [
            *("first", "message 2", "message 3", "message 4")
        ]

    play(scenario)


def test_a_slow_chat_holds_up_no_other(play: Play) -> None:
    async def scenario(setting: Setting) -> None:
        setting.bot.waits["slow"] = asyncio.Event()
        async with setting.running() as webhook:
            await webhook.post(said(1, "slow", ASHA), said(2, "quick", BINA))
            await setting.graph.until_sent(1)
            assert setting.graph.texts() == ["You said: quick"]
            setting.bot.waits["slow"].set()
            await setting.graph.until_sent(2)

    play(scenario)


def test_what_was_not_answered_is_answered_after_a_restart(play: Play) -> None:
    async def scenario(setting: Setting) -> None:
        setting.bot.waits["hello"] = asyncio.Event()
        async with setting.running(worker=setting.settings.worker) as webhook:
            await webhook.post(said(1, "hello"), said(2, "later"))
            await until(lambda: len(setting.bot.heard) == 1)
            asyncio.get_running_loop().call_later(0.2, setting.bot.waits["hello"].set)
        assert setting.graph.texts() == ["You said: hello"]
        async with setting.running():
            await setting.graph.until_sent(2)
        assert setting.graph.texts() == ["You said: hello", "You said: later"]

    play(scenario)


def test_the_linking_message_reaches_the_bot_as_a_command(play: Play) -> None:
    async def scenario(setting: Setting) -> None:
        async with setting.running() as webhook:
            await webhook.post(said(1, "LINK aGVsbG8-d29ybGQ_MTIzNDU2Nzg5MA"))
            await setting.graph.until_sent(1)
        assert setting.bot.heard[0][1] == "/link aGVsbG8-d29ybGQ_MTIzNDU2Nzg5MA"

    play(scenario)


def test_the_answer_to_an_edited_message_quotes_it(play: Play) -> None:
    async def scenario(setting: Setting) -> None:
        new = {"type": "text", "text": {"body": "cyber security"}}
        edit = {"original_message_id": "wamid.in1", "message": new}
        async with setting.running() as webhook:
            message = fake.message(2, ASHA, {"type": "edit", "edit": edit}, int(time.time()))
            await webhook.post(message)
            await setting.graph.until_sent(1)
        (sent,) = setting.graph.sent
        assert sent["context"] == {"message_id": "wamid.in1"}
        assert sent["text"]["body"] == "You said: cyber security"

    play(scenario)


def courses(count: int) -> dict[str, Any]:
    buttons = [
        {"title": f"Course {n}", "payload": f'/choose_item{{"item_number": {n}}}'}
        for n in range(1, count + 1)
    ]
    return {"text": "Which?", "buttons": buttons}


def _ids(sent: dict[str, Any]) -> list[str]:
    (section,) = sent["interactive"]["action"]["sections"]
    return [row["id"] for row in section["rows"]]


def test_a_choice_says_what_it_stands_for(play: Play) -> None:
    async def scenario(setting: Setting) -> None:
        setting.bot.answers["rti"] = [courses(4)]
        async with setting.running() as webhook:
            await webhook.post(said(1, "rti"))
            await setting.graph.until_sent(1)
            await webhook.post(chose(2, _ids(setting.graph.sent[0])[1]))
            await setting.graph.until_sent(2)
        assert setting.bot.heard[1][1] == '/choose_item{"item_number": 2}'

    play(scenario)


def test_a_choice_from_an_older_list_is_not_taken_for_one_of_the_newer(play: Play) -> None:
    async def scenario(setting: Setting) -> None:
        setting.bot.answers["rti"] = setting.bot.answers["leave"] = [courses(4)]
        async with setting.running() as webhook:
            await webhook.post(said(1, "rti"))
            await setting.graph.until_sent(1)
            await webhook.post(said(2, "leave"))
            await setting.graph.until_sent(2)
            await webhook.post(chose(3, _ids(setting.graph.sent[0])[1]))
            await setting.graph.until_sent(3)
        assert [text for _, text in setting.bot.heard] == ["rti", "leave"]
        assert "belongs to an older message" in setting.graph.texts()[2]

    play(scenario)


def test_nobody_can_use_the_choices_of_another_chat(play: Play) -> None:
    async def scenario(setting: Setting) -> None:
        setting.bot.answers["rti"] = [courses(4)]
        async with setting.running() as webhook:
            await webhook.post(said(1, "rti", ASHA))
            await setting.graph.until_sent(1)
            await webhook.post(chose(2, _ids(setting.graph.sent[0])[1], BINA))
            await setting.graph.until_sent(2)
        assert [text for _, text in setting.bot.heard] == ["rti"]

    play(scenario)


PICTURE = {"id": "d" * 43, "name": "progress.png", "mime": "image/png", "label": "Download"}


def test_a_picture_is_uploaded_and_sent(play: Play) -> None:
    async def scenario(setting: Setting) -> None:
        setting.bot.answers["progress"] = [{"text": "2 of 5", "custom": {"document": PICTURE}}]
        setting.actions.documents[PICTURE["id"]] = b"png"
        async with setting.running() as webhook:
            await webhook.post(said(1, "progress"))
            await setting.graph.until_sent(1)
        (sent,) = setting.graph.sent
        ((identifier, file),) = setting.graph.files.items()
        assert file == ("progress.png", "image/png", b"png")
        assert sent["image"] == {"caption": "2 of 5", "id": identifier}

    play(scenario)


def test_a_calendar_goes_as_a_text_file_under_its_own_name(play: Play) -> None:
    calendar = {"id": "c" * 43, "name": "plan.ics", "mime": "text/calendar", "label": "Download"}

    async def scenario(setting: Setting) -> None:
        setting.bot.answers["plan"] = [{"text": "Your plan", "custom": {"document": calendar}}]
        setting.actions.documents[calendar["id"]] = b"BEGIN:VCALENDAR"
        async with setting.running() as webhook:
            await webhook.post(said(1, "plan"))
            await setting.graph.until_sent(1)
        (sent,) = setting.graph.sent
        ((identifier, file),) = setting.graph.files.items()
        assert file == ("plan.ics", "text/plain", b"BEGIN:VCALENDAR")
        expected = {"caption": "Your plan", "filename": "plan.ics", "id": identifier}
        assert sent["document"] == expected

    play(scenario)


def test_a_file_is_uploaded_once_however_often_sending_fails(play: Play) -> None:
    async def scenario(setting: Setting) -> None:
        setting.bot.answers["progress"] = [{"text": "2 of 5", "custom": {"document": PICTURE}}]
        setting.actions.documents[PICTURE["id"]] = b"png"
        async with setting.running() as webhook:
            # Marking as read, the upload, then twice the message.
            good = fake.Fault(delay=0.01)
            setting.graph.fail(good, good, fake.SERVER_ERROR, fake.SERVER_ERROR)
            await webhook.post(said(1, "progress"))
            await setting.graph.until_sent(1)
        assert len(setting.graph.files) == 1

    play(scenario)


def test_the_words_arrive_when_the_file_is_gone(play: Play) -> None:
    async def scenario(setting: Setting) -> None:
        setting.bot.answers["progress"] = [{"text": "2 of 5", "custom": {"document": PICTURE}}]
        async with setting.running() as webhook:
            await webhook.post(said(1, "progress"))
            await setting.graph.until_sent(1)
        assert setting.graph.sent[0]["text"]["body"] == "2 of 5"

    play(scenario)


def test_a_file_waits_for_the_action_server(play: Play) -> None:
    async def scenario(setting: Setting) -> None:
        setting.bot.answers["progress"] = [{"text": "2 of 5", "custom": {"document": PICTURE}}]
        setting.actions.documents[PICTURE["id"]] = b"png"
        setting.actions.is_up = False
        async with setting.running() as webhook:
            await webhook.post(said(1, "progress"))
            await asyncio.sleep(0.3)
            assert setting.graph.sent == []
            setting.actions.is_up = True
            await setting.graph.until_sent(1)
        assert setting.graph.sent[0]["image"]["caption"] == "2 of 5"

    play(scenario)


def test_plain_text_is_sent_where_whatsapp_refuses_buttons(play: Play) -> None:
    async def scenario(setting: Setting) -> None:
        buttons = [{"title": "Yes", "payload": "/affirm"}]
        setting.bot.answers["hello"] = [{"text": "Shall I?", "buttons": buttons}]
        async with setting.running() as webhook:
            setting.graph.fail(fake.Fault(delay=0.01), fake.Fault(400, 131009))
            await webhook.post(said(1, "hello"))
            await setting.graph.until_sent(1)
        assert setting.graph.sent[0]["text"]["body"] == "Shall I?\n• Yes"

    play(scenario)


@pytest.mark.parametrize(
    "faults",
    [
        (fake.SERVER_ERROR, fake.SERVER_ERROR, fake.SERVER_ERROR),
        (fake.GATEWAY_ERROR,),
        (fake.CLOSED_WITHOUT_ANSWER,),
    ],
)
def test_a_reply_that_whatsapp_did_not_take_is_sent_again(
    play: Play, faults: tuple[fake.Fault, ...]
) -> None:
    async def scenario(setting: Setting) -> None:
        async with setting.running() as webhook:
            setting.graph.fail(fake.Fault(delay=0.01), *faults)
            await webhook.post(said(1, "hello"))
            await setting.graph.until_sent(1)
        assert setting.graph.texts() == ["You said: hello"]

    play(scenario)


def test_a_reply_that_was_taken_without_an_answer_is_not_sent_again(play: Play) -> None:
    async def scenario(setting: Setting) -> None:
        async with setting.running(report_seconds=20) as webhook:
            setting.graph.fail(fake.Fault(delay=0.01), fake.TAKEN_WITHOUT_ANSWER)
            await webhook.post(said(1, "hello"), said(2, "bye"))
            await setting.graph.until_sent(1)
            tag = setting.graph.sent[0]["biz_opaque_callback_data"]
            await webhook.post(statuses=(fake.sent_status(ASHA, tag),))
            await setting.graph.until_sent(2)
        assert setting.graph.texts() == ["You said: hello", "You said: bye"]

    play(scenario)


def reminder(text: str = "Your course is due.", locale: str = "en") -> dict[str, Any]:
    return {
        "recipient": f"whatsapp-{ASHA}",
        "text": text,
        "buttons": [],
        "custom": {"locale": locale},
    }


def test_a_reminder_within_the_24_hours_is_an_ordinary_message(play: Play) -> None:
    async def scenario(setting: Setting) -> None:
        async with setting.running(template="sathi_news") as webhook:
            await webhook.post(said(1, "hello"))
            await setting.graph.until_sent(1)
        setting.actions.outbox.messages = [reminder()]
        async with setting.running(template="sathi_news"):
            await setting.graph.until_sent(2)
        assert setting.graph.sent[1]["type"] == "text"

    play(scenario)


def test_a_reminder_after_the_24_hours_goes_as_a_template_in_the_language(play: Play) -> None:
    async def scenario(setting: Setting) -> None:
        setting.graph.closed = {ASHA}
        setting.graph.templates = {("sathi_news", "en_US"), ("sathi_news", "hi")}
        setting.actions.outbox.messages = [
            reminder("Your course\n\nis due."),
            reminder("पाठ्यक्रम पूरा करें।", "hi"),
            reminder("ಪಾಠ ಮುಗಿಸಿ.", "kn"),
        ]
        changes = {"template": "sathi_news", "template_languages": ("en_US", "hi")}
        async with setting.running(**changes):
            await setting.graph.until_sent(3)
        assert [
            (sent["template"]["language"]["code"], text)
            for sent, text in zip(setting.graph.sent, setting.graph.texts(ASHA), strict=True)
        ] == [
            ("en_US", "Your course is due."),
            ("hi", "पाठ्यक्रम पूरा करें।"),
            ("en_US", "ಪಾಠ ಮುಗಿಸಿ."),
        ]

    play(scenario)


def test_a_long_message_after_the_24_hours_becomes_several_templates(play: Play) -> None:
    async def scenario(setting: Setting) -> None:
        setting.graph.closed = {ASHA}
        setting.graph.templates = {("sathi_news", "en")}
        text = " ".join(f"Sentence {n} of the agent." for n in range(60))
        setting.actions.outbox.messages = [reminder(text)]
        async with setting.running(template="sathi_news"):
            await setting.graph.until_sent(2)
        assert " ".join(setting.graph.texts()) == text

    play(scenario)


def test_without_a_template_a_reminder_waits_until_the_user_writes(
    play: Play, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)

    async def scenario(setting: Setting) -> None:
        setting.actions.outbox.messages = [reminder()]
        async with setting.running():
            await until(lambda: "the user has to write first" in caplog.text)
        # It waits through a restart too, and holds up nobody else.
        async with setting.running() as webhook:
            await webhook.post(said(1, "hello", BINA))
            await setting.graph.until_sent(1)
            await asyncio.sleep(0.2)
            assert setting.graph.texts(ASHA) == []
            await webhook.post(said(2, "hello", ASHA))
            await setting.graph.until_sent(3)
        assert setting.graph.texts(ASHA) == ["Your course is due.", "You said: hello"]

    play(scenario)
    ours = "\n".join(r.getMessage() for r in caplog.records if "connectors" in r.name)
    assert "whatsapp: a reply waits" in ours
    assert ASHA not in ours
    assert BINA not in ours
    assert "course is due" not in ours


def test_a_message_whose_template_is_refused_waits_until_the_user_writes(
    play: Play, caplog: pytest.LogCaptureFixture
) -> None:
    async def scenario(setting: Setting) -> None:
        setting.graph.closed = {ASHA}
        setting.actions.outbox.messages = [reminder()]
        async with setting.running(template="not_approved") as webhook:
            await until(lambda: "the template is refused" in caplog.text)
            setting.graph.closed = set()
            await webhook.post(said(1, "hello"))
            await setting.graph.until_sent(2)
        assert setting.graph.texts() == ["Your course is due.", "You said: hello"]
        assert [sent["type"] for sent in setting.graph.sent] == ["text", "text"]

    play(scenario)


def test_whatsapps_word_on_the_24_hours_counts(play: Play) -> None:
    async def scenario(setting: Setting) -> None:
        setting.graph.templates = {("sathi_news", "en")}
        async with setting.running(template="sathi_news") as webhook:
            await webhook.post(said(1, "hello"))
            await setting.graph.until_sent(1)
        setting.graph.closed = {ASHA}
        setting.actions.outbox.messages = [reminder()]
        async with setting.running(template="sathi_news"):
            await setting.graph.until_sent(2)
        assert [sent["type"] for sent in setting.graph.sent] == ["text", "template"]
        # The next one need not be refused first.
        asked = setting.graph.requests
        setting.actions.outbox.messages = [reminder()]
        async with setting.running(template="sathi_news"):
            await setting.graph.until_sent(3)
        assert setting.graph.requests == asked + 1

    play(scenario)


def test_a_late_report_that_the_24_hours_are_over_counts_too(play: Play) -> None:
    async def scenario(setting: Setting) -> None:
        setting.graph.templates = {("sathi_news", "en")}
        async with setting.running() as webhook:
            await webhook.post(said(1, "hello"))
            await setting.graph.until_sent(1)
            await webhook.post(statuses=(fake.failed_status(ASHA, 131047),))
        setting.actions.outbox.messages = [reminder()]
        async with setting.running(template="sathi_news"):
            await setting.graph.until_sent(2)
        assert setting.graph.sent[1]["type"] == "template"

    play(scenario)


def test_who_cannot_be_reached_gets_nothing_unasked_until_they_write(play: Play) -> None:
    async def scenario(setting: Setting) -> None:
        async with setting.running() as webhook:
            await webhook.post(said(1, "hello"))
            await setting.graph.until_sent(1)
            await webhook.post(statuses=(fake.failed_status(ASHA, 131026),))
        setting.actions.outbox.messages = [reminder("lost")]
        async with setting.running() as webhook:
            await until(lambda: not setting.actions.outbox.messages)
            await asyncio.sleep(0.2)
            assert len(setting.graph.sent) == 1
            await webhook.post(said(2, "I am back"))
            await setting.graph.until_sent(2)
        setting.actions.outbox.messages = [reminder()]
        async with setting.running():
            await setting.graph.until_sent(3)
        assert setting.graph.texts()[1:] == ["You said: I am back", "Your course is due."]

    play(scenario)


def test_a_refused_recipient_is_noted_as_well(play: Play) -> None:
    async def scenario(setting: Setting) -> None:
        async with setting.running() as webhook:
            setting.graph.fail(fake.Fault(delay=0.01), fake.UNDELIVERABLE)
            await webhook.post(said(1, "hello"))
            await setting.graph.until(lambda: setting.graph.requests == 2)
            await asyncio.sleep(0.2)
        setting.actions.outbox.messages = [reminder("lost")]
        async with setting.running():
            await until(lambda: not setting.actions.outbox.messages)
            await asyncio.sleep(0.2)
        assert setting.graph.sent == []

    play(scenario)


def test_once_answered_the_words_are_gone_from_the_database(play: Play, tmp_path: Path) -> None:
    async def scenario(setting: Setting) -> None:
        async with setting.running() as webhook:
            await webhook.post(said(1, "my secret question"))
            await setting.graph.until_sent(1)
        assert setting.graph.texts() == ["You said: my secret question"]

    play(scenario)
    for path in tmp_path.glob("channels.db*"):
        assert b"secret question" not in path.read_bytes()


def spoil(folder: Path) -> None:
    with closing(sqlite3.connect(folder / "channels.db")) as connection:
        connection.execute("DROP TABLE updates")


def test_a_database_that_fails_leaves_the_webhook_to_be_repeated(
    play: Play, tmp_path: Path
) -> None:
    async def scenario(setting: Setting) -> None:
        async with setting.running() as webhook:
            await webhook.post(said(1, "hello"))
            await setting.graph.until_sent(1)
            spoil(tmp_path)
            assert (await webhook.post(said(2, "bye"))).status_code == 503

    play(scenario)


SECTION = {
    "token": "t",
    "app_secret": "s",
    "verify_token": "v",
    "phone_number_id": 106540352242922,
    "api": "",
    "template": "",
    "template_languages": "",
    "action_server": "http://127.0.0.1:5055",
    "journal": "sqlite://",
}


def test_without_a_token_the_channel_is_off() -> None:
    async def scenario() -> None:
        async def turn(_: Any) -> None:
            raise AssertionError

        channel = WhatsAppInput.from_credentials({**SECTION, "token": ""})
        async with serving(channel, turn) as url, httpx.AsyncClient() as http:
            body = fake.webhook(said(1, "hello"))
            answer = await http.post(url, content=body, headers=fake.signed(body))
            assert answer.status_code == 404
            assert (await http.get(url)).status_code == 404

    asyncio.run(scenario())


def test_settings_have_defaults() -> None:
    settings = WhatsAppInput.from_credentials(SECTION)._settings
    assert settings is not None
    assert settings.api == "https://graph.facebook.com/v25.0"
    assert settings.phone_number_id == "106540352242922"
    assert (settings.template, settings.template_languages) == ("", ("en",))


@pytest.mark.parametrize("name", ["app_secret", "verify_token", "phone_number_id"])
def test_a_token_alone_is_not_enough(name: str) -> None:
    with pytest.raises(RasaException, match=f"SATHI_WHATSAPP_{name.upper()}"):
        WhatsAppInput.from_credentials({**SECTION, name: ""})


@pytest.mark.parametrize("name", ["action_server", "journal"])
def test_a_section_that_lacks_an_address_is_told_so(name: str) -> None:
    with pytest.raises(RasaException, match=f"`{name}`"):
        WhatsAppInput.from_credentials({**SECTION, name: None})
