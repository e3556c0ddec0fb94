"""Switching reminders on and off, as a conversation does it."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import Engine

from bot.actions.account_actions import ActionMyData
from bot.actions.language_actions import ActionChooseLanguage
from bot.actions.reminder_actions import ActionRemindersOff, ActionRemindersOn
from bot.actions.services import Services
from connectors.platform.linking import Chat
from connectors.platform.records import PlatformUnavailableError
from connectors.platform.reminders import ReminderService, Subscription
from tests.actions.conftest import Run

CHAT = Chat("rest", "a-chat-nobody-can-guess")


@pytest.fixture
def linked(services: Services, seeded: Engine) -> str:
    with seeded.connect() as connection:
        learner_id = connection.exec_driver_sql("SELECT min(id) FROM learners").scalar_one()
    services.links.redeem(services.links.issue(learner_id), CHAT)
    return learner_id


def subscriptions(services: Services) -> list[Subscription]:
    return services.reminders.unchecked(date.max, 10)


def responses(messages: list[dict]) -> list[str]:
    return [message["response"] for message in messages]


def test_reminders_need_a_link_and_a_private_chat(
    run: Run, services: Services, linked: str
) -> None:
    unlinked, _ = run(ActionRemindersOn(), "x", sender="another-chat-nobody-can-guess")
    assert responses(unlinked) == ["utter_link_for_reminders"]
    in_group, _ = run(ActionRemindersOn(), "x", metadata={"is_group": True})
    assert responses(in_group) == ["utter_private_chat_only"]
    assert subscriptions(services) == []


def test_reminders_are_switched_on_in_the_language_of_the_chat_and_off(
    run: Run, services: Services, linked: str
) -> None:
    messages, slots = run(ActionRemindersOn(), "x", locale="hi")
    assert responses(messages) == ["utter_reminders_on"]
    assert slots["pending"] == "nothing"
    (subscription,) = subscriptions(services)
    assert (subscription.learner_id, subscription.locale) == (linked, "hi")
    assert (subscription.chat_key, subscription.channel) == (services.links.chat_key(CHAT), "rest")
    assert responses(run(ActionRemindersOff(), "stop")[0]) == ["utter_reminders_off"]
    assert subscriptions(services) == []
    assert responses(run(ActionRemindersOff(), "stop")[0]) == ["utter_reminders_were_off"]


def test_the_stop_word_ends_reminders_first_and_without_them_the_quiz(
    run: Run, services: Services, linked: str
) -> None:
    run(ActionRemindersOn(), "x")
    messages, slots = run(ActionRemindersOff(), "stop", quiz_running=True)
    assert responses(messages) == ["utter_reminders_off"]
    assert "quiz_running" not in slots
    messages, slots = run(ActionRemindersOff(), "stop", quiz_running=True)
    assert responses(messages) == ["utter_start_over"]
    assert (slots["quiz"], slots["quiz_running"]) == (None, False)


def test_a_change_of_language_changes_the_reminders_too(
    run: Run, services: Services, linked: str
) -> None:
    run(ActionRemindersOn(), "x", locale="en")
    entities = [{"entity": "language_name", "value": "ta"}]
    run(ActionChooseLanguage(), "reply in Tamil", entities)
    assert [s.locale for s in subscriptions(services)] == ["ta"]


def test_the_language_changes_when_the_database_fails(
    run: Run, services: Services, seeded: Engine
) -> None:
    class Failing(ReminderService):
        """Reminders whose database does not answer."""

        def set_locale(self, chat_key: str, locale: str) -> None:
            raise PlatformUnavailableError("no answer")

    object.__setattr__(services, "reminders", Failing(seeded, services.clock))
    entities = [{"entity": "language_name", "value": "ta"}]
    messages, slots = run(ActionChooseLanguage(), "reply in Tamil", entities)
    assert responses(messages) == ["utter_language_changed"]
    assert slots["chosen_locale"] == "ta"


def test_what_is_held_of_reminders_is_handed_out(run: Run, services: Services, linked: str) -> None:
    run(ActionRemindersOn(), "x")
    messages, _ = run(ActionMyData(), "x")
    _, content = services.documents.find(messages[0]["document"]["id"])
    assert b'"reminders": [\n    {\n      "channel": "rest"' in content
