"""Acceptance rows 16 to 25, 94 and 95: adapters."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.anyio
B1, B2 = "/crosswork/cwm/v1", "/crosswork/cwm/v2"
ID = "acme.ipam.v1.2.0"


async def adapters(records):
    answer = await records.http.get(f"{B1}/adapter")
    return {} if answer.status_code == 204 else {one["id"]: one for one in answer.json()}


@pytest.fixture
async def builtin(records, made, tmp_path):
    """A server whose built-in adapter is cisco.nso 1.0.3."""
    path = tmp_path / "cisco.nso.v1.0.3.tar.gz"
    path.write_bytes(made.archive("cisco", "nso", "1.0.3", resource="cisco.nso.resource.v1.0.0"))
    records.host.builtins = [path]
    await records.adapters.install_builtin()
    return records


async def test_row_16_upload(records):
    assert (await records.http.get(f"{B1}/adapter")).status_code == 204
    answer = await records.upload()
    assert (answer.status_code, answer.json()) == (201, ID)
    found = (await adapters(records))[ID]
    assert found["id"] == found["adapterId"]
    assert (found["uploadedStatus"], found["deployedStatus"], found["inUseStatus"]) == (True, False, False)
    assert found["activities"] == []
    assert (found["vendor"], found["version"], found["cwmVersionId"]) == ("acme", "v1.2.0", "2.1")
    assert found["resourceTypeId"] == "acme.ipam.resource.v1.0.0"


async def test_row_17_the_same_and_another_content(records, made):
    await records.upload()
    assert (await records.upload()).status_code == 201
    changed = {"file": ("x.tar.gz", made.archive(extra={"docs/readme.md": b"new"}))}
    refused = await records.http.post(f"{B1}/adapter", files=changed)
    assert refused.status_code == 400
    assert "force" in refused.json()["message"]
    before = (await adapters(records))[ID]["hashSum"]
    assert (await records.http.post(f"{B1}/adapter?force=true", files=changed)).status_code == 201
    assert (await adapters(records))[ID]["hashSum"] != before
    by_field = await records.http.post(f"{B1}/adapter", data={"force": "true"}, files={"file": ("x", made.archive())})
    assert by_field.status_code == 201
    behind = [("file", ("x", made.archive(extra={"docs/3": b"3"}))), ("force", (None, "true"))]
    assert (await records.http.post(f"{B1}/adapter", files=behind)).status_code == 201


async def test_row_18_hostile_member(records, made, tmp_path):
    raw = made.archive(extra={"../x": b"evil"})
    answer = await records.http.post(f"{B2}/adapter", files={"file": ("x.tar.gz", raw)})
    assert answer.status_code == 400
    assert (await records.http.get(f"{B2}/adapter")).status_code == 204
    assert [path for path in (tmp_path / "files").rglob("*") if path.is_file()] == []


async def test_row_19_deploy_with_worker(records):
    await records.upload()
    answer = await records.http.post(f"{B1}/adapter/{ID}/deploy", json={"createWorker": True})
    assert (answer.status_code, answer.json()) == (201, f"adapter {ID} deployed")
    worker = (await records.http.get(f"{B1}/worker/{ID}")).json()
    assert worker["status"] == 2
    found = (await adapters(records))[ID]
    assert (found["inUseStatus"], found["deployedStatus"]) == (True, True)
    assert [one["id"] for one in found["activities"]] == [f"{ID}.prefix.{n}" for n in ("Allocate", "Get", "Release")]
    types = (await records.http.get(f"{B1}/resourceType")).json()
    assert "acme.ipam.resource.v1.0.0" in [one["resourceTypeId"] for one in types]
    again = await records.http.post(f"{B1}/adapter/{ID}/deploy?createWorker=true")
    assert again.status_code == 201
    assert records.host.reloads == [ID]


async def test_deploy_is_atomic(records):
    await records.upload()
    records.host.broken = "ModuleNotFoundError: nope"
    answer = await records.http.post(f"{B1}/adapter/{ID}/deploy", json={"createWorker": True})
    assert answer.status_code == 400
    assert answer.json()["detail"] == "ModuleNotFoundError: nope"
    assert (await adapters(records))[ID]["deployedStatus"] is False
    types = (await records.http.get(f"{B1}/resourceType")).json()
    assert "acme.ipam.resource.v1.0.0" not in [one["resourceTypeId"] for one in types]
    assert (await records.http.get(f"{B1}/worker/{ID}")).status_code == 404


async def test_row_20_default_only_after_deploy(records):
    await records.upload()
    before = await records.http.patch(f"{B1}/adapter/{ID}", json={"defaultStatus": True})
    assert before.status_code == 400
    await records.deployed()
    after = await records.http.patch(f"{B1}/adapter/{ID}", json={"defaultStatus": True})
    assert (after.status_code, after.json()) == (200, f"adapter {ID} updated")


async def test_row_21_one_default_per_family(records):
    await records.deployed("1.2.0", default=True)
    await records.deployed("1.3.0")
    answer = await records.http.patch(f"{B1}/adapter/acme.ipam.v1.3.0", json={"defaultStatus": True})
    assert answer.status_code == 200
    found = await adapters(records)
    assert (found[ID]["defaultStatus"], found["acme.ipam.v1.3.0"]["defaultStatus"]) == (False, True)


async def test_row_22_put_adds_another_version(records, made):
    await records.upload()
    newer = {"file": ("x.tgz", made.archive(version="1.3.0"))}
    answer = await records.http.put(f"{B1}/adapter/{ID}", files=newer)
    assert (answer.status_code, answer.json()) == (200, "acme.ipam.v1.3.0")
    assert sorted(await adapters(records)) == [ID, "acme.ipam.v1.3.0"]
    other = {"file": ("x.tgz", made.archive("other", "thing", resource=""))}
    assert (await records.http.put(f"{B1}/adapter/{ID}", files=other)).status_code == 400
    assert (await records.http.put(f"{B1}/adapter/none.none.v1.0.0", files=newer)).status_code == 404


async def test_row_23_another_worker_hosts_it(records):
    await records.deployed(worker=True)
    await records.http.post(f"{B1}/worker", json={"workerName": "second", "activities": [ID]})
    answer = await records.http.delete(f"{B1}/adapter/{ID}")
    assert answer.status_code == 400
    assert answer.json()["detail"] == "worker second hosts it"


async def test_row_24_delete_takes_everything(records, tmp_path):
    await records.deployed(worker=True)
    records.host.busy[ID] = 1
    refused = await records.http.delete(f"{B1}/adapter/{ID}")
    assert "executing 1" in refused.json()["detail"]
    records.host.busy[ID] = 0
    answer = await records.http.delete(f"{B1}/adapter/{ID}")
    assert (answer.status_code, answer.json()) == (200, f"adapter {ID} deleted")
    assert await adapters(records) == {}
    assert (await records.http.get(f"{B1}/worker/{ID}")).status_code == 404
    assert (await records.http.get(f"{B1}/resourceType/acme.ipam.resource.v1.0.0")).status_code == 404
    assert [path for path in (tmp_path / "files").rglob("*") if path.is_file()] == []


async def test_a_resource_keeps_its_adapter(records):
    await records.deployed()
    body = {"resourceId": "Pool", "resourceTypeId": "acme.ipam.resource.v1.0.0", "resource": {"host": "h"}}
    assert (await records.http.post(f"{B1}/resource", json=body)).status_code == 201
    answer = await records.http.delete(f"{B1}/adapter/{ID}")
    assert "resource Pool has type acme.ipam.resource.v1.0.0" in answer.json()["detail"]
    await records.deployed("1.3.0")
    assert (await records.http.delete(f"{B1}/adapter/{ID}")).status_code == 200


async def test_row_25_missing_and_builtin(builtin):
    assert (await builtin.http.get(f"{B2}/adapter/none.none.v9.9.9")).status_code == 204
    assert (await builtin.http.delete(f"{B2}/adapter/none.none.v9.9.9")).status_code == 404
    answer = await builtin.http.delete(f"{B2}/adapter/cisco.nso.v1.0.3")
    assert answer.status_code == 400
    assert "built in" in answer.json()["detail"]


async def test_builtin_cannot_be_replaced(builtin, made):
    raw = made.archive("cisco", "nso", "1.0.3", extra={"docs/x": b"y"}, resource="cisco.nso.resource.v1.0.0")
    for method, path in (("POST", "adapter?force=true"), ("PUT", "adapter/cisco.nso.v1.0.3")):
        answer = await builtin.http.request(method, f"{B1}/{path}", files={"file": ("x", raw)})
        assert answer.status_code == 400, path
    worker = (await builtin.http.get(f"{B1}/worker/cisco.nso.v1.0.3")).json()
    assert (worker["status"], len(worker["activities"])) == (2, 3)


async def test_raw_body_upload(records, made):
    answer = await records.http.post(
        f"{B1}/adapter", content=made.archive(), headers={"Content-Type": "application/octet-stream"}
    )
    assert answer.json() == ID


async def resolve(records, operation, worker=""):
    return await records.store.write(lambda tx: records.resolution.resolve(tx, operation, worker))


async def test_row_94_any_version_of_a_builtin(builtin):
    found = await resolve(builtin, "cisco.nso.v1.0.1.prefix.Get", "cisco.nso.v1.0.1")
    assert (found.activity, found.queue) == ("cisco.nso.v1.0.3.prefix.Get", "cisco.nso.v1.0.3")


async def test_row_95_latest(records):
    await records.deployed("1.2.0", default=True)
    await records.deployed("1.3.0")
    assert (await resolve(records, "acme.ipam.@latest.prefix.Allocate")).adapter == ID
    await records.http.patch(f"{B1}/adapter/{ID}", json={"defaultStatus": False})
    found = await resolve(records, "acme.ipam.@latest.prefix.Allocate")
    assert (found.adapter, found.queue) == ("acme.ipam.v1.3.0", "acme.ipam.v1.3.0")
    missing = await resolve(records, "acme.ipam.v9.0.0.prefix.Allocate")
    assert (missing.code, missing.retryable) == ("ADAPTER_NOT_FOUND", False)
