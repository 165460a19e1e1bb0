"""The command line: nouns and verbs. `main` is what the `weft` program runs."""

from __future__ import annotations


def main() -> None:
    """Run the command line with the process's arguments and end the process with its exit code."""
    from weft.cli.root import run

    raise SystemExit(run())
