"""Moments as the languages show them."""

from __future__ import annotations

from typing import Any

from weft.dsl.machine.durations import civil_of


def iso_text(at: int) -> str:
    """UTC milliseconds as RFC 3339 text with milliseconds and `Z`."""
    days, in_day = divmod(at, 86_400_000)
    year, month, day = civil_of(days)
    seconds, millis = divmod(in_day, 1_000)
    minutes, second = divmod(seconds, 60)
    hour, minute = divmod(minutes, 60)
    return f"{year:04d}-{month:02d}-{day:02d}T{hour:02d}:{minute:02d}:{second:02d}.{millis:03d}Z"


def stamp(at: int) -> str:
    """UTC milliseconds as RFC 3339 text with six digits of a second, as tasks and runs of lists are shown with."""
    return f"{iso_text(at)[:-1]}000Z"


def moment(at: int) -> dict[str, Any]:
    """`{iso8601, epoch: {seconds, milliseconds}}`, the form of times in `$workflow` and `$task`."""
    return {"iso8601": iso_text(at), "epoch": {"seconds": at // 1_000, "milliseconds": at}}
