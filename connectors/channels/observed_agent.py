"""Rasa's agent with a clock and a request id for each message, whatever channel it came by."""

from __future__ import annotations

import logging
import time
from typing import Any, Dict, List, Optional, Text

from rasa.core.agent import Agent
from rasa.core.channels.channel import UserMessage
from rasa.engine.graph import ExecutionContext, GraphNodeHook, GraphSchema
from rasa.engine.runner.interface import GraphRunner
from rasa.engine.storage.storage import ModelStorage
from sanic import Sanic

from connectors.observability.metrics import count_error, in_flight, timed
from connectors.observability.request_id import (
    METADATA_KEY,
    current_request_id,
    known_or_new,
    request,
)

logger = logging.getLogger(__name__)


class ObservedAgent:
    """Stand in for the agent of a running server.

    Args:
        agent: the agent; what runs its model is measured from now on.
    """

    def __init__(self, agent: Agent) -> None:
        self._agent = agent
        processor = agent.processor
        if processor is not None:
            nlu = processor.model_metadata.nlu_target
            processor.graph_runner = TimedGraphRunner(processor.graph_runner, nlu)

    @classmethod
    def install(cls, app: Sanic) -> None:
        """Put it in the place of the application's agent, which all channels ask for."""
        app.ctx.agent = cls(app.ctx.agent)

    def __getattr__(self, name: Text) -> Any:
        """Return what the agent has by that name."""
        return getattr(self._agent, name)

    async def handle_message(self, message: UserMessage) -> Optional[List[Dict[Text, Any]]]:
        """Handle a message under its request's id, which the action server finds in it."""
        identifier = known_or_new(current_request_id())
        given = message.metadata if isinstance(message.metadata, dict) else {}
        message.metadata = {**given, METADATA_KEY: identifier}
        started = time.perf_counter()
        with request(identifier), in_flight():
            try:
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
        with timed("nlu" if targets == [self._nlu_target] else "policy"):
            return self._runner.run(inputs, targets)
