"""Acceptance rows 79 to 82: event types and the HTTP ingress."""

from __future__ import annotations

import pytest

from weft.domain.errors import Invalid

pytestmark = pytest.mark.anyio
B1, B2 = "/crosswork/cwm/v1", "/crosswork/cwm/v2"
EVENT = {
    "specversion": "1.0", "id": "a-118", "type": "net.link.down", "source": "collector/emea", "device": "r1",
    "datacontenttype": "application/json", "data": {"alarm": {"severity": "major"}, "port": "Gi0/0/1"},
}  # fmt: skip
LINK_DOWN = {
    "name": "link-down", "type": "net.link.down", "source": "collector/emea", "kind": "consumed",
    "resourceId": "Ingress", "endpoint": "alarms", "dataOnly": True,
    "createWorkflow": True, "workflowName": "HandleLinkDown",
    "workflowVersion": "1.0", "correlation": [{"contextAttributeName": "device", "contextAttributeValue": ""}],
}  # fmt: skip


@pytest.fixture
async def ingress(records, made):
    """An HTTP resource and the definition that events start."""
    body = {"resourceId": "Ingress", "resourceType": "system.event.http.v1.0.0", "resource": {}}
    assert (await records.http.post(f"{B1}/resource", json=body)).status_code == 201
    assert (
        await records.http.post(f"{B1}/workflow", json={"definition": made.small("HandleLinkDown")})
    ).status_code == 200
    return records


@pytest.fixture
async def listening(ingress):
    created = await ingress.http.post(f"{B1}/eventType", json=LINK_DOWN)
    assert (created.status_code, created.json()) == (201, "eventType link-down created")
    started = await ingress.http.post(f"{B1}/eventType/link-down/start")
    assert (started.status_code, started.json()) == (200, "listener link-down started")
    return ingress


async def test_row_79_an_event_starts_a_job(listening):
    answer = await listening.http.post(f"{B1}/event/http", json=EVENT)
    assert (answer.status_code, answer.json()) == (200, "event a-118 received")
    (start,) = listening.starts
    assert start.data == EVENT["data"]
    assert start.job_name == "net.link.down-a-118"
    assert (start.workflow_name, start.workflow_version, start.started_by) == ("HandleLinkDown", "1.0", "root")
    shown = (await listening.http.get(f"{B1}/eventType/link-down")).json()
    assert shown["state"] is True
    assert (
        shown["correlation"]
        == shown["correlationAttrs"]
        == [{"contextAttributeName": "device", "contextAttributeValue": ""}]
    )


async def test_row_80_stopped_or_no_event(listening):
    stopped = await listening.http.post(f"{B1}/eventType/link-down/stop")
    assert stopped.json() == "listener link-down stopped"
    assert (await listening.http.post(f"{B1}/event/http", json=EVENT)).status_code == 404
    bad = await listening.http.post(f"{B1}/event/http", json={k: v for k, v in EVENT.items() if k != "specversion"})
    assert (bad.status_code, bad.json()["detail"]) == (400, "specversion is required")
    (kept,) = await listening.events.rejected(listening.root)
    assert (kept.step, "a-118" in kept.text) == ("parse", True)


async def test_row_81_correlation_reaches_the_engine(listening):
    await listening.http.post(f"{B1}/event/http", json=EVENT)
    ((tenant, event, keys),) = listening.engine.delivered
    assert (tenant, event["data"], keys) == ("default", EVENT["data"], {"device": "r1"})


async def test_row_82_kinds(ingress):
    assert (await ingress.http.post(f"{B1}/eventType", json={**LINK_DOWN, "kind": "both"})).status_code == 400
    produced = {**LINK_DOWN, "kind": "Produced", "createWorkflow": False}
    assert (await ingress.http.post(f"{B2}/eventType", json=produced)).status_code == 201
    assert (await ingress.http.post(f"{B2}/eventType/net.link.down/start")).status_code == 400


async def test_duplicates_are_dropped_for_a_day(listening):
    for _ in range(2):
        assert (await listening.http.post(f"{B1}/event/http", json=EVENT)).status_code == 200
    assert len(listening.starts) == 1
    listening.clock.pass_s(24 * 3600 + 1)
    await listening.http.post(f"{B1}/event/http", json=EVENT)
    assert len(listening.starts) == 2


