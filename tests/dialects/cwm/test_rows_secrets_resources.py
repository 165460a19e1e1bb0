"""Acceptance rows 43 to 48: secrets and resources."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.anyio
B1, B2 = "/crosswork/cwm/v1", "/crosswork/cwm/v2"
SECRET = {"secret": {"username": "u", "password": "p-in-no-answer"}, "secretId": "NsoLogin", "secretType": "basicAuth"}
TARGET = {"scheme": "http", "host": "192.0.2.10", "port": 8080}
# Other kinds of tasks bring types of their own, which are listed as well.
DOCUMENTED_TYPES = {
    "cisco.nso.resource.v1.0.0",
    "generic.cli.resource.v1.0.0",
    "generic.db.resource.v1.0.0",
    "generic.email.resource.v1.0.0",
    "generic.rest.resource.v1.0.0",
    "system.event.amqp.v1.0.0",
    "system.event.http.v1.0.0",
    "system.event.kafka.v1.0.0",
    "system.event.mqtt.v1.0.0",
}


@pytest.fixture
async def login(records):
    answer = await records.http.post(f"{B1}/secret", json=SECRET)
    assert (answer.status_code, answer.json()) == (201, "secret NsoLogin created")
    return records


@pytest.fixture
async def lab(login):
    body = {
        "resourceId": "NsoLab",
        "resourceType": "cisco.nso.resource.v1.0.0",
        "secretId": "NsoLogin",
        "resource": TARGET,
    }
    assert (await login.http.post(f"{B1}/resource", json=body)).status_code == 201
    return login


async def test_row_43_create_secret(login):
    again = await login.http.post(f"{B1}/secret", json=SECRET)
    assert (again.status_code, again.json()) == (400, "secret NsoLogin exists")


async def test_row_44_a_value_is_in_no_answer(login):
    assert (await login.http.get(f"{B1}/secret/NsoLogin")).json() == {"secretId": "NsoLogin", "secretType": "basicAuth"}
    of_type = await login.http.get(f"{B1}/secretType/basicAuth")
    assert of_type.json()["secrets"] == [{"secretId": "NsoLogin", "secretType": "basicAuth"}]
    assert of_type.json()["schema"]["required"] == ["username", "password"]
    bad = await login.http.patch(
        f"{B1}/secret/NsoLogin", json={"secret": {"username": 7, "password": "p-in-no-answer"}}
    )
    assert bad.status_code == 400
    assert "/username" in bad.json()
    for path in ("secret", "secret/NsoLogin", "secretType", "secretType/basicAuth", "resource"):
        assert "p-in-no-answer" not in (await login.http.get(f"{B2}/{path}")).text
    assert "p-in-no-answer" not in bad.text
    assert (await login.http.get(f"{B1}/secretType/none")).status_code == 404
    assert (await login.http.get(f"{B1}/secret/none")).status_code == 400


async def test_row_45_resources_under_both_names(lab):
    body = {
        "resourceId": "Other",
        "resourceTypeId": "cisco.nso.resource.v1.0.0",
        "secretId": "NsoLogin",
        "resource": TARGET,
    }
    answer = await lab.http.post(f"{B2}/resource", json=body)
    assert (answer.status_code, answer.json()) == (200, "resource Other created")
    for name in ("NsoLab", "Other"):
        found = (await lab.http.get(f"{B1}/resource/{name}")).json()
        assert found["resourceType"] == found["resourceTypeId"] == "cisco.nso.resource.v1.0.0"
        assert found["resource"] == TARGET
        assert found["secretId"] == "NsoLogin"
    body["resourceType"] = "generic.rest.resource.v1.0.0"
    assert (await lab.http.post(f"{B2}/resource", json={**body, "resourceId": "Third"})).status_code == 400


async def test_row_46_secret_in_use(lab):
    answer = await lab.http.delete(f"{B1}/secret/NsoLogin")
    assert answer.status_code == 400
    assert "NsoLab" in answer.json()
    assert (await lab.http.delete(f"{B1}/resource/NsoLab")).json() == "resource NsoLab deleted"
    assert (await lab.http.delete(f"{B1}/secret/NsoLogin")).json() == "secret NsoLogin deleted"


async def test_row_47_wrong_resources(records):
    body = {
        "resourceId": "A",
        "resourceTypeId": "generic.rest.resource.v1.0.0",
        "resource": {"scheme": "http", "port": 80},
    }
    answer = await records.http.post(f"{B2}/resource", json=body)
    assert answer.status_code == 400
    assert answer.json() == {
        "code": 400,
        "message": "resource does not fit type generic.rest.resource.v1.0.0",
        "detail": "/host: is required",
    }
    unknown = await records.http.post(f"{B2}/resource", json={**body, "resource": TARGET, "secretId": "none"})
    assert unknown.status_code == 400
    assert "none" in unknown.json()["message"]


async def test_row_48_dry_run(lab):
    new = {"resourceId": "New", "resourceTypeId": "generic.rest.resource.v1.0.0", "resource": TARGET}
    known = {"resourceId": "NsoLab", "resourceTypeId": "cisco.nso.resource.v1.0.0", "resource": TARGET}
    answer = await lab.http.post(f"{B2}/resourceImport?isDryRun=true&isOverride=false", json=[known, new])
    assert answer.status_code == 200
    result = answer.json()
    assert (result["isDryRun"], result["isOverride"]) == (True, False)
    assert result["failure"] == ["NsoLab"]
    assert result["errors"] == ["resource NsoLab exists"]
    assert [one["resourceId"] for one in result["success"]] == ["New"]
    assert [one["resourceId"] for one in (await lab.http.get(f"{B2}/resource")).json()] == ["NsoLab"]
    kept = await lab.http.post(f"{B2}/resourceImport?isOverride=true", json=[known, new])
    assert kept.json()["failure"] == []
    assert [one["secretId"] for one in (await lab.http.get(f"{B2}/resource")).json()] == ["", ""]


async def test_patch_replaces_members(lab):
    answer = await lab.http.patch(f"{B1}/resource/NsoLab", json={"resource": {**TARGET, "port": 9}, "secretId": None})
    assert answer.json() == "resource NsoLab updated"
    found = (await lab.http.get(f"{B1}/resource/NsoLab")).json()
    assert (found["resource"]["port"], found["secretId"]) == (9, "")
    assert (await lab.http.patch(f"{B1}/resource/NsoLab", json={"resourceId": "X"})).status_code == 400
    assert (await lab.http.patch(f"{B1}/resource/none", json={})).status_code == 404


async def test_export(lab):
    assert [one["resourceId"] for one in (await lab.http.post(f"{B1}/resourceExport", json={})).json()] == ["NsoLab"]
    assert (await lab.http.post(f"{B1}/resourceExport", json={"secretId": "other"})).status_code == 204
    types = (await lab.http.get(f"{B1}/resourceType")).json()
    assert {one["resourceTypeId"] for one in types} >= DOCUMENTED_TYPES
    assert (await lab.http.get(f"{B1}/resourceType/none")).status_code == 404
