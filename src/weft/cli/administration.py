"""`weft user|role|token|keys|server`: the administration of a running server."""

from __future__ import annotations

import re
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import typer

from weft.cli.asking import ask
from weft.cli.connection import ADMINISTRATION, call, choices
from weft.cli.failures import USAGE, CommandError
from weft.cli.grants import GrantList, RoleList, TenantName, in_tenant, read_grants, show_holders
from weft.cli.output import show

users = typer.Typer(no_args_is_help=True, help="Users: people and programs that log in with a password.")
roles = typer.Typer(no_args_is_help=True, help="Roles: sets of permissions.")
tokens = typer.Typer(no_args_is_help=True, help="API keys for programs.")
keys = typer.Typer(no_args_is_help=True, help="The keys that seal secrets.")
server = typer.Typer(no_args_is_help=True, help="The server itself.")

Enabled = Annotated[bool | None, typer.Option("--disable/--enable", help="lock out, or let in again")]
PasswordFile = Annotated[str, typer.Option("--password-file", help="file with the password, - for stdin")]
_DAYS = re.compile(r"(\d{1,4})d")


def at(noun: str, *names: str) -> str:
    """The path of a noun, or of one thing or part of it, in the administration API."""
    return "/".join((ADMINISTRATION, noun, *(quote(name, safe="") for name in names)))


def given(**members: Any) -> dict[str, Any]:
    """The members that were given."""
    return {name: value for name, value in members.items() if value is not None}


def _password(file: str) -> str:
    if file == "-":
        return sys.stdin.readline().rstrip("\n")
    if file:
        try:
            return Path(file).read_text().strip()
        except OSError as cause:
            raise CommandError(f"cannot read {file}: {cause.strerror}", USAGE) from None
    return ask("password", "give --password-file FILE, or - for standard input", confirm=True)


def expiry(text: str) -> str | None:
    """RFC 3339 text from a date, a time, or a number of days such as `30d`."""
    if not text:
        return None
    if days := _DAYS.fullmatch(text):
        at = datetime.now(UTC) + timedelta(days=int(days[1]))  # noqa: TID251 - the user's own clock is meant
        return at.isoformat(timespec="seconds")
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise CommandError(f"{text} is neither a date, a time nor a number of days such as 30d", USAGE) from None
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).isoformat()


@users.command("list")
def list_users(tenant: TenantName = "") -> None:
    """All users of a tenant."""
    columns = ("name", "roles", "grants", "disabled", "created_at")
    show_holders(call("GET", at("users"), **in_tenant(tenant))["items"], columns)


@users.command("get")
def get_user(name: str, tenant: TenantName = "") -> None:
    """One user."""
    show_holders(call("GET", at("users", name), **in_tenant(tenant)))


@users.command("create")
def create_user(
    name: str,
    role: RoleList = None,
    grant: GrantList = None,
    password_file: PasswordFile = "",
    first_name: str = "",
    last_name: str = "",
    tenant: TenantName = "",
) -> None:
    """Create a user; the password is asked for, or read from a file."""
    body = {
        "name": name,
        "password": _password(password_file),
        "roles": role or [],
        "first_name": first_name,
        "last_name": last_name,
        **given(grants=read_grants(grant)),
    }
    show_holders(call("POST", at("users"), json=body, **in_tenant(tenant)))


@users.command("change")
def change_user(
    name: str,
    role: RoleList = None,
    grant: GrantList = None,
    disable: Enabled = None,
    password: Annotated[bool, typer.Option("--password", help="set a new password")] = False,
    password_file: PasswordFile = "",
    tenant: TenantName = "",
) -> None:
    """Replace roles, grants or password of a user, or lock the user out."""
    secret = _password(password_file) if password or password_file else None
    body = given(roles=role, grants=read_grants(grant), disabled=disable, password=secret)
    show_holders(call("PATCH", at("users", name), json=body, **in_tenant(tenant)))


@users.command("delete")
def delete_user(name: str, tenant: TenantName = "") -> None:
    """Remove a user."""
    call("DELETE", at("users", name), **in_tenant(tenant))
    typer.echo(f"user {name} removed")


