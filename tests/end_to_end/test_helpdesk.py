"""A learner, an agent and Sathi in one conversation, with all processes real.

The agent works through the desk in this process, as the console does in its own; the
action server is killed and started again in the middle.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator

import httpx
import pytest

from bot.actions.rendering import render
from bot.actions.translations import message
from connectors.helpdesk.embedded import DeskRules, EmbeddedDesk
from connectors.helpdesk.records import Agent, Sender, TicketStatus
from connectors.platform.database import migrate, open_database
from connectors.platform.schema import utc_now
from tests.end_to_end.conftest import Messages
from tests.end_to_end.own_processes import Sathi

MEENA = Agent("console:1", "Meena")
# The keeper looks each 15 s.
_PATIENCE_SECONDS = 40


@pytest.fixture(scope="module")
def own_sathi(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sathi]:
    sathi = Sathi(tmp_path_factory.mktemp("helpdesk"))
    try:
        for name in ("actions", "assistant"):
            sathi.start(name)
        sathi.wait()
        yield sathi
    finally:
        sathi.stop()


@pytest.fixture(scope="module")
def desk(own_sathi: Sathi) -> EmbeddedDesk:
    engine = open_database(own_sathi.database)
    migrate(engine)
    return EmbeddedDesk(engine, utc_now, render, DeskRules())


class Page:
    """A page of the web chat."""

    def __init__(self, client: httpx.Client, sathi: Sathi) -> None:
        self._client = client
        self._address = f"{sathi.addresses.assistant}/webhooks/web"
        self._conversation = str(uuid.uuid4())
        self._seen = 0

    def say(self, text: str) -> Messages:
        body = {"conversation": self._conversation, "message": text}
        answer = self._client.post(f"{self._address}/message", json=body)
        answer.raise_for_status()
        return answer.json()["messages"]

    def inbox(self) -> Messages:
        body = {"conversation": self._conversation, "after": self._seen}
        answer = self._client.post(f"{self._address}/inbox", json=body)
        answer.raise_for_status()
        found = answer.json()["messages"]
        self._seen = max([self._seen, *(one["id"] for one in found)])
        return found


@pytest.fixture
def page(client: httpx.Client, own_sathi: Sathi) -> Page:
    return Page(client, own_sathi)


def text_of(messages: Messages) -> str:
    return "\n".join(m["text"] for m in messages if m.get("text"))


def ticket_of(messages: Messages) -> str:
    return next(m["custom"]["ticket"] for m in messages if "ticket" in m.get("custom", {}))


def test_from_the_request_to_the_close_over_the_web_page(
    page: Page, desk: EmbeddedDesk, own_sathi: Sathi
) -> None:
    page.say('/greet{"locale": "en"}')
    number = ticket_of(page.say("/talk_to_human"))
    assert desk.ticket(number).status is TicketStatus.OPEN

    # Sathi answers until somebody comes, and the ticket follows.
    answered = text_of(page.say("/help"))
    assert message("utter_passed_on", "en", ticket=number) in answered
    assert message("utter_help", "en") in answered
    assert page.say("/help")
    assert page.inbox() == []

    # An agent takes it and writes; both arrive once.
    desk.take(number, MEENA)
    desk.reply(number, MEENA, "Which course is it?")
    joined, written = page.inbox()
    assert joined["text"] == message("utter_agent_joined", "en", agent="Meena", ticket=number)
    assert written["text"] == "Meena (helpdesk): Which course is it?"
    assert written["custom"]["agent"] == {"name": "Meena", "text": "Which course is it?"}
    assert page.inbox() == []

    # What the learner types goes to the agent, and Sathi is silent.
    assert text_of(page.say("what is the right to information act")) == ""
    assert desk.messages(number)[-1].text == "what is the right to information act"

    # The action server dies; nothing of the hold is lost.
    own_sathi.kill("actions")
    desk.reply(number, MEENA, "Please wait a moment.")
    own_sathi.start("actions")
    own_sathi.wait()
    assert text_of(page.say("I am still here")) == ""
    assert text_of(page.inbox()) == "Meena (helpdesk): Please wait a moment."
    assert desk.messages(number)[-1].text == "I am still here"

    # Closed, Sathi answers again and keeps the opinion.
    desk.close(number)
    [closed] = page.inbox()
    assert closed["text"] == message("utter_ticket_closed", "en", ticket=number)
    assert text_of(page.say("/help")) == message("utter_help", "en")
    assert text_of(page.say(closed["buttons"][0]["payload"])) == message("utter_rated_good", "en")
    assert desk.ticket(number).satisfaction == 1
    assert text_of(page.say("/help")) == message("utter_help", "en")


def test_the_learner_goes_back_to_sathi_and_the_agent_comes_again(
    page: Page, desk: EmbeddedDesk
) -> None:
    number = ticket_of(page.say("/talk_to_human"))
    desk.take(number, MEENA)
    [joined] = page.inbox()
    back = joined["buttons"][0]["payload"]
    assert text_of(page.say(back)) == message("utter_back_with_sathi", "en", ticket=number)
    assert text_of(page.say("/help")) == message("utter_help", "en")
    status = text_of(page.say("/ticket_status"))
    assert number in status
    assert message("ticket_status_pending", "en") in status
    desk.reply(number, MEENA, "One more question")
    assert text_of(page.say("yes?")) == ""


def test_deleting_everything_works_while_a_person_holds_the_conversation(
    page: Page, desk: EmbeddedDesk
) -> None:
    number = ticket_of(page.say("/talk_to_human"))
    desk.reply(number, MEENA, "hello")
    assert message("utter_forget_confirm", "en") in text_of(page.say("/forget_me"))
    assert message("utter_forgotten", "en") in text_of(page.say("/affirm"))
    assert page.inbox() == []
    assert text_of(page.say("/help")) == message("utter_help", "en")


def test_over_rest_what_agents_wrote_comes_with_the_next_answer(
    client: httpx.Client, own_sathi: Sathi, desk: EmbeddedDesk
) -> None:
    sender = str(uuid.uuid4())

    def say(text: str) -> Messages:
        address = f"{own_sathi.addresses.assistant}/webhooks/rest/webhook"
        return client.post(address, json={"sender": sender, "message": text}).json()

    number = ticket_of(say("/talk_to_human"))
    desk.reply(number, MEENA, "Which course is it?")
    assert text_of(say("hello?")) == "Meena (helpdesk): Which course is it?"
    assert text_of(say("the RTI course")) == ""
    said = [m.text for m in desk.messages(number) if m.sender is Sender.LEARNER]
    assert said[-2:] == ["hello?", "the RTI course"]
    desk.close(number)
    answered = text_of(say("/help"))
    assert message("utter_ticket_closed", "en", ticket=number) in answered
    assert message("utter_help", "en") in answered


def test_a_thumb_goes_to_the_person_and_rates_the_help_after_the_close(
    page: Page, desk: EmbeddedDesk
) -> None:
    number = ticket_of(page.say("/talk_to_human"))
    desk.reply(number, MEENA, "Is it there now?")
    assert page.say("👍🏽") == []
    assert desk.messages(number)[-1].text == "👍🏽"
    desk.close(number)
    assert text_of(page.say("👍")) == message("utter_rated_good", "en")
    assert desk.ticket(number).satisfaction == 1


def test_a_silent_agent_is_noticed_without_a_message_of_the_learner(
    page: Page, own_sathi: Sathi
) -> None:
    long_ago = EmbeddedDesk(
        open_database(own_sathi.database),
        lambda: utc_now() - DeskRules().hold * 2,
        render,
        DeskRules(),
    )
    number = ticket_of(page.say("/talk_to_human"))
    long_ago.reply(number, MEENA, "hello")
    lapsed = message("utter_hold_lapsed", "en", ticket=number, minutes=30)
    end = time.monotonic() + _PATIENCE_SECONDS
    while lapsed not in text_of(page.inbox()):
        assert time.monotonic() < end
        time.sleep(1)
    assert text_of(page.say("/help")) == message("utter_help", "en")


@pytest.mark.parametrize(
    ("words", "key"),
    [
        ("I want to make a complaint", "utter_complaint_taken"),
        ("what is the status of my ticket", "utter_tickets_none"),
    ],
)
def test_words_are_understood(page: Page, words: str, key: str) -> None:
    reply = text_of(page.say(words))
    expected = message(key, "en", ticket="S-").split("S-", maxsplit=1)[0]
    assert reply.startswith(expected)


def test_back_to_sathi_in_words(page: Page, desk: EmbeddedDesk) -> None:
    number = ticket_of(page.say("I want to talk to a person"))
    desk.take(number, MEENA)
    assert text_of(page.say("my certificate is missing")) == ""
    reply = text_of(page.say("back to Sathi"))
    assert reply == message("utter_back_with_sathi", "en", ticket=number)
