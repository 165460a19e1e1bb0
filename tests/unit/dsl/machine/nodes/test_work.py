"""What the data of a state are while its work goes on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from weft.dsl.machine.core import Turn
from weft.dsl.machine.nodes.state import work_of
from weft.dsl.machine.nodes.work import spec_of


def test_the_current_data_are_those_of_the_one_line(states_run: Callable[..., Any]) -> None:
    states = [{"name": "s", "type": "operation", "actions": [{"functionRef": "f"}, {"functionRef": "g"}], "end": True}]
    run = states_run(states).start({"k": 0}).done({"a": 1})
    turn = Turn(run.program, run.live, run.now)
    token = next(token for token in run.live.tokens.values() if token.inner)
    node = run.program.nodes[token.node]
    assert work_of(spec_of(node).work).current(turn, token, node) == {"k": 0, "a": 1}
    assert token.data == {"k": 0}
