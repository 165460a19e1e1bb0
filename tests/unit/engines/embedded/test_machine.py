"""The interpreter behind the seam."""

from __future__ import annotations

from weft.dsl.compile import compile_document
from weft.dsl.machine.commands import CompleteRun
from weft.dsl.machine.inputs import Identity, RunStarted, Trigger
from weft.engines.embedded.machine import Interpreter


def test_it_steps_and_its_states_survive() -> None:
    states = [{"name": "s", "type": "inject", "data": {"x": 1}, "end": True}]
    document = {"id": "a", "name": "a", "version": "1.0", "specVersion": "0.9", "start": "s", "states": states}
    program = compile_document(document, dialect="cwm").program
    assert program is not None
    started = RunStarted(
        seq=1, at=5, job="j", run="r", seed=bytes(32), identity=Identity("a"), input={}, trigger=Trigger("request")
    )
    machine = Interpreter()
    state, commands = machine.step(program, None, started)
    assert (state.phase, state.seq) == ("completed", 1)
    assert [command.output for command in commands if isinstance(command, CompleteRun)] == [{"x": 1}]
    assert machine.encode(machine.decode(machine.encode(state))) == machine.encode(state) == machine.restorable(state)
