"""Users: list, create, get, change and remove."""

from __future__ import annotations

from weft.api.weft.declaring import declare
from weft.api.weft.shapes import UserCreate, UserList, UserPatch, UserView, read, user_view, wanted, wanted_or_none
from weft.services.access_rights import READ, WRITE
from weft.services.access_users import UserChange, Users
from weft.services.tenants import Tenants
from weft.web.operations import Answer, Call, Operation

GROUP = "users"


def operations(users: Users, tenants: Tenants) -> tuple[Operation, ...]:
    """The operations of this noun."""

    async def list_users(call: Call) -> Answer:
        return Answer(body=UserList([user_view(user, tenants) for user in await users.list(call.principal)]))

    async def get_user(call: Call) -> Answer:
        return Answer(body=user_view(await users.get(call.principal, call.path["name"]), tenants))

    async def create_user(call: Call) -> Answer:
        given = await read(call, UserCreate)
        user = await users.create(
            call.principal,
            given.name,
            given.password,
            given.roles,
            first_name=given.first_name,
            last_name=given.last_name,
            grants=wanted(given.grants),
        )
        return Answer(status=201, body=user_view(user, tenants))

    async def change_user(call: Call) -> Answer:
        patch = await read(call, UserPatch)
        change = UserChange(
            password=patch.password,
            roles=patch.roles,
            first_name=patch.first_name,
            last_name=patch.last_name,
            disabled=patch.disabled,
            grants=wanted_or_none(patch.grants),
        )
        return Answer(body=user_view(await users.change(call.principal, call.path["name"], change), tenants))

    async def delete_user(call: Call) -> Answer:
        await users.delete(call.principal, call.path["name"])
        return Answer(status=204, empty=True)

    return (
        declare("GET", "users", "listUsers", READ, "All users", list_users, GROUP, {200: UserList}),
        declare(
            "POST", "users", "createUser", WRITE, "Create a user", create_user, GROUP, {201: UserView}, UserCreate
        ),
        declare("GET", "users/{name}", "getUser", READ, "One user", get_user, GROUP, {200: UserView}),
        declare(
            "PATCH", "users/{name}", "changeUser", WRITE, "Change a user, or disable it",
            change_user, GROUP, {200: UserView}, UserPatch,
        ),
        declare("DELETE", "users/{name}", "deleteUser", WRITE, "Remove a user", delete_user, GROUP, {204: None}),
    )  # fmt: skip
