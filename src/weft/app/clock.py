"""The system's clock."""

from __future__ import annotations

import time


class SystemClock:
    """Implements `weft.ports.clock.Clock` on the machine's clock."""

    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000

    def monotonic(self) -> float:
        return time.monotonic()
