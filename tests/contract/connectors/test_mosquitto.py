"""Publishing to a real Mosquitto: passwords, TLS, client certificates, acknowledgements, targets in order."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

import aiomqtt
import pytest

from weft.connectors.failures import AttemptFailed

pytestmark = pytest.mark.anyio
MQTT = "tasklist:MQTT_PUBLISH"


def password(mosquitto, **more: Any) -> dict[str, Any]:
    config = {"_url": f"tcp://127.0.0.1:{mosquitto.plain}", "_username": "app", "_password": "secret", **more}
    return {"_type": "password", "_config": config}


@contextlib.asynccontextmanager
async def listening(mosquitto, topic: str):
    """The messages of a topic, from now on: `take(count)`."""
    async with aiomqtt.Client("127.0.0.1", mosquitto.plain, username="app", password="secret") as client:
        await client.subscribe(topic, qos=2)

        async def take(count: int) -> list[tuple[str, bytes, int]]:
            found = []
            async with asyncio.timeout(10):
                async for message in client.messages:
                    found.append((str(message.topic), bytes(message.payload), message.qos))
                    if len(found) == count:
                        return found
            raise AssertionError("the broker ended the connection")

        yield take


@pytest.mark.parametrize("version", [3, 5])
@pytest.mark.parametrize("qos", [0, 1, 2])
async def test_messages_in_order_with_every_quality(desk, mosquitto, version, qos):
    topic = f"site/{version}/{qos}"
    async with listening(mosquitto, topic) as take:
        target = password(mosquitto, _mqtt_version=version, _qos=qos)
        output = await desk.run(MQTT, {"_mqtt_target": [target], "_topic": topic, "_messages": ["a", {"b": 1}, 3]})
        assert output == {"_target": 0, "_topic": topic, "_published": 3}
        assert await take(3) == [(topic, b"a", qos), (topic, b'{"b":1}', qos), (topic, b"3", qos)]


async def test_the_first_target_is_down(desk, mosquitto):
    down = {"_type": "none", "_config": {"_url": "tcp://127.0.0.1:9"}}
    async with listening(mosquitto, "site/second") as take:
        targets = [down, password(mosquitto)]
        output = await desk.run(MQTT, {"_mqtt_target": targets, "_topic": "site/second", "_messages": ["1", "2"]})
        assert output == {"_target": 1, "_topic": "site/second", "_published": 2}
        assert [one[1] for one in await take(2)] == [b"1", b"2"]


@pytest.mark.parametrize("version", [3, 5])
async def test_a_refused_password_fails_for_good(desk, mosquitto, version):
    target = password(mosquitto, _password="wrong", _mqtt_version=version)
    with pytest.raises(AttemptFailed) as caught:
        await desk.run(MQTT, {"_mqtt_target": [target], "_topic": "site/x", "_messages": ["1"]})
    assert caught.value.code == "AUTHENTICATION" and not caught.value.retryable
    with pytest.raises(AttemptFailed) as caught:
        down = {"_config": {"_url": "tcp://127.0.0.1:9"}}
        await desk.run(MQTT, {"_mqtt_target": [target, down], "_topic": "site/x", "_messages": ["1"]})
    assert caught.value.retryable


async def test_a_topic_that_is_not_allowed_is_told_by_version_5(desk, mosquitto):
    target = password(mosquitto, _mqtt_version=5)
    with pytest.raises(AttemptFailed) as caught:
        await desk.run(MQTT, {"_mqtt_target": [target], "_topic": "forbidden/x", "_messages": ["1"]})
    assert caught.value.code == "PUBLISH_REFUSED" and not caught.value.retryable


async def test_tls_with_a_password(desk, mosquitto):
    config = {
        "_url": f"ssl://127.0.0.1:{mosquitto.tls}", "_username": "app", "_password": "secret",
        "_ca": mosquitto.authority.cert,
    }  # fmt: skip
    target = {"_type": "password", "_config": config}
    output = await desk.run(MQTT, {"_mqtt_target": [target], "_topic": "site/tls", "_messages": ["1"]})
    assert output["_published"] == 1


async def test_a_broker_of_an_unknown_authority_is_not_trusted(desk, mosquitto):
    config = {"_url": f"ssl://127.0.0.1:{mosquitto.tls}", "_username": "app", "_password": "secret"}
    with pytest.raises(AttemptFailed) as caught:
        await desk.run(
            MQTT,
            {"_mqtt_target": [{"_type": "password", "_config": config}], "_topic": "site/tls", "_messages": ["1"]},
        )
    assert "certificate" in caught.value.message.lower()


async def test_a_client_certificate(desk, mosquitto):
    config = {
        "_url": f"mqtts://localhost:{mosquitto.mutual}", "_cert": mosquitto.client.cert, "_key": mosquitto.client.key,
        "_ca": mosquitto.authority.cert, "_clientId": "weft-test",
    }  # fmt: skip
    desk.policy("127.0.0.1", "::1", "localhost")
    target = {"_type": "cert", "_config": config}
    output = await desk.run(MQTT, {"_mqtt_target": [target], "_topic": "any/thing", "_messages": ["1"]})
    assert output["_published"] == 1
    bare = {"_type": "none", "_config": {"_url": config["_url"], "_ca": config["_ca"]}}
    with pytest.raises(AttemptFailed) as caught:
        await desk.run(MQTT, {"_mqtt_target": [bare], "_topic": "any/thing", "_messages": ["1"]})
    assert caught.value.code in ("COMMUNICATION", "AUTHENTICATION")


async def test_a_resource_replaces_the_targets(desk, mosquitto):
    async with listening(mosquitto, "other/r") as take:
        output = await desk.run(
            "graph:mqtt",
            {"topic": "other/r", "messages": ["x"]},
            config={"resourceId": "broker"},
            resource={"scheme": "mqtt", "host": "127.0.0.1", "port": mosquitto.plain, "qos": 0},
            secret={"username": "app", "password": "secret"},
        )
        assert output == {"target": 0, "topic": "other/r", "published": 1}
        assert await take(1) == [("other/r", b"x", 0)]


async def test_a_broker_that_says_nothing(desk):
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    target = {"_config": {"_url": f"tcp://127.0.0.1:{port}"}}
    with pytest.raises(AttemptFailed) as caught:
        await desk.run(MQTT, {"_mqtt_target": [target], "_topic": "t", "_messages": ["1"], "_timeout": 0.3})
    assert caught.value.code == "TIMEOUT" and caught.value.retryable
    server.close()


async def test_a_broker_that_ends_the_connection_instead_of_acknowledging(desk):
    async def rude(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        writer.write(b"\x20\x02\x00\x00")  # the connection is taken
        await reader.read(100)
        writer.close()

    server = await asyncio.start_server(rude, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    target = {"_config": {"_url": f"tcp://127.0.0.1:{port}"}}
    with pytest.raises(AttemptFailed) as caught:
        await desk.run(MQTT, {"_mqtt_target": [target], "_topic": "t", "_messages": ["1"]})
    assert caught.value.code == "COMMUNICATION" and "not acknowledged" in caught.value.message
    server.close()
