"""Named servers with their credentials, in the user's configuration folder, mode 0600."""

from __future__ import annotations

import json
import os
from pathlib import Path

import msgspec

from weft.cli.failures import USAGE, CommandError


class Context(msgspec.Struct, omit_defaults=True):
    """A server's base URL and one credential for it: an API key or bearer token, or user and password."""

    server: str
    token: str = ""
    user: str = ""
    password: str = ""


class Contexts(msgspec.Struct, omit_defaults=True):
    """All contexts and the name of the one in use."""

    current: str = ""
    contexts: dict[str, Context] = {}


def contexts_path() -> Path:
    """`$XDG_CONFIG_HOME/weft/contexts.json`, by default under `~/.config`."""
    base = os.environ.get("XDG_CONFIG_HOME", "")
    return (Path(base) if base else Path.home() / ".config") / "weft" / "contexts.json"


def load_contexts(path: Path | None = None) -> Contexts:
    """The stored contexts, empty when there are none. Raises CommandError for a file that cannot be read."""
    where = path if path is not None else contexts_path()
    try:
        return msgspec.json.decode(where.read_bytes(), type=Contexts)
    except FileNotFoundError:
        return Contexts()
    except (OSError, msgspec.DecodeError) as cause:
        raise CommandError(f"cannot read the contexts in {where}: {cause}", USAGE) from None


def save_contexts(contexts: Contexts, path: Path | None = None) -> None:
    """Write all contexts at once; the file is never readable by others, not even for a moment."""
    where = path if path is not None else contexts_path()
    where.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = where.with_suffix(f".{os.getpid()}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(msgspec.to_builtins(contexts), file, indent=2)
        file.write("\n")
    fresh.replace(where)
