"""Handing over to a person and back, as a conversation does it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from bot.actions.base import SathiAction, Turn
from bot.actions.certificate_actions import explain_certificate
from bot.actions.fallback_actions import ActionDeclineHuman
from bot.actions.helpdesk_actions import (
    ActionComplaint,
    ActionContactHuman,
    ActionRateHelp,
    ActionRelayToHuman,
    ActionTicketStatus,
)
from bot.actions.rendering import render
from bot.actions.services import Services
from connectors.helpdesk.embedded import EmbeddedDesk
from connectors.helpdesk.records import Agent, Priority, Sender, TicketStatus
from connectors.platform.database import open_database
from connectors.platform.linking import Chat
from tests.actions.conftest import NOW

MEENA = Agent("console:7", "Meena")
SENDER = "a-chat-nobody-can-guess"
RELAY = ActionRelayToHuman()


class Conversation:
    """A conversation whose turns run actions as Rasa would."""

    def __init__(self, services: Services, channel: str = "telegram", sender: str = SENDER) -> None:
        self.services = services
        self.chat = Chat(channel, sender)
        self.key = services.links.chat_key(self.chat)
        self.events: list[dict[str, Any]] = []
        self.slots: dict[str, Any] = {}
        self.metadata: dict[str, Any] = {}

    def say(
        self,
        words: str,
        *actions: Action,
        intent: str = "ask_content",
        confidence: float = 0.9,
        entities: list[dict] | None = None,
        read: str | None = None,
    ) -> list[dict]:
        """Send a message and return the replies; an action that undoes itself is followed.

        ``read`` is what the command interpreter makes of it.
        """
        understood = {
            "text": read or words,
            "intent": {"name": intent, "confidence": confidence},
            "entities": entities or [],
            "metadata": self.metadata,
        }
        self.events.append(
            {
                "event": "user",
                "text": words,
                "parse_data": understood,
                "input_channel": self.chat.channel,
                "timestamp": 0,
            }
        )
        replies: list[dict] = []
        for action in actions:
            said, returned = self._run(action, understood)
            replies += said
            if not any(event["event"] == "undo" for event in returned) and action is RELAY:
                break
        return replies

    def _run(self, action: Action, understood: dict) -> tuple[list[dict], list[dict]]:
        tracker = Tracker(
            *(self.chat.sender_id, self.slots, understood, self.events),
            *(False, None, {}, "action_listen"),
        )
        dispatcher = CollectingDispatcher()
        returned = asyncio.run(action.run(dispatcher, tracker, {}))
        self.events.append({"event": "action", "name": action.name()})
        for reply in dispatcher.messages:
            facts = {k: v for k, v in reply.items() if v is not None and k != "response"}
            worded = render(reply["response"], "en", facts) if reply["response"] else reply
            data = {"custom": worded["custom"]}
            self.events.append({"event": "bot", "text": worded["text"], "data": data})
        for event in returned:
            if event["event"] == "slot":
                self.slots[event["name"]] = event["value"]
        return dispatcher.messages, returned

    @property
    def number(self) -> str:
        """Number of the chat's newest ticket."""
        return self.desk.tickets_of(self.key, self.services.links.learner_of(self.chat))[0].number

    @property
    def desk(self) -> EmbeddedDesk:
        """The helpdesk."""
        return self.services.helpdesk.desk


def responses(replies: list[dict]) -> list[str | None]:
    return [reply["response"] for reply in replies]


@pytest.fixture
def chat(services: Services) -> Conversation:
    return Conversation(services)


Wait = Callable[..., None]


@pytest.fixture
def wait(services: Services) -> Wait:
    """Return a function that moves the clock of the helpdesk."""
    moment = [NOW]
    services.helpdesk.desk._clock = lambda: moment[0]

    def forward(**span: float) -> None:
        moment[0] += timedelta(**span)

    return forward


