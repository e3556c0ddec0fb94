"""Updates that are posted: to a process of its own, as Telegram does it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from connectors.channels.telegram import TelegramInput
from connectors.channels.telegram.webhook import MAX_BYTES, PATH
from tests.assistant.telegram.conftest import ChannelProcess, Running, until
from tests.fakes.telegram import TOKEN, FakeTelegram, wait_until

CHAT, OTHER = 801, 802
PUBLIC = "https://sathi.example"
HEADER = "X-Telegram-Bot-Api-Secret-Token"


@pytest.fixture
def process(telegram: FakeTelegram, start_process: Callable[..., ChannelProcess]) -> ChannelProcess:
    started = start_process(PUBLIC)
    wait_until(lambda: telegram.webhook, 30)
    return started


@pytest.fixture
def post(
    process: ChannelProcess, telegram: FakeTelegram
) -> Iterator[Callable[..., httpx.Response]]:
    """Return a function that posts as Telegram does, with what is to be different."""
    with httpx.Client(base_url=process.url, timeout=20) as client:

        def send(update: Any, **headers: str) -> httpx.Response:
            content = update if isinstance(update, bytes) else json.dumps(update).encode()
            sent = {"Content-Type": "application/json", HEADER: telegram.webhook["secret_token"]}
            for name, value in headers.items():
                sent[name.replace("_", "-")] = value
            return client.post(PATH, content=content, headers=sent)

        yield send


Post = Callable[..., httpx.Response]


def test_only_telegram_and_only_updates_get_in(
    telegram: FakeTelegram, post: Post, process: ChannelProcess
) -> None:
    assert telegram.webhook["url"] == PUBLIC + PATH
    assert "my_chat_member" in telegram.webhook["allowed_updates"]
    secret = telegram.webhook["secret_token"]
    assert TOKEN not in secret
    update = telegram.update(message=telegram.message(CHAT, "in vain"))
    with_secret = {HEADER.replace("-", "_"): "wrong"}
    assert post(update, **with_secret).status_code == 401
    assert post(update, **{HEADER.replace("-", "_"): secret[:-1]}).status_code == 401
    assert post(update, **{HEADER.replace("-", "_"): ""}).status_code == 401
    # Who is not Telegram is not even listened to.
    assert post(b"x" * (MAX_BYTES + 1), **with_secret).status_code == 401
    assert post(update, Content_Type="text/plain").status_code == 415
    assert post(b" " * (MAX_BYTES + 1)).status_code == 413
    for malformed in (b"", b"{", b"\xff", b"[" * 100_000, b"[]", b'"x"', b"{}", b"null",
                      b'{"update_id": "1"}', b'{"update_id": true}', b'{"update_id": -1}',
                      b'{"update_id": 1e400}'):  # fmt: skip
        assert post(malformed).status_code == 400, malformed
    assert httpx.get(process.url + PATH).status_code == 405
    # Known and unknown kinds of updates that say nothing to the bot.
    assert post({"update_id": 1}).status_code == 200
    assert post({"update_id": 2, "brand_new": {"a": 1}}).status_code == 200
    assert post({"update_id": 3, "message": {"chat": 5}}).status_code == 200
    assert post(telegram.update(message=telegram.message(OTHER, "hello"))).status_code == 200
    wait_until(lambda: telegram.texts(OTHER))
    assert process.turns() == ["hello"]
    assert not telegram.texts(CHAT)


def test_a_body_without_a_length_is_limited_too(
    telegram: FakeTelegram, process: ChannelProcess
) -> None:
    def chunks() -> Iterator[bytes]:
        for _ in range(40):
            yield b" " * (MAX_BYTES // 20)

    headers = {"Content-Type": "application/json", HEADER: telegram.webhook["secret_token"]}
    try:
        answer = httpx.post(process.url + PATH, content=chunks(), headers=headers, timeout=20)
    except httpx.WriteError:
        # The server has closed the connection while the rest was being sent.
        return
    assert answer.status_code == 413


def test_repeated_and_overtaking_updates(
    telegram: FakeTelegram, post: Post, process: ChannelProcess
) -> None:
    first, second, third, fourth = (
        telegram.update(message=telegram.message(CHAT, text))
        for text in ("one", "two", "three", "four")
    )
    for update in (second, first, second, fourth, third, first):
        assert post(update).status_code == 200
    wait_until(lambda: len(telegram.texts(CHAT)) == 4)
    assert post(third).status_code == 200
    time.sleep(0.5)
    assert telegram.texts(CHAT) == ["echo: one", "echo: two", "echo: three", "echo: four"]


def test_a_slow_turn_is_acknowledged_at_once_and_holds_up_no_other_chat(
    telegram: FakeTelegram, post: Post
) -> None:
    started = time.monotonic()
    post(telegram.update(message=telegram.message(CHAT, "slow 2")))
    post(telegram.update(message=telegram.message(OTHER, "quick")))
    wait_until(lambda: telegram.texts(OTHER))
    assert time.monotonic() - started < 1.5
    assert not telegram.texts(CHAT)
    wait_until(lambda: telegram.texts(CHAT))


def test_an_acknowledged_update_survives_a_kill(
    telegram: FakeTelegram,
    post: Post,
    process: ChannelProcess,
    start_process: Callable[..., ChannelProcess],
) -> None:
    asked = telegram.update(message=telegram.message(CHAT, "slow 1 one"))
    assert post(asked).status_code == 200
    process.kill()
    again = start_process(PUBLIC)
    wait_until(lambda: telegram.texts(CHAT), 30)
    headers = {"Content-Type": "application/json", HEADER: telegram.webhook["secret_token"]}
    # Telegram repeats what it believes to be unacknowledged.
    answer = httpx.post(again.url + PATH, json=asked, headers=headers)
    assert answer.status_code == 200
    time.sleep(0.5)
    assert telegram.texts(CHAT) == ["echo: slow 1 one"]


@pytest.mark.anyio
async def test_polling_takes_the_place_of_a_webhook(
    running: Running, telegram: FakeTelegram
) -> None:
    telegram.webhook = {"url": PUBLIC}
    async with running():
        telegram.say(CHAT, "hello")
        await until(lambda: telegram.texts(CHAT))
    assert telegram.webhook is None


@pytest.mark.parametrize("credentials", [None, {}, {"token": ""}, {"token": None, "api": ""}])
def test_without_a_token_the_channel_is_off(credentials: dict | None) -> None:
    channel = TelegramInput.from_credentials(credentials)
    blueprint = channel.blueprint(None)
    assert not blueprint._future_routes
    assert not blueprint._future_listeners


@pytest.mark.parametrize(
    ("credentials", "problem"),
    [
        ({"token": TOKEN, "journal": "sqlite:///x"}, "`action_server`"),
        ({"token": TOKEN, "action_server": "http://x"}, "`journal`"),
        (
            {"token": TOKEN, "action_server": "a", "journal": "j", "public_url": "http://x"},
            "SATHI_PUBLIC_URL",
        ),
    ],
)
def test_wrong_settings_are_told(credentials: dict, problem: str) -> None:
    with pytest.raises(Exception, match=problem):
        TelegramInput.from_credentials(credentials)
