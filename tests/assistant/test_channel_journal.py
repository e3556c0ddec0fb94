from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from connectors.channels.callbacks import CallbackStore
from connectors.channels.journal import KEPT_SECONDS, Journal, JournalError, Update

SECOND = '/choose_item{"item_number": 2}'
FIRST = '/choose_item{"item_number": 1}'


class Clock:
    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "folder" / "channels.db"


@pytest.fixture
def journal(file: Path, clock: Clock) -> Journal:
    opened = Journal(f"sqlite:///{file}", clock)
    opened.prepare()
    return opened


def ids(updates: list[Update]) -> list[str]:
    return [update.update_id for update in updates]


def test_an_update_is_known_from_then_on(journal: Journal) -> None:
    assert journal.receive("telegram", 5, "c", {"text": "hi"})
    assert journal.receive("telegram", 5, "c", {"text": "hi"}) is None
    assert journal.receive("whatsapp", 5, "c", {"text": "hi"})
    (found,) = journal.unanswered("telegram")
    assert (found.update_id, found.chat_id, found.payload) == ("5", "c", {"text": "hi"})
    journal.answered("telegram", "5", [])
    assert journal.receive("telegram", 5, "c", {"text": "hi"}) is None


def test_of_many_who_receive_an_update_at_once_one_is_new(journal: Journal) -> None:
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: journal.receive("t", 1, "c", {}), range(16)))
    assert sum(update is not None for update in found) == 1


def test_updates_come_back_in_order_of_receipt_but_by_number_in_a_chat(journal: Journal) -> None:
    for number, chat in ((12, "a"), (13, "b"), (10, "a"), (11, "b")):
        journal.receive("t", number, chat, {})
    assert ids(journal.unanswered("t")) == ["10", "11", "12", "13"]
    for identifier in ("wamid.z", "wamid.a"):
        journal.receive("w", identifier, "a", {})
    assert ids(journal.unanswered("w")) == ["wamid.z", "wamid.a"]


def test_a_reply_is_sent_once(journal: Journal) -> None:
    journal.receive("t", 1, "c", {})
    (reply,) = journal.answered("t", "1", [{"text": "x"}])
    assert journal.unanswered("t") == []
    assert journal.unsent("t") == [reply]
    assert journal.sending(reply.id)
    assert not journal.sending(reply.id)
    assert journal.unsent("t") == []
    journal.sent(reply.id, "77")
    assert journal.give_up_interrupted("t") == 0


def test_an_answered_update_is_not_answered_again(journal: Journal) -> None:
    journal.receive("t", 1, "c", {})
    assert journal.answered("t", "1", [{"text": "x"}])
    assert journal.answered("t", "1", [{"text": "y"}]) == []
    assert len(journal.unsent("t")) == 1


def test_a_reply_that_did_not_arrive_waits_again(journal: Journal) -> None:
    (reply,) = journal.post("t", "c", [{"text": "x"}])
    journal.sending(reply.id)
    journal.not_sent(reply.id)
    assert journal.unsent("t") == [reply]


def test_a_reply_that_was_being_sent_is_given_up(journal: Journal) -> None:
    one, two = journal.post("t", "c", [{"text": "x"}, {"text": "y"}])
    journal.sending(one.id)
    assert journal.give_up_interrupted("w") == 0
    assert journal.give_up_interrupted("t") == 1
    assert journal.unsent("t") == [two]


def test_a_chat_is_told_once_that_it_takes_longer(journal: Journal) -> None:
    journal.receive("t", 1, "c", {})
    (reply,) = journal.apologise("t", "1", [{"text": "sorry"}])
    assert reply.chat_id == "c"
    assert journal.apologise("t", "1", [{"text": "sorry"}]) == []
    (update,) = journal.unanswered("t")
    assert update.is_apologised
    journal.receive("t", 2, "c", {})
    journal.answered("t", "2", [])
    assert journal.apologise("t", "2", [{"text": "sorry"}]) == []


def test_a_blocked_chat_gets_nothing_until_it_writes(journal: Journal) -> None:
    journal.receive("t", 1, "c", {})
    journal.answered("t", "1", [{"text": "x"}])
    journal.blocked("t", "c")
    journal.blocked("t", "c")
    assert journal.is_blocked("t", "c")
    assert not journal.is_blocked("w", "c")
    assert journal.unsent("t") == []
    assert journal.post("t", "c", [{"text": "x"}]) == []
    journal.receive("t", 2, "c", {})
    assert not journal.is_blocked("t", "c")
    journal.blocked("t", "c")
    journal.unblocked("t", "c")
    assert journal.post("t", "c", [{"text": "x"}])


