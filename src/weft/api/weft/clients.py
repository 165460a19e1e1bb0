"""Clients: list, create, get, change, new secret and remove. A secret is shown once, in the answer that makes it."""

from __future__ import annotations

from datetime import datetime

import msgspec

from weft.api.weft.declaring import declare
from weft.api.weft.shapes import (
    GrantGiven,
    GrantView,
    grant_views,
    read,
    time_ms,
    time_text,
    wanted,
    wanted_or_none,
)
from weft.domain.clients import Client
from weft.services.access_rights import READ, WRITE
from weft.services.clients import ClientChange, ClientDraft, Clients
from weft.services.tenants import Tenants
from weft.web.operations import Answer, Call, Operation

GROUP = "clients"
_UNSTORED = {"Cache-Control": "no-store"}


class ClientView(msgspec.Struct):
    """`roles` are held in the whole of `tenant`, the home; `grants` are roles elsewhere or in single namespaces."""

    id: str
    tenant: str
    label: str
    roles: tuple[str, ...]
    grants: list[GrantView]
    disabled: bool
    expires_at: str | None
    created_at: str | None
    changed_at: str | None
    secret_changed_at: str | None
    created_by: str


class ClientCreated(ClientView):
    """`secret` is shown in this answer and never again; null where the caller chose it."""

    secret: str | None


class ClientCreate(msgspec.Struct, forbid_unknown_fields=True):
    """Without `id` or `secret` one is made."""

    id: str = ""
    secret: str = ""
    label: str = ""
    roles: list[str] = []
    grants: list[GrantGiven] = []
    expires_at: datetime | None = None


class ClientPatch(msgspec.Struct, forbid_unknown_fields=True):
    """What is left out stays as it is; `expires_at` null means never."""

    label: str | None = None
    roles: list[str] | None = None
    grants: list[GrantGiven] | None = None
    disabled: bool | None = None
    expires_at: datetime | msgspec.UnsetType | None = msgspec.UNSET


class SecretGiven(msgspec.Struct, forbid_unknown_fields=True):
    """Without `secret` one is made."""

    secret: str = ""


class ClientList(msgspec.Struct):
    items: list[ClientView]


def view(client: Client, tenants: Tenants) -> ClientView:
    return ClientView(
        id=client.id,
        tenant=client.owner,
        label=client.label,
        roles=client.roles,
        grants=grant_views(client.grants, tenants),
        disabled=client.disabled,
        expires_at=time_text(client.expires_at),
        created_at=time_text(client.created_at),
        changed_at=time_text(client.changed_at),
        secret_changed_at=time_text(client.secret_at),
        created_by=client.created_by,
    )


def draft_of(given: ClientCreate) -> ClientDraft:
    return ClientDraft(
        id=given.id,
        secret=given.secret,
        label=given.label,
        roles=given.roles,
        grants=wanted(given.grants),
        expires_at=time_ms(given.expires_at) or 0,
    )


def change_of(patch: ClientPatch) -> ClientChange:
    at = patch.expires_at
    return ClientChange(
        label=patch.label,
        roles=patch.roles,
        grants=wanted_or_none(patch.grants),
        disabled=patch.disabled,
        expires_at=None if isinstance(at, msgspec.UnsetType) else time_ms(at) or 0,
    )


def operations(clients: Clients, tenants: Tenants) -> tuple[Operation, ...]:
    """The operations of this noun."""

    def shown(client: Client, secret: str) -> ClientCreated:
        return ClientCreated(**msgspec.structs.asdict(view(client, tenants)), secret=secret or None)

    async def list_clients(call: Call) -> Answer:
        return Answer(body=ClientList([view(each, tenants) for each in await clients.list(call.principal)]))

    async def get_client(call: Call) -> Answer:
        return Answer(body=view(await clients.get(call.principal, call.path["client"]), tenants))

    async def create_client(call: Call) -> Answer:
        made, secret = await clients.create(call.principal, draft_of(await read(call, ClientCreate)))
        return Answer(status=201, body=shown(made, secret), headers=_UNSTORED)

    async def change_client(call: Call) -> Answer:
        change = change_of(await read(call, ClientPatch))
        return Answer(body=view(await clients.change(call.principal, call.path["client"], change), tenants))

    async def new_secret(call: Call) -> Answer:
        given = await read(call, SecretGiven)
        changed, secret = await clients.new_secret(call.principal, call.path["client"], given.secret)
        return Answer(body=shown(changed, secret), headers=_UNSTORED)

    async def delete_client(call: Call) -> Answer:
        await clients.delete(call.principal, call.path["client"])
        return Answer(status=204, empty=True)

    return (
        declare(
            "GET", "clients", "listClients", READ, "All clients of a tenant", list_clients, GROUP, {200: ClientList}
        ),
        declare(
            "POST", "clients", "createClient", WRITE, "Create a client", create_client, GROUP, {201: ClientCreated},
            ClientCreate,
        ),
        declare("GET", "clients/{client}", "getClient", READ, "One client", get_client, GROUP, {200: ClientView}),
        declare(
            "PATCH", "clients/{client}", "changeClient", WRITE, "Change a client, or disable it", change_client, GROUP,
            {200: ClientView}, ClientPatch,
        ),
        declare(
            "POST", "clients/{client}/secret", "renewClientSecret", WRITE,
            "Replace a client's secret; the old one and tokens got with it are void at once", new_secret, GROUP,
            {200: ClientCreated}, SecretGiven,
        ),
        declare(
            "DELETE", "clients/{client}", "deleteClient", WRITE, "Remove a client; its tokens are void at once",
            delete_client, GROUP, {204: None},
        ),
    )  # fmt: skip
