"""The root command: global options, the nouns, and how failures end the process.

`--server`, `--token-file`, `--context` and `-o` may stand anywhere on the line; they are moved to the front first.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Annotated

import typer

import weft
from weft.cli import adapters, administration, context_commands, demonstration, expressions, serving, tenancy, workflows
from weft.cli.connection import choices
from weft.cli.failures import FAILED, USAGE, CommandError
from weft.cli.output import FORMS

app = typer.Typer(
    name="weft", no_args_is_help=True, add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False
)
app.command("serve")(serving.serve)
_config = typer.Typer(no_args_is_help=True, help="The server's settings.")
_config.command("show")(serving.show_config)
for _name, _noun in (
    ("config", _config),
    ("workflow", workflows.workflows),
    ("job", workflows.jobs),
    ("resource", workflows.resources),
    ("secret", workflows.secrets),
    ("worker", workflows.workers),
    ("adapter", adapters.commands),
    ("expr", expressions.commands),
    ("context", context_commands.commands),
    ("tenant", tenancy.tenants),
    ("namespace", tenancy.namespaces),
    ("client", tenancy.clients),
    ("user", administration.users),
    ("role", administration.roles),
    ("token", administration.tokens),
    ("keys", administration.keys),
    ("server", administration.server),
):
    app.add_typer(_noun, name=_name)
app.command("demo")(demonstration.demo)

_HOISTED = {
    "--server": "--server",
    "--token-file": "--token-file",
    "--context": "--context",
    "--output": "--output",
    "-o": "--output",
}


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"weft {weft.__version__}")
        raise typer.Exit


@app.callback()
def options(
    server: Annotated[str, typer.Option(help="base URL of the server [WEFT_SERVER]", show_default=False)] = "",
    token_file: Annotated[str, typer.Option(help="file with an API key or bearer token", show_default=False)] = "",
    context: Annotated[str, typer.Option(help="named context [WEFT_CONTEXT]", show_default=False)] = "",
    output: Annotated[str, typer.Option("--output", "-o", help="table, json or yaml")] = "table",
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="show the version")
    ] = False,
) -> None:
    """Weft: durable workflow automation."""
    if output not in FORMS:
        raise CommandError(f"-o {output}: one of {', '.join(FORMS)} is needed", USAGE)
    choices.server, choices.token_file, choices.context = server, token_file, context
    choices.output = next(form for form in FORMS if form == output)


def hoist(arguments: Sequence[str]) -> list[str]:
    """The arguments with the global options moved to the front; nothing after `--` is touched. Raises CommandError."""
    front: list[str] = []
    rest: list[str] = []
    waiting = iter(arguments)
    for argument in waiting:
        name, equals, value = argument.partition("=")
        if argument == "--":
            rest.extend((argument, *waiting))
        elif name in _HOISTED and equals:
            front.extend((_HOISTED[name], value))
        elif argument in _HOISTED:
            following = next(waiting, None)
            if following is None:
                raise CommandError(f"{argument} needs a value", USAGE)
            front.extend((_HOISTED[argument], following))
        else:
            rest.append(argument)
    return [*front, *rest]


def _see(failure: Exception) -> str:
    """Where the right use is shown, for a failure that knows its command."""
    where = getattr(failure, "ctx", None)
    return f" See: {where.command_path} --help" if where is not None else ""


def run(arguments: Sequence[str] | None = None) -> int:
    """Run a command line; gives the exit code. Failures are told on standard error, never as a traceback."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    try:
        code = app(hoist(given), prog_name="weft", standalone_mode=False)
    except CommandError as failure:
        typer.echo(f"weft: {failure.message}", err=True)
        return failure.code
    except typer.TyperException as failure:
        message = failure.format_message()
        typer.echo(message if message.startswith("Usage:") else f"weft: {message}{_see(failure)}", err=True)
        return failure.exit_code
    except (typer.Abort, KeyboardInterrupt):
        typer.echo("weft: interrupted", err=True)
        return 130
    except BrokenPipeError:
        return FAILED
    return code if isinstance(code, int) else 0
