"""Large values: kept beside the rows, content-addressed, encrypted at rest."""

from __future__ import annotations

from typing import Protocol

INLINE_LIMIT = 64 * 1024
"""Bytes: a value above this size is kept as a blob."""
VALUE_LIMIT = 64 * 1024 * 1024
"""Bytes: no single stored value may be larger."""


class Cipher(Protocol):
    """Authenticated encryption. `context` (`<tenant>/blob/<digest>`) is bound to the sealed bytes.

    `open` raises ValueError when the bytes were changed, the context differs, or the key is unknown. Both are called
    on the committer's and on reader threads, so they must be safe to call from several threads.
    """

    def seal(self, data: bytes, context: str) -> bytes: ...

    def open(self, sealed: bytes, context: str) -> bytes: ...
