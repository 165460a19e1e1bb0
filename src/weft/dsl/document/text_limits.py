"""How much a text may hold, and the fault that says why it was refused."""

from __future__ import annotations

from typing import Final

import msgspec


class TextLimits(msgspec.Struct, frozen=True):
    """Limits of a document. `max_nodes` counts values with aliases expanded; `max_bits` holds for integers."""

    max_bytes: int = 1 << 20
    max_depth: int = 64
    max_aliases: int = 1_000
    max_nodes: int = 200_000
    max_bits: int = 1_024


DEFAULT: Final = TextLimits()


class TextFault(Exception):
    """Why a text has no value: `code`, JSON pointer and place (1-based, 0 unknown)."""

    def __init__(self, code: str, message: str, line: int = 0, column: int = 0, pointer: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.line = line
        self.column = column
        self.pointer = pointer
