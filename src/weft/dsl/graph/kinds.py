"""What lowering a task gives."""

from __future__ import annotations

from typing import Any

import msgspec


class Lowered(msgspec.Struct, frozen=True):
    """The node kind and its work. `verbatim` are inputs that hold programs: nothing is substituted in them."""

    kind: str
    work: Any
    verbatim: tuple[str, ...] = ()
