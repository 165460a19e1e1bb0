"""How much the engine holds, in numbers."""

from __future__ import annotations

import msgspec

DAY_MS = 86_400_000


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """Each has a clear refusal: `Busy` for what passes, quarantine or a fault for what does not."""

    open_runs: int = 500_000
    """Runs that are not closed; a start above it is Busy."""
    queued_tasks: int = 200_000
    """Activity tasks waiting in all queues; a start above it is Busy."""
    waiting_inputs: int = 100_000
    """Inputs waiting in memory for a turn, all runs; a start above it is Busy."""
    inbox: int = 10_000
    """Stored inputs waiting for one run; an event above it is Busy."""
    log_length: int = 200_000
    """Inputs one run may be told; a run above it is quarantined."""
    resident_runs: int = 4_000
    """Runs whose state is kept in memory; the others are passive."""
    snapshot_inputs: int = 64
    snapshot_bytes: int = 256 * 1024
    """A snapshot is written after so many inputs, or bytes of log, since the last one."""
    inline_children: int = 32
    """Children started in the turn that asks for them; more are started in later group commits."""
    inline_deliveries: int = 64
    """Runs that one event reaches in its own transaction; more get it through their stored inbox."""
    turn_inputs: int = 64
    """Inputs of one run in one turn."""
    lazy_tasks: int = 10_000
    """Queued tasks that keep their arguments in memory; those of later ones are read at hand-out."""
    retention_ms: int = 30 * DAY_MS
    """How long a closed run is kept; 0: for ever."""
    outbox_attempts: int = 20
    outbox_first_ms: int = 1_000
    outbox_longest_ms: int = 60_000
    """Publishing is tried again after 1, 2, 4 … 60 s; after so many attempts the event is kept as failed."""
    publish_s: float = 30.0
    """Seconds one attempt to publish may take."""
