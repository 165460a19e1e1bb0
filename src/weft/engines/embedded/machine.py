"""The interpreter as the engine sees it: a seam, so that tests can put a smaller one in its place."""

from __future__ import annotations

from typing import Any, Protocol

from weft.dsl.machine.codec import decode_state, encode_state
from weft.dsl.machine.commands import AnyCommand
from weft.dsl.machine.inputs import AnyInput
from weft.dsl.machine.program import Program
from weft.dsl.machine.state import RunState
from weft.dsl.machine.step import step


class Machine(Protocol):
    """`step` is pure and never raises; `encode` and `decode` are inverse. States have `seq`, `phase`, `clock`,
    `transitions` and `waits` (by ref)."""

    def step(self, program: Program, state: RunState | None, inp: AnyInput) -> tuple[RunState, list[AnyCommand]]: ...

    def encode(self, state: RunState) -> bytes: ...

    def decode(self, body: bytes) -> RunState: ...

    def restorable(self, state: RunState) -> Any:
        """The state in the form that `RunRestored.state` takes."""
        ...


class Interpreter:
    """The interpreter of `weft.dsl`."""

    __slots__ = ()

    def step(self, program: Program, state: RunState | None, inp: AnyInput) -> tuple[RunState, list[AnyCommand]]:
        return step(program, state, inp)

    def encode(self, state: RunState) -> bytes:
        return encode_state(state)

    def decode(self, body: bytes) -> RunState:
        return decode_state(body)

    def restorable(self, state: RunState) -> Any:
        """Bytes, since it becomes part of the log."""
        return encode_state(state)
