"""What the lowering of one kind of task gives."""

from __future__ import annotations

from typing import Any

import msgspec


class Lowered(msgspec.Struct, frozen=True):
    """Node kind and spec; `leads` are the nodes it may go on at beside its own `next` (for reachability)."""

    kind: str
    spec: Any
    leads: tuple[int, ...] = ()
