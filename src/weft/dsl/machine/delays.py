"""Delays of nodes: how long, on the data and variables of a place."""

from __future__ import annotations

from weft.dsl.machine.core import Raised, Turn
from weft.dsl.machine.durations import parse_value
from weft.dsl.machine.faults import fault
from weft.dsl.machine.program import Delay
from weft.dsl.machine.state import Token
from weft.dsl.machine.variables import evaluate


def due_after(turn: Turn, token: Token | None, delay: Delay) -> int:
    """The moment (UTC ms) that lies `delay` after now, evaluated on the token's data (None: on the run's input).

    Raises Raised with fault `validation` if an expression gives no duration (negative ones included).
    """
    fixed = delay.fixed
    if fixed is None:
        source = delay.source
        if source is None:
            return turn.now
        value = evaluate(turn, token, source, token.data if token is not None else turn.state.input)
        fixed = parse_value(value)
        if fixed is None:
            raise Raised(fault("validation", f"'{source.text}' did not give a duration", code="DURATION"))
    return fixed.after(turn.now)


def length_of(turn: Turn, token: Token | None, delay: Delay | None) -> int:
    """The length of `delay` in ms if it started now; None is 0."""
    return 0 if delay is None else due_after(turn, token, delay) - turn.now
