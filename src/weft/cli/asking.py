"""Asking for what must not stand on a command line."""

from __future__ import annotations

import sys

import typer

from weft.cli.failures import USAGE, CommandError


def ask(what: str, otherwise: str, *, confirm: bool = False) -> str:
    """A secret typed at the terminal, not shown. Without a terminal `otherwise` says how to give it.

    Raises CommandError without a terminal, typer.Abort at Ctrl-C.
    """
    if not sys.stdin.isatty():
        raise CommandError(f"there is no terminal to ask for the {what}: {otherwise}", USAGE)
    return str(typer.prompt(what[:1].upper() + what[1:], hide_input=True, confirmation_prompt=confirm))
