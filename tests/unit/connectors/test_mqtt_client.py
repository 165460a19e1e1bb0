"""The MQTT client's own parts: TLS settings and the checked connection."""

from __future__ import annotations

import socket
import ssl

import pytest

from weft.connectors.failures import AttemptFailed
from weft.connectors.mqtt_client import CheckedClient, connector, tls_context
from weft.connectors.mqtt_targets import broker_of, broker_of_resource
from weft_adapter.egress import EgressPolicy, EgressRefused

pytestmark = pytest.mark.anyio


def test_certificates_that_are_none():
    for more in ({"_ca": "no PEM"}, {"_type": "cert", "_cert": "no PEM", "_key": "none"}):
        broker = broker_of({"_config": {"_url": "ssl://b", **more}}, 0)
        with pytest.raises(AttemptFailed) as caught:
            tls_context(broker)
        assert caught.value.code == "INPUT_INVALID"


def test_brokers_are_verified_unless_the_resource_says_otherwise():
    assert tls_context(broker_of({"_config": {"_url": "ssl://b"}}, 0)).verify_mode == ssl.CERT_REQUIRED
    lax = broker_of_resource({"scheme": "mqtts", "host": "b", "allowInsecure": True}, None)
    assert tls_context(lax).verify_mode == ssl.CERT_NONE


def test_connections_go_to_checked_addresses():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        broker = broker_of({"_config": {"_url": f"tcp://127.0.0.1:{port}"}}, 0)
        with pytest.raises(EgressRefused):
            connector(EgressPolicy(), broker, 5)()
        connector(EgressPolicy(allow=("127.0.0.1",)), broker, 5)().close()
    with pytest.raises(OSError):
        connector(EgressPolicy(allow=("127.0.0.1",)), broker, 5)()


async def test_the_library_asks_for_the_checked_connection(desk):
    asked = []

    def refuse() -> socket.socket:
        asked.append(1)
        raise OSError("not today")

    client = CheckedClient(broker_of({"_config": {"_url": "tcp://127.0.0.1:1"}}, 0), "me", refuse, 5)
    import aiomqtt

    with pytest.raises(aiomqtt.MqttError, match="not today"):
        await client.__aenter__()
    await client.leave()
    assert asked == [1]