def test_asking_for_a_person_opens_a_ticket_and_says_when_somebody_is_there(
    chat: Conversation,
) -> None:
    [reply] = chat.say("let me talk to someone", ActionContactHuman(), intent="talk_to_human")
    assert reply["response"] == "utter_handed_over"
    # Noon of a Friday in India.
    assert reply["closes"] == "2026-11-20T18:00:00+05:30"
    shown = render("utter_handed_over", "en", reply)
    assert reply["ticket"] in shown["text"]
    assert "6:00" in shown["text"]
    assert chat.slots["held_by_human"] is True
    ticket = chat.desk.ticket(reply["ticket"])
    assert (ticket.subject, ticket.status, ticket.channel) == (
        *("human_requested", TicketStatus.OPEN),
        "telegram",
    )


def test_a_yes_after_two_failures_says_so_in_the_ticket(chat: Conversation) -> None:
    chat.slots["pending"] = "human"
    chat.say("yes", ActionContactHuman(), intent="affirm")
    assert chat.desk.ticket(chat.number).subject == "not_answered"
    assert chat.slots["pending"] == "nothing"
    chat.say("no", ActionDeclineHuman(), intent="deny")


def test_a_complaint_is_urgent_and_apologised_for(chat: Conversation) -> None:
    [reply] = chat.say("nobody helps me", ActionComplaint(), intent="complaint")
    assert reply["response"] == "utter_complaint_taken"
    assert chat.desk.ticket(reply["ticket"]).priority is Priority.HIGH


def test_the_ticket_carries_the_conversation_without_what_is_personal(chat: Conversation) -> None:
    chat.say('/link_account{"link_token": "tok_1234567890abcdefghijklmnop"}', intent="link_account")
    chat.events[-1]["text"] = '/link_account{"link_token": "tok_1234567890abcdefghijklmnop"}'
    chat.say("call me at 9876512340 or asha@nic.in, my course is stuck", intent="platform_help")
    chat.events += [
        {"event": "action", "name": "action_answer_platform"},
        {"event": "bot", "text": "Do this.", "data": {"custom": {"source": "Help: stuck"}}},
    ]
    chat.slots["search"] = {
        "items": [{"kind": "course", "id": "do_1"}],
        "shown": 1,
        "opened": {"kind": "course", "id": "do_1"},
    }
    chat.say("a person please", ActionContactHuman(), intent="talk_to_human", confidence=0.8)
    ticket = chat.desk.ticket(chat.number)
    assert [(line.sender, line.text) for line in ticket.summary] == [
        ("learner", "(link_account)"),
        ("learner", "call me at [phone] or [e-mail], my course is stuck"),
        ("bot", "Do this."),
        ("learner", "a person please"),
    ]
    tried = ticket.attempts[1]
    assert (tried.intent, tried.confidence, list(tried.actions), list(tried.sources)) == (
        *("platform_help", 0.9),
        *(["action_answer_platform"], ["Help: stuck"]),
    )
    assert (ticket.intent, ticket.course_id) == ("platform_help", "do_1")


@pytest.mark.parametrize(
    ("channel", "sender", "metadata"),
    [("telegram", "-100", {"is_group": True}), ("rest", "default", {}), ("web", "x", {})],
)
def test_where_others_may_read_only_the_contact_is_given(
    services: Services, channel: str, sender: str, metadata: dict
) -> None:
    chat = Conversation(services, channel, sender)
    chat.metadata = metadata
    replies = chat.say("a person", ActionContactHuman(), intent="talk_to_human")
    assert responses(replies) == ["utter_contact_human"]
    assert chat.desk.tickets_of(chat.key, None) == []
    status = chat.say("my ticket", ActionTicketStatus(), intent="ticket_status")
    assert responses(status) == ["utter_private_chat_only"]


def test_without_the_database_the_contact_is_given(chat: Conversation, services: Services) -> None:
    broken = open_database("sqlite://")
    object.__setattr__(
        services.helpdesk, "desk", EmbeddedDesk(broken, services.clock, render, chat.desk._rules)
    )
    replies = chat.say("a person", ActionContactHuman(), intent="talk_to_human")
    assert responses(replies) == ["utter_contact_human"]
    assert "held_by_human" not in chat.slots
    assert responses(chat.say("hello", RELAY)) == ["utter_relay_failed"]


