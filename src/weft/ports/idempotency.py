"""Answers that are kept with the change they belong to, so that the same request is answered and not done again."""

from __future__ import annotations

from typing import Protocol

from weft.domain.idempotency import KeptAnswer
from weft.ports.store import Tx


class KeptAnswers(Protocol):
    """Found by `id`, which is unique on the server."""

    def get(self, tx: Tx, key: str) -> KeptAnswer | None: ...

    def put(self, tx: Tx, answer: KeptAnswer) -> None:
        """Insert or replace."""
        ...

    def sweep(self, tx: Tx, before: int, most: int, limit: int) -> int:
        """Remove at most `limit` answers that were made before that time (UTC ms), or are more than the newest `most`;
        how many were removed."""
        ...
