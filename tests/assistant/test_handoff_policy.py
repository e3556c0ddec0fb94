"""The policy beside Rasa's own rules, joined by Rasa's own ensemble."""

from __future__ import annotations

from pathlib import Path

import pytest
from rasa.core.policies.ensemble import DefaultPolicyPredictionEnsemble
from rasa.core.policies.rule_policy import RulePolicy
from rasa.engine.graph import ExecutionContext
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted,
    ActionReverted,
    BotUttered,
    Event,
    SlotSet,
    UserUttered,
)
from rasa.shared.core.generator import TrainingDataGenerator
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.core.training_data.story_reader.yaml_story_reader import YAMLStoryReader
from rasa.shared.core.training_data.structures import StoryGraph

from bot.policies.handoff_policy import RELAY, SLOT, HandoffPolicy

DOMAIN = f"""
version: "3.1"
intents: [find_course, affirm]
slots:
  {SLOT}: {{type: bool, initial_value: false, mappings: [{{type: custom}}]}}
  pending:
    type: categorical
    values: [nothing, human]
    initial_value: nothing
    mappings: [{{type: custom}}]
actions: [action_find_course, action_contact_human, action_fallback, {RELAY}]
"""
RULES = """
version: "3.1"
rules:
  - rule: Find
    steps: [{intent: find_course}, {action: action_find_course}]
  - rule: Yes
    condition: [{slot_was_set: [{pending: human}]}]
    steps:
      - intent: affirm
      - action: action_contact_human
      - slot_was_set: [{pending: nothing}]
"""
PASSED_ON = [ActionReverted(), SlotSet(SLOT, True)]


@pytest.fixture(scope="module")
def domain() -> Domain:
    return Domain.from_yaml(DOMAIN)


class Policies:
    """The two policies with the ensemble."""

    def __init__(self, domain: Domain, storage: LocalModelStorage, context: ExecutionContext):
        self.domain = domain
        steps = YAMLStoryReader(domain).read_from_string(RULES)
        trackers = TrainingDataGenerator(StoryGraph(steps), domain).generate()
        self.rules = RulePolicy.create(
            {
                **RulePolicy.get_default_config(),
                "core_fallback_threshold": 0.3,
                "core_fallback_action_name": "action_fallback",
            },
            storage,
            Resource("rules"),
            context,
        )
        self.rules.train(trackers, domain)
        self.handoff = HandoffPolicy.create(
            HandoffPolicy.get_default_config(), storage, Resource("handoff"), context
        )
        assert self.handoff.train(trackers, domain).name == "handoff"

    def next_action(self, tracker: DialogueStateTracker) -> str:
        predictions = [
            policy.predict_action_probabilities(tracker, self.domain)
            for policy in (self.handoff, self.rules)
        ]
        best = DefaultPolicyPredictionEnsemble().combine_predictions(
            predictions, tracker, self.domain
        )
        tracker.update_with_events(best.events, self.domain)
        return self.domain.action_names_or_texts[best.max_confidence_index]


@pytest.fixture(scope="module")
def policies(
    domain: Domain, tmp_path_factory: pytest.TempPathFactory, context: ExecutionContext
) -> Policies:
    folder: Path = tmp_path_factory.mktemp("policies")
    return Policies(domain, LocalModelStorage(folder), context)


def message(intent: str) -> UserUttered:
    return UserUttered(f"/{intent}", {"name": intent, "confidence": 1.0})


def conversation(domain: Domain, *events: Event) -> DialogueStateTracker:
    tracker = DialogueStateTracker.from_events("someone", [], domain.slots)
    tracker.update_with_events([ActionExecuted("action_listen"), *events], domain)
    return tracker


def test_rules_decide_while_no_ticket_is_open(policies: Policies, domain: Domain) -> None:
    tracker = conversation(domain, message("find_course"))
    assert policies.next_action(tracker) == "action_find_course"


@pytest.mark.parametrize("intent", ["find_course", "affirm", "nlu_fallback"])
def test_every_message_is_relayed_while_one_is(
    policies: Policies, domain: Domain, intent: str
) -> None:
    tracker = conversation(domain, SlotSet(SLOT, True), message(intent))
    assert policies.next_action(tracker) == RELAY


def test_a_message_that_was_passed_to_an_agent_ends_the_turn(
    policies: Policies, domain: Domain
) -> None:
    tracker = conversation(
        domain, SlotSet(SLOT, True), message("find_course"), ActionExecuted(RELAY)
    )
    assert policies.next_action(tracker) == "action_listen"


@pytest.mark.parametrize("is_followed", [True, False])
def test_a_message_passed_back_is_treated_as_if_it_had_just_come(
    policies: Policies, domain: Domain, is_followed: bool
) -> None:
    tracker = conversation(domain, SlotSet(SLOT, True), message("find_course"))
    assert policies.next_action(tracker) == RELAY
    told = BotUttered("Nobody has written for 30 minutes.")
    passed_back = [told, ActionReverted(), SlotSet(SLOT, is_followed)]
    tracker.update_with_events([ActionExecuted(RELAY), *passed_back], domain)
    assert policies.next_action(tracker) == "action_find_course"
    tracker.update(ActionExecuted("action_find_course"), domain)
    assert policies.next_action(tracker) == "action_listen"
    tracker.update_with_events([ActionExecuted("action_listen"), message("affirm")], domain)
    assert tracker.get_slot(SLOT) is is_followed
    assert (policies.next_action(tracker) == RELAY) is is_followed


def test_rules_with_conditions_hold_after_passing_back(policies: Policies, domain: Domain) -> None:
    tracker = conversation(
        domain, SlotSet(SLOT, True), SlotSet("pending", "human"), message("affirm")
    )
    assert policies.next_action(tracker) == RELAY
    tracker.update_with_events([ActionExecuted(RELAY), *PASSED_ON], domain)
    assert policies.next_action(tracker) == "action_contact_human"
    after = [ActionExecuted("action_contact_human"), SlotSet("pending", "nothing")]
    tracker.update_with_events(after, domain)
    assert policies.next_action(tracker) == "action_listen"


def test_the_conversation_goes_on_after_a_restart(policies: Policies, domain: Domain) -> None:
    tracker = conversation(domain, SlotSet(SLOT, True), message("find_course"))
    tracker.update_with_events([ActionExecuted(RELAY), *PASSED_ON], domain)
    tracker.update(ActionExecuted("action_find_course"), domain)
    stored = tracker.as_dialogue()
    again = DialogueStateTracker.from_events("someone", stored.events, domain.slots)
    assert policies.next_action(again) == "action_listen"


def test_its_priority_is_above_that_of_the_rules(policies: Policies) -> None:
    assert policies.handoff.priority > policies.rules.priority