@roles.command("list")
def list_roles(tenant: TenantName = "") -> None:
    """All roles of a tenant, also those that every tenant has."""
    columns = ("id", "description", "permissions")
    show(call("GET", at("roles"), **in_tenant(tenant))["items"], choices.output, columns)


@roles.command("get")
def get_role(role_id: str, tenant: TenantName = "") -> None:
    """One role with its permissions."""
    show(call("GET", at("roles", role_id), **in_tenant(tenant)), choices.output)


@roles.command("permissions")
def list_permissions() -> None:
    """All permissions that a role can hold."""
    show(call("GET", at("permissions"))["items"], choices.output)


Permissions = Annotated[
    list[str] | None, typer.Option("--permission", help="such as job.list, job.* or job.read; repeat")
]
Shared = Annotated[bool | None, typer.Option("--shared/--own", help="whether every tenant may use it")]


@roles.command("create")
def create_role(
    role_id: str,
    permission: Permissions = None,
    description: str = "",
    shared: Shared = None,
    tenant: TenantName = "",
) -> None:
    """Create a role of a tenant."""
    body = {"id": role_id, "permissions": permission or [], "description": description, **given(shared=shared)}
    show(call("POST", at("roles"), json=body, **in_tenant(tenant)), choices.output)


@roles.command("change")
def change_role(
    role_id: str,
    permission: Permissions = None,
    description: Annotated[str | None, typer.Option()] = None,
    shared: Shared = None,
    tenant: TenantName = "",
) -> None:
    """Replace the permissions, or the description, of a role; share it or not."""
    body = given(permissions=permission, description=description, shared=shared)
    show(call("PATCH", at("roles", role_id), json=body, **in_tenant(tenant)), choices.output)


@roles.command("delete")
def delete_role(role_id: str, tenant: TenantName = "") -> None:
    """Remove a role that nobody holds."""
    call("DELETE", at("roles", role_id), **in_tenant(tenant))
    typer.echo(f"role {role_id} removed")


Expires = Annotated[str, typer.Option("--expires", help="date, time, or days from now such as 30d")]


@tokens.command("list")
def list_tokens(tenant: TenantName = "") -> None:
    """All API keys of a tenant, without the keys themselves."""
    columns = ("name", "roles", "grants", "disabled", "expires_at", "id")
    show_holders(call("GET", at("tokens"), **in_tenant(tenant))["items"], columns)


@tokens.command("create")
def create_token(
    name: str, role: RoleList = None, grant: GrantList = None, expires: Expires = "", tenant: TenantName = ""
) -> None:
    """Make an API key. The key is shown now and never again."""
    more = given(expires_at=expiry(expires), grants=read_grants(grant))
    body = {"name": name, "roles": role or [], **more}
    show_holders(call("POST", at("tokens"), json=body, **in_tenant(tenant)))


@tokens.command("change")
def change_token(
    name: str,
    role: RoleList = None,
    grant: GrantList = None,
    expires: Expires = "",
    disable: Enabled = None,
    tenant: TenantName = "",
) -> None:
    """Replace the roles, the grants or the expiry of an API key (by name or id), or lock it."""
    body = given(roles=role, grants=read_grants(grant), expires_at=expiry(expires), disabled=disable)
    show_holders(call("PATCH", at("tokens", name), json=body, **in_tenant(tenant)))


@tokens.command("delete")
def delete_token(name: str, tenant: TenantName = "") -> None:
    """Remove an API key (by name or id)."""
    call("DELETE", at("tokens", name), **in_tenant(tenant))
    typer.echo(f"API key {name} removed")


@keys.command("rotate")
def rotate_keys() -> None:
    """New data keys; everything that is sealed is sealed anew, while the server runs."""
    show(call("POST", at("keys", "rotate"), timeout_s=None), choices.output)


@server.command("get")
def get_server() -> None:
    """Version, parts and numbers of a running server."""
    show(call("GET", at("server")), choices.output)
