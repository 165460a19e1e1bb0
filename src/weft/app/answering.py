"""Kept answers of requests with a key, and the task that removes the old ones."""

from __future__ import annotations

from contextlib import AsyncExitStack

from weft.app.background import keep_up
from weft.app.settings import Settings
from weft.ports.clock import Clock
from weft.ports.store import Store
from weft.services.idempotency import Idempotency
from weft.store.idempotency import SqlKeptAnswers


def build_idempotency(settings: Settings, store: Store, clock: Clock, stack: AsyncExitStack) -> Idempotency:
    """Begins to sweep at once; leaving `stack` ends that."""
    made = Idempotency(store, SqlKeptAnswers(), clock, ttl_hours=settings.idempotency_ttl_hours)
    keep_up(made.sweep_now_and_then(), stack)
    return made
