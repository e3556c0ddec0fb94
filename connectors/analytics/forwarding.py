"""Turns handed on to RabbitMQ or Kafka, with Rasa's settings for both.

Rasa's own brokers connect and publish on the loop that answers messages: while RabbitMQ is away
the assistant does not start, and while Kafka is away every message waits for it. Here they have
a thread and a loop of their own. Events wait there until the other side has confirmed them.

Settings: https://legacy-docs-oss.rasa.com/docs/rasa/event-brokers
"""

from __future__ import annotations

import asyncio
import json
import logging
import threading
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

from confluent_kafka import KafkaError, Message, Producer
from rasa.core.brokers.kafka import KafkaEventBroker
from rasa.core.brokers.pika import PikaEventBroker
from rasa.shared.exceptions import RasaException
from rasa.utils.endpoints import EndpointConfig

logger = logging.getLogger(__name__)
_WAITING = 10_000
_CONFIRM_SECONDS = 4.0  # less than closing waits, since Kafka's wait cannot be cut short
_RETRY_SECONDS = (0.5, 1.0, 2.0, 5.0)
_CLOSE_SECONDS = 5.0


class NotConfirmedError(RuntimeError):
    """Kafka has not taken an event; the message says why."""


class Destination(ABC):
    """Where events go."""

    @property
    @abstractmethod
    def name(self) -> str:
        """What log lines call it; no address, which could hold a password."""

    @abstractmethod
    async def send(self, event: Mapping[str, Any]) -> None:
        """Send an event and wait until it is confirmed; raises whatever the library does."""

    @abstractmethod
    async def close(self) -> None:
        """Close the connections."""


class RabbitDestination(Destination):
    """A RabbitMQ server, connected to with the first event.

    Args:
        section: ``forward`` with ``type: pika``.
        loop: the loop that sends.
    """

    name = "RabbitMQ"

    def __init__(self, section: EndpointConfig, loop: asyncio.AbstractEventLoop) -> None:
        # Who waits between attempts is the forwarder, which says so in the log.
        settings = {**section.kwargs, "connection_attempts": 1, "retry_delay_in_seconds": 0}
        self._broker = PikaEventBroker(section.url, **settings, event_loop=loop)
        self._is_connected = False

    async def send(self, event: Mapping[str, Any]) -> None:
        """Send an event; later connections are restored by aio-pika."""
        broker = self._broker
        if not self._is_connected:
            await broker.connect()
            self._is_connected = True
        sending = broker._exchange.publish(broker._message(dict(event), None), "")
        await asyncio.wait_for(sending, _CONFIRM_SECONDS)

    async def close(self) -> None:
        """Close the connection."""
        await self._broker.close()


class KafkaDestination(Destination):
    """A Kafka cluster, connected to with the first event.

    Args:
        section: ``forward`` with ``type: kafka``.
    """

    name = "Kafka"

    def __init__(self, section: EndpointConfig) -> None:
        self._broker = KafkaEventBroker(section.url, **section.kwargs)
        self._settings = {
            **self._broker._get_kafka_config(),
            "message.timeout.ms": round(_CONFIRM_SECONDS * 1000),
            # Critical ones only: it writes to standard error, past the log.
            "log_level": 2,
        }
        # It raises out of whatever call happens to run; the report of each event says enough.
        del self._settings["error_cb"]

    async def send(self, event: Mapping[str, Any]) -> None:
        """Send an event; this loop has nothing to do meanwhile."""
        broker = self._broker
        if broker.producer is None:
            broker.producer = Producer(self._settings)
        failures: list[str] = []

        def note(error: KafkaError | None, _: Message) -> None:
            if error is not None:
                failures.append(error.str())

        broker.producer.produce(
            broker.topic,
            value=json.dumps(event).encode(),
            key=event["sender_id"].encode() if broker.partition_by_sender else None,
            headers=[("RASA_ENVIRONMENT", broker.rasa_environment.encode())],
            on_delivery=note,
        )
        broker.producer.flush()
        if failures:
            raise NotConfirmedError(*failures)

    async def close(self) -> None:
        """End Rasa's thread; nothing waits in the producer."""
        await self._broker.close()


class Forwarder:
    """Hand events on from a thread of its own, so that no conversation waits for it.

    Args:
        settings: the section ``forward``.

    Raises:
        RasaException: the section cannot be used.
    """

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self._loop = asyncio.new_event_loop()
        self._destination = _destination(settings, self._loop)
        self._waiting: asyncio.Queue[Mapping[str, Any] | None] = asyncio.Queue(_WAITING)
        self._serving: asyncio.Task[None] | None = None
        self._thread = threading.Thread(target=self._run, name="forwarding", daemon=True)
        self._thread.start()

    def publish(self, event: Mapping[str, Any]) -> None:
        """Send an event soon; it is dropped when the other side has been away for long."""
        self._loop.call_soon_threadsafe(self._add, event)

    def close(self) -> None:
        """Send what waits if that goes at once, and stop; blocks for some seconds at most."""
        self._loop.call_soon_threadsafe(self._add, None)
        self._thread.join(_CLOSE_SECONDS)
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._cancel)
            self._thread.join(_CLOSE_SECONDS)

    def _add(self, event: Mapping[str, Any] | None) -> None:
        try:
            self._waiting.put_nowait(event)
        except asyncio.QueueFull:
            if event is None:
                self._cancel()
            else:
                logger.warning("%s: an event is dropped, too many wait", self._destination.name)

    def _cancel(self) -> None:
        if self._serving is not None:
            self._serving.cancel()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._serving = self._loop.create_task(self._serve())
        try:
            self._loop.run_until_complete(self._serving)
        except asyncio.CancelledError:
            # One is in hand, and what ends them is one of those that wait.
            left = self._waiting.qsize()
            logger.warning("%s: %d events are not handed on", self._destination.name, left)

    async def _serve(self) -> None:
        try:
            while (event := await self._waiting.get()) is not None:
                await self._send(event)
        finally:
            await self._destination.close()

    async def _send(self, event: Mapping[str, Any]) -> None:
        name, failed = self._destination.name, 0
        while True:
            try:
                await self._destination.send(event)
            except Exception as error:
                if not failed:
                    logger.warning(
                        "%s takes no events now (%s: %s); they wait for it, up to %d",
                        *(name, type(error).__name__, error, _WAITING),
                    )
                await asyncio.sleep(_RETRY_SECONDS[min(failed, len(_RETRY_SECONDS) - 1)])
                failed += 1
            else:
                if failed:
                    logger.info("%s takes events again", name)
                return


def _destination(settings: Mapping[str, Any], loop: asyncio.AbstractEventLoop) -> Destination:
    try:
        section = EndpointConfig.from_dict(dict(settings))
        if not section.url:
            raise RasaException("`url` is missing")  # noqa: TRY301 (named below)
        kind = (section.type or "").lower()
        if kind == "pika":
            return RabbitDestination(section, loop)
        if kind == "kafka":
            return KafkaDestination(section)
    except (TypeError, ValueError, RasaException) as error:
        raise RasaException(f"endpoints.yml: event_broker: forward: {error}") from error
    raise RasaException("endpoints.yml: event_broker: forward: `type` must be pika or kafka")
