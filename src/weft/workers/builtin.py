"""The archives of the adapters that come with the server."""

from __future__ import annotations

from pathlib import Path

import weft

DIRECTORY = Path(weft.__file__).parent / "app" / "builtin"


class BuiltinMissing(Exception):
    """The archives were not built."""


def archives(directory: Path = DIRECTORY) -> list[Path]:
    """`<adapter id>.tar.gz` for each built-in adapter, by name. Raises BuiltinMissing if there is none."""
    found = sorted(directory.glob("*.tar.gz"))
    if not found:
        raise BuiltinMissing(f"{directory} holds no adapter; in a checkout, run: python tools/build_builtin.py")
    return found
