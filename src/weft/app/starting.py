"""What keeps a server from starting, told to the operator in one sentence; and the data folder."""

from __future__ import annotations

import os
from pathlib import Path


class StartError(Exception):
    """The server cannot start; the message says why and what to do."""


def prepare_data_dir(path: Path) -> None:
    """Make the data folder (mode 0700) if needed. Raises StartError when it cannot be used."""
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except FileExistsError:
        raise StartError(f"the data folder {path} is not a folder") from None
    except OSError as cause:
        raise StartError(f"the data folder {path} cannot be made: {cause.strerror or cause}") from None
    if not os.access(path, os.R_OK | os.W_OK | os.X_OK):
        raise StartError(f"the data folder {path} cannot be read and written by this user")
