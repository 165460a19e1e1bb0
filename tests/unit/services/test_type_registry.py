from __future__ import annotations

import msgspec
import pytest

from weft.domain.errors import Conflict, Invalid
from weft.domain.resources import ResourceType
from weft.domain.tenancy import SERVER_WIDE
from weft.services.type_registry import (
    declare,
    only_declared_by,
    register_builtin,
    resource_type_of,
    secret_type_of,
    withdraw,
)

pytestmark = pytest.mark.anyio


class Declared(msgspec.Struct):
    id: str
    schema: dict
    description: str = ""


async def declaring(records, adapter, *types):
    await records.store.write(lambda tx: declare(tx, ResourceType, adapter, types))


async def known(records):
    found = await records.store.read(lambda tx: tx.of(ResourceType).find(tenant=SERVER_WIDE))
    return {one.id: one for one in found if not one.builtin}


async def test_shared_until_nobody_declares_it(records):
    one = Declared("a.b.resource.v1.0.0", {"type": "object"})
    await declaring(records, "a.b.v1.0.0", one)
    await declaring(records, "a.b.v2.0.0", one)
    assert (await known(records))[one.id].adapters == ("a.b.v1.0.0", "a.b.v2.0.0")
    await records.store.write(lambda tx: withdraw(tx, ResourceType, "a.b.v1.0.0"))
    assert await records.store.read(lambda tx: only_declared_by(tx, "a.b.v2.0.0")) == ([one.id], [])
    await records.store.write(lambda tx: withdraw(tx, ResourceType, "a.b.v2.0.0"))
    assert await known(records) == {}


async def test_what_is_declared_no_more_goes(records):
    await declaring(records, "a.b.v1.0.0", Declared("x", {}), Declared("y", {}))
    await declaring(records, "a.b.v1.0.0", Declared("y", {}))
    assert list(await known(records)) == ["y"]


async def test_another_family_needs_an_equal_schema(records):
    await declaring(records, "a.b.v1.0.0", Declared("x", {"type": "object"}))
    await declaring(records, "c.d.v1.0.0", Declared("x", {"type": "object"}))
    with pytest.raises(Conflict, match=r"declared by a\.b\.v1"):
        await declaring(records, "e.f.v1.0.0", Declared("x", {"type": "array"}))
    with pytest.raises(Invalid):
        await declaring(records, "e.f.v1.0.0", Declared("z", {"type": "nope"}))


async def test_builtin_types_stay(records):
    rest = "generic.rest.resource.v1.0.0"
    await declaring(records, "generic.rest.v2.0.0", Declared(rest, {"type": "object"}))
    await register_builtin(records.store)
    kept = await records.store.read(lambda tx: resource_type_of(tx, rest))
    assert (kept.adapters, "required" in kept.schema) == (("generic.rest.v2.0.0",), True)
    with pytest.raises(Conflict, match="the server"):
        await declaring(records, "a.b.v1.0.0", Declared("system.event.http.v1.0.0", {}))
    await records.store.write(lambda tx: withdraw(tx, ResourceType, "generic.rest.v2.0.0"))
    assert (await records.store.read(lambda tx: resource_type_of(tx, rest))).builtin


async def test_unknown_types(records):
    with pytest.raises(Invalid):
        await records.store.read(lambda tx: resource_type_of(tx, "none"))
    with pytest.raises(Invalid):
        await records.store.read(lambda tx: secret_type_of(tx, "none"))
