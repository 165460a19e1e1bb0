"""What one tenant stores no other tenant sees, and equal names do not meet. Adapters, workers and types are shared."""

from __future__ import annotations

import pytest

from weft.domain.access import Principal
from weft.domain.errors import Invalid, NotFound
from weft.services.definitions import Definition
from weft.services.event_types import Address, EventTypeDraft
from weft.services.resources import ResourceDraft

pytestmark = pytest.mark.anyio
OTHER = Principal(name="other", tenant="other", superuser=True)
HTTP = "system.event.http.v1.0.0"


async def fill(records, made, who):
    await records.workflows.create(who, Definition(made.small("W"), hint="cwm"))
    await records.secrets.create(who, "s", "token", {"token": f"of {who.tenant}"})
    await records.resources.create(who, ResourceDraft("r", HTTP, "s", {}))
    draft = EventTypeDraft(name="e", type="e", kind="consumed", resource="r", create_workflow=True, workflow_name="W")
    await records.event_types.create(who, draft)


async def test_nothing_is_seen(records, made):
    await fill(records, made, records.root)
    assert await records.workflows.list_all(OTHER) == []
    assert await records.secrets.list_all(OTHER) == []
    assert await records.resources.list_all(OTHER) == []
    assert await records.event_types.list_all(OTHER) == []
    for call in (
        records.workflows.get_named(OTHER, "W", "1.0"),
        records.secrets.get(OTHER, "s"),
        records.resources.get(OTHER, "r"), records.event_types.get(OTHER, Address("e")),
        records.secrets.delete(OTHER, "s"),
        records.resources.delete(OTHER, "r"), records.workflows.delete_named(OTHER, "W", "1.0"),
    ):  # fmt: skip
        with pytest.raises(NotFound):
            await call
    with pytest.raises(Invalid, match="secret s does not exist"):
        await records.resources.create(OTHER, ResourceDraft("x", HTTP, "s", {}))


async def test_equal_names_do_not_meet(records, made):
    for who in (records.root, OTHER):
        await fill(records, made, who)
    for tenant in ("default", "other"):
        value = await records.store.read(lambda tx, of=tenant: records.secrets.open(tx, of, "s"))
        assert value == {"token": f"of {tenant}"}
    await records.event_types.listen(OTHER, Address("e"), run=True)
    event = {"specversion": "1.0", "id": "1", "type": "e", "source": "s"}
    with pytest.raises(NotFound):
        await records.events.receive_http(records.root, event)
    await records.events.receive_http(OTHER, event)
    assert [(start.tenant, start.started_by) for start in records.starts] == [("other", "other")]
    await records.event_types.listen(records.root, Address("e"), run=True)
    assert not (await records.events.receive_http(records.root, event)).duplicate
