from __future__ import annotations

import pytest

from weft.domain.access import Principal
from weft.domain.errors import Forbidden, NotFound
from weft.domain.jobs import Job
from weft.ports.connections import Place
from weft.services.payloads import Payloads, PayloadWriter
from weft.store.payloads import SqlPayloads
from weft.vaults.cipher import BlobCipher

pytestmark = pytest.mark.anyio


@pytest.fixture
async def desk(world):
    """(payloads, outputs): outputs by task id."""
    store = world.store
    store.use_cipher(BlobCipher(world.vault))
    record = Job(id="j", run="r", name="n", workflow_name="w", workflow_version="1", workflow_id="d", revision="x",
                 status="completed", started_at=1, key=1, namespace="plant")  # fmt: skip
    await store.write(lambda tx: tx.jobs.insert(record))
    files = SqlPayloads(store.ciphers)
    digest = await PayloadWriter(store, files).keep(Place("default", "plant", "plant", "j", "r", 1), b"data")
    outputs = {
        "t1": {"_payload": {"_size": 4, "_contentType": "text/x", "_sha256": digest}},
        "t2": {"a": 1},
        "t3": {"_payload": {"_size": 4, "_contentType": "text/x", "_sha256": "00" * 32}},
    }

    def output_of(job, task_id):
        if task_id not in outputs:
            raise NotFound("no such task")
        return outputs[task_id]

    return Payloads(store, files, output_of)


async def test_bytes_and_kind(desk, world):
    for scope in (None, "plant"):
        found = await desk.get(world.root, "j", "t1", scope=scope)
        assert (found.data, found.content_type) == (b"data", "text/x")


@pytest.mark.parametrize(
    ("job", "task", "scope"),
    [("j", "t2", None), ("j", "t3", None), ("j", "t9", None), ("x", "t1", None), ("j", "t1", "")],
)
async def test_what_is_not_there(desk, world, job, task, scope):
    with pytest.raises(NotFound):
        await desk.get(world.root, job, task, scope=scope)


async def test_who_may_not(desk):
    with pytest.raises(Forbidden):
        await desk.get(Principal(name="nobody"), "j", "t1", scope=None)
    with pytest.raises(NotFound):
        await desk.get(Principal(name="other", tenant="acme", superuser=True), "j", "t1", scope=None)