def ask_for_person(chat: Conversation) -> str:
    chat.say("a person please", ActionContactHuman(), intent="talk_to_human")
    return chat.number


def test_until_somebody_comes_sathi_answers_and_the_ticket_follows(chat: Conversation) -> None:
    number = ask_for_person(chat)
    first = chat.say("what is RTI, my number is 9876512340", RELAY)
    assert responses(first) == ["utter_passed_on"]
    chat.events.append({"event": "bot", "text": "RTI is an act.", "data": {}})
    assert chat.say("thanks", RELAY, intent="thanks") == []
    texts = [(m.sender, m.text) for m in chat.desk.messages(number)]
    assert (Sender.LEARNER, "what is RTI, my number is [phone]") in texts
    assert texts[-2:] == [(Sender.BOT, "RTI is an act."), (Sender.LEARNER, "thanks")]
    assert chat.slots["held_by_human"] is True


def test_asking_again_does_not_say_twice_that_somebody_comes(chat: Conversation) -> None:
    number = ask_for_person(chat)
    replies = chat.say("a person!", RELAY, ActionContactHuman(), intent="talk_to_human")
    assert responses(replies) == ["utter_handed_over"]
    assert replies[0]["ticket"] == number


def test_while_a_person_holds_it_sathi_is_silent(chat: Conversation) -> None:
    number = ask_for_person(chat)
    chat.desk.reply(number, MEENA, "Which course?")
    [reply] = chat.say("the RTI one, mail me at asha@nic.in", RELAY, ActionContactHuman())
    assert (reply["response"], reply["text"]) == (None, None)
    assert reply["custom"]["silent"] is True
    assert chat.desk.messages(number)[-1].text == "the RTI one, mail me at asha@nic.in"


@pytest.mark.parametrize("words", ["/my_data", '/choose_item{"item_number": 1}', "/forget_me"])
def test_buttons_and_commands_are_for_sathi_even_then(chat: Conversation, words: str) -> None:
    number = ask_for_person(chat)
    chat.desk.reply(number, MEENA, "hello")
    replies = chat.say(words, RELAY, ActionTicketStatus(), intent="my_data")
    assert responses(replies) == ["utter_tickets"]
    assert [m.text for m in chat.desk.messages(number)] == ["hello"]


@pytest.mark.parametrize(("thumb", "read"), [("👍", "like_item"), ("👎🏽", "reject_item")])
def test_a_typed_thumb_is_for_the_person(chat: Conversation, thumb: str, read: str) -> None:
    number = ask_for_person(chat)
    chat.desk.reply(number, MEENA, "Is it there now?")
    [reply] = chat.say(thumb, RELAY, ActionTicketStatus(), intent=read, read=f"/{read}")
    assert reply["custom"]["silent"] is True
    assert chat.desk.messages(number)[-1].text == thumb
    assert chat.desk.ticket(number).satisfaction is None
    pressed = chat.say(f"/{read}", RELAY, ActionTicketStatus(), intent=read)
    assert responses(pressed) == ["utter_tickets"]


def test_a_stop_word_reaches_the_person_and_ends_reminders(chat: Conversation) -> None:
    number = ask_for_person(chat)
    chat.desk.reply(number, MEENA, "Shall I go on?")
    replies = chat.say(
        "stop", RELAY, ActionTicketStatus(), intent="reminders_off", read="/reminders_off"
    )
    assert responses(replies) == ["utter_tickets"]
    assert chat.desk.messages(number)[-1].text == "stop"


@pytest.mark.parametrize(
    ("thumb", "read", "score", "response"),
    [
        ("👍", "like_item", 1, "utter_rated_good"),
        ("👎", "reject_item", 0, "utter_rated_bad"),
    ],
)
def test_a_thumb_right_after_the_close_rates_the_help(
    chat: Conversation, thumb: str, read: str, score: int, response: str
) -> None:
    number = ask_for_person(chat)
    chat.desk.reply(number, MEENA, "done")
    chat.desk.close(number)
    replies = chat.say(thumb, RELAY, ActionTicketStatus(), intent=read, read=f"/{read}")
    assert responses(replies) == [response]
    assert chat.desk.ticket(number).satisfaction == score
    assert chat.slots["held_by_human"] is False


