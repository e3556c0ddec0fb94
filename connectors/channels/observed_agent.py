"""Rasa's agent with a pace, a clock, a request id and a trace for each message of any channel."""

from __future__ import annotations

import logging
import time
from typing import Any, Dict, List, Optional, Text

from aiolimiter import AsyncLimiter
from rasa.core.agent import Agent
from rasa.core.channels.channel import UserMessage
from rasa.core.nlg.callback import CallbackNaturalLanguageGenerator
from rasa.engine.graph import ExecutionContext, GraphNodeHook, GraphSchema
from rasa.engine.runner.interface import GraphRunner
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.training_data.message import Message
from rasa.utils.endpoints import EndpointConfig
from sanic import Sanic

from bot.answer_validation import install_action_validator
from bot.nlu.e5_featurizer import E5Featurizer
from connectors.channels.action_endpoint import ActionEndpoint
from connectors.channels.pace import ChatPace
from connectors.observability import tracing
from connectors.observability.metrics import count_error, in_flight, known_channel, timed
from connectors.observability.request_id import (
    current_request_id,
    known_or_new,
    request,
)
from knowledge_base.languages import registry

logger = logging.getLogger(__name__)

# A chat may write ten messages at once and one each two seconds for long. Nobody reads faster,
# and whoever floods keeps no others waiting.
_BURST = 10
_BURST_SECONDS = 20


class ObservedAgent:
    """Stand in for the agent of a running server.

    Args:
        agent: the agent; what runs its model is measured from now on.
    """

    def __init__(self, agent: Agent) -> None:
        self._agent = agent
        self._endpoints: List[ActionEndpoint] = []
        self._pace = ChatPace(lambda _: AsyncLimiter(_BURST, _BURST_SECONDS))
        processor = agent.processor
        if processor is not None:
            nlu = processor.model_metadata.nlu_target
            processor.graph_runner = TimedGraphRunner(processor.graph_runner, nlu)
            processor.action_endpoint = self._lasting(processor.action_endpoint)
            if isinstance(processor.nlg, CallbackNaturalLanguageGenerator):
                processor.nlg.nlg_endpoint = self._lasting(processor.nlg.nlg_endpoint)

    @classmethod
    def install(cls, app: Sanic) -> None:
        """Put it in the place of the application's agent, which all channels ask for."""
        app.ctx.agent = cls(app.ctx.agent)
        install_action_validator()

    async def close(self) -> None:
        """Close the connections to the action server."""
        for endpoint in self._endpoints:
            await endpoint.close()

    def _lasting(self, endpoint: Optional[EndpointConfig]) -> Any:
        """Return an address with connections that last, or what there is instead of one."""
        if not isinstance(endpoint, EndpointConfig):
            return endpoint
        lasting = ActionEndpoint.of(endpoint)
        self._endpoints.append(lasting)
        return lasting

    def __getattr__(self, name: Text) -> Any:
        """Return what the agent has by that name."""
        return getattr(self._agent, name)

    async def handle_message(self, message: UserMessage) -> Optional[List[Dict[Text, Any]]]:
        """Handle a message when its chat may have another, under its request's id."""
        identifier = known_or_new(current_request_id())
        facts = {"channel": known_channel(message.input_channel), "request_id": identifier}
        with request(identifier), in_flight(), tracing.trace("message", **facts):
            await self._pace.wait(message.sender_id)
            started = time.perf_counter()
            try:
                await _prepare(message.text)
                answer = await self._agent.handle_message(message)
            except Exception:
                count_error("turn")
                raise
            # With its time, since Rasa drops lines that say the same as the one before.
            milliseconds = (time.perf_counter() - started) * 1000
            logger.info("a message was handled in %.2f ms", milliseconds)
            return answer


class TimedGraphRunner(GraphRunner):
    """Measure the parts of a model: understanding and policies.

    Args:
        runner: runs the model.
        nlu_target: the node that ends understanding.
    """

    def __init__(self, runner: GraphRunner, nlu_target: Text) -> None:
        self._runner = runner
        self._nlu_target = nlu_target

    @classmethod
    def create(
        cls,
        graph_schema: GraphSchema,
        model_storage: ModelStorage,
        execution_context: ExecutionContext,
        hooks: Optional[List[GraphNodeHook]] = None,
    ) -> GraphRunner:
        """Say that Rasa makes the runner; this one is put around it."""
        raise NotImplementedError

    def run(
        self,
        inputs: Optional[Dict[Text, Any]] = None,
        targets: Optional[List[Text]] = None,
    ) -> Dict[Text, Any]:
        """Run the model, see ``GraphRunner.run``."""
        if targets != [self._nlu_target]:
            with timed("policy"):
                return self._runner.run(inputs, targets)
        with timed("nlu"):
            found = self._runner.run(inputs, targets)
        if tracing.is_traced():
            _note_language(found[self._nlu_target])
        return found


async def _prepare(text: Optional[Text]) -> None:
    """Let what takes longest be computed beside the loop; commands are not computed."""
    encoder = E5Featurizer.encoder
    if encoder is not None and text and not text.startswith("/"):
        await encoder.prepare(text)


def _note_language(messages: List[Message]) -> None:
    for message in messages:
        for entity in message.get("entities") or []:
            if entity.get("entity") == "locale":
                tracing.note(language=registry.known_locale(entity.get("value")) or "unknown")
