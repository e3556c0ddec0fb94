"""Ask the action server to word a response, with no more than it needs for that.

Rasa's own client sends all events of the conversation with each response, and prints them
twice for its debug log; a long conversation then costs more to word than to understand.
"""

from __future__ import annotations

from typing import Any

from rasa.core.constants import DEFAULT_REQUEST_TIMEOUT
from rasa.core.nlg.callback import CallbackNaturalLanguageGenerator
from rasa.shared.core.domain import Domain
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig

from bot.answer_validation import wording_validator


class RemoteWording(CallbackNaturalLanguageGenerator):
    """Word responses over HTTP, in Rasa's format with the tracker's slots alone.

    https://legacy-docs-oss.rasa.com/docs/rasa/nlg

    Args:
        endpoint_config: where the NLG endpoint is.
        domain: not needed; Rasa gives it to every generator.
    """

    def __init__(self, endpoint_config: EndpointConfig, domain: Domain) -> None:
        super().__init__(endpoint_config)
        self._validator = wording_validator()

    async def generate(
        self,
        utter_action: str,
        tracker: DialogueStateTracker,
        output_channel: str,
        **kwargs: Any,
    ) -> dict[str, Any]:
        """Return the message for a response.

        Args:
            utter_action: name of the response.
            tracker: the conversation.
            output_channel: name of the channel it goes to.
            kwargs: facts it is worded from.

        Raises:
            ValidationError: the answer is no message (of jsonschema).
            ClientResponseError: the endpoint failed.
        """
        kwargs.pop("domain_responses", None)
        body = {
            "response": utter_action,
            "arguments": kwargs,
            "tracker": {"sender_id": tracker.sender_id, "slots": tracker.current_slot_values()},
            "channel": {"name": output_channel},
        }
        message = await self.nlg_endpoint.request(json=body, timeout=DEFAULT_REQUEST_TIMEOUT)
        self._validator.validate(message)
        return message
