"""`weft context add|use|list|delete`: named servers."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from weft.cli.asking import ask
from weft.cli.connection import choices
from weft.cli.contexts import Context, load_contexts, save_contexts
from weft.cli.failures import NOT_FOUND, CommandError
from weft.cli.output import show

commands = typer.Typer(no_args_is_help=True, help="Named servers and how to log in to them.")


@commands.command("add")
def add_context(
    name: str,
    url: Annotated[str, typer.Argument(help="base URL, such as https://weft.example.net")],
    user: Annotated[str, typer.Option("--user", help="log in with user and password")] = "",
    stdin: Annotated[bool, typer.Option("--stdin", help="read the password or token from standard input")] = False,
) -> None:
    """Remember a server; the API key (or password) is asked for and kept with mode 0600."""
    what = "password" if user else "API key or bearer token"
    secret = sys.stdin.readline().strip() if stdin else ask(what, "give it on standard input with --stdin")
    contexts = load_contexts()
    contexts.contexts[name] = Context(url, user=user, password=secret) if user else Context(url, token=secret)
    contexts.current = contexts.current or name
    save_contexts(contexts)
    typer.echo(f"context {name} stored")


@commands.command("use")
def use_context(name: str) -> None:
    """Make a context the one that commands use."""
    contexts = load_contexts()
    if name not in contexts.contexts:
        raise CommandError(f"there is no context {name}", NOT_FOUND)
    contexts.current = name
    save_contexts(contexts)
    typer.echo(f"context {name} is in use")


@commands.command("list")
def list_contexts() -> None:
    """All contexts, without their credentials."""
    contexts = load_contexts()
    rows = [
        {
            "name": name,
            "server": context.server,
            "login": context.user or ("token" if context.token else ""),
            "current": name == contexts.current,
        }
        for name, context in sorted(contexts.contexts.items())
    ]
    show(rows, choices.output)


@commands.command("delete")
def delete_context(name: str) -> None:
    """Forget a context."""
    contexts = load_contexts()
    if contexts.contexts.pop(name, None) is None:
        raise CommandError(f"there is no context {name}", NOT_FOUND)
    if contexts.current == name:
        contexts.current = ""
    save_contexts(contexts)
    typer.echo(f"context {name} forgotten")
