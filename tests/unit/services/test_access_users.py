from __future__ import annotations

import pytest

from weft.domain.access import Principal
from weft.domain.errors import Conflict, Forbidden, InUse, Invalid, NotFound
from weft.services.access_users import UserChange

pytestmark = pytest.mark.anyio
HELPDESK = Principal(name="help", permissions=frozenset({"administration.read", "administration.write", "job.list"}))
READER = Principal(name="reader", permissions=frozenset({"administration.read"}))
NOBODY = Principal(name="nobody")


@pytest.fixture
async def users(world):
    await world.parts.roles.create(world.root, "lookers", ["job.list"])
    await world.parts.roles.create(world.root, "starters", ["job.list", "job.create"])
    return world.parts.users


async def test_create_list_get_change_delete(world, users):
    made = await users.create(world.root, "ann", "password1", ["permission/lookers"], first_name="Ann")
    assert (made.roles, made.first_name, made.disabled) == (("lookers",), "Ann", False)
    assert "password1" not in made.password_hash
    assert [user.name for user in await users.list(READER)] == ["ann"]
    world.clock.pass_s(5)
    changed = await users.change(world.root, "ann", UserChange(last_name="B", roles=["starters", "starters"]))
    assert (changed.first_name, changed.last_name, changed.roles) == ("Ann", "B", ("starters",))
    assert changed.changed_at == made.changed_at + 5000
    assert changed.password_hash == made.password_hash
    await users.delete(world.root, "ann")
    with pytest.raises(NotFound):
        await users.get(world.root, "ann")


async def test_names_are_unique(world, users):
    await users.create(world.root, "ann", "password1")
    with pytest.raises(Conflict):
        await users.create(world.root, "ann", "password1")


@pytest.mark.parametrize(
    ("name", "password", "roles"),
    [("", "password1", []), ("a/b", "password1", []), ("a:b", "password1", []), ("a", "short", []),
     ("a", "x" * 2000, []), ("a", "password1", ["none"]), ("a", "password1", ["bad role"])],
)  # fmt: skip
async def test_invalid_users(world, users, name, password, roles):
    with pytest.raises(Invalid):
        await users.create(world.root, name, password, roles)


async def test_every_method_asks_for_its_permission(users):
    for call in (
        users.list(NOBODY), users.get(NOBODY, "a"), users.create(READER, "a", "password1"),
        users.change(READER, "a", UserChange()), users.delete(READER, "a"),
    ):  # fmt: skip
        with pytest.raises(Forbidden):
            await call


async def test_nobody_gives_more_than_they_hold(world, users):
    await users.create(HELPDESK, "ann", "password1", ["lookers"])
    for roles in (["starters"], ["admin"]):
        with pytest.raises(Forbidden):
            await users.create(HELPDESK, "eve", "password1", roles)
        with pytest.raises(Forbidden):
            await users.change(HELPDESK, "ann", UserChange(roles=roles))
    assert (await users.get(world.root, "ann")).roles == ("lookers",)


async def test_nobody_touches_a_user_who_holds_more(world, users):
    await users.create(world.root, "boss", "password1", ["admin"])
    await users.create(world.root, "smith", "password1", ["starters"])
    for name in ("boss", "smith"):
        with pytest.raises(Forbidden):
            await users.change(HELPDESK, name, UserChange(password="password2"))
        with pytest.raises(Forbidden):
            await users.delete(HELPDESK, name)


@pytest.mark.parametrize("what", ["disable", "demote", "delete"])
async def test_the_last_superuser_stays(world, users, what):
    await users.create(world.root, "boss", "password1", ["admin"])
    await users.create(world.root, "gone", "password1", ["admin"])
    await users.change(world.root, "gone", UserChange(disabled=True))

    async def act():
        if what == "delete":
            await users.delete(world.root, "boss")
        else:
            change = UserChange(disabled=True) if what == "disable" else UserChange(roles=[])
            await users.change(world.root, "boss", change)

    with pytest.raises(InUse):
        await act()
    await users.create(world.root, "second", "password1", ["admin"])
    await act()
