from __future__ import annotations

import pytest

from weft.domain.builtin_types import builtin_resource_types, builtin_secret_types
from weft.domain.schemas import check, check_schema

RESOURCES = {one.id: one for one in builtin_resource_types()}
SECRETS = {one.id: one for one in builtin_secret_types()}


def test_schemas_are_usable():
    for one in (*RESOURCES.values(), *SECRETS.values()):
        check_schema(one.schema)
        assert one.builtin


def test_the_list():
    assert len(RESOURCES) == 12
    assert sorted(SECRETS) == ["basicAuth", "bearer", "sshKey", "tls", "token"]


@pytest.mark.parametrize(
    ("type_id", "values", "fits"),
    [
        ("system.event.http.v1.0.0", {}, True),
        ("system.event.http.v1.0.0", {"host": "h"}, False),
        ("system.event.http.v1.0.0", {"scheme": "http", "host": "h", "port": 80}, True),
        ("system.event.kafka.v1.0.0", {"brokers": ["a:9092"]}, True),
        ("system.event.kafka.v1.0.0", {"brokers": ["a"]}, False),
        ("generic.rest.resource.v1.0.0", {"scheme": "ftp", "host": "h", "port": 1}, False),
        ("generic.rest.resource.v1.0.0", {"scheme": "http", "host": "h", "port": 70000}, False),
        ("generic.email.resource.v1.0.0", {"host": "h", "port": 25, "from": "a@b"}, True),
        ("generic.cli.resource.v1.0.0", {"host": "h"}, True),
        ("generic.db.resource.v1.0.0", {"driver": "oracle", "database": "d"}, False),
        ("generic.mqtt.resource.v1.0.0", {"host": "h", "scheme": "mqtts", "version": 5}, True),
        ("generic.mqtt.resource.v1.0.0", {"host": "h", "version": 4}, False),
        ("generic.ai.resource.v1.0.0", {"baseUrl": "https://h/v1", "model": "m"}, True),
        ("generic.ai.resource.v1.0.0", {"baseUrl": "https://u:p@h/v1"}, False),
        ("generic.haystack.resource.v1.0.0", {"url": "ftp://h"}, False),
        ("generic.haystack.resource.v1.0.0", {"url": "http://h", "project": "demo"}, True),
    ],
)
def test_values(type_id, values, fits):
    assert (check(RESOURCES[type_id].schema, values) == []) is fits
