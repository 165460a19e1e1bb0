"""Time from outside."""

from __future__ import annotations

from typing import Protocol


class Clock(Protocol):
    """`now_ms` is UTC milliseconds since 1970; `monotonic` seconds for measuring and for timers."""

    def now_ms(self) -> int: ...

    def monotonic(self) -> float: ...
