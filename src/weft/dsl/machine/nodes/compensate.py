"""Compensation: completed states are undone once each, newest first, strictly one after the other.

The chain lives in the run's memory under `undoing`: `todo` holds [state node, compensating node] pairs, `exit` is the
place of the interrupted exit in the program's table of exits. Transitions of compensating states are followed, an
`end` there is ignored; the current data enter the first, each output feeds the next.
"""

from __future__ import annotations

from typing import Any

from weft.dsl.machine import flow
from weft.dsl.machine.core import Turn
from weft.dsl.machine.state import Token
from weft.dsl.machine.states import Exit

KEY = "undoing"


def completed(turn: Turn, node: int) -> None:
    """A state with `compensatedBy` has ended well: it can be undone from now on."""
    state = turn.state
    state.undo = [*state.undo, (node, len(state.undo) + 1, None)]


def begin(turn: Turn, token: Token, exit_: Exit, only: int = -1) -> None:
    """Start a chain that ends with `exit_`: everything completed since the last one, or (`only`) one named state."""
    state = turn.state
    if only >= 0:
        todo = [[token.node, only]]
    else:
        todo = [[entry[0], turn.nodes[entry[0]].spec.undo] for entry in reversed(state.undo)]
        state.undo = []
    state.memory = {**state.memory, KEY: {"todo": todo, "exit": exit_.index}}
    turn.record_at("compensation.started", token, {"states": [turn.nodes[pair[0]].name for pair in todo]})


def is_running(turn: Turn) -> bool:
    """Whether the path goes through a chain."""
    return KEY in turn.state.memory


def advance(turn: Turn, token: Token, data: Any) -> Exit | None:
    """On to the next compensating state; the interrupted exit when none is left."""
    state = turn.state
    chain = state.memory[KEY]
    todo = chain["todo"]
    if todo:
        undone, by = todo[0]
        state.memory = {**state.memory, KEY: {**chain, "todo": todo[1:]}}
        names = {"state": turn.nodes[undone].name, "by": turn.nodes[by].name}
        turn.record_at("compensation.step", token, names)
        flow.advance(turn, token, by, data)
        return None
    state.memory = {name: value for name, value in state.memory.items() if name != KEY}
    turn.record_at("compensation.completed", token)
    found: Exit = turn.program.tables["exits"][chain["exit"]]
    return found
