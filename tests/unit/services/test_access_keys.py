from __future__ import annotations

import pytest

from weft.domain.access import Principal
from weft.domain.errors import Conflict, Forbidden, Invalid, NotFound
from weft.services.access_keys import KeyChange

pytestmark = pytest.mark.anyio
HELPDESK = Principal(name="help", permissions=frozenset({"administration.read", "administration.write", "job.list"}))
READER = Principal(name="reader", permissions=frozenset({"administration.read"}))


@pytest.fixture
async def keys(world):
    await world.parts.roles.create(world.root, "lookers", ["job.list"])
    await world.parts.roles.create(world.root, "starters", ["job.create"])
    return world.parts.keys


async def test_create_list_get_change_delete(world, keys):
    record, secret = await keys.create(world.root, "ci", ["lookers"])
    assert secret.startswith("weft_")
    assert secret not in repr(record)
    assert (record.created_by, record.expires_at) == ("root", world.clock.now_ms() + 90 * 86_400_000)
    assert [key.name for key in await keys.list(READER)] == ["ci"]
    assert await keys.get(READER, record.id) == await keys.get(READER, "ci")
    later = world.clock.now_ms() + 5000
    changed = await keys.change(world.root, "ci", KeyChange(roles=["starters"], expires_at=later, disabled=True))
    assert (changed.roles, changed.expires_at, changed.disabled) == (("starters",), later, True)
    assert changed.digest == record.digest
    await keys.delete(world.root, record.id)
    with pytest.raises(NotFound):
        await keys.get(world.root, "ci")


async def test_names_are_unique(world, keys):
    await keys.create(world.root, "ci", [])
    with pytest.raises(Conflict):
        await keys.create(world.root, "ci", [])


@pytest.mark.parametrize("offset_s", [0, -5, 11 * 366 * 86_400])
async def test_an_expiry_lies_in_the_future_within_ten_years(world, keys, offset_s):
    with pytest.raises(Invalid):
        await keys.create(world.root, "ci", [], world.clock.now_ms() + offset_s * 1000)


async def test_roles_exist_and_are_held(world, keys):
    with pytest.raises(Invalid):
        await keys.create(world.root, "ci", ["none"])
    for roles in (["starters"], ["admin"]):
        with pytest.raises(Forbidden):
            await keys.create(HELPDESK, "ci", roles)
    await keys.create(world.root, "strong", ["starters"])
    for call in (keys.change(HELPDESK, "strong", KeyChange(disabled=True)), keys.delete(HELPDESK, "strong")):
        with pytest.raises(Forbidden):
            await call


async def test_every_method_asks_for_its_permission(keys):
    nobody = Principal(name="nobody")
    for call in (
        keys.list(nobody), keys.get(nobody, "a"), keys.create(READER, "a", []), keys.change(READER, "a", KeyChange()),
        keys.delete(READER, "a"),
    ):  # fmt: skip
        with pytest.raises(Forbidden):
            await call
