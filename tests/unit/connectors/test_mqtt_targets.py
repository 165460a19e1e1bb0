"""Brokers as tasks and resources describe them."""

from __future__ import annotations

import pytest

from weft.connectors.failures import AttemptFailed
from weft.connectors.mqtt_targets import broker_of, broker_of_resource


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("tcp://b", "mqtt://b:1883"),
        ("mqtt://B.example:1884", "mqtt://b.example:1884"),
        ("ssl://b", "mqtts://b:8883"),
        ("mqtts://[::1]:9", "mqtts://[::1]:9"),
    ],
)
def test_urls(url, origin):
    broker = broker_of({"_config": {"_url": url}}, 0)
    assert broker.origin.text == origin and broker.tls is origin.startswith("mqtts")
    assert (broker.version, broker.qos) == (3, 1)


def test_a_password_beside_and_inside():
    inside = {"_type": "password", "_config": {"_url": "tcp://b", "_username": "m", "_password": "p", "_qos": 2}}
    beside = {"type": "password", "url": "tcp://b", "username": "m", "password": "p", "qos": 2, "config": {}}
    within = {"_config": {"_type": "password", "_url": "tcp://b", "_username": "m", "_password": "p", "_qos": 2}}
    assert broker_of(inside, 0) == broker_of(beside, 0) == broker_of(within, 0)
    assert broker_of(inside, 0).username == "m" and "p" not in repr(broker_of(inside, 0)).partition("(")[2]


def test_certificates_and_version():
    config = {"_url": "ssl://b", "_cert": "C", "_key": "K", "_ca": "A", "_clientId": "me", "_mqtt_version": 5}
    broker = broker_of({"_type": "cert", "_config": config}, 0)
    assert (broker.cert, broker.key, broker.ca, broker.client_id, broker.version) == ("C", "K", "A", "me", 5)


@pytest.mark.parametrize(
    "target",
    [
        None,
        {},
        {"_config": []},
        {"_config": {"_url": "http://b"}},
        {"_config": {"_url": "tcp://"}},
        {"_config": {"_url": "tcp://b:99999"}},
        {"_config": {"_url": "tcp://u:p@b"}},
        {"_type": "kerberos", "_config": {"_url": "tcp://b"}},
        {"_type": "password", "_config": {"_url": "tcp://b"}},
        {"_type": "cert", "_config": {"_url": "tcp://b", "_cert": "C", "_key": "K"}},
        {"_type": "cert", "_config": {"_url": "ssl://b", "_cert": "C"}},
        {"_config": {"_url": "tcp://b", "_mqtt_version": 4}},
        {"_config": {"_url": "tcp://b", "_qos": -1}},
    ],
)
def test_wrong_targets(target):
    with pytest.raises(AttemptFailed) as caught:
        broker_of(target, 0)
    assert caught.value.code == "INPUT_INVALID"


def test_a_resource():
    values = {"scheme": "mqtts", "host": "b", "port": 8884, "qos": 2, "clientId": "me"}
    broker = broker_of_resource(values, {"username": "u", "password": "p"})
    assert broker.origin.text == "mqtts://b:8884" and broker.named and (broker.username, broker.qos) == ("u", 2)
    broker = broker_of_resource({"host": "b"}, {"certificate": "C", "privateKey": "K", "ca": "A"})
    assert broker.origin.text == "mqtt://b:1883" and (broker.cert, broker.key, broker.ca) == ("C", "K", "A")
    with pytest.raises(AttemptFailed):
        broker_of_resource({"scheme": "http", "host": "b"}, None)
