from __future__ import annotations

import pytest

from weft.domain.access import Principal
from weft.domain.errors import Conflict, Forbidden, InUse, Invalid, NotFound
from weft.services import namespaces as module
from weft.services.namespaces import NamespaceChange
from weft.services.tenants import TenantDraft

pytestmark = pytest.mark.anyio


@pytest.fixture
async def acme(world):
    await world.parts.tenants.create(world.root, TenantDraft(id="acme"))
    return world.root.within("acme")


async def test_create_list_get_change(world, acme):
    namespaces = world.parts.namespaces
    made = await namespaces.create(acme, "Lab_1", "the lab")
    assert (made.owner, made.default, made.scope) == ("acme", False, "Lab_1")
    assert [each.id for each in await namespaces.list(acme)] == ["Lab_1", "acme"]
    assert await namespaces.get(acme, "Lab_1") == made
    world.clock.pass_s(1)
    changed = await namespaces.change(acme, "Lab_1", NamespaceChange(label="x", disabled=True))
    assert (changed.label, changed.disabled, changed.changed_at - changed.created_at) == ("x", True, 1000)
    assert (await namespaces.change(acme, "Lab_1", NamespaceChange())).disabled


async def test_ids_are_unique_and_well_formed(world, acme):
    namespaces = world.parts.namespaces
    for name in ("default", "acme"):
        with pytest.raises(Conflict):
            await namespaces.create(acme, name)
    for name in ("", "a b", "a,b"):
        with pytest.raises(Invalid):
            await namespaces.create(acme, name)
    with pytest.raises(Invalid):
        await namespaces.create(acme, "lab", "x" * 256)


async def test_another_tenants_namespaces_are_unknown(world, acme):
    namespaces = world.parts.namespaces
    for call in (namespaces.get(acme, "default"), namespaces.change(acme, "default", NamespaceChange(label="x"))):
        with pytest.raises(NotFound):
            await call


async def test_the_default_namespace_stays(world, acme):
    with pytest.raises(InUse):
        await world.parts.namespaces.change(acme, "acme", NamespaceChange(disabled=True))


async def test_they_are_bounded(world, acme, monkeypatch):
    monkeypatch.setattr(module, "MAX_NAMESPACES", 2)
    await world.parts.namespaces.create(acme, "one")
    with pytest.raises(InUse):
        await world.parts.namespaces.create(acme, "two")


async def test_every_method_asks_for_its_permission(world):
    namespaces = world.parts.namespaces
    nobody = Principal(name="n")
    reader = Principal(name="r", permissions=frozenset({"administration.read"}))
    for call in (
        namespaces.list(nobody), namespaces.get(nobody, "a"), namespaces.create(reader, "a"),
        namespaces.change(reader, "a", NamespaceChange()),
    ):  # fmt: skip
        with pytest.raises(Forbidden):
            await call
