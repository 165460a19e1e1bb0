"""`weft tenant|namespace|client`: who the customers are, their groups, and the programs that act for them."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from weft.cli.administration import at, expiry, given
from weft.cli.connection import call, choices
from weft.cli.failures import USAGE, CommandError
from weft.cli.grants import GrantList, RoleList, TenantName, in_tenant, read_grants, show_holders
from weft.cli.output import show

tenants = typer.Typer(no_args_is_help=True, help="Tenants: the walls between customers. Only the operator makes them.")
namespaces = typer.Typer(no_args_is_help=True, help="Namespaces: groups of definitions and jobs inside a tenant.")
clients = typer.Typer(no_args_is_help=True, help="Clients: programs that get access tokens for an id and a secret.")

SECRET_ENV = "WEFT_CLIENT_SECRET"  # noqa: S105 - a variable's name
Label = Annotated[str, typer.Option("--label", help="text for people")]
NewLabel = Annotated[str | None, typer.Option("--label", help="text for people")]
Uuid = Annotated[str, typer.Option("--uuid", help="the UUID (customer id) that callers know it by")]
_TENANT_COLUMNS = ("id", "uuid", "label", "default_namespace", "disabled")
_NAMESPACE_COLUMNS = ("id", "tenant", "label", "default", "disabled")
_CLIENT_COLUMNS = ("id", "tenant", "label", "roles", "grants", "disabled", "expires_at")


@tenants.command("list")
def list_tenants() -> None:
    """All tenants that you administer, with their UUIDs."""
    show(call("GET", at("tenants"))["items"], choices.output, _TENANT_COLUMNS)


@tenants.command("get")
def get_tenant(tenant: str) -> None:
    """One tenant, by id or UUID."""
    show(call("GET", at("tenants", tenant)), choices.output)


@tenants.command("create")
def create_tenant(
    tenant_id: Annotated[str, typer.Argument(metavar="ID")],
    uuid: Uuid = "",
    label: Label = "",
    default_namespace: Annotated[
        str, typer.Option("--default-namespace", help="id of its default namespace; the tenant's id if left out")
    ] = "",
) -> None:
    """Create a tenant with its default namespace. A UUID is made up unless you give the one that callers know."""
    body = {"id": tenant_id, "uuid": uuid, "label": label, "default_namespace": default_namespace}
    show(call("POST", at("tenants"), json=body), choices.output)


@tenants.command("change")
def change_tenant(
    tenant: str,
    uuid: Annotated[str | None, typer.Option("--uuid", help="another UUID (customer id)")] = None,
    label: NewLabel = None,
) -> None:
    """Change the label or the UUID of a tenant."""
    show(call("PATCH", at("tenants", tenant), json=given(uuid=uuid, label=label)), choices.output)


@tenants.command("disable")
def disable_tenant(tenant: str) -> None:
    """Lock a tenant: its users, keys and clients are out at once, nobody finds it. Its running jobs go on."""
    call("PATCH", at("tenants", tenant), json={"disabled": True})
    typer.echo(f"tenant {tenant} disabled")


@tenants.command("enable")
def enable_tenant(tenant: str) -> None:
    """Let a tenant in again."""
    call("PATCH", at("tenants", tenant), json={"disabled": False})
    typer.echo(f"tenant {tenant} enabled")


@namespaces.command("list")
def list_namespaces(tenant: TenantName = "") -> None:
    """All namespaces of a tenant."""
    show(call("GET", at("namespaces"), **in_tenant(tenant))["items"], choices.output, _NAMESPACE_COLUMNS)


@namespaces.command("get")
def get_namespace(namespace: str, tenant: TenantName = "") -> None:
    """One namespace."""
    show(call("GET", at("namespaces", namespace), **in_tenant(tenant)), choices.output)


@namespaces.command("create")
def create_namespace(
    namespace_id: Annotated[str, typer.Argument(metavar="ID")], tenant: TenantName = "", label: Label = ""
) -> None:
    """Create a namespace. Its id is unique on the server, whichever tenant owns it."""
    body = {"id": namespace_id, "label": label}
    show(call("POST", at("namespaces"), json=body, **in_tenant(tenant)), choices.output)


@namespaces.command("change")
def change_namespace(namespace: str, label: NewLabel = None, tenant: TenantName = "") -> None:
    """Change the label of a namespace."""
    show(call("PATCH", at("namespaces", namespace), json=given(label=label), **in_tenant(tenant)), choices.output)


@namespaces.command("disable")
def disable_namespace(namespace: str, tenant: TenantName = "") -> None:
    """Close a namespace: callers find it no longer. Its running jobs go on."""
    call("PATCH", at("namespaces", namespace), json={"disabled": True}, **in_tenant(tenant))
    typer.echo(f"namespace {namespace} disabled")


@namespaces.command("enable")
def enable_namespace(namespace: str, tenant: TenantName = "") -> None:
    """Open a namespace again."""
    call("PATCH", at("namespaces", namespace), json={"disabled": False}, **in_tenant(tenant))
    typer.echo(f"namespace {namespace} enabled")


ClientId = Annotated[str, typer.Argument(metavar="ID", help="id; a UUID is made up if left out", show_default=False)]
SecretFile = Annotated[str, typer.Option("--secret-file", help="file with a secret of your own, - for stdin")]
ClientEnd = Annotated[str, typer.Option("--expires", help="date, time, days from now such as 30d, or never")]


@clients.command("list")
def list_clients(tenant: TenantName = "") -> None:
    """All clients of a tenant, without their secrets."""
    show_holders(call("GET", at("clients"), **in_tenant(tenant))["items"], _CLIENT_COLUMNS)


@clients.command("get")
def get_client(client: str, tenant: TenantName = "") -> None:
    """One client, without its secret."""
    show_holders(call("GET", at("clients", client), **in_tenant(tenant)))


@clients.command("create")
def create_client(
    client_id: ClientId = "",
    role: RoleList = None,
    grant: GrantList = None,
    tenant: TenantName = "",
    label: Label = "",
    secret_file: SecretFile = "",
    expires: ClientEnd = "",
) -> None:
    """Create a client. Its secret is made up and shown now and never again, or is the one you give.

    A secret of your own comes from --secret-file or from WEFT_CLIENT_SECRET and is not shown.
    """
    body = {
        "id": client_id,
        "secret": _secret(secret_file) if secret_file else os.environ.get(SECRET_ENV, ""),
        "label": label,
        "roles": role or [],
        "grants": read_grants(grant) or [],
        **_end(expires),
    }
    show_holders(call("POST", at("clients"), json=body, **in_tenant(tenant)))


@clients.command("change")
def change_client(
    client: str,
    role: RoleList = None,
    grant: GrantList = None,
    label: NewLabel = None,
    expires: ClientEnd = "",
    tenant: TenantName = "",
) -> None:
    """Replace the roles, the grants, the label or the expiry of a client."""
    body = {**given(roles=role, grants=read_grants(grant), label=label), **_end(expires)}
    show_holders(call("PATCH", at("clients", client), json=body, **in_tenant(tenant)))


@clients.command("secret")
def renew_secret(client: str, secret_file: SecretFile = "", tenant: TenantName = "") -> None:
    """Replace the secret of a client; the old one, and tokens got with it, are void at once."""
    body = {"secret": _secret(secret_file) if secret_file else ""}
    show_holders(call("POST", at("clients", client, "secret"), json=body, **in_tenant(tenant)))


@clients.command("disable")
def disable_client(client: str, tenant: TenantName = "") -> None:
    """Lock a client; its tokens are void at once."""
    call("PATCH", at("clients", client), json={"disabled": True}, **in_tenant(tenant))
    typer.echo(f"client {client} disabled")


@clients.command("enable")
def enable_client(client: str, tenant: TenantName = "") -> None:
    """Let a client in again."""
    call("PATCH", at("clients", client), json={"disabled": False}, **in_tenant(tenant))
    typer.echo(f"client {client} enabled")


@clients.command("delete")
def delete_client(client: str, tenant: TenantName = "") -> None:
    """Remove a client; its tokens are void at once, what it started goes on."""
    call("DELETE", at("clients", client), **in_tenant(tenant))
    typer.echo(f"client {client} removed")


def _secret(file: str) -> str:
    if file == "-":
        text = sys.stdin.readline().strip()
    else:
        try:
            text = Path(file).read_text().strip()
        except (OSError, UnicodeDecodeError) as cause:
            raise CommandError(f"cannot read the secret file {file}: {cause}", USAGE) from None
    if not text:
        raise CommandError("the secret is empty", USAGE)
    return text


def _end(expires: str) -> dict[str, Any]:
    return {"expires_at": None} if expires == "never" else given(expires_at=expiry(expires))
