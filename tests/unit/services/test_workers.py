from __future__ import annotations

import asyncio

import pytest

from weft.domain.errors import Conflict, Forbidden, InUse, Invalid, NotFound
from weft.domain.tenancy import SERVER_WIDE
from weft.domain.workers import Worker, WorkerProfile
from weft.ports.workers import WorkerState
from weft.services.workers import WorkerChange

pytestmark = pytest.mark.anyio
ID = "acme.ipam.v1.2.0"


@pytest.fixture
async def hosted(records):
    await records.deployed()
    return records


async def create(records, name="w", *items, start=True, **more):
    given = {"start": start, "force": False, **more}
    return await records.workers.create(records.root, name, items or (ID,), **given)


async def test_states(hosted):
    assert (await create(hosted, start=False)).state is WorkerState.INITIALIZED
    assert await hosted.workers.start(hosted.root, "w", reload=False) == "done"
    assert (await hosted.workers.look("w")).state is WorkerState.RUNNING
    assert await hosted.workers.stop(hosted.root, "w", force=False) == "done"
    assert (await hosted.workers.look("w")).state is WorkerState.STOPPED
    assert await hosted.workers.stop(hosted.root, "w", force=False) == "already_stopped"
    hosted.host.states.clear()  # another process of the server
    assert (await hosted.workers.look("w")).state is WorkerState.STOPPED


async def test_what_is_hosted(hosted):
    await create(hosted, "parts", f"{ID}.prefix.Get", f"{ID}.prefix.Release")
    (spec,) = hosted.host.specs["parts"].adapters
    assert spec.activities == (f"{ID}.prefix.Get", f"{ID}.prefix.Release")
    await create(hosted, "all", f"{ID}.prefix.Get", ID, f"{ID}.prefix")
    assert hosted.host.specs["all"].adapters[0].activities is None


async def test_latest_is_read_at_each_start(hosted):
    await create(hosted, "w", "acme.ipam.@latest")
    assert hosted.host.specs["w"].adapters[0].adapter_id == ID
    await hosted.deployed("1.3.0")
    assert await hosted.workers.start(hosted.root, "w", reload=True) == "done"
    assert hosted.host.specs["w"].adapters[0].adapter_id == "acme.ipam.v1.3.0"


async def test_force_replaces(hosted):
    first = await create(hosted)
    second = await create(hosted, "w", f"{ID}.prefix.Get", force=True)
    assert first.record.id != second.record.id
    assert len(second.activities) == 1


async def test_default_is_protected(hosted):
    workers, root = hosted.workers, hosted.root
    with pytest.raises(Conflict):
        await create(hosted, "default")
    for call in (
        workers.stop(root, "default", force=True), workers.delete(root, "default", force=True),
        workers.update(root, "default", WorkerChange()),
    ):  # fmt: skip
        with pytest.raises(InUse) as refused:
            await call
        assert refused.value.code == "protected"
    assert await workers.start(root, "default", reload=True) == "already_running"


async def test_update_leaves_what_is_absent(hosted):
    await create(hosted)
    view = await hosted.workers.update(hosted.root, "w", WorkerChange())
    assert (view.record.items, view.state) == ((ID,), WorkerState.RUNNING)
    stopped = await hosted.workers.update(
        hosted.root, "w", WorkerChange(items=(f"{ID}.prefix",), stop_if_running=True, force_stop=True)
    )
    assert (stopped.state, stopped.record.wanted) == (WorkerState.STOPPED, "stopped")
    started = await hosted.workers.update(hosted.root, "w", WorkerChange(start=True))
    assert started.state is WorkerState.RUNNING


async def test_update_with_force_stops_first(hosted):
    await create(hosted)
    hosted.host.busy["w"] = 1
    change = WorkerChange(items=(f"{ID}.prefix",), stop_if_running=True, start=True, force_stop=True)
    await hosted.workers.update(hosted.root, "w", change)
    assert (hosted.host.busy["w"], hosted.host.reloads) == (0, [])
    change = WorkerChange(items=(ID,), stop_if_running=True, start=True)
    await hosted.workers.update(hosted.root, "w", change)
    assert hosted.host.reloads == ["w"]


async def test_a_removal_is_taken_up_after_a_restart(hosted):
    await create(hosted)
    hosted.host.busy["w"] = 1
    await hosted.workers.delete(hosted.root, "w", force=False)
    assert (await hosted.workers.look("w")).state is WorkerState.DELETING
    await hosted.workers.close()
    await hosted.workers.start_wanted()
    with pytest.raises(NotFound):
        await hosted.workers.look("w")


async def test_start_wanted_tells_failures(hosted):
    await create(hosted, "good")
    await create(hosted, "bad")
    await create(hosted, "idle", start=False)
    record = await hosted.store.read(lambda tx: tx.of(Worker).get("bad", tenant=SERVER_WIDE))
    record.items = ("none.none.v1.0.0",)
    await hosted.store.write(lambda tx: tx.of(Worker).put(record))
    hosted.host.states.clear()
    failures = await hosted.workers.start_wanted()
    assert failures == ["bad: adapter none.none.v1.0.0 is not deployed"]
    assert list(hosted.host.states) == ["good"]


async def test_orders_of_one_worker_are_carried_out_one_after_another(hosted):
    await create(hosted, start=False)
    outcomes = await asyncio.gather(*(hosted.workers.start(hosted.root, "w", reload=False) for _ in range(5)))
    assert sorted(outcomes) == ["already_running"] * 4 + ["done"]


async def test_refused(hosted):
    for name, items, more, code in (
        ("a/b", (ID,), {}, ""), ("w", ("none.x.v1.0.0",), {}, "adapter_unknown"), ("w", ("x",), {}, "activity_unknown"),
        ("w", (ID,), {"profile": "none"}, "profile_unknown"), ("w", (ID,) * 501, {}, "activity_unknown"),
    ):  # fmt: skip
        with pytest.raises(Invalid) as refused:
            await create(hosted, name, *items, **more)
        assert refused.value.code == code
    assert [view.record.name for view in await hosted.workers.list_all(hosted.root)] == ["default"]


async def test_profile_limits(hosted):
    await hosted.store.write(
        lambda tx: tx.of(WorkerProfile).put(WorkerProfile(name="p", memory_max="1Gi", cpu_max="2"))
    )
    await create(hosted, profile="p")
    limits = hosted.host.specs["w"].limits
    assert (limits.memory_bytes, limits.cpu_millis) == (2**30, 2000)


async def test_missing_ones_and_permissions(records, made):
    workers, root, nobody = records.workers, records.root, made.NOBODY
    for call in (
        workers.get(root, "x"), workers.start(root, "x", reload=False), workers.stop(root, "x", force=False),
        workers.delete(root, "x", force=False), workers.update(root, "x", WorkerChange()),
    ):  # fmt: skip
        with pytest.raises(NotFound):
            await call
    for call in (
        workers.list_all(nobody), workers.get(nobody, "x"), workers.start(nobody, "x", reload=False),
        workers.stop(nobody, "x", force=False), workers.delete(nobody, "x", force=False),
        workers.update(nobody, "x", WorkerChange()), workers.create(nobody, "x", [], start=False, force=False),
    ):  # fmt: skip
        with pytest.raises(Forbidden):
            await call
