from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from connectors.channels.callbacks import CallbackStore
from connectors.channels.journal import KEPT_SECONDS, Journal, JournalError, Update
from tests.postgresql import DATABASES, emptied_again

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


@pytest.fixture(params=DATABASES)
def url(request: pytest.FixtureRequest, file: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{file}"
        return
    with emptied_again(request.getfixturevalue("postgresql_server"), "assistant") as address:
        yield address


@pytest.fixture
def journal(url: str, clock: Clock) -> Journal:
    opened = Journal(url, clock)
    opened.prepare()
    return opened


@pytest.fixture
def journal_in_file(file: Path) -> Journal:
    opened = Journal(f"sqlite:///{file}")
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
    (reply,) = journal.post("t", "c", [{"text": "x"}], "1")
    journal.sending(reply.id)
    journal.not_sent(reply.id)
    assert journal.unsent("t") == [reply]


def test_a_reply_that_was_being_sent_is_given_up(journal: Journal) -> None:
    one, two = journal.post("t", "c", [{"text": "x"}, {"text": "y"}], "1")
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
    assert journal.post("t", "c", [{"text": "x"}], "1") == []
    journal.receive("t", 2, "c", {})
    assert not journal.is_blocked("t", "c")
    journal.blocked("t", "c")
    journal.unblocked("t", "c")
    assert journal.post("t", "c", [{"text": "x"}], "2")


def test_nothing_personal_stays_in_the_file(journal_in_file: Journal, file: Path) -> None:
    journal = journal_in_file
    journal.receive("t", 1, "chat-of-somebody", {"text": "a private question"})
    answered = journal.answered("t", "1", [{"text": "a private answer"}] * 3)
    for number, reply in enumerate(answered):
        journal.sending(reply.id)
        journal.sent(reply.id, "1") if number else journal.failed(reply.id, "refused")
    content = content_of(file)
    assert b"refused" in content
    assert b"private" not in content
    assert b"somebody" not in content


def content_of(file: Path) -> bytes:
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return b"".join(path.read_bytes() for path in file.parent.iterdir())


def test_a_message_that_comes_again_is_known_for_two_weeks(journal: Journal, clock: Clock) -> None:
    assert not journal.is_posted("t", "5@noon")
    (reply,) = journal.post("t", "c", [{"text": "x"}], "5@noon")
    assert journal.is_posted("t", "5@noon")
    assert journal.post("t", "c", [{"text": "x"}], "5@noon") == []
    assert journal.unsent("t") == [reply]
    assert journal.post("w", "c", [{"text": "x"}], "5@noon")
    assert journal.post("t", "c", [{"text": "y"}], "5@night")
    clock.now += 14 * 24 * 3600
    journal.drop_old()
    assert journal.is_posted("t", "5@noon")
    clock.now += 2 * 24 * 3600
    journal.drop_old()
    assert not journal.is_posted("t", "5@noon")


def test_of_many_who_post_a_message_at_once_one_does(journal: Journal) -> None:
    with ThreadPoolExecutor(8) as pool:
        stored = list(pool.map(lambda _: journal.post("t", "c", [{"text": "x"}], "1"), range(16)))
    assert sum(map(len, stored)) == len(journal.unsent("t")) == 1


def test_who_is_forgotten_leaves_nothing_that_is_older(journal: Journal, clock: Clock) -> None:
    journal.receive("t", 1, "c", {"text": "a question"})
    (waiting,) = journal.post("t", "c", [{"text": "x"}], "1")
    (others,) = journal.post("t", "d", [{"text": "x"}], "2")
    (on_its_way,) = journal.post("t", "c", [{"text": "x"}], "4")
    assert journal.sending(on_its_way.id)
    asked_on = clock.now
    clock.now += 1
    journal.receive("t", 2, "c", {"text": "I am back"})
    (newer,) = journal.post("t", "c", [{"text": "y"}], "3")
    journal.forget("t", "c", asked_on)
    assert ids(journal.unanswered("t")) == ["2"]
    assert journal.unsent("t") == [others, newer]
    # What the worker still has in hand is not sent, and an update not taken for a new one.
    journal.not_sent(on_its_way.id)
    assert not journal.sending(on_its_way.id)
    assert not journal.sending(waiting.id)
    assert journal.answered("t", "1", [{"text": "z"}]) == []
    assert journal.receive("t", 1, "c", {"text": "a question"}) is None


def test_nothing_of_who_is_forgotten_stays_in_the_file(
    journal_in_file: Journal, file: Path
) -> None:
    journal, buttons = journal_in_file, CallbackStore(journal_in_file, "t")
    journal.receive("t", 1, "chat-of-somebody", {"text": "a private question"})
    journal.post("t", "chat-of-somebody", [{"text": "a private answer"}], "1")
    buttons.keep("t-chat-of-somebody", ['/find_course{"topic": "private"}'])
    assert b"private" in content_of(file)
    now = time.time() + 1
    journal.forget("t", "chat-of-somebody", now)
    buttons.forget("t-chat-of-somebody", now)
    content = content_of(file)
    assert b"forgotten" in content
    assert b"private" not in content
    assert b"somebody" not in content


def test_rows_are_dropped_after_a_week(journal: Journal, clock: Clock) -> None:
    journal.receive("t", 1, "c", {})
    journal.post("t", "c", [{"text": "x"}], "1")
    clock.now += KEPT_SECONDS - 1
    journal.receive("t", 2, "c", {})
    journal.drop_old()
    assert len(journal.unanswered("t")) == 2
    clock.now += 2
    journal.drop_old()
    assert ids(journal.unanswered("t")) == ["2"]
    assert journal.unsent("t") == []


@pytest.mark.usefixtures("journal_in_file")
def test_a_locked_database_is_told_as_such(file: Path) -> None:
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


def test_buttons_of_who_is_forgotten_are_worth_nothing(
    callbacks: CallbackStore, clock: Clock
) -> None:
    (old,) = callbacks.keep("me", ["/affirm"])
    (others,) = callbacks.keep("you", ["/affirm"])
    asked_on = clock.now
    clock.now += 1
    (newer,) = callbacks.keep("me", ["/affirm"])
    callbacks.forget("me", asked_on)
    assert callbacks.find("me", old) is None
    assert callbacks.find("me", newer)
    assert callbacks.find("you", others)


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
    journal: Journal, url: str, many_threads: ThreadPoolExecutor
) -> None:
    other = Journal(url)
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
