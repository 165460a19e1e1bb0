"""Namespaces of a tenant: list, create, get and change."""

from __future__ import annotations

import msgspec

from weft.api.weft.declaring import declare
from weft.api.weft.shapes import read, time_text
from weft.domain.tenancy import Namespace
from weft.services.access_rights import READ, WRITE
from weft.services.namespaces import NamespaceChange, Namespaces
from weft.web.operations import Answer, Call, Operation

GROUP = "namespaces"


class NamespaceView(msgspec.Struct):
    """`default`: it holds what names no namespace."""

    id: str
    tenant: str
    label: str
    default: bool
    disabled: bool
    created_at: str | None
    changed_at: str | None


class NamespaceCreate(msgspec.Struct, forbid_unknown_fields=True):
    id: str
    label: str = ""


class NamespacePatch(msgspec.Struct, forbid_unknown_fields=True):
    """What is left out stays as it is."""

    label: str | None = None
    disabled: bool | None = None


class NamespaceList(msgspec.Struct):
    items: list[NamespaceView]


def view(namespace: Namespace) -> NamespaceView:
    return NamespaceView(
        id=namespace.id,
        tenant=namespace.owner,
        label=namespace.label,
        default=namespace.default,
        disabled=namespace.disabled,
        created_at=time_text(namespace.created_at),
        changed_at=time_text(namespace.changed_at),
    )


def operations(namespaces: Namespaces) -> tuple[Operation, ...]:
    """The operations of this noun."""

    async def list_namespaces(call: Call) -> Answer:
        return Answer(body=NamespaceList([view(each) for each in await namespaces.list(call.principal)]))

    async def get_namespace(call: Call) -> Answer:
        return Answer(body=view(await namespaces.get(call.principal, call.path["namespace"])))

    async def create_namespace(call: Call) -> Answer:
        given = await read(call, NamespaceCreate)
        return Answer(status=201, body=view(await namespaces.create(call.principal, given.id, given.label)))

    async def change_namespace(call: Call) -> Answer:
        patch = await read(call, NamespacePatch)
        change = NamespaceChange(label=patch.label, disabled=patch.disabled)
        return Answer(body=view(await namespaces.change(call.principal, call.path["namespace"], change)))

    return (
        declare(
            "GET", "namespaces", "listNamespaces", READ, "All namespaces of a tenant", list_namespaces, GROUP,
            {200: NamespaceList},
        ),
        declare(
            "POST", "namespaces", "createNamespace", WRITE, "Create a namespace", create_namespace, GROUP,
            {201: NamespaceView}, NamespaceCreate,
        ),
        declare(
            "GET", "namespaces/{namespace}", "getNamespace", READ, "One namespace", get_namespace, GROUP,
            {200: NamespaceView},
        ),
        declare(
            "PATCH", "namespaces/{namespace}", "changeNamespace", WRITE, "Change a namespace's label, or disable it",
            change_namespace, GROUP, {200: NamespaceView}, NamespacePatch,
        ),
    )  # fmt: skip
