"""Links between chats and learners, each rule of docs/security.md."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from connectors.platform import schema
from connectors.platform.database import migrate, open_database, transaction
from connectors.platform.linking import (
    Chat,
    ConfirmationNeededError,
    ExpiredTokenError,
    InvalidTokenError,
    LinkService,
    LockedError,
    NotPrivateError,
    UsedTokenError,
)

CHAT = Chat("telegram", "1001")
OTHER = Chat("telegram", "1002")


class Clock:
    """A clock that tests move."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = open_database(f"sqlite:///{tmp_path / 'sathi.db'}")
    migrate(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def links(engine: Engine, clock: Clock) -> LinkService:
    return LinkService(engine, "s" * 40, clock)


def test_a_token_links_one_chat(links: LinkService) -> None:
    assert links.redeem(links.issue("L1"), CHAT) == "L1"
    assert links.learner_of(CHAT) == "L1"
    assert links.learner_of(OTHER) is None


def test_a_token_fits_a_telegram_deep_link_and_names_nobody(links: LinkService) -> None:
    for _ in range(200):
        assert re.fullmatch(r"[A-Za-z0-9_-]{61}", links.issue("learner-77"))


def test_a_token_works_once(links: LinkService) -> None:
    token = links.issue("L1")
    links.redeem(token, CHAT)
    with pytest.raises(UsedTokenError):
        links.redeem(token, OTHER)
    assert links.learner_of(OTHER) is None


def test_of_many_chats_that_open_a_token_at_once_one_is_linked(links: LinkService) -> None:
    token = links.issue("L1")
    chats = [Chat("telegram", str(number)) for number in range(12)]

    def attempt(chat: Chat) -> bool:
        try:
            return links.redeem(token, chat) == "L1"
        except UsedTokenError:
            return False

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(attempt, chats)) == 1
    assert sum(links.learner_of(chat) == "L1" for chat in chats) == 1


def test_a_token_lives_ten_minutes(links: LinkService, clock: Clock) -> None:
    token = links.issue("L1")
    clock.now += timedelta(minutes=9, seconds=50)
    late = links.issue("L2")
    clock.now += timedelta(seconds=15)
    with pytest.raises(ExpiredTokenError):
        links.redeem(token, CHAT)
    assert late


@pytest.mark.parametrize("change", ["first", "middle", "last", "other secret", "", "x", "é" * 61])
def test_a_forged_token_is_refused(links: LinkService, engine: Engine, change: str) -> None:
    token = links.issue("L1")
    forged = {
        "first": ("B" if token[0] == "A" else "A") + token[1:],
        "middle": token[:14] + ("B" if token[14] == "A" else "A") + token[15:],
        "last": token[:-2] + ("BA" if token[-2] == "A" else "AA"),
        "other secret": LinkService(engine, "t" * 40, lambda: datetime.now(UTC)).issue("L1"),
    }.get(change, change)
    with pytest.raises(InvalidTokenError):
        links.redeem(forged, CHAT)
    assert links.learner_of(CHAT) is None


def test_five_wrong_tokens_lock_the_chat_for_an_hour(links: LinkService, clock: Clock) -> None:
    for _ in range(5):
        with pytest.raises(InvalidTokenError):
            links.redeem("guess", CHAT)
        clock.now += timedelta(minutes=1)
    with pytest.raises(LockedError):
        links.redeem(links.issue("L1"), CHAT)
    assert links.redeem(links.issue("L1"), OTHER) == "L1"
    clock.now += timedelta(minutes=50)
    with pytest.raises(LockedError):
        links.redeem("guess", CHAT)
    clock.now += timedelta(minutes=11)
    with pytest.raises(InvalidTokenError):
        links.redeem("guess", CHAT)


def test_five_wrong_tokens_over_a_longer_time_do_not_lock(links: LinkService, clock: Clock) -> None:
    for _ in range(6):
        with pytest.raises(InvalidTokenError):
            links.redeem("guess", CHAT)
        clock.now += timedelta(minutes=3)


def test_deleting_ones_data_gives_no_new_guesses(links: LinkService) -> None:
    for _ in range(5):
        with pytest.raises(InvalidTokenError):
            links.redeem("guess", CHAT)
    links.forget(CHAT)
    with pytest.raises(LockedError):
        links.redeem("guess", CHAT)


def test_a_second_learner_needs_a_yes(links: LinkService) -> None:
    links.redeem(links.issue("L1"), CHAT)
    token = links.issue("L2")
    with pytest.raises(ConfirmationNeededError) as refused:
        links.redeem(token, CHAT)
    assert (refused.value.current, refused.value.wanted) == ("L1", "L2")
    assert links.learner_of(CHAT) == "L1"
    assert links.redeem(token, CHAT, confirmed=True) == "L2"
    assert links.learner_of(CHAT) == "L2"


@pytest.mark.parametrize(
    "chat",
    [
        Chat("telegram", "-100", is_group=True),
        Chat("rest", "default"),
        Chat("web", "user"),
        Chat("cmdline", ""),
    ],
)
def test_a_group_or_a_guessable_chat_is_never_linked(links: LinkService, chat: Chat) -> None:
    with pytest.raises(NotPrivateError):
        links.redeem(links.issue("L1"), chat)
    assert links.learner_of(chat) is None


def test_a_chat_that_becomes_a_group_shows_nothing(links: LinkService) -> None:
    links.redeem(links.issue("L1"), CHAT)
    assert links.learner_of(Chat(CHAT.channel, CHAT.sender_id, is_group=True)) is None


def test_the_same_id_on_another_channel_is_another_chat(links: LinkService) -> None:
    links.redeem(links.issue("L1"), CHAT)
    assert links.learner_of(Chat("whatsapp", CHAT.sender_id)) is None


def test_unlinking(links: LinkService) -> None:
    links.redeem(links.issue("L1"), CHAT)
    assert links.unlink(CHAT)
    assert links.learner_of(CHAT) is None
    assert not links.unlink(CHAT)


def test_forgetting_leaves_no_row_of_the_chat_and_exporting_shows_them(
    links: LinkService, engine: Engine
) -> None:
    links.redeem(links.issue("L1"), CHAT)
    links.redeem(links.issue("L2"), OTHER)
    exported = links.export(CHAT)
    assert exported["links"][0]["learner_id"] == "L1"
    assert links.chat_key(CHAT) not in str(exported)
    links.forget(CHAT)
    with transaction(engine) as connection:
        keys = list(connection.execute(select(schema.links.c.chat_key)).scalars())
    assert keys == [links.chat_key(OTHER)]


def test_the_database_holds_no_address_of_a_chat(links: LinkService, tmp_path: Path) -> None:
    chat = Chat("whatsapp", "919812345678")
    links.redeem(links.issue("L1"), chat)
    stored = b"".join(path.read_bytes() for path in tmp_path.glob("sathi.db*"))
    assert b"919812345678" not in stored
