"""Requests that carry a key are done once: the first answer is kept, in the transaction of its change, and repeated.

Rules: the same key with the same fingerprint after a success gives the kept answer again and does nothing; while the
first request is under way it is refused (`idempotency_in_progress`); with another fingerprint it is refused
(`idempotency_mismatch`). Only successes (2xx) are kept: after an error the key may be used again. Answers are kept for
some hours, across restarts, and are at most `most` in all, of which the oldest go first.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from hashlib import sha256

import structlog

from weft.domain.errors import Busy, InUse, Mismatch, Refusal
from weft.domain.idempotency import Kept, KeptAnswer, read_key
from weft.ports.clock import Clock
from weft.ports.idempotency import KeptAnswers
from weft.ports.store import Store, Tx

HOUR_MS = 3_600_000
MOST = 1_000_000
"""Answers that are kept at most."""
UNDER_WAY = 10_000
"""Requests with keys that are under way at a time, at most."""
SWEPT = 500
"""Answers that one unit of work removes at most."""

SWEEP_S = 600.0
"""Seconds between two looks for old answers."""

Keep = Callable[[Tx, Kept], None]
_log = structlog.get_logger("weft.idempotency")


class Idempotency:
    """One per process: it knows the requests that are under way."""

    def __init__(
        self, store: Store, answers: KeptAnswers, clock: Clock, *, ttl_hours: float = 24, most: int = MOST
    ) -> None:
        self._store = store
        self._answers = answers
        self._clock = clock
        self._ttl_ms = int(ttl_hours * HOUR_MS)
        self._most = most
        self._under_way: dict[str, str] = {}

    async def guarded(self, scope: str, fingerprint: str, work: Callable[[Keep], Awaitable[Kept]]) -> tuple[Kept, bool]:
        """Do `work` once for a scope; the answer, and whether it is a repeated one.

        `scope` names tenant, caller, method, path and key, `fingerprint` what is asked. `work(keep)` makes its change
        and calls `keep(tx, answer)` within the change's transaction; where it has none to make, the answer is stored
        by itself. Raises what `work` raises, InUse `idempotency_in_progress` (again after a second), Mismatch
        `idempotency_mismatch`, and Busy while too many requests are under way.
        """
        key, print_ = _digest(scope), _digest(fingerprint)
        first = self._under_way.get(key)
        if first is not None:
            if first != print_:
                raise _mismatch()
            raise _in_progress()
        if len(self._under_way) >= UNDER_WAY:
            raise Busy(f"{UNDER_WAY} requests with keys are under way", retry_after=1)
        self._under_way[key] = print_  # before anything is awaited
        try:
            found = self._store.read_now(lambda tx: self._alive(tx, key))
            if found is not None:
                if found.fingerprint != print_:
                    raise _mismatch()
                return found.kept, True
            return await self._first(key, print_, work), False
        finally:
            del self._under_way[key]

    async def _first(self, key: str, print_: str, work: Callable[[Keep], Awaitable[Kept]]) -> Kept:
        stored = False

        def undone() -> None:
            nonlocal stored
            stored = False

        def keep(tx: Tx, kept: Kept) -> None:
            nonlocal stored
            if not 200 <= kept.status < 300:
                return
            if self._alive(tx, key) is not None:  # another server of the same store was faster
                raise _in_progress()
            self._answers.put(tx, KeptAnswer(key, print_, self._clock.now_ms(), kept))
            stored = True
            tx.on_rollback(undone)

        kept = await work(keep)
        if not stored and 200 <= kept.status < 300:
            await self._store.write(lambda tx: keep(tx, kept))
        return kept

    def _alive(self, tx: Tx, key: str) -> KeptAnswer | None:
        found = self._answers.get(tx, key)
        if found is None or found.created_at + self._ttl_ms <= self._clock.now_ms():
            return None
        return found

    async def sweep(self) -> int:
        """Remove what is older than it is kept, in small units of work; how many answers were removed."""
        before = self._clock.now_ms() - self._ttl_ms + 1
        removed = 0
        while True:
            gone = await self._store.write(lambda tx: self._answers.sweep(tx, before, self._most, SWEPT))
            removed += gone
            if gone < SWEPT:
                return removed

    async def sweep_now_and_then(self) -> None:
        """Sweep for ever; a store that cannot write now is tried again."""
        while True:
            try:
                await self.sweep()
            except Refusal as cause:
                _log.warning("old answers were not removed", reason=str(cause))
            await asyncio.sleep(SWEEP_S)


def _digest(text: str) -> str:
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _mismatch() -> Mismatch:
    return Mismatch("the idempotency key was used for another request", code="idempotency_mismatch")


def _in_progress() -> InUse:
    return InUse("a request with this idempotency key is under way", code="idempotency_in_progress", retry_after=1)


__all__ = ["Idempotency", "Keep", "Kept", "read_key"]
