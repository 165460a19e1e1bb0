"""`weft user|role|token|keys|server`: the administration of a running server."""

from __future__ import annotations

import re
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import typer

from weft.cli.connection import ADMINISTRATION, call, choices
from weft.cli.failures import USAGE, CommandError
from weft.cli.output import show

users = typer.Typer(no_args_is_help=True, help="Users: people and programs that log in with a password.")
roles = typer.Typer(no_args_is_help=True, help="Roles: sets of permissions.")
tokens = typer.Typer(no_args_is_help=True, help="API keys for programs.")
keys = typer.Typer(no_args_is_help=True, help="The keys that seal secrets.")
server = typer.Typer(no_args_is_help=True, help="The server itself.")

RoleList = Annotated[list[str] | None, typer.Option("--role", help="role to hold; repeat for several")]
Enabled = Annotated[bool | None, typer.Option("--disable/--enable", help="lock out, or let in again")]
PasswordFile = Annotated[str, typer.Option("--password-file", help="file with the password, - for stdin")]
_DAYS = re.compile(r"(\d{1,4})d")


def _path(noun: str, name: str = "") -> str:
    return f"{ADMINISTRATION}/{noun}" + (f"/{quote(name, safe='')}" if name else "")


def _given(**members: Any) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}


def _password(file: str) -> str:
    if file == "-":
        return sys.stdin.readline().rstrip("\n")
    if file:
        try:
            return Path(file).read_text().strip()
        except OSError as cause:
            raise CommandError(f"cannot read {file}: {cause.strerror}", USAGE) from None
    return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))


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
def list_users() -> None:
    """All users."""
    show(call("GET", _path("users"))["items"], choices.output, ("name", "roles", "disabled", "created_at"))


@users.command("get")
def get_user(name: str) -> None:
    """One user."""
    show(call("GET", _path("users", name)), choices.output)


@users.command("create")
def create_user(
    name: str, role: RoleList = None, password_file: PasswordFile = "", first_name: str = "", last_name: str = ""
) -> None:
    """Create a user; the password is asked for, or read from a file."""
    body = {"name": name, "password": _password(password_file), "roles": role or []}
    show(call("POST", _path("users"), json={**body, "first_name": first_name, "last_name": last_name}), choices.output)


@users.command("change")
def change_user(
    name: str,
    role: RoleList = None,
    disable: Enabled = None,
    password: Annotated[bool, typer.Option("--password", help="set a new password")] = False,
    password_file: PasswordFile = "",
) -> None:
    """Replace roles or password of a user, or lock the user out."""
    secret = _password(password_file) if password or password_file else None
    body = _given(roles=role, disabled=disable, password=secret)
    show(call("PATCH", _path("users", name), json=body), choices.output)


@users.command("delete")
def delete_user(name: str) -> None:
    """Remove a user."""
    call("DELETE", _path("users", name))
    typer.echo(f"user {name} removed")


@roles.command("list")
def list_roles() -> None:
    """All roles."""
    show(call("GET", _path("roles"))["items"], choices.output, ("id", "description", "permissions"))


@roles.command("get")
def get_role(role_id: str) -> None:
    """One role with its permissions."""
    show(call("GET", _path("roles", role_id)), choices.output)


@roles.command("permissions")
def list_permissions() -> None:
    """All permissions that a role can hold."""
    show(call("GET", _path("permissions"))["items"], choices.output)


Permissions = Annotated[list[str] | None, typer.Option("--permission", help="such as job.list or job.*; repeat")]


@roles.command("create")
def create_role(role_id: str, permission: Permissions = None, description: str = "") -> None:
    """Create a role."""
    body = {"id": role_id, "permissions": permission or [], "description": description}
    show(call("POST", _path("roles"), json=body), choices.output)


@roles.command("change")
def change_role(
    role_id: str, permission: Permissions = None, description: Annotated[str | None, typer.Option()] = None
) -> None:
    """Replace the permissions, or the description, of a role."""
    body = _given(permissions=permission, description=description)
    show(call("PATCH", _path("roles", role_id), json=body), choices.output)


@roles.command("delete")
def delete_role(role_id: str) -> None:
    """Remove a role that nobody holds."""
    call("DELETE", _path("roles", role_id))
    typer.echo(f"role {role_id} removed")


Expires = Annotated[str, typer.Option("--expires", help="date, time, or days from now such as 30d")]


@tokens.command("list")
def list_tokens() -> None:
    """All API keys, without the keys themselves."""
    columns = ("name", "roles", "disabled", "expires_at", "id")
    show(call("GET", _path("tokens"))["items"], choices.output, columns)


@tokens.command("create")
def create_token(name: str, role: RoleList = None, expires: Expires = "") -> None:
    """Make an API key. The key is shown now and never again."""
    body = {"name": name, "roles": role or [], **_given(expires_at=expiry(expires))}
    show(call("POST", _path("tokens"), json=body), choices.output)


@tokens.command("change")
def change_token(name: str, role: RoleList = None, expires: Expires = "", disable: Enabled = None) -> None:
    """Replace the roles or the expiry of an API key (by name or id), or lock it."""
    body = _given(roles=role, expires_at=expiry(expires), disabled=disable)
    show(call("PATCH", _path("tokens", name), json=body), choices.output)


@tokens.command("delete")
def delete_token(name: str) -> None:
    """Remove an API key (by name or id)."""
    call("DELETE", _path("tokens", name))
    typer.echo(f"API key {name} removed")


@keys.command("rotate")
def rotate_keys() -> None:
    """New data keys; everything that is sealed is sealed anew, while the server runs."""
    show(call("POST", _path("keys/rotate"), timeout_s=None), choices.output)


@server.command("get")
def get_server() -> None:
    """Version, parts and numbers of a running server."""
    show(call("GET", _path("server")), choices.output)
