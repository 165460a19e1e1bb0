"""`weft demo`: the product shown on real processes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from weft.cli.failures import USAGE, CommandError

DIALECTS = ("cwm", "workflowsvc", "workflow-execution")


def demo(
    dialect: Annotated[str, typer.Option("--dialect", help=f"whose API to show: {', '.join(DIALECTS)}")] = "cwm",
    keep: Annotated[bool, typer.Option("--keep", help="leave the servers running until Ctrl-C")] = False,
    folder: Annotated[str, typer.Option("--folder", help="where to keep data and logs")] = "",
) -> None:
    """Start a lab and a server, run a real workflow, and check what it did in the lab."""
    if dialect not in DIALECTS:
        raise CommandError(f"--dialect {dialect}: one of {', '.join(DIALECTS)} is needed", USAGE)
    from weft.demo import run

    raise typer.Exit(run.main(dialect, keep=keep, folder=Path(folder) if folder else None))
