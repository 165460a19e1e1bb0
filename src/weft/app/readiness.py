"""Whether the parts of a running server work. Asked often and by anybody, so an answer is kept for two seconds."""

from __future__ import annotations

from collections.abc import Mapping

from weft.domain.errors import Refusal
from weft.ports.clock import Clock
from weft.ports.store import Store

KEPT_S = 2.0


class Readiness:
    """The store is asked to commit nothing, which fails when it cannot write."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._kept: Mapping[str, bool] = {}
        self._until = 0.0

    async def checks(self) -> Mapping[str, bool]:
        """Names of parts and whether they work."""
        if not self._kept or self._clock.monotonic() >= self._until:
            self._kept = {"store": await self._store_answers()}
            self._until = self._clock.monotonic() + KEPT_S
        return self._kept

    async def _store_answers(self) -> bool:
        try:
            await self._store.write(lambda tx: None)
        except Refusal:
            return False
        return True
