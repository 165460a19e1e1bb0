from __future__ import annotations

import pytest

from weft.domain.errors import Conflict, Forbidden, InUse, Invalid, NotFound
from weft.domain.workers import Worker, WorkerProfile

pytestmark = pytest.mark.anyio


async def test_crud(records):
    profiles, root = records.profiles, records.root
    await profiles.create(root, WorkerProfile(name="p", memory_max="1Gi"))
    for name in ("p", "default"):
        with pytest.raises(Conflict):
            await profiles.create(root, WorkerProfile(name=name))
    assert (await profiles.update(root, "p", {"cpu_max": "1"})).memory_max == "1Gi"
    with pytest.raises(Invalid):
        await profiles.update(root, "p", {"memory_min": "2Gi"})
    assert (await profiles.get(root, "p")).memory_min == ""
    await profiles.delete(root, "p")
    for call in (profiles.get(root, "p"), profiles.update(root, "p", {}), profiles.delete(root, "p")):
        with pytest.raises(NotFound):
            await call


async def test_default_and_used_ones(records):
    profiles, root = records.profiles, records.root
    assert (await profiles.get(root, "default")).memory_max == "512Mi"
    with pytest.raises(Forbidden):
        await profiles.update(root, "default", {})
    with pytest.raises(InUse):
        await profiles.delete(root, "default")
    await profiles.create(root, WorkerProfile(name="p"))
    worker = Worker(name="w", id="1", items=(), created_at=1, updated_at=1, profile="p")
    await records.store.write(lambda tx: tx.of(Worker).put(worker))
    with pytest.raises(InUse, match="used by worker w"):
        await profiles.delete(root, "p")


async def test_permissions(records, made):
    profiles, nobody = records.profiles, made.NOBODY
    for call in (
        profiles.list_all(nobody), profiles.get(nobody, "p"), profiles.create(nobody, WorkerProfile(name="p")),
        profiles.update(nobody, "p", {}), profiles.delete(nobody, "p"),
    ):  # fmt: skip
        with pytest.raises(Forbidden):
            await call
