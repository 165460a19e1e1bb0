"""Limits of a run: numbers with a default, a hard ceiling, and one fault when they are passed."""

from __future__ import annotations

from collections.abc import Mapping

from weft.dsl.machine.faults import Fault, fault

MEBIBYTE = 1024 * 1024

DEFAULTS: dict[str, int] = {
    "transitions": 1_000_000,  # nodes entered in one run
    "turn_transitions": 1_000,  # nodes entered in one call of step, then Yield
    "value": 16 * MEBIBYTE,  # bytes of one value that comes from or goes outside
    "fan": 10_000,  # children of one fan
    "passes": 10_000,  # passes of one loop
    "tokens": 30_000,  # live tokens of a run: a full fan takes two per branch
    "depth": 64,  # nested scopes
    "child_depth": 16,  # runs above a run: its parent, the parent's parent and so on
    "held": 10_000,  # inputs held while suspended
    "early": 100,  # events kept before a wait asks for them
    "events": 10_000,  # events of one listening activation
}

HARD: dict[str, int] = {
    "transitions": 1_000_000_000,
    "turn_transitions": 10_000,
    "value": 64 * MEBIBYTE,
    "fan": 100_000,
    "passes": 100_000,
    "tokens": 100_000,
    "depth": 256,
    "child_depth": 64,
    "held": 100_000,
    "early": 1_000,
    "events": 100_000,
}


def limit_of(limits: Mapping[str, int], name: str) -> int:
    """The value in force: what the start of the run asked for, at least 1 and at most the hard ceiling."""
    asked = limits.get(name)
    if asked is None:
        return DEFAULTS[name]
    return max(1, min(asked, HARD[name]))


def over_limit(name: str, limit: int, size: int, instance: str = "") -> Fault:
    """Fault `runtime`, code `LIMIT`, naming the limit and the size that passed it."""
    return fault(
        "runtime",
        f"limit '{name}' is {limit}, reached {size}",
        code="LIMIT",
        title="limit exceeded",
        instance=instance,
        retryable=False,
    )
