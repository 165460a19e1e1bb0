"""Acceptance rows 26 to 32: workers and their profiles."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.anyio
B1, B2 = "/crosswork/cwm/v1", "/crosswork/cwm/v2"
ID = "acme.ipam.v1.2.0"


@pytest.fixture
async def w1(records):
    """An adapter, and the worker w1 that hosts it and runs."""
    await records.deployed()
    body = {"workerName": "w1", "activities": [ID], "startWorker": True}
    answer = await records.http.post(f"{B1}/worker", json=body)
    assert answer.status_code == 201, answer.text
    assert answer.json()["workerUUID"]
    return records


async def summary(records, name="w1"):
    return next(one for one in (await records.http.get(f"{B1}/worker")).json() if one["name"] == name)


async def test_row_26_create_and_start(w1):
    one = (await w1.http.get(f"{B1}/worker/w1")).json()
    assert (one["status"], one["adminStatus"], one["workerProfile"]) == (2, 2, "default")
    assert [activity["name"] for activity in one["activities"]] == ["Allocate", "Get", "Release"]
    listed = await summary(w1)
    assert (listed["status"], listed["adminStatus"]) == ("Running", "Running")
    assert listed["activities"] == [{"adapterId": ID, "numOfActivities": 3}]
    assert listed["infraJobId"].startswith("node-1/")


async def test_row_27_taken_name(w1):
    body = {"workerName": "w1", "activities": [ID]}
    taken = await w1.http.post(f"{B2}/worker", json=body)
    assert taken.status_code == 503
    assert taken.json() == {"errorCode": 4, "message": "worker w1 exists", "workerUUID": "", "status": ""}
    assert (await w1.http.post(f"{B2}/worker", json={**body, "force": True})).status_code == 201
    assert (await summary(w1))["status"] == "Stopped"


async def test_row_28_start_a_running_one(w1):
    again = await w1.http.post(f"{B1}/worker/w1/start", json={})
    assert (again.status_code, again.json()["errorCode"]) == (200, 8)
    before = (await summary(w1))["infraJobId"]
    reloaded = await w1.http.post(f"{B1}/worker/w1/start", json={"forceReload": True})
    assert (reloaded.status_code, reloaded.json()) == (200, {"errorCode": 0, "message": ""})
    assert (await summary(w1))["infraJobId"] != before


async def test_row_29_stop_while_busy(w1):
    w1.host.busy["w1"] = 1
    assert (await w1.http.post(f"{B1}/worker/w1/stop", json={})).json()["errorCode"] == 0
    assert (await summary(w1))["status"] == "Stopping"
    w1.host.finish("w1")
    await w1.host.stopped("w1")
    assert (await summary(w1))["status"] == "Stopped"
    again = await w1.http.post(f"{B1}/worker/w1/stop")
    assert (again.status_code, again.json()["errorCode"]) == (200, 9)
    await w1.http.post(f"{B1}/worker/w1/start")
    w1.host.busy["w1"] = 1
    assert (await w1.http.post(f"{B1}/worker/w1/stop?forceStop=true")).status_code == 200
    stopped = await summary(w1)
    assert (stopped["status"], stopped["adminStatus"]) == ("Stopped", "Stopped")


async def test_row_30_change_a_running_one(w1):
    change = {"activities": [f"{ID}.prefix.Allocate"]}
    refused = await w1.http.put(f"{B2}/worker/w1", json=change)
    assert (refused.status_code, refused.json()["errorCode"]) == (503, 8)
    both = {**change, "stopWorkerIfRunning": True, "startWorker": True}
    answer = await w1.http.put(f"{B2}/worker/w1", json=both)
    assert (answer.status_code, answer.json()["errorCode"]) == (200, 0)
    listed = await summary(w1)
    assert (listed["status"], listed["activities"]) == ("Running", [{"adapterId": ID, "numOfActivities": 1}])
    assert w1.host.specs["w1"].adapters[0].activities == (f"{ID}.prefix.Allocate",)


async def test_row_31_default_and_missing(records):
    answer = await records.http.delete(f"{B2}/worker/default")
    assert (answer.status_code, answer.json()["errorCode"]) == (503, 5)
    missing = await records.http.get(f"{B2}/worker/none")
    assert missing.status_code == 404
    assert missing.json() == {"errorCode": 3, "message": "worker none does not exist"}
    shown = (await records.http.get(f"{B2}/worker/default")).json()
    assert (shown["status"], [one["name"] for one in shown["activities"]]) == (2, ["NoOp", "FailJob"])
    assert (await records.http.post(f"{B2}/worker/default/stop")).json()["errorCode"] == 5


async def test_row_32_profiles(records):
    bad = {"profileName": "big", "memMin": "1Gi", "memMax": "512Mi"}
    answer = await records.http.post(f"{B2}/workerProfile", json=bad)
    assert (answer.status_code, answer.json()["message"]) == (400, "memMin exceeds memMax")
    assert (await records.http.patch(f"{B2}/workerProfile/default", json={"memMax": ""})).status_code == 403
    assert (await records.http.delete(f"{B2}/workerProfile/default")).status_code == 400
    good = await records.http.post(f"{B2}/workerProfile", json={**bad, "memMax": "2Gi", "cpuMax": "0.5"})
    assert good.json() == "workerProfile big created"
    shown = (await records.http.get(f"{B1}/workerProfile")).json()
    assert [one["profileName"] for one in shown] == ["big", "default"]
    assert (await records.http.patch(f"{B2}/workerProfile/big", json={"cpuMax": "lots"})).status_code == 400
    assert (await records.http.patch(f"{B2}/workerProfile/big", json={"cpuMax": ""})).status_code == 200
    assert (await records.http.get(f"{B2}/workerProfile/none")).status_code == 400


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"activities": ["none.none.v1.0.0"]}, 503, 3),
        ({"activities": [f"{ID}.prefix.Nope"]}, 503, 2),
        ({"activities": ["nonsense"]}, 503, 2),
        ({"activities": [ID], "workerProfile": "none"}, 503, 2),
        ({"workerName": "", "activities": [ID]}, 400, 2),
        ({"activities": 7}, 400, 2),
        ({"startWorker": "maybe"}, 400, 2),
    ],
)
async def test_refused_bodies(records, body, status, code):
    await records.deployed()
    answer = await records.http.post(f"{B1}/worker", json={"workerName": "w", **body})
    assert (answer.status_code, answer.json()["errorCode"]) == (status, code)


async def test_profile_in_use_and_limits(w1):
    await w1.http.post(f"{B1}/workerProfile", json={"profileName": "big", "memMax": "2Gi", "cpuMax": "500m"})
    body = {"workerName": "w2", "activities": ["acme.ipam.@latest"], "workerProfile": "big", "startWorker": "true"}
    assert (await w1.http.post(f"{B1}/worker", json=body)).status_code == 201
    assert w1.host.specs["w2"].limits.memory_bytes == 2 * 2**30
    refused = await w1.http.delete(f"{B1}/workerProfile/big")
    assert (refused.status_code, "w2" in refused.json()["message"]) == (400, True)


async def test_delete_drains(w1):
    w1.host.busy["w1"] = 1
    done = await w1.http.delete(f"{B1}/worker/w1")
    assert done.json() == {"errorCode": 0, "message": ""}
    assert (await summary(w1))["status"] == "Deleting"
    w1.host.finish("w1")
    await w1.workers.drained()
    assert (await w1.http.get(f"{B1}/worker/w1")).status_code == 404


async def test_wanted_workers_start_again(w1):
    w1.host.states.clear()
    assert (await summary(w1))["status"] == "Stopped"
    assert await w1.workers.start_wanted() == []
    assert (await summary(w1))["status"] == "Running"
