"""Runs of states documents told step by step: each input is built from what is open."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from weft.dsl.compile import compile_document
from weft.dsl.document.context import CompileContext
from weft.dsl.machine.commands import AnyCommand, Record, ScheduleActivity
from weft.dsl.machine.faults import Fault
from weft.dsl.machine.inputs import (
    ActivityCompleted,
    ActivityFailed,
    ChildCompleted,
    ChildStarted,
    EventReceived,
    ManualTaskCompleted,
    RunRestored,
    RunStarted,
    TimerFired,
    Trigger,
)
from weft.dsl.machine.nodes.facts import read_tasks
from weft.dsl.machine.state import RunState, Wait
from weft.dsl.machine.step import step
from weft.dsl.problems import errors_of
from weft.dsl.v08 import compile_states

NOW = 1_700_000_000_000
PARTS: dict[str, Any] = {
    "id": "a",
    "name": "a",
    "version": "1",
    "specVersion": "0.8",
    "functions": [{"name": "f", "operation": "dev.F"}, {"name": "g", "operation": "dev.G"}],
    "events": [{"name": "e", "type": "t", "source": "s"}, {"name": "u", "type": "u", "source": "s"}],
    "errors": [{"name": "x", "code": "X"}],
}


class StatesRun:
    """One run; `out` holds the commands of the last input without records, `records` those."""

    def __init__(self, states: list[dict[str, Any]], dialect: Any = "v08", **parts: Any) -> None:
        document = {**PARTS, "states": states, **parts}
        program, problems = compile_states(document, dialect, CompileContext("d", dialect))
        assert program is not None, errors_of(problems)
        self.program = program
        self.state: RunState | None = None
        self.out: list[AnyCommand] = []
        self.records: list[Record] = []
        self.seq = 0
        self.now = NOW

    def told(self, kind: type[Any], **fields: Any) -> StatesRun:
        self.seq += 1
        self.state, commands = step(self.program, self.state, kind(seq=self.seq, at=self.now, **fields))
        self.out = [command for command in commands if not isinstance(command, Record)]
        self.records = [command for command in commands if isinstance(command, Record)]
        return self

    def start(self, value: Any = None, trigger: Trigger | None = None, **fields: Any) -> StatesRun:
        return self.told(
            RunStarted,
            job="j",
            run="r",
            seed=b"1" * 32,
            identity=self.program.identity,
            input=value,
            trigger=trigger or Trigger("request"),
            **fields,
        )

    @property
    def live(self) -> RunState:
        assert self.state is not None
        return self.state

    def wait(self, kind: str, **where: Any) -> Wait:
        found = [
            w
            for w in self.live.waits.values()
            if w.kind == kind
            and all(getattr(w, key, getattr(w.command, key, None)) == value for key, value in where.items())
        ]
        assert found, list(self.live.waits.values())
        return found[0]

    def done(self, result: Any = None, **where: Any) -> StatesRun:
        wait = self.wait("activity", **where)
        return self.told(ActivityCompleted, ref=wait.ref, attempt=wait.attempt, result=result)

    def failed(self, code: str = "X", **fields: Any) -> StatesRun:
        wait = self.wait("activity")
        fault = Fault(fields.pop("kind", "communication"), fields.pop("status", 500), code=code)
        return self.told(ActivityFailed, ref=wait.ref, attempt=wait.attempt, fault=fault, **fields)

    def fired(self, purpose: str) -> StatesRun:
        wait = self.wait("timer", purpose=purpose)
        self.now = max(self.now, wait.due_at)
        return self.told(TimerFired, ref=wait.ref, due_at=wait.due_at)

    def child(self, output: Any) -> StatesRun:
        return self.told(ChildCompleted, ref=self.wait("child").ref, output=output)

    def event(self, kind: str = "t", data: Any = None, number: str = "1", **attributes: Any) -> StatesRun:
        wait = next(w for w in self.live.waits.values() if w.kind == "event" and not w.command.standing)  # pyright: ignore
        event = {"id": number, "type": kind, "source": "s", "data": data, **attributes}
        return self.told(EventReceived, ref=wait.ref, event=event)

    def tags(self) -> list[str]:
        return [type(command).__name__ for command in self.out]

    def scheduled(self) -> list[Any]:
        return [command.arguments for command in self.out if isinstance(command, ScheduleActivity)]


@pytest.fixture
def states_run() -> Callable[..., StatesRun]:
    """(states, dialect, parts of the document) -> a run that is not started yet."""
    return StatesRun


class ListedRun(StatesRun):
    """One run of a task list or graph, given as its whole document."""

    def __init__(self, document: dict[str, Any], **given: Any) -> None:
        compiled = compile_document(document, **given)
        assert compiled.program is not None, [problem.text() for problem in compiled.problems]
        self.program = compiled.program
        self.state: RunState | None = None
        self.out: list[AnyCommand] = []
        self.records: list[Record] = []
        self.seq = 0
        self.now = NOW

    def answered(self, result: Any) -> StatesRun:
        return self.told(ManualTaskCompleted, ref=self.wait("manual").ref, result=result)

    def child_started(self, job: str) -> StatesRun:
        return self.told(ChildStarted, ref=self.wait("child").ref, job=job, run="r2")

    def again(self) -> StatesRun:
        """A retry of the ended run."""
        state = self.live
        return self.told(
            RunRestored,
            run="r2",
            attempt=state.attempt + 1,
            from_run="r",
            from_seq=self.seq,
            reason="retry",
            state=state,
            seed=b"2" * 32,
        )

    def facts(self, name: str) -> dict[str, Any]:
        return read_tasks(self.live)[name]


@pytest.fixture
def listed() -> Callable[..., ListedRun]:
    """(tasks, input, **definition) -> a started run of a task list named `unit`."""

    def make(tasks: list[dict[str, Any]], value: Any = None, **root: Any) -> ListedRun:
        run = ListedRun({"_name": "unit", "_taskDefs": tasks, **root})
        run.start(value, secrets=run.program.secrets)
        return run

    return make


@pytest.fixture
def graphed() -> Callable[..., ListedRun]:
    """(tasks by id, edges as pairs) -> a started run of a graph."""

    def make(tasks: dict[str, dict[str, Any]], *edges: tuple[str, str], value: Any = None) -> ListedRun:
        listed = [{"id": key, **task} for key, task in tasks.items()]
        pairs = [{"parent": parent, "child": child} for parent, child in edges]
        run = ListedRun({"name": "unit", "tasks": listed, "edges": pairs})
        run.start(value)
        return run

    return make


@pytest.fixture
def http() -> Callable[..., dict[str, Any]]:
    """An HTTP task of a list by its name."""

    def make(name: str, **more: Any) -> dict[str, Any]:
        return {"_name": name, "_type": "HTTP", "_inputParams": {"uri": f"https://{name}", "method": "GET"}, **more}

    return make
