"""The task that publishes to MQTT brokers.

Input `mqtt_target` (not empty, tried in order; see `mqtt_targets`), or a resource instead; `topic` without wildcards;
`messages` (not empty; text as it is, other values as JSON); `timeout` in seconds (60, at most 300). One message at a
time, each acknowledged before the next. Output `{target, topic, published}`, `target` the index of the broker taken.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, Final

import aiomqtt
import msgspec

from weft.connectors.attempt import Attempt
from weft.connectors.failures import AUTHENTICATION, AttemptFailed, bad_input, overdue, refused_egress, unreachable
from weft.connectors.mqtt_client import CheckedClient, PublishRefused, connector
from weft.connectors.mqtt_targets import MAX_TARGETS, Broker, broker_of, broker_of_resource
from weft_adapter.egress import EgressRefused

DEFAULT_SECONDS: Final = 60.0
MAX_SECONDS: Final = 300.0
CONNECT_SECONDS: Final = 10.0
MAX_MESSAGES: Final = 10_000
MAX_TOPIC: Final = 65_535
MAX_MESSAGE: Final = 1024 * 1024
_LOGIN_REFUSED = frozenset((4, 5, 134, 135))
"""CONNACK: bad user name or password, not authorized; of 3.1.1 and of 5."""


async def run(attempt: Attempt) -> dict[str, Any]:
    """Carry the task out. Raises AttemptFailed."""
    brokers = _brokers(attempt)
    topic = _topic(attempt)
    messages = [_payload(message) for message in attempt.inputs.array("messages", MAX_MESSAGES)]
    if not messages:
        raise bad_input("'messages' is empty")
    limit = attempt.inputs.number("timeout", DEFAULT_SECONDS, 0.001, MAX_SECONDS)
    try:
        async with asyncio.timeout(limit):
            index = await _published(attempt, brokers, topic, messages, limit)
    except TimeoutError:
        raise overdue("publishing", limit) from None
    return {
        attempt.key("target"): index,
        attempt.key("topic"): topic,
        attempt.key("published"): len(messages),
    }


def _brokers(attempt: Attempt) -> list[Broker]:
    if attempt.resource is not None:
        brokers = [broker_of_resource(attempt.resource.values, attempt.resource.secret)]
    else:
        targets = attempt.inputs.array("mqtt_target", MAX_TARGETS)
        brokers = [broker_of(target, index) for index, target in enumerate(targets)]
    if not brokers:
        raise bad_input("'mqtt_target' is empty")
    return brokers


def _topic(attempt: Attempt) -> str:
    topic = attempt.inputs.text("topic", limit=MAX_TOPIC)
    if any(sign in topic for sign in "+#\0") or len(topic.encode("utf-8", "replace")) > MAX_TOPIC:
        raise bad_input("a topic to publish to has no wildcards")
    return topic


def _payload(message: Any) -> bytes:
    data = message.encode("utf-8", "replace") if isinstance(message, str) else msgspec.json.encode(message)
    if len(data) > MAX_MESSAGE:
        raise bad_input(f"a message is larger than {MAX_MESSAGE} bytes")
    return data


async def _published(
    attempt: Attempt, brokers: Sequence[Broker], topic: str, messages: Sequence[bytes], limit: float
) -> int:
    """Publish to the first broker that takes the connection; its index."""
    problems: list[AttemptFailed] = []
    for index, broker in enumerate(brokers):
        client = _client(attempt, broker, index)
        try:
            problem = await _connected(client, broker)
            if problem is not None:
                problems.append(problem)
                continue
            for number, message in enumerate(messages):
                await _deliver(client, broker, topic, message, number, limit)
            return index
        finally:
            await client.leave()
    raise _none(problems)


async def _connected(client: CheckedClient, broker: Broker) -> AttemptFailed | None:
    """None when the broker has taken the connection, else why not."""
    try:
        await client.__aenter__()
    except EgressRefused as refused:
        return refused_egress(str(refused))
    except (aiomqtt.MqttError, OSError, ValueError) as error:
        code: Any = getattr(error, "rc", None)
        text = f"{broker.origin.text}: {error}"
        if getattr(code, "value", code) in _LOGIN_REFUSED:
            return AttemptFailed(AUTHENTICATION, text, False)
        return unreachable(text)
    return None


def _client(attempt: Attempt, broker: Broker, index: int) -> CheckedClient:
    name = broker.client_id or f"weft-{attempt.task.attempt_id[:40]}-{index}"
    return CheckedClient(broker, name, connector(attempt.around.policy, broker, CONNECT_SECONDS), CONNECT_SECONDS)


async def _deliver(
    client: CheckedClient, broker: Broker, topic: str, message: bytes, number: int, limit: float
) -> None:
    try:
        await client.deliver(topic, message, broker.qos, limit)
    except PublishRefused as refused:
        text = f"{broker.origin.text} refuses message {number} for {topic}: {refused}"
        raise AttemptFailed("PUBLISH_REFUSED", text, retryable=False) from None
    except (aiomqtt.MqttError, ValueError) as error:
        raise unreachable(f"{broker.origin.text}: message {number} was not acknowledged: {error}") from None


def _none(problems: Sequence[AttemptFailed]) -> AttemptFailed:
    """No broker was reached. Worth another attempt if that could help with one of them."""
    text = "; ".join(problem.message for problem in problems)
    best = next((problem for problem in problems if problem.retryable), problems[-1])
    return AttemptFailed(best.code, f"no target could be reached: {text}"[:2048], best.retryable)
