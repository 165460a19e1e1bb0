"""Names and randomness from the operating system.

UUID version 7 (RFC 9562, method 1 with a counter): 48 bits of UTC milliseconds, a 12-bit counter that starts at a
random value below 2048 in each millisecond, 62 random bits. Names made by one process are strictly increasing: a
counter that overflows, or a clock that steps back, borrows from the next millisecond.
"""

from __future__ import annotations

import os
import threading

from weft.ports.clock import Clock

_COUNTER_BITS = 12
_COUNTER_MAX = (1 << _COUNTER_BITS) - 1


class SystemIds:
    """Implements `weft.ports.ids.Ids`. Safe to use from several threads."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._last_ms = 0
        self._counter = 0

    def uuid4(self) -> str:
        bits = int.from_bytes(os.urandom(16))
        return _text(bits & ~(0xF << 76) & ~(0x3 << 62) | (4 << 76) | (2 << 62))

    def uuid7(self) -> str:
        noise = int.from_bytes(os.urandom(10))
        now = self._clock.now_ms()
        with self._lock:
            if now > self._last_ms:
                self._last_ms = now
                self._counter = (noise >> 62) & (_COUNTER_MAX >> 1)
            elif self._counter < _COUNTER_MAX:
                self._counter += 1
            else:
                self._last_ms += 1
                self._counter = 0
            stamp, counter = self._last_ms, self._counter
        bits = (stamp & ((1 << 48) - 1)) << 80 | 7 << 76 | counter << 64 | 2 << 62 | noise & ((1 << 62) - 1)
        return _text(bits)

    def token(self, size: int) -> bytes:
        return os.urandom(size)


def _text(bits: int) -> str:
    digits = f"{bits:032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