def test_nothing_personal_stays_in_the_file(journal: Journal, file: Path) -> None:
    journal.receive("t", 1, "chat-of-somebody", {"text": "a private question"})
    answered = journal.answered("t", "1", [{"text": "a private answer"}] * 3)
    for number, reply in enumerate(answered):
        journal.sending(reply.id)
        journal.sent(reply.id, "1") if number else journal.failed(reply.id, "refused")
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    content = b"".join(path.read_bytes() for path in file.parent.iterdir())
    assert b"refused" in content
    assert b"private" not in content
    assert b"somebody" not in content


def test_rows_are_dropped_after_a_week(journal: Journal, clock: Clock) -> None:
    journal.receive("t", 1, "c", {})
    journal.post("t", "c", [{"text": "x"}])
    clock.now += KEPT_SECONDS - 1
    journal.receive("t", 2, "c", {})
    journal.drop_old()
    assert len(journal.unanswered("t")) == 2
    clock.now += 2
    journal.drop_old()
    assert ids(journal.unanswered("t")) == ["2"]
    assert journal.unsent("t") == []


def test_a_locked_database_is_told_as_such(journal: Journal, file: Path) -> None:
    quick = Journal(f"sqlite:///{file}?timeout=0.1")
    with closing(sqlite3.connect(file)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(JournalError, match="locked"):
            quick.receive("t", 1, "c", {"text": "a private question"})
        other.rollback()
    assert quick.receive("t", 1, "c", {})


@pytest.mark.parametrize("url", ["nothing", "sqlite:////proc/none/channels.db", "oracle://x/y"])
def test_a_database_that_cannot_be_used_is_told_as_such(url: str) -> None:
    with pytest.raises(JournalError, match="SATHI_CHANNEL_DATABASE"):
        Journal(url)


# What buttons send.


@pytest.fixture
def callbacks(journal: Journal, clock: Clock) -> CallbackStore:
    return CallbackStore(journal, "telegram", clock)


def test_a_button_is_found_by_its_short_id(callbacks: CallbackStore) -> None:
    payload = "/find_course" + "अ" * 500
    (identifier,) = callbacks.keep("me", [payload])
    assert len(identifier.encode()) <= 64
    assert callbacks.find("me", identifier) == payload
    assert callbacks.find("you", identifier) is None
    assert callbacks.find("me", "unknown") is None


def test_a_button_lives_a_week(callbacks: CallbackStore, clock: Clock) -> None:
    (identifier,) = callbacks.keep("me", ["/affirm"])
    clock.now += KEPT_SECONDS - 1
    assert callbacks.find("me", identifier)
    clock.now += 2
    assert callbacks.find("me", identifier) is None


def test_a_new_list_ends_the_older_one_of_the_same_conversation(callbacks: CallbackStore) -> None:
    first, more, yes = callbacks.keep("me", [FIRST, "/show_more", "/affirm"])
    (others,) = callbacks.keep("you", [FIRST])
    (second,) = callbacks.keep("me", [SECOND])
    assert all(callbacks.find("me", one) for one in (first, more, yes, second))
    callbacks.keep("me", [FIRST])
    assert not any(callbacks.find("me", one) for one in (first, more, second))
    assert callbacks.find("me", yes)
    assert callbacks.find("you", others)


def test_options_of_a_poll_are_found_by_position(callbacks: CallbackStore) -> None:
    callbacks.keep_as("poll-1", "me", [FIRST, SECOND])
    assert callbacks.sender_of("poll-1") == "me"
    assert callbacks.find("me", "poll-1", 1) == SECOND
    assert callbacks.find("me", "poll-1", 2) is None
    callbacks.keep_as("poll-2", "me", [FIRST, SECOND])
    assert callbacks.sender_of("poll-1") is None


@pytest.fixture
def many_threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(6) as pool:
        yield pool


def test_threads_and_processes_share_a_journal(
    journal: Journal, file: Path, many_threads: ThreadPoolExecutor
) -> None:
    other = Journal(f"sqlite:///{file}")
    start = threading.Barrier(6)

    def work(number: int) -> None:
        start.wait()
        used = journal if number % 2 else other
        for turn in range(20):
            identifier = f"{number}-{turn}"
            used.receive("t", identifier, str(number), {})
            for reply in used.answered("t", identifier, [{"n": turn}]):
                assert used.sending(reply.id)
                used.sent(reply.id, None)

    list(many_threads.map(work, range(6)))
    assert journal.unanswered("t") == []
    assert journal.unsent("t") == []
