"""A machine in the hand: programs from 1.0 documents, and a run told one input after the other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from weft.dsl.compile import compile_document
from weft.dsl.machine.commands import Record
from weft.dsl.machine.core import Turn
from weft.dsl.machine.inputs import RunStarted, Trigger
from weft.dsl.machine.program import Program
from weft.dsl.machine.state import RunState, clone
from weft.dsl.machine.step import step

AT = 1_700_000_000_000
CALL = {"call": "acme.net.v1.0.0.dev.Get", "with": {}}


class Told:
    """A run: `tell(Input, **fields)` applies one; `acts` are its commands without records, `records` the records."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.state: RunState | None = None
        self.log: list[Any] = []
        self.out: list[Any] = []
        self.at = AT

    def start(self, value: Any = None, **fields: Any) -> Told:
        return self.tell(
            RunStarted,
            job="job",
            run="run",
            seed=b"s" * 32,
            identity=self.program.identity,
            input=value,
            trigger=Trigger("request"),
            **fields,
        )

    def tell(self, kind: type, after: int = 0, **fields: Any) -> Told:
        self.at += after
        inp = kind(seq=len(self.log) + 1, at=self.at, **fields)
        self.log.append(inp)
        self.state, self.out = step(self.program, self.state, inp)
        return self

    def told(self) -> RunState:
        assert self.state is not None
        return self.state

    @property
    def acts(self) -> list[Any]:
        return [command for command in self.out if not isinstance(command, Record)]

    @property
    def records(self) -> list[str]:
        return [command.type for command in self.out if isinstance(command, Record)]

    def ref(self, kind: str, purpose: str = "") -> str:
        """The only open wait of a kind."""
        found = [w.ref for w in self.told().waits.values() if w.kind == kind and (not purpose or w.purpose == purpose)]
        assert len(found) == 1, found
        return found[0]


@pytest.fixture
def program() -> Callable[..., Program]:
    """`program(tasks, **root)`: the program of a 1.0 document with these tasks."""

    def make(tasks: list[Any], **root: Any) -> Program:
        head = {"dsl": "1.0.3", "namespace": "t", "name": "unit", "version": "1.0.0"}
        compiled = compile_document({"document": head, "do": tasks, **root})
        assert compiled.program is not None, [problem.text() for problem in compiled.problems]
        return compiled.program

    return make


@pytest.fixture
def told(program: Callable[..., Program]) -> Callable[..., Told]:
    """`told(tasks, input, **root)`: a run of these tasks, started."""

    def make(tasks: list[Any], value: Any = None, *, start: dict[str, Any] | None = None, **root: Any) -> Told:
        return Told(program(tasks, **root)).start(value, **(start or {}))

    return make


@pytest.fixture
def told_document() -> Callable[[dict[str, Any]], Told]:
    """`told_document(document)`: a run of a whole document of any language, started."""

    def make(document: dict[str, Any]) -> Told:
        compiled = compile_document(document)
        assert compiled.program is not None, [problem.text() for problem in compiled.problems]
        return Told(compiled.program).start()

    return make


@pytest.fixture
def call() -> dict[str, Any]:
    return dict(CALL)


@pytest.fixture
def turn_of() -> Callable[[Told], Turn]:
    """A turn over the state of a run, as `step` makes one."""

    def make(run: Told) -> Turn:
        state = clone(run.told())
        state.turn += 1
        return Turn(run.program, state, run.at)

    return make
