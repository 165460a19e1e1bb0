"""The task that publishes, as far as it needs no broker; the rest is in tests/contract/connectors."""

from __future__ import annotations

import pytest

from weft.connectors.failures import AttemptFailed

pytestmark = pytest.mark.anyio
MQTT = "tasklist:MQTT_PUBLISH"
TARGET = {"_config": {"_url": "tcp://127.0.0.1:9"}}


@pytest.mark.parametrize(
    "input",
    [
        {},
        {"_mqtt_target": [], "_topic": "t", "_messages": [1]},
        {"_mqtt_target": [TARGET], "_topic": "a/+", "_messages": [1]},
        {"_mqtt_target": [TARGET], "_topic": "", "_messages": [1]},
        {"_mqtt_target": [TARGET], "_topic": "t", "_messages": []},
        {"_mqtt_target": [TARGET], "_topic": "t", "_messages": "x"},
        {"_mqtt_target": [TARGET], "_topic": "t", "_messages": ["x" * (1 << 20) + "y"]},
        {"_mqtt_target": [TARGET] * 21, "_topic": "t", "_messages": [1]},
    ],
)
async def test_wrong_input(desk, input):
    with pytest.raises(AttemptFailed) as caught:
        await desk.run(MQTT, input)
    assert caught.value.code == "INPUT_INVALID" and not caught.value.retryable


async def test_no_target_is_reached(desk):
    with pytest.raises(AttemptFailed) as caught:
        await desk.run(MQTT, {"_mqtt_target": [TARGET, TARGET], "_topic": "t", "_messages": [1]})
    assert caught.value.code == "COMMUNICATION" and caught.value.retryable


async def test_egress(desk):
    desk.policy()
    with pytest.raises(AttemptFailed) as caught:
        await desk.run(MQTT, {"_mqtt_target": [TARGET], "_topic": "t", "_messages": [1]})
    assert caught.value.code == "EGRESS_REFUSED" and not caught.value.retryable
