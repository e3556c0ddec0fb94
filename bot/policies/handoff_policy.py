"""Every message goes by the helpdesk while a person may hold the conversation."""

from __future__ import annotations

from typing import Any, Dict, List, Optional, Text

from rasa.core.constants import POLICY_PRIORITY, RULE_POLICY_PRIORITY
from rasa.core.policies.policy import Policy, PolicyPrediction, SupportedData
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, UserUttered
from rasa.shared.core.generator import TrackerWithCachedStates
from rasa.shared.core.trackers import DialogueStateTracker

SLOT = "held_by_human"
RELAY = "action_relay_to_human"


@DefaultV1Recipe.register(
    DefaultV1Recipe.ComponentType.POLICY_WITHOUT_END_TO_END_SUPPORT, is_trainable=True
)
class HandoffPolicy(Policy):
    """Predict ``action_relay_to_human`` for each message while ``held_by_human`` is set.

    Of two policies that are equally sure the one with the higher priority decides
    (``rasa.core.policies.ensemble``); this one comes before the rules. The action undoes
    itself (``ActionReverted``) where Sathi is to answer: then this policy has no opinion,
    and the others decide as if the message had just come.
    """

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        """Return the defaults: the priority is above that of the rules."""
        return {POLICY_PRIORITY: RULE_POLICY_PRIORITY + 1}

    @staticmethod
    def supported_data() -> SupportedData:
        """Return the type of training data, none of which is looked at."""
        return SupportedData.ML_AND_RULE_DATA

    def train(
        self,
        training_trackers: List[TrackerWithCachedStates],
        domain: Domain,
        **kwargs: Any,
    ) -> Resource:
        """Learn nothing."""
        return self._resource

    def predict_action_probabilities(
        self,
        tracker: DialogueStateTracker,
        domain: Domain,
        rule_only_data: Optional[Dict[Text, Any]] = None,
        **kwargs: Any,
    ) -> PolicyPrediction:
        """Predict the relay, the end of a turn it has answered, or nothing."""
        probabilities = self._default_predictions(domain)
        action = _next_action(tracker)
        if action is not None:
            probabilities[domain.index_for_action(action)] = 1.0
        return self._prediction(probabilities)


def _next_action(tracker: DialogueStateTracker) -> Optional[Text]:
    if tracker.latest_action_name == RELAY:
        return ACTION_LISTEN_NAME
    waits_for_answer = tracker.latest_action_name == ACTION_LISTEN_NAME
    if not tracker.get_slot(SLOT) or not waits_for_answer or _was_relayed(tracker):
        return None
    return RELAY


def _was_relayed(tracker: DialogueStateTracker) -> bool:
    """Tell whether the relay has seen the last message, also when it has undone itself."""
    for event in reversed(tracker.events):
        if isinstance(event, UserUttered):
            return False
        if isinstance(event, ActionExecuted) and event.action_name == RELAY:
            return True
    return False
