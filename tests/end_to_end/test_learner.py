"""A linked learner over Rasa's REST channel: from the link to the deletion."""

from __future__ import annotations

import sqlite3
import time
import uuid
from pathlib import Path

import httpx
import pytest

from bot.actions.translations import message
from tests.end_to_end.conftest import Account, Ask, Messages
from tools.processes import Addresses

_ERASED_WITHIN_SECONDS = 60


def text_of(messages: Messages) -> str:
    return "\n".join(m["text"] for m in messages if "text" in m)


def buttons_of(messages: Messages) -> list[dict]:
    return [button for m in messages for button in m.get("buttons", [])]


def document_of(messages: Messages) -> dict:
    return next(m["custom"]["document"] for m in messages if "document" in m.get("custom", {}))


def test_a_link_shows_the_learner_progress_in_their_language(ask: Ask, account: Account) -> None:
    assert message("utter_link_for_progress", "hi") in text_of(ask("मैंने कितनी प्रगति की है"))
    assert account.learner.full_name in text_of(ask(f"/start {account.token}"))
    reply = text_of(ask("मैंने कितनी प्रगति की है"))
    assert account.learner.first_name in reply
    assert "%" in reply
    assert message("label_overall", "hi") not in reply


@pytest.mark.parametrize(
    ("question", "key"),
    [
        ("show my certificates", "utter_certificates"),
        ("mere certificate dikhao", "utter_certificates"),
    ],
)
def test_certificates_are_listed_and_handed_out(
    ask: Ask, account: Account, client: httpx.Client, sathi: Addresses, question: str, key: str
) -> None:
    ask(f"/start {account.token}")
    reply = ask(question)
    locale = reply[-1]["custom"]["locale"] if "custom" in reply[-1] else "en"
    assert message(key, locale) in text_of(reply)
    document = document_of(ask("1"))
    answer = client.get(f"{sathi.assistant}/webhooks/web/documents/{document['id']}")
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF")


def test_anybody_can_verify_a_certificate(ask: Ask, account: Account) -> None:
    reply = text_of(ask(f"is the certificate {account.certificate} genuine"))
    assert account.certificate in reply
    assert account.learner.full_name in reply


def test_recommendations_carry_reasons(ask: Ask, account: Account) -> None:
    ask(f"/start {account.token}")
    reply = ask("what should I learn next")
    courses = next(m["custom"]["courses"] for m in reply if "courses" in m.get("custom", {}))
    assert all(course["reason"] for course in courses)


def test_wrong_links_lock_the_chat(ask: Ask, account: Account) -> None:
    for _ in range(5):
        assert message("utter_link_invalid", "en") in text_of(ask("/start wrong-token"))
    assert message("utter_link_locked", "en", minutes=60) in text_of(ask(f"/start {account.token}"))


@pytest.mark.parametrize("identifier", ["x", "../state/link_secret", "A" * 43])
def test_documents_are_not_to_be_guessed(
    client: httpx.Client, sathi: Addresses, identifier: str
) -> None:
    answer = client.get(f"{sathi.assistant}/webhooks/web/documents/{identifier}")
    assert answer.status_code == httpx.codes.NOT_FOUND


def test_forgetting_erases_link_and_conversation(
    client: httpx.Client, sathi: Addresses, account: Account, logs: Path
) -> None:
    sender = str(uuid.uuid4())

    def say(text: str) -> str:
        address = f"{sathi.assistant}/webhooks/rest/webhook"
        replies = client.post(address, json={"sender": sender, "message": text}).json()
        assert len([reply for reply in replies if "text" in reply]) == 1
        return text_of(replies)

    say(f"/start {account.token}")
    assert message("utter_forget_confirm", "en") in say("/forget")
    assert message("utter_forgotten", "en") in say("yes")
    store = next(logs.rglob("conversations.db"))
    end = time.monotonic() + _ERASED_WITHIN_SECONDS
    while _events(store, sender) and time.monotonic() < end:
        time.sleep(1)
    assert _events(store, sender) == 0
    assert message("utter_link_for_progress", "en") in say("how much progress have I made")


def _events(store: Path, sender: str) -> int:
    with sqlite3.connect(store) as connection:
        query = "SELECT count(*) FROM events WHERE sender_id = ?"
        return connection.execute(query, (sender,)).fetchone()[0]


def test_a_second_learner_is_linked_after_a_yes_and_not_after_a_no(
    ask: Ask, account: Account, another: Account
) -> None:
    ask(f"/start {account.token}")
    assert account.learner.full_name in text_of(ask(f"/start {another.token}"))
    assert text_of(ask("no")) == message("utter_link_kept", "en")
    ask(f"/start {another.token}")
    reply = text_of(ask("yes"))
    facts = {"name": another.learner.full_name, "department": another.learner.department}
    assert reply == message("utter_linked", "en", **facts)


def test_a_quiz_runs_to_its_end_and_numbers_choose_again(ask: Ask) -> None:
    reply = ask("quiz me on the right to information act")
    for _ in range(5):
        assert len(buttons_of(reply)) == 4
        reply = ask("2")
    verdict, result = [m["text"] for m in reply if "text" in m]
    assert verdict
    assert "5" in result
    ask("courses on leadership")
    assert message("label_modules", "en") in text_of(ask("2"))


def test_the_logs_hold_nothing_personal(ask: Ask, account: Account, logs: Path) -> None:
    phone, email = "9876512340", "anita.rao@nic.in"
    ask(f"/start {account.token}")
    ask(f"/start {account.token}x")
    ask(f"my number is {phone} and my mail {email}")
    ask("how much progress have I made")
    ask(f"verify certificate {account.certificate}")
    written = "".join(path.read_text(errors="replace") for path in logs.rglob("*.log"))
    assert written
    names = (account.learner.full_name, account.learner.id)
    for secret in (account.token, phone, email, account.certificate, *names):
        assert secret not in written
