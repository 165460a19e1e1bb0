"""Tenants: list, create, get and change. `{tenant}` is an id or a UUID. Only the operator creates and changes."""

from __future__ import annotations

import msgspec

from weft.api.weft.declaring import declare
from weft.api.weft.shapes import read, time_text
from weft.domain.tenancy import Tenant
from weft.services.access_rights import READ, WRITE
from weft.services.tenants import TenantChange, TenantDraft, Tenants
from weft.web.operations import Answer, Call, Operation

GROUP = "tenants"


class TenantView(msgspec.Struct):
    """`id` is the short name; `uuid` is what callers of some APIs name it by (their customer id)."""

    id: str
    uuid: str
    label: str
    default_namespace: str
    disabled: bool
    created_at: str | None
    changed_at: str | None


class TenantCreate(msgspec.Struct, forbid_unknown_fields=True):
    """`uuid` may be one that callers know already; the default namespace has the tenant's id if none is named."""

    id: str
    uuid: str = ""
    label: str = ""
    default_namespace: str = ""


class TenantPatch(msgspec.Struct, forbid_unknown_fields=True):
    """What is left out stays as it is."""

    uuid: str | None = None
    label: str | None = None
    disabled: bool | None = None


class TenantList(msgspec.Struct):
    items: list[TenantView]


def view(tenant: Tenant) -> TenantView:
    return TenantView(
        id=tenant.id,
        uuid=tenant.uuid,
        label=tenant.label,
        default_namespace=tenant.default_namespace,
        disabled=tenant.disabled,
        created_at=time_text(tenant.created_at),
        changed_at=time_text(tenant.changed_at),
    )


def operations(tenants: Tenants) -> tuple[Operation, ...]:
    """The operations of this noun."""

    async def list_tenants(call: Call) -> Answer:
        return Answer(body=TenantList([view(tenant) for tenant in await tenants.list(call.principal)]))

    async def get_tenant(call: Call) -> Answer:
        return Answer(body=view(await tenants.get(call.principal, call.path["tenant"])))

    async def create_tenant(call: Call) -> Answer:
        given = await read(call, TenantCreate)
        draft = TenantDraft(id=given.id, uuid=given.uuid, label=given.label, default_namespace=given.default_namespace)
        return Answer(status=201, body=view(await tenants.create(call.principal, draft)))

    async def change_tenant(call: Call) -> Answer:
        patch = await read(call, TenantPatch)
        change = TenantChange(uuid=patch.uuid, label=patch.label, disabled=patch.disabled)
        return Answer(body=view(await tenants.change(call.principal, call.path["tenant"], change)))

    return (
        declare(
            "GET", "tenants", "listTenants", READ, "All tenants that the caller administers", list_tenants, GROUP,
            {200: TenantList}, of_tenant=False,
        ),
        declare(
            "POST", "tenants", "createTenant", WRITE, "Create a tenant with its default namespace", create_tenant,
            GROUP, {201: TenantView}, TenantCreate, of_tenant=False,
        ),
        declare(
            "GET", "tenants/{tenant}", "getTenant", READ, "One tenant", get_tenant, GROUP, {200: TenantView},
            of_tenant=False,
        ),
        declare(
            "PATCH", "tenants/{tenant}", "changeTenant", WRITE, "Change a tenant's label or UUID, or disable it",
            change_tenant, GROUP, {200: TenantView}, TenantPatch, of_tenant=False,
        ),
    )  # fmt: skip
