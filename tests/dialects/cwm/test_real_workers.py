"""The way of an adapter with real processes: upload, deploy, run a job on it, deploy other code, delete."""

from __future__ import annotations

import pytest

from weft.workers.sdk_dir import ensure
from weft.workers.supervisor import Supervisor
from weft_adapter.egress import EgressPolicy

pytestmark = pytest.mark.anyio
B1 = "/crosswork/cwm/v1"
ID = "acme.ipam.v1.2.0"
CODE = """
from weft_adapter import ActivityContext, activity

@activity(name="Allocate")
async def allocate(input: dict, ctx: ActivityContext) -> dict:
    return {"prefix": input["length"] + ADDED, "host": ctx.resource["host"], "user": ctx.secret["username"]}
"""


class LateSource:
    """Gives the supervisor the engine's tasks as soon as there is an engine."""

    def __getattr__(self, name):
        return getattr(self.engine, name)


@pytest.fixture
async def world(tmp_path, made, play):
    """The records' world on a real supervisor, with a real engine."""
    records = made.RecordWorld(tmp_path)
    source = LateSource()
    records.host = Supervisor(source, tmp_path / "adapters", ensure(tmp_path / "sdk"), egress=EgressPolicy())
    await records.open()
    found = play.JobWorld(records, made)
    await found.open()
    source.engine = found.engine
    yield found
    await records.host.close()
    await found.close()
    await records.close()


async def put(world, made, added, force):
    raw = made.archive(extra={"src/acme_ipam/prefix.py": f"ADDED = {added}\n{CODE}".encode()})
    answer = await world.http.post(f"{B1}/adapter?force={force}", files={"file": ("a.tar.gz", raw)})
    assert answer.status_code == 201, answer.text
    answer = await world.http.post(f"{B1}/adapter/{ID}/deploy", json={"createWorker": True})
    assert answer.status_code == 201, answer.text


async def run(world):
    job = await world.start("Alloc", {"length": 28})
    assert await world.engine.wait_closed(job[1], 30)
    return await world.result(job)


async def test_from_upload_to_deletion(world, made, play):
    await put(world, made, 0, "false")
    secret = {"secretId": "L", "secretType": "basicAuth", "secret": {"username": "u", "password": "p"}}
    assert (await world.http.post(f"{B1}/secret", json=secret)).status_code == 201
    resource = {
        "resourceId": "R",
        "resourceType": "acme.ipam.resource.v1.0.0",
        "secretId": "L",
        "resource": {"host": "h"},
    }
    assert (await world.http.post(f"{B1}/resource", json=resource)).status_code == 201
    arguments = {"input": {"length": "${ .length }"}, "config": {"resourceId": "R"}}
    action = {"functionRef": {"refName": "A", "arguments": arguments}}
    function = {"name": "A", "operation": "acme.ipam.@latest.prefix.Allocate"}
    await world.save(play.flow("Alloc", {"name": "S", "type": "operation", "actions": [action]}, functions=[function]))

    assert await run(world) == {"length": 28, "prefix": 28, "host": "h", "user": "u"}
    await put(world, made, 100, "true")
    assert (await run(world))["prefix"] == 128

    assert (await world.http.delete(f"{B1}/resource/R")).status_code == 200
    assert (await world.http.delete(f"{B1}/adapter/{ID}")).status_code == 200
    assert (await world.http.get(f"{B1}/worker/{ID}")).status_code == 404
    job = await world.start("Alloc", {"length": 28})
    assert await world.engine.wait_closed(job[1], 30)
    failure = (await world.events(job))[-1]["workflowExecutionFailedEventAttributes"]["failure"]
    assert "ADAPTER_NOT_FOUND" in str(failure)


async def test_a_package_that_does_not_import_changes_nothing(world, made):
    await put(world, made, 0, "false")
    broken = made.archive(extra={"src/acme_ipam/prefix.py": b"import nothing_of_that_name\n"})
    await world.http.post(f"{B1}/adapter?force=true", files={"file": ("a.tar.gz", broken)})
    answer = await world.http.post(f"{B1}/adapter/{ID}/deploy", json={"createWorker": True})
    assert answer.status_code == 400
    assert "nothing_of_that_name" in answer.json()["detail"]
    shown = (await world.http.get(f"{B1}/adapter/{ID}")).json()
    assert [one["name"] for one in shown["activities"]] == ["Allocate"]
    assert (await world.http.get(f"{B1}/worker/{ID}")).json()["status"] == 2
