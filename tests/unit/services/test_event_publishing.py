from __future__ import annotations

import base64

import msgspec
import pytest

from weft.domain.errors import NotFound, Refusal, Unavailable, Unsupported
from weft.ports.fetch import FetchReply
from weft.services.event_publishing import authorization, url_of
from weft.services.event_types import EventTypeDraft
from weft.services.resources import ResourceDraft

pytestmark = pytest.mark.anyio
EVENT = {"specversion": "1.0", "id": "1", "type": "t", "source": "job", "data": {"a": 1}}
TARGET = {"scheme": "https", "host": "h", "port": 8443, "timeout": 5, "allowInsecure": True}


async def produced(records, resource="Http", values=None, type_id="system.event.http.v1.0.0", secret="", **more):
    await records.resources.create(records.root, ResourceDraft(resource, type_id, secret, values or TARGET))
    given = {"name": "n", "type": "t", "kind": "produced", "resource": resource, "endpoint": "/in", **more}
    await records.event_types.create(records.root, EventTypeDraft(**given))


async def test_sent(records):
    await records.secrets.create(records.root, "s", "token", {"token": "hunter2"})
    await produced(records, secret="s", source="weft")
    await records.publishing.publish("default", EVENT)
    (request,) = records.requests
    assert (request.method, request.url, request.hosts) == ("POST", "https://h:8443/in", ("h",))
    assert (request.timeout_s, request.allow_insecure) == (5.0, True)
    assert request.headers["Authorization"] == "Bearer hunter2"
    assert msgspec.json.decode(request.body) == {**EVENT, "source": "weft"}


async def test_the_source_stays_without_one(records):
    await produced(records, source="*")
    await records.publishing.publish("default", EVENT)
    assert msgspec.json.decode(records.requests[0].body)["source"] == "job"


async def test_to_be_tried_again(records):
    await produced(records)
    records.reply = FetchReply(503, {}, b"")
    with pytest.raises(Unavailable):
        await records.publishing.publish("default", EVENT)


async def test_no_way_out(records):
    with pytest.raises(NotFound) as refused:
        await records.publishing.publish("default", EVENT)
    assert refused.value.code == "EVENT_TYPE_NOT_FOUND"
    assert await records.store.read(lambda tx: records.publishing.produced(tx, "default", "t")) is None


async def test_other_protocols_and_no_host(records):
    await produced(records, "Kafka", {"brokers": ["k:1"]}, "system.event.kafka.v1.0.0")
    with pytest.raises(Unsupported):
        await records.publishing.publish("default", EVENT)


async def test_a_resource_without_host(records):
    await records.resources.create(records.root, ResourceDraft("Empty", "system.event.http.v1.0.0", "", {}))
    draft = EventTypeDraft(name="e", type="t", kind="produced", resource="Empty")
    await records.event_types.create(records.root, draft)
    with pytest.raises(Refusal, match="no host"):
        await records.publishing.publish("default", EVENT)


def test_urls_and_credentials():
    assert url_of({"scheme": "http", "host": "::1", "port": 1}, "a/b") == "http://[::1]:1/a/b"
    pair = base64.b64encode(b"u:p").decode()
    assert authorization("basicAuth", {"username": "u", "password": "p"}) == {"Authorization": f"Basic {pair}"}
    assert authorization("tls", {}) == {}