def test_a_thumb_rates_once_and_a_button_is_about_a_course(chat: Conversation) -> None:
    number = ask_for_person(chat)
    chat.desk.close(number)
    pressed = chat.say("/like_item", RELAY, ActionTicketStatus(), intent="like_item")
    assert responses(pressed) == ["utter_tickets"]
    assert chat.desk.ticket(number).satisfaction is None
    chat.say("👎", RELAY, intent="reject_item", read="/reject_item")
    again = chat.say("👍", RELAY, ActionTicketStatus(), intent="like_item", read="/like_item")
    assert responses(again) == ["utter_tickets"]
    assert chat.desk.ticket(number).satisfaction == 0


def test_a_thumb_in_the_moment_of_the_close_rates_too(
    chat: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = ask_for_person(chat)
    chat.desk.reply(number, MEENA, "done")
    append = chat.desk.append

    def close_first(*arguments: Any) -> None:
        chat.desk.close(number)
        append(*arguments)

    monkeypatch.setattr(chat.desk, "append", close_first)
    replies = chat.say("👍", RELAY, intent="like_item", read="/like_item")
    assert responses(replies) == ["utter_rated_good"]


def test_a_yes_to_sathis_own_question_is_for_sathi(chat: Conversation) -> None:
    number = ask_for_person(chat)
    chat.desk.reply(number, MEENA, "hello")
    chat.slots["pending"] = "forget"
    replies = chat.say("yes", RELAY, ActionTicketStatus(), intent="affirm")
    assert responses(replies) == ["utter_tickets"]
    chat.slots["pending"] = "nothing"
    [reply] = chat.say("yes", RELAY, ActionTicketStatus(), intent="affirm")
    assert reply["custom"]["silent"] is True


def test_back_to_sathi_ends_the_hold_and_keeps_the_ticket(chat: Conversation) -> None:
    number = ask_for_person(chat)
    chat.desk.take(number, MEENA)
    unsure = chat.say("start over with that course", RELAY, intent="start_over", confidence=0.5)
    assert unsure[0]["custom"]["silent"] is True
    replies = chat.say("back to Sathi", RELAY, ActionTicketStatus(), intent="start_over")
    assert responses(replies) == ["utter_back_with_sathi"]
    assert chat.desk.ticket(number).status is TicketStatus.PENDING
    assert responses(chat.say("hello", RELAY, ActionTicketStatus())) == ["utter_tickets"]
    chat.desk.reply(number, MEENA, "one thing more")
    assert chat.say("yes?", RELAY)[0]["custom"]["silent"] is True


def test_a_person_who_is_silent_too_long_gives_the_conversation_back(
    chat: Conversation, wait: Wait
) -> None:
    number = ask_for_person(chat)
    chat.desk.reply(number, MEENA, "one moment")
    wait(minutes=31)
    replies = chat.say("hello?", RELAY, ActionTicketStatus())
    assert responses(replies) == ["utter_hold_lapsed", "utter_tickets"]
    assert replies[0]["minutes"] == 30
    assert responses(chat.say("hello?", RELAY, ActionTicketStatus())) == ["utter_tickets"]


def test_after_the_close_sathi_answers_and_the_slot_is_cleared(chat: Conversation) -> None:
    number = ask_for_person(chat)
    chat.desk.reply(number, MEENA, "done")
    chat.desk.close(number)
    replies = chat.say("what is RTI", RELAY, ActionTicketStatus())
    assert responses(replies) == ["utter_tickets"]
    assert chat.slots["held_by_human"] is False


def test_a_chat_that_cannot_be_written_to_gets_everything_with_its_next_answer(
    services: Services,
) -> None:
    chat = Conversation(services, "rest")
    number = ask_for_person(chat)
    chat.desk.reply(number, MEENA, "Which course?")
    replies = chat.say("anybody?", RELAY)
    assert replies[0]["text"] == "Meena (helpdesk): Which course?"
    assert replies[0]["custom"]["agent"]["name"] == "Meena"
    assert replies[1]["custom"]["silent"] is True
    assert len(chat.say("the RTI one", RELAY)) == 1


def test_what_an_answer_lost_comes_with_the_next_one(services: Services) -> None:
    chat = Conversation(services, "rest")
    number = ask_for_person(chat)
    chat.desk.reply(number, MEENA, "Which course?")
    before = list(chat.events)
    lost = chat.say("anybody?", RELAY)
    # Rasa ended before it stored the turn.
    chat.events = before
    assert chat.say("anybody?", RELAY)[0] == lost[0]
    chat.desk.reply(number, MEENA, "Hello?")
    replies = chat.say("the RTI one", RELAY)
    assert [reply["text"] for reply in replies[:-1]] == ["Meena (helpdesk): Hello?"]


def test_tickets_of_rules_let_an_agent_come_in_later(
    services: Services, chat: Conversation, learner_ids: list[str]
) -> None:
    found = None
    for learner in learner_ids:
        services.links.unlink(chat.chat)
        services.links.redeem(services.links.issue(learner), chat.chat)
        found = _certificate_ticket(chat)
        if found:
            break
    assert found
    assert chat.desk.ticket(found).learner_id == learner
    assert chat.desk.ticket(found).course_id
    assert chat.slots["held_by_human"] is True
    replies = chat.say("what is RTI", RELAY, ActionTicketStatus())
    assert responses(replies) == ["utter_tickets"]
    assert chat.desk.messages(found) == []
    chat.desk.reply(found, MEENA, "It is on its way.")
    assert chat.say("thank you", RELAY)[0]["custom"]["silent"] is True


class Explain(SathiAction):
    """Explain the certificate that is missing."""

    def name(self) -> str:
        return "explain"

    def act(self, turn: Turn) -> list:
        return explain_certificate(turn, turn.learner_id) or []


def _certificate_ticket(chat: Conversation) -> str | None:
    replies = chat.say("certificate", Explain())
    return next((reply["ticket"] for reply in replies if reply.get("ticket")), None)


def test_the_status_lists_the_newest_tickets(chat: Conversation) -> None:
    none = chat.say("status of my ticket", ActionTicketStatus(), intent="ticket_status")
    assert responses(none) == ["utter_tickets_none"]
    number = ask_for_person(chat)
    [reply] = chat.say("status of my ticket", ActionTicketStatus(), intent="ticket_status")
    assert number in render("utter_tickets", "en", reply)["text"]
    statuses = []
    for change in (
        lambda: chat.desk.take(number, MEENA),
        lambda: chat.desk.release(number),
        lambda: chat.desk.close(number),
    ):
        change()
        [reply] = chat.say("status of my ticket", ActionTicketStatus(), intent="ticket_status")
        statuses.append(render("utter_tickets", "en", reply)["text"].splitlines()[1])
    assert len(set(statuses)) == 3


@pytest.mark.parametrize(("score", "response"), [(1, "utter_rated_good"), (0, "utter_rated_bad")])
def test_an_opinion_is_kept(chat: Conversation, score: int, response: str) -> None:
    number = ask_for_person(chat)
    chat.desk.close(number)
    entities = [{"entity": "score", "value": score}]
    replies = chat.say("/rate_help", ActionRateHelp(), intent="rate_help", entities=entities)
    assert responses(replies) == [response]
    assert chat.desk.ticket(number).satisfaction == score


@pytest.mark.parametrize("value", [None, 5, "1", "x"])
def test_an_opinion_that_is_none_changes_nothing(chat: Conversation, value: object) -> None:
    number = ask_for_person(chat)
    chat.desk.close(number)
    entities = [{"entity": "score", "value": value}]
    chat.say("/rate_help", ActionRateHelp(), intent="rate_help", entities=entities)
    assert chat.desk.ticket(number).satisfaction is None
