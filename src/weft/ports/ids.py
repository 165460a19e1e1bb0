"""Names and randomness from outside."""

from __future__ import annotations

from typing import Protocol


class Ids(Protocol):
    """`uuid4`/`uuid7` as lower-case text with dashes; `token(n)` is n random bytes."""

    def uuid4(self) -> str: ...

    def uuid7(self) -> str: ...

    def token(self, size: int) -> bytes: ...
