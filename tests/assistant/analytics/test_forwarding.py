"""Turns handed on: to a RabbitMQ server of the machine's own, and in Kafka's protocol.

Kafka's other side is the cluster that librdkafka brings for tests; it speaks the protocol over
TCP and keeps what it gets, but is no Kafka server.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Consumer, Producer
from rasa.core.brokers.broker import EventBroker
from rasa.shared.exceptions import RasaException
from rasa.utils.endpoints import EndpointConfig

from connectors.analytics.broker import AnalyticsBroker
from connectors.analytics.forwarding import Forwarder
from connectors.chat_identity import chat_key
from tests.assistant.analytics.rabbitmq import RabbitMQ, is_installed
from tests.assistant.analytics.test_broker import SECRET, SENDER, a_turn, published
from tests.ports import free_port

QUEUE = "sathi-turns"
PRIVATE = ("9876543210", "cyber security", SENDER, "KB-2024-00123", "Courses for you")


@pytest.fixture
def rabbitmq(tmp_path: Path) -> Iterator[RabbitMQ]:
    if not is_installed():
        pytest.skip("rabbitmq-server is not installed")
    server = RabbitMQ(tmp_path)
    yield server
    server.stop()


@pytest.fixture
def kafka() -> Iterator[str]:
    """Return the address of a cluster of librdkafka's."""
    cluster = Producer({"bootstrap.servers": "none", "test.mock.num.brokers": 1, "log_level": 2})
    (broker,) = cluster.list_topics(timeout=10).brokers.values()
    yield f"{broker.host}:{broker.port}"
    cluster.flush(1)


def rabbit_section(port: int) -> dict[str, Any]:
    address = {"url": "127.0.0.1", "port": port, "username": "guest", "password": "guest"}
    return {"type": "pika", "queues": [QUEUE], **address}


def kafka_section(address: str) -> dict[str, Any]:
    settings = {"url": address, "topic": QUEUE, "security_protocol": "PLAINTEXT"}
    return {"type": "kafka", "partition_by_sender": True, **settings}


async def broker_to(section: dict[str, Any]) -> AnalyticsBroker:
    settings = {
        "type": "connectors.analytics.broker.AnalyticsBroker",
        "secret": SECRET,
        "forward": section,
    }
    broker = await EventBroker.create(EndpointConfig.from_dict(settings))
    assert isinstance(broker, AnalyticsBroker)
    return broker


async def publish_turns(section: dict[str, Any], count: int) -> None:
    broker = await broker_to(section)
    for _ in range(count):
        for event in published(a_turn()):
            broker.publish(event)
    await broker.close()


def consumed(address: str, count: int) -> list[tuple[bytes, bytes]]:
    settings = {"bootstrap.servers": address, "group.id": "t", "auto.offset.reset": "earliest"}
    consumer = Consumer(settings)
    consumer.subscribe([QUEUE])
    found, end = [], time.monotonic() + 30
    while len(found) < count and time.monotonic() < end:
        message = consumer.poll(1)
        if message is not None and not message.error():
            found.append((message.key(), message.value()))
    consumer.close()
    return found


def check_turn(body: bytes) -> None:
    event = json.loads(body)
    assert (event["event"], event["sender_id"]) == ("turn", chat_key(SECRET, "web", SENDER))
    assert event["courses"] == ["do_1", "do_2"]
    assert [secret for secret in PRIVATE if secret in body.decode()] == []


def test_rabbitmq_gets_turns_without_personal_data(rabbitmq: RabbitMQ) -> None:
    async def act() -> list[bytes]:
        await rabbitmq.start()
        await publish_turns(rabbit_section(rabbitmq.port), 20)
        return await rabbitmq.take(QUEUE, 20)

    bodies = asyncio.run(act())
    assert len(bodies) == 20
    for body in bodies:
        check_turn(body)


def test_events_wait_for_a_rabbitmq_that_comes_late_and_goes_in_between(
    rabbitmq: RabbitMQ, caplog: pytest.LogCaptureFixture
) -> None:
    sent = [{"event": "turn", "sender_id": str(number)} for number in range(6)]

    async def act() -> tuple[list[bytes], float]:
        started = time.monotonic()
        forwarder = Forwarder(rabbit_section(rabbitmq.port))
        for event in sent[:2]:
            forwarder.publish(event)
        took = time.monotonic() - started
        await rabbitmq.start()
        first = await rabbitmq.take(QUEUE, 2)
        rabbitmq.stop()
        for event in sent[2:4]:
            forwarder.publish(event)
        await rabbitmq.start()
        second = await rabbitmq.take(QUEUE, 2)
        for event in sent[4:]:
            forwarder.publish(event)
        await asyncio.to_thread(forwarder.close)
        return [*first, *second, *await rabbitmq.take(QUEUE, 2)], took

    with caplog.at_level(logging.INFO):
        bodies, took = asyncio.run(act())
    assert took < 0.5
    assert [json.loads(body) for body in bodies] == sent
    lines = [r.message for r in caplog.records if r.name == "connectors.analytics.forwarding"]
    assert "RabbitMQ takes no events now" in lines[0]
    assert lines[1] == "RabbitMQ takes events again"


def test_kafka_gets_turns_without_personal_data(kafka: str) -> None:
    asyncio.run(publish_turns(kafka_section(kafka), 20))
    found = consumed(kafka, 20)
    assert len(found) == 20
    for key, body in found:
        check_turn(body)
        assert key.decode() == chat_key(SECRET, "web", SENDER)


@pytest.mark.parametrize("kind", ["pika", "kafka"])
def test_nobody_waits_for_a_server_that_is_not_there(
    kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    port = free_port()
    section = rabbit_section(port) if kind == "pika" else kafka_section(f"127.0.0.1:{port}")

    async def act() -> float:
        started = time.monotonic()
        broker = await broker_to(section)
        for event in published(a_turn()):
            broker.publish(event)
        took = time.monotonic() - started
        await broker.close()
        return took

    assert asyncio.run(act()) < 1
    lines = [r.message for r in caplog.records if r.name == "connectors.analytics.forwarding"]
    assert "takes no events now" in lines[0]
    assert "1 events are not handed on" in lines[1]


def test_what_waits_is_bounded(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connectors.analytics.forwarding._WAITING", 2)
    forwarder = Forwarder(rabbit_section(free_port()))
    for number in range(5):
        forwarder.publish({"event": "turn", "sender_id": str(number)})
    forwarder.close()
    assert "an event is dropped, too many wait" in caplog.text


@pytest.mark.parametrize(
    ("section", "wanted"),
    [
        ({"type": "pika", "url": "127.0.0.1"}, "username"),
        ({"type": "pika", "username": "a", "password": "b"}, "`url` is missing"),
        ({**rabbit_section(1), "port": "x"}, "Port"),
        ({**kafka_section("127.0.0.1:1"), "security_protocol": "NONE"}, "security_protocol"),
        ({"type": "file", "url": "events.log"}, "pika or kafka"),
    ],
)
def test_a_section_that_cannot_be_used_is_named(section: dict[str, Any], wanted: str) -> None:
    with pytest.raises(RasaException, match=rf"forward: .*{wanted}"):
        asyncio.run(broker_to(section))
