"""`weft demo`: the product shown on real processes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def demo(
    keep: Annotated[bool, typer.Option("--keep", help="leave the servers running until Ctrl-C")] = False,
    folder: Annotated[str, typer.Option("--folder", help="where to keep data and logs")] = "",
) -> None:
    """Start a lab and a server, run a roll-out, and check what the devices hold in the end."""
    from weft.demo import run

    raise typer.Exit(run.main(keep=keep, folder=Path(folder) if folder else None))
