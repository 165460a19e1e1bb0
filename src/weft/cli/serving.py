"""`weft serve` and `weft config show`: every setting is a flag, made from the table of settings."""

from __future__ import annotations

import asyncio
import inspect
import os
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from weft.app.settings import TABLE, Declared
from weft.app.settings_loading import Loaded, SettingsError, load_settings, shown
from weft.cli.connection import choices
from weft.cli.failures import FAILED, USAGE, CommandError
from weft.cli.output import show

Command = Callable[..., None]


def with_setting_flags(command: Callable[[Loaded], None]) -> Command:
    """A command that takes `--config FILE` and one flag per setting (secret ones have none)."""

    def run(**given: Any) -> None:
        config = given.pop("config", None)
        flags = {entry.name: given.get(entry.attribute) for entry in TABLE if not entry.secret}
        try:
            loaded = load_settings(flags, config=Path(config) if config else None)
        except SettingsError as cause:
            raise CommandError(str(cause), USAGE) from None
        command(loaded)

    parameters = [_parameter("config", "--config", "settings file (TOML); also WEFT_CONFIG")]
    parameters += [_parameter(entry.attribute, entry.flag, _help(entry)) for entry in TABLE if not entry.secret]
    run.__signature__ = inspect.Signature(parameters)  # pyright: ignore[reportFunctionMemberAccess]
    run.__annotations__ = {each.name: each.annotation for each in parameters}
    run.__doc__ = command.__doc__
    run.__name__ = command.__name__
    return run


def _parameter(name: str, flag: str, text: str) -> inspect.Parameter:
    annotation = Annotated[str | None, typer.Option(flag, help=text, show_default=False)]
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation)


def _help(entry: Declared) -> str:
    default = shown(entry, entry.default)
    choose = f"; one of {', '.join(entry.choices)}" if entry.choices else ""
    return f"{entry.help}{choose} [{entry.env}; default: {default or 'none'}]"


@with_setting_flags
def serve(loaded: Loaded) -> None:
    """Run the server until SIGTERM or Ctrl-C."""
    import uvloop

    from weft.app.logging import configure_logging
    from weft.app.serving import serve as run_server
    from weft.app.starting import StartError

    settings = loaded.settings
    os.umask(0o077)
    configure_logging(settings.log_level, settings.log_format)
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(run_server(settings, lambda line: typer.echo(line)))
    except StartError as cause:
        raise CommandError(str(cause), FAILED) from None


@with_setting_flags
def show_config(loaded: Loaded) -> None:
    """Show the effective settings and where each one came from."""
    show(loaded.rows(), choices.output, ("name", "value", "origin", "env"))
