"""Randomness of a run: `value(n) = BLAKE2b(seed, n)` with a counter in the state. There is no other source."""

from __future__ import annotations

from hashlib import blake2b

from weft.dsl.machine.core import Turn


def draw(turn: Turn) -> bytes:
    """The next 16 random bytes of the run."""
    state = turn.state
    number = state.next_random
    state.next_random = number + 1
    return blake2b(number.to_bytes(8, "big"), key=state.seed[:64], digest_size=16).digest()


def fraction(turn: Turn) -> float:
    """A number in [0, 1)."""
    return int.from_bytes(draw(turn)[:7], "big") / (1 << 56)


def between(turn: Turn, low: int, high: int) -> int:
    """A whole number from low to high, both included; low if high is not greater."""
    if high <= low:
        return low
    return low + int.from_bytes(draw(turn)[:8], "big") % (high - low + 1)


def identifier(turn: Turn) -> str:
    """An id in the form of a random UUID (version 4)."""
    raw = bytearray(draw(turn))
    raw[6] = raw[6] & 0x0F | 0x40
    raw[8] = raw[8] & 0x3F | 0x80
    text = raw.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
