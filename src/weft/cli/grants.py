"""Roles on the command line: `--grant TENANT[/NAMESPACE]=ROLE[,ROLE]`, and how they are shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer

from weft.cli.connection import choices
from weft.cli.failures import USAGE, CommandError
from weft.cli.output import show

FORM = "TENANT[/NAMESPACE]=ROLE[,ROLE]"
RoleList = Annotated[list[str] | None, typer.Option("--role", help="role in the whole home tenant; repeat for several")]
GrantList = Annotated[
    list[str] | None,
    typer.Option("--grant", metavar=FORM, help="roles in another tenant or in one namespace only; repeat for several"),
]
TenantName = Annotated[
    str, typer.Option("--tenant", help="tenant (id or UUID) to administer; your own if left out", show_default=False)
]


def read_grant(text: str) -> dict[str, Any]:
    """One `--grant` as the administration API takes it. Raises CommandError."""
    place, equals, roles = text.partition("=")
    tenant, slash, namespace = place.partition("/")
    names = [name.strip() for name in roles.split(",") if name.strip()]
    if not equals or not tenant or not names or (slash and not namespace):
        raise CommandError(f"--grant {text}: {FORM} is needed", USAGE)
    return {"tenant": tenant, "namespace": namespace if slash else None, "roles": names}


def read_grants(texts: Sequence[str] | None) -> list[dict[str, Any]] | None:
    """All `--grant` of a command line; None where none was given; `--grant ''` alone takes all away."""
    if texts is None:
        return None
    return [] if list(texts) == [""] else [read_grant(text) for text in texts]


def grant_text(grant: Mapping[str, Any]) -> str:
    """A grant as it is written on the command line."""
    place = f"{grant['tenant']}/{grant['namespace']}" if grant.get("namespace") is not None else grant["tenant"]
    return f"{place}={','.join(grant['roles'])}"


def show_holders(value: Any, columns: Sequence[str] = ()) -> None:
    """Print one or several who hold roles; a table shows grants as they are written on the command line."""
    if choices.output == "table":
        value = [_with_texts(each) for each in value] if isinstance(value, list) else _with_texts(value)
    show(value, choices.output, columns)


def _with_texts(holder: Any) -> Any:
    if not isinstance(holder, Mapping) or "grants" not in holder:
        return holder
    return {**holder, "grants": " ".join(grant_text(grant) for grant in holder["grants"])}


def in_tenant(tenant: str) -> dict[str, Any]:
    """What a call of the administration API needs to be about that tenant."""
    return {"params": {"tenant": tenant}} if tenant else {}
