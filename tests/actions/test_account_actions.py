"""Linking, exporting and erasing, as a conversation does it."""

from __future__ import annotations

import json

from sqlalchemy import insert

from bot.actions.account_actions import (
    ActionConfirmForget,
    ActionConfirmLink,
    ActionForgetMe,
    ActionLinkAccount,
    ActionMyData,
    ActionUnlinkAccount,
)
from bot.actions.services import Services
from connectors.analytics.tables import turns
from connectors.analytics.turns import Turn
from connectors.platform.linking import Chat
from tests.actions.conftest import NOW, Run

CHAT = Chat("rest", "a-chat-nobody-can-guess")
GROUP = {"is_group": True}


def token(value: str) -> list[dict]:
    return [{"entity": "link_token", "value": value}]


def test_a_link_is_made_and_greeted_by_name(
    run: Run, services: Services, learner_ids: list[str]
) -> None:
    someone = learner_ids[0]
    messages, slots = run(ActionLinkAccount(), "/start x", token(services.links.issue(someone)))
    assert messages[0]["response"] == "utter_linked"
    assert messages[0]["name"] == services.platform.learner(someone).full_name
    assert services.links.learner_of(CHAT) == someone
    assert slots["pending"] == "nothing"


def test_without_a_token_the_way_is_told(run: Run) -> None:
    assert run(ActionLinkAccount(), "link me")[0][0]["response"] == "utter_link_how"


def test_wrong_tokens_are_refused_then_locked(run: Run) -> None:
    said = [run(ActionLinkAccount(), "x", token("wrong"))[0][0]["response"] for _ in range(6)]
    assert said == ["utter_link_invalid"] * 5 + ["utter_link_locked"]


def test_another_learner_needs_a_yes(run: Run, services: Services, learner_ids: list[str]) -> None:
    first, second = learner_ids[:2]
    run(ActionLinkAccount(), "x", token(services.links.issue(first)))
    messages, slots = run(ActionLinkAccount(), "x", token(services.links.issue(second)))
    assert messages[0]["response"] == "utter_link_confirm"
    assert slots["pending"] == "link"
    assert services.links.learner_of(CHAT) == first
    messages, _ = run(ActionConfirmLink(), "yes", pending_token=slots["pending_token"])
    assert messages[0]["response"] == "utter_linked"
    assert services.links.learner_of(CHAT) == second


def test_groups_are_refused(run: Run, services: Services, learner_ids: list[str]) -> None:
    entities = token(services.links.issue(learner_ids[0]))
    for action in (ActionLinkAccount(), ActionMyData(), ActionForgetMe()):
        messages, _ = run(action, "x", entities, metadata=GROUP)
        assert [m["response"] for m in messages] == ["utter_private_chat_only"]


def test_unlinking_says_what_happened(run: Run, services: Services, learner_ids: list[str]) -> None:
    assert run(ActionUnlinkAccount(), "x")[0][0]["response"] == "utter_not_linked"
    run(ActionLinkAccount(), "x", token(services.links.issue(learner_ids[0])))
    assert run(ActionUnlinkAccount(), "x")[0][0]["response"] == "utter_unlinked"
    assert services.links.learner_of(CHAT) is None


def test_the_export_holds_tables_and_conversation(
    run: Run, services: Services, learner_ids: list[str]
) -> None:
    someone = learner_ids[0]
    run(ActionLinkAccount(), "x", token(services.links.issue(someone)))
    counted = Turn(services.links.chat_key(CHAT), "rest", NOW.timestamp(), intent="my_progress")
    with services.analytics._events.begin() as connection:
        connection.execute(insert(turns), counted.to_row())
    messages, _ = run(ActionMyData(), "give me my data", locale="hi")
    document, content = services.documents.find(messages[0]["document"]["id"])
    held = json.loads(content)
    assert document.mime == "application/json"
    assert held["links"][0]["learner_id"] == someone
    assert held["conversation"][0]["text"] == "give me my data"
    assert held["slots"]["locale"] == "hi"
    assert [turn["intent"] for turn in held["turns"]] == ["my_progress"]
    assert "chat_key" not in held["turns"][0]


def test_everything_is_deleted_after_a_yes(
    run: Run, services: Services, learner_ids: list[str]
) -> None:
    run(ActionLinkAccount(), "x", token(services.links.issue(learner_ids[0])))
    messages, slots = run(ActionForgetMe(), "delete my data")
    assert (messages[0]["response"], slots["pending"]) == ("utter_forget_confirm", "forget")
    assert services.links.learner_of(CHAT) is not None
    messages, slots = run(ActionConfirmForget(), "yes")
    assert messages[0]["response"] == "utter_forgotten"
    assert services.links.learner_of(CHAT) is None
    assert slots["search"] is None
