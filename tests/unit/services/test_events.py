from __future__ import annotations

import pytest

from weft.domain.errors import Busy, Forbidden, Invalid, NotFound
from weft.domain.event_types import Correlation
from weft.domain.events import RejectedEvent, SeenEvent
from weft.domain.tenancy import SERVER_WIDE
from weft.services.definitions import Definition
from weft.services.event_types import Address, EventTypeDraft
from weft.services.events import MAX_REJECTED
from weft.services.resources import ResourceDraft

pytestmark = pytest.mark.anyio


@pytest.fixture
async def ingress(records, made):
    await records.workflows.create(records.root, Definition(made.small("W"), hint="cwm"))
    await records.resources.create(records.root, ResourceDraft("Http", "system.event.http.v1.0.0", "", {}))
    return records


async def listening(records, **more):
    given = {"name": "n", "type": "t", "kind": "consumed", "resource": "Http", **more}
    await records.event_types.create(records.root, EventTypeDraft(**given))
    await records.event_types.listen(records.root, Address(given["name"]), run=True)


def event(number=1, **more):
    return {"specversion": "1.0", "id": str(number), "type": "t", "source": "s", "data": {"a": {"b": number}}, **more}


async def receive(records, sent, endpoint=None):
    return await records.events.receive_http(records.root, sent, endpoint)


async def test_receipts(ingress):
    await listening(ingress, create_workflow=True, workflow_name="W")
    ingress.engine.reached = 3
    receipt = await receive(ingress, event())
    assert (receipt.reached, receipt.started, receipt.duplicate) == (3, 1, False)
    assert (await receive(ingress, event())).duplicate
    assert (await receive(ingress, event(source="other"))).started == 1


async def test_data_that_is_no_object_is_wrapped(ingress):
    await listening(ingress, create_workflow=True, workflow_name="W")
    await receive(ingress, event(data=[1]))
    assert ingress.starts[0].data == {"data": [1]}


async def test_keys_and_filters(ingress):
    correlation = (Correlation("Device"), Correlation("site", "x"))
    await listening(ingress, correlation=correlation, payload_attributes={"Deep": ".a.b", "bad": ".a.b.c"})
    await receive(ingress, event(1, device="r1", site="x"))
    await receive(ingress, event(2, device="r1", site="y"))
    ((_, _, keys),) = ingress.engine.delivered
    assert keys == {"device": "r1", "site": "x", "deep": 1}


async def test_nobody_listens(ingress):
    with pytest.raises(NotFound):
        await receive(ingress, event())
    await listening(ingress, source="only", endpoint="here")
    for sent, endpoint in ((event(), None), (event(source="only"), "there"), (event(type="u", source="only"), None)):
        with pytest.raises(NotFound):
            await receive(ingress, sent, endpoint)
    assert await ingress.store.read(lambda tx: tx.of(SeenEvent).find(tenant=SERVER_WIDE)) == []


async def test_a_busy_server_takes_nothing(ingress):
    await listening(ingress, create_workflow=True, workflow_name="W")
    ingress.refuse_starts = Busy("full", retry_after=1)
    with pytest.raises(Busy):
        await receive(ingress, event())
    ingress.refuse_starts = None
    assert (await receive(ingress, event())).started == 1


async def test_seen_events_are_forgotten(ingress):
    await listening(ingress)
    await receive(ingress, event(1))
    ingress.clock.pass_s(26 * 3600)
    assert await ingress.events.sweep() == 1
    await receive(ingress, event(2))
    ingress.clock.pass_s(27 * 3600)
    await receive(ingress, event(3))
    assert len(await ingress.store.read(lambda tx: tx.of(SeenEvent).find(tenant=SERVER_WIDE))) == 1


async def test_rejected_ones_are_bounded(ingress):
    refusal = Invalid("no", ["x" * 5000])
    old = [RejectedEvent(id=str(n), at=n, step="parse", reason="r") for n in range(MAX_REJECTED + 50)]

    def fill(tx):
        for record in old:
            tx.of(RejectedEvent).insert(record)

    await ingress.store.write(fill)
    await ingress.events.reject(ingress.root, "parse", refusal, b"\xff" * 100_000)
    kept = await ingress.events.rejected(ingress.root)
    assert len(kept) == MAX_REJECTED
    assert (len(kept[-1].reason), len(kept[-1].text)) == (1000, 4096)


async def test_permissions(ingress, made):
    events, nobody = ingress.events, made.NOBODY
    for call in (
        events.receive_http(nobody, event()), events.rejected(nobody),
        events.reject(nobody, "parse", Invalid("x"), b""),
    ):  # fmt: skip
        with pytest.raises(Forbidden):
            await call
