"""`weft adapter new|test|build|push|list`: an adapter's way from an empty folder to a server."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import typer

from weft.cli.connection import WORKFLOWS, call, choices, client, resolve
from weft.cli.contexts import load_contexts
from weft.cli.failures import FAILED, CommandError
from weft.cli.output import show

commands = typer.Typer(no_args_is_help=True, help="Adapters: packages of activities.")
Folder = Annotated[Path, typer.Argument(help="the adapter's folder")]


@commands.command("new")
def new_adapter(
    path: Annotated[Path, typer.Argument(help="the folder to make")],
    vendor: Annotated[str, typer.Option("--vendor", help="vendor's name in the adapter's id")],
    product: Annotated[str, typer.Option("--product", help="product's name in the adapter's id")],
) -> None:
    """Write the sources of a small adapter that works."""
    from weft_adapter import author

    try:
        for file in author.new(path, vendor, product):
            typer.echo(str(file))
    except author.BuildError as cause:
        raise CommandError(str(cause), FAILED) from None


@commands.command("test")
def test_adapter(path: Folder = Path()) -> None:
    """Check the manifest, load the package, and run its tests."""
    from weft_adapter import author

    try:
        report = author.test(path)
    except author.BuildError as cause:
        raise CommandError(str(cause), FAILED) from None
    typer.echo(report.output.rstrip())
    for activity in report.activities:
        typer.echo(f"activity {activity.id}")
    if not report.ok:
        raise CommandError("the adapter's tests failed", FAILED)


@commands.command("build")
def build_adapter(
    path: Folder = Path(), out: Annotated[Path, typer.Option("--out", help="folder for the archive")] = Path()
) -> None:
    """Write the adapter's archive; prints its path."""
    from weft_adapter import author

    try:
        typer.echo(str(author.build(path, out)))
    except author.BuildError as cause:
        raise CommandError(str(cause), FAILED) from None


@commands.command("push")
def push_adapter(
    archive: Annotated[Path, typer.Argument(help="the archive that build wrote")],
    force: Annotated[bool, typer.Option("--force", help="replace other content of the same version")] = False,
    deploy: Annotated[bool, typer.Option("--deploy/--no-deploy", help="deploy after the upload")] = True,
    default: Annotated[bool, typer.Option("--default", help="make it the version that @latest means")] = False,
) -> None:
    """Upload an archive to a server and deploy it with a worker of its own."""
    from weft_adapter import author

    context = resolve(choices, os.environ, load_contexts())
    try:
        with client(context, timeout_s=600.0) as http:
            adapter = author.push(archive, context.server, "", client=http, force=force, deploy=deploy, default=default)
    except author.PushError as cause:
        raise CommandError(str(cause), FAILED) from None
    typer.echo(f"adapter {adapter} {'deployed' if deploy else 'uploaded'}")


@commands.command("list")
def list_adapters() -> None:
    """All adapters on the server."""
    found: Any = call("GET", f"{WORKFLOWS}/adapter") or []
    show(found, choices.output, ("adapterId", "deployedStatus", "defaultStatus", "inUseStatus"))


@commands.command("delete")
def delete_adapter(adapter: str) -> None:
    """Remove an adapter with its own worker; refused while another worker hosts it or a resource has its type."""
    show(call("DELETE", f"{WORKFLOWS}/adapter/{quote(adapter, safe='')}"), choices.output)