async def test_endpoint_source_and_filter(listening):
    assert (await listening.http.post(f"{B1}/event/http/alarms", json=EVENT)).status_code == 200
    other = {**EVENT, "id": "2"}
    assert (await listening.http.post(f"{B1}/event/http/other", json=other)).status_code == 404
    assert (await listening.http.post(f"{B1}/event/http", json={**other, "source": "elsewhere"})).status_code == 404
    filtered = {**LINK_DOWN, "correlation": [{"contextAttributeName": "Device", "contextAttributeValue": "r9"}]}
    assert (await listening.http.put(f"{B1}/eventType/link-down", json=filtered)).status_code == 200
    assert (await listening.http.post(f"{B1}/event/http", json=other)).status_code == 200
    assert len(listening.starts) == 1


async def test_binary_mode_and_whole_events(listening):
    body = {**LINK_DOWN, "dataOnly": False, "payloadAttrs": {"severity": ".alarm.severity", "none": ".x.y"}}
    assert (await listening.http.put(f"{B2}/eventType/net.link.down/consumed", json=body)).status_code == 200
    headers = {
        "ce-specversion": "1.0", "ce-id": "b%201", "ce-type": "net.link.down", "ce-source": "collector/emea",
        "ce-device": "r2", "content-type": "application/json",
    }  # fmt: skip
    answer = await listening.http.post(f"{B2}/event/http", content=b'{"alarm": {"severity": "minor"}}', headers=headers)
    assert answer.json() == "event b 1 received"
    ((_, event, keys),) = listening.engine.delivered
    assert keys == {"device": "r2", "severity": "minor"}
    assert event["data"]["id"] == "b 1"
    assert event["data"]["data"] == {"alarm": {"severity": "minor"}}


async def test_a_job_that_cannot_start_is_kept_as_rejected(listening):
    listening.refuse_starts = Invalid("input data invalid", ["/port: is required"])
    assert (await listening.http.post(f"{B1}/event/http", json=EVENT)).status_code == 200
    (kept,) = await listening.events.rejected(listening.root)
    assert (kept.step, kept.listener, kept.reason) == ("start", "link-down", "input data invalid; /port: is required")


async def test_both_addresses_and_names(ingress):
    body = {key: value for key, value in LINK_DOWN.items() if key != "name"}
    assert (await ingress.http.post(f"{B2}/eventType", json=body)).json() == "eventType net.link.down created"
    produced = {**body, "kind": "produced"}
    assert (
        await ingress.http.post(f"{B2}/eventType", json=produced)
    ).json() == "eventType net.link.down.produced created"
    for mount in (B1, B2):
        assert (await ingress.http.get(f"{mount}/eventType/net.link.down/produced")).json()["kind"] == "produced"
        assert (await ingress.http.get(f"{mount}/eventType/net.link.down.produced")).json()["kind"] == "produced"
    assert (await ingress.http.delete(f"{B2}/eventType/net.link.down/consumed")).status_code == 200
    assert (await ingress.http.get(f"{B2}/eventType/net.link.down/consumed")).status_code == 404
    assert (await ingress.http.delete(f"{B1}/resource/Ingress")).status_code == 400


async def test_another_protocol_is_not_part_of_this_release(records):
    resource = {"resourceId": "Kafka", "resourceType": "system.event.kafka.v1.0.0", "resource": {"brokers": ["k:9092"]}}
    assert (await records.http.post(f"{B1}/resource", json=resource)).status_code == 201
    body = {**LINK_DOWN, "resourceId": "Kafka", "createWorkflow": False}
    assert (await records.http.post(f"{B1}/eventType", json=body)).status_code == 201
    answer = await records.http.post(f"{B1}/eventType/link-down/start")
    assert (answer.status_code, answer.json()["code"]) == (501, 501)


async def test_creating_jobs_needs_the_right_to(ingress):
    async with ingress.client("only=eventType.create") as client:
        assert (await client.post(f"{B1}/eventType", json=LINK_DOWN)).status_code == 403
        assert (await client.post(f"{B1}/eventType", json={**LINK_DOWN, "createWorkflow": False})).status_code == 201
