"""Roles: list, create, get, change and remove; and the list of permissions that a role can hold."""

from __future__ import annotations

from weft.api.weft.declaring import declare
from weft.api.weft.shapes import PermissionList, RoleCreate, RoleList, RolePatch, RoleView, read, role_view
from weft.domain.access import BUNDLES
from weft.domain.roles import ALL_PERMISSIONS
from weft.services.access_rights import READ, WRITE
from weft.services.access_roles import Roles
from weft.web.operations import Answer, Call, Operation

GROUP = "roles"


def operations(roles: Roles) -> tuple[Operation, ...]:
    """The operations of this noun."""

    async def list_roles(call: Call) -> Answer:
        return Answer(body=RoleList([role_view(role) for role in await roles.list(call.principal)]))

    async def get_role(call: Call) -> Answer:
        return Answer(body=role_view(await roles.get(call.principal, call.path["role"])))

    async def create_role(call: Call) -> Answer:
        wanted = await read(call, RoleCreate)
        role = await roles.create(
            call.principal, wanted.id, wanted.permissions, wanted.description, shared=wanted.shared
        )
        return Answer(status=201, body=role_view(role))

    async def change_role(call: Call) -> Answer:
        patch = await read(call, RolePatch)
        role = await roles.change(
            call.principal,
            call.path["role"],
            permissions=patch.permissions,
            description=patch.description,
            shared=patch.shared,
        )
        return Answer(body=role_view(role))

    async def delete_role(call: Call) -> Answer:
        await roles.delete(call.principal, call.path["role"])
        return Answer(status=204, empty=True)

    async def list_permissions(call: Call) -> Answer:
        return Answer(
            body=PermissionList(sorted(ALL_PERMISSIONS), {word: list(names) for word, names in BUNDLES.items()})
        )

    return (
        declare("GET", "roles", "listRoles", READ, "All roles", list_roles, GROUP, {200: RoleList}),
        declare(
            "POST", "roles", "createRole", WRITE, "Create a role", create_role, GROUP, {201: RoleView}, RoleCreate
        ),
        declare("GET", "roles/{role}", "getRole", READ, "One role", get_role, GROUP, {200: RoleView}),
        declare(
            "PATCH", "roles/{role}", "changeRole", WRITE, "Replace the permissions or description of a role",
            change_role, GROUP, {200: RoleView}, RolePatch,
        ),
        declare("DELETE", "roles/{role}", "deleteRole", WRITE, "Remove a role", delete_role, GROUP, {204: None}),
        declare(
            "GET", "permissions", "listPermissions", READ, "All permissions", list_permissions, GROUP,
            {200: PermissionList}, of_tenant=False,
        ),
    )  # fmt: skip
