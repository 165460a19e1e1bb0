from __future__ import annotations

import pytest

from weft.domain.errors import Conflict, Forbidden, InUse, Invalid, NotFound, Unsupported
from weft.domain.event_types import Correlation, EventType
from weft.services.event_types import Address, EventTypeDraft, read_kind
from weft.services.resources import ResourceDraft

pytestmark = pytest.mark.anyio


@pytest.fixture
async def types(records):
    for name, type_id, values in (
        ("Http", "system.event.http.v1.0.0", {}),
        ("Kafka", "system.event.kafka.v1.0.0", {"brokers": ["k:1"]}),
        ("Rest", "generic.rest.resource.v1.0.0", {"scheme": "http", "host": "h", "port": 1}),
    ):
        await records.resources.create(records.root, ResourceDraft(name, type_id, "", values))
    return records


def draft(**more):
    return EventTypeDraft(**{"name": "n", "type": "t", "kind": "consumed", "resource": "Http", **more})


async def create(records, **more):
    return await records.event_types.create(records.root, draft(**more))


@pytest.mark.parametrize(
    "more",
    [
        {"kind": "both"}, {"kind": ""}, {"resource": ""}, {"resource": "none"}, {"resource": "Rest"},
        {"name": "", "type": ""}, {"name": "a/b"}, {"endpoint": "x" * 2000}, {"payload_attributes": {"a": "}{"}},
        {"payload_attributes": {"a": 7}}, {"create_workflow": True},
        {"create_workflow": True, "workflow_name": "None"},
        {"correlation": tuple(Correlation(str(n)) for n in range(60))},
    ],
)  # fmt: skip
async def test_refused(types, more):
    with pytest.raises(Invalid):
        await create(types, **more)


async def test_unique(types):
    await create(types)
    with pytest.raises(Conflict):
        await create(types, type="other")
    with pytest.raises(Conflict):
        await create(types, name="m")
    assert (await create(types, name="m", kind="PRODUCED")).kind == "produced"


async def test_update(types):
    await create(types)
    await create(types, name="m", type="u")
    await types.event_types.listen(types.root, Address("n"), run=True)
    types.clock.pass_s(5)
    changed = await types.event_types.update(types.root, Address("n"), draft(source="s"))
    assert (changed.listening, changed.updated_at - changed.created_at) == (True, 5000)
    with pytest.raises(Conflict):
        await types.event_types.update(types.root, Address("n"), draft(type="u"))
    with pytest.raises(Conflict):
        await types.event_types.update(types.root, Address("n"), draft(name="m", type="v"))
    with pytest.raises(Unsupported):
        await types.event_types.update(types.root, Address("n"), draft(resource="Kafka"))
    renamed = await types.event_types.update(types.root, Address("n"), draft(name="x"))
    assert (renamed.name, renamed.listening) == ("x", True)
    assert [one.name for one in await types.event_types.list_all(types.root)] == ["m", "x"]
    turned = await types.event_types.update(types.root, Address("x"), draft(name="x", kind="produced"))
    assert turned.listening is False


async def test_addresses(types):
    await create(types)
    await create(types, name="p", kind="produced")
    get = types.event_types.get
    assert (await get(types.root, Address("t", "Produced"))).name == "p"
    with pytest.raises(NotFound):
        await get(types.root, Address("t"))
    with pytest.raises(NotFound):
        await get(types.root, Address("u", "consumed"))
    with pytest.raises(Invalid):
        await get(types.root, Address("t", "both"))
    listening = await types.event_types.listen(types.root, Address("t", type_too=True), run=True)
    assert listening.name == "n"


async def test_listeners(types):
    listen = types.event_types.listen
    await create(types)
    for _ in range(2):
        assert (await listen(types.root, Address("n"), run=True)).listening
    for _ in range(2):
        assert not (await listen(types.root, Address("n"), run=False)).listening
    await create(types, name="p", kind="produced")
    for run in (True, False):
        with pytest.raises(Invalid):
            await listen(types.root, Address("p"), run=run)
    await create(types, name="k", type="k", resource="Kafka")
    with pytest.raises(Unsupported):
        await listen(types.root, Address("k"), run=True)


async def test_the_servers_own_cannot_be_changed(types):
    own = EventType(name="f", type="f", kind="consumed", created_at=1, updated_at=1, managed=True, resource="Http")
    await types.store.write(lambda tx: tx.of(EventType).insert(own))
    for call in (
        types.event_types.update(types.root, Address("f"), draft()), types.event_types.delete(types.root, Address("f")),
        types.event_types.listen(types.root, Address("f"), run=True),
    ):  # fmt: skip
        with pytest.raises(InUse):
            await call


async def test_permissions(types, made):
    service, nobody = types.event_types, made.NOBODY
    for call in (
        service.list_all(nobody), service.get(nobody, Address("n")), service.create(nobody, draft()),
        service.update(nobody, Address("n"), draft()), service.delete(nobody, Address("n")),
        service.listen(nobody, Address("n"), run=True),
    ):  # fmt: skip
        with pytest.raises(Forbidden):
            await call


def test_kinds():
    assert read_kind("CONSUMED") == "consumed"
