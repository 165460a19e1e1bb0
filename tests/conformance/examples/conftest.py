"""Runs a sample definition to its end with scripted answers: no server, no clock, no network."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from weft.dsl.machine.commands import (
    ContinueAs,
    EmitEvent,
    OpenSubscription,
    ScheduleActivity,
    StartChild,
)
from weft.dsl.machine.faults import Fault
from weft.dsl.machine.inputs import (
    ActivityCompleted,
    ActivityFailed,
    ChildCompleted,
    Continue,
    EventReceived,
    RunStarted,
    TimerFired,
    Trigger,
)
from weft.dsl.machine.step import describe, step

DATA = Path(__file__).parent.parent / "data"


class Stub:
    """A resolver over a mapping of URIs."""

    def __init__(self, resources: dict[str, Any]) -> None:
        self.resources = resources

    def resolve(self, uri: str) -> Any:
        return self.resources[uri]


class Play:
    """One run against a script: answers by operation, outputs of children by name, events in order."""

    def __init__(self, program: Any, script: dict[str, Any]) -> None:
        self.program = program
        self.answers = {key: list(value) for key, value in script.get("answers", {}).items()}
        self.children: dict[str, Any] = script.get("children", {})
        self.events: list[dict[str, Any]] = list(script.get("events", []))
        self.timers_at_end = script.get("timers", 50)
        self.state: Any = None
        self.seq = 0
        self.at = 1_700_000_000_000
        self.todo: list[Any] = []
        self.calls: list[tuple[str, Any]] = []
        self.emitted: list[dict[str, Any]] = []
        self.proceeded: ContinueAs | None = None

    def feed(self, inp: Any) -> None:
        self.state, commands = step(self.program, self.state, inp)
        for command in commands:
            if isinstance(command, ScheduleActivity) and not command.detached:
                self.todo.append(command)
            elif isinstance(command, ScheduleActivity):
                self.calls.append((command.target.rpartition("#")[2], command.arguments))
            elif isinstance(command, StartChild) and not command.detached:
                self.todo.append(command)
            elif isinstance(command, StartChild):
                self.calls.append((command.identity.name, command.input))
            elif isinstance(command, EmitEvent):
                self.emitted.append(command.event)
            elif isinstance(command, ContinueAs):
                self.proceeded = command

    def numbered(self) -> dict[str, int]:
        self.seq += 1
        return {"seq": self.seq, "at": self.at}

    def start(self, value: Any) -> None:
        self.feed(
            RunStarted(
                **self.numbered(),
                job="job-1",
                run="run-1",
                seed=b"\x07" * 32,
                identity=self.program.identity,
                input=value,
                trigger=Trigger("request"),
                secrets=self.program.secrets,
            )
        )

    def answer(self, command: Any) -> None:
        if isinstance(command, StartChild):
            name = command.identity.name
            self.calls.append((name, command.input))
            self.feed(ChildCompleted(**self.numbered(), ref=command.ref, output=self.children.get(name, {})))
            return
        name = command.target.rpartition("#")[2]
        self.calls.append((name, command.arguments))
        given = self.answers.get(name, [{}])
        value = given.pop(0) if len(given) > 1 else given[0]
        told = {**self.numbered(), "ref": command.ref, "attempt": command.attempt}
        if isinstance(value, dict) and "$fault" in value:
            self.feed(ActivityFailed(**told, fault=Fault(**value["$fault"])))
        else:
            self.feed(ActivityCompleted(**told, result=value))

    def once(self) -> bool:
        """One more input; False when there is nothing left to tell the run."""
        if self.state.ready:
            self.feed(Continue(**self.numbered()))
        elif self.todo:
            self.answer(self.todo.pop(0))
        elif self.events and self.deliver(self.events[0]):
            self.events.pop(0)
        elif self.timers_at_end and (timers := [w for w in self.state.waits.values() if w.kind == "timer"]):
            self.timers_at_end -= 1
            first = min(timers, key=lambda wait: wait.due_at)
            self.at = max(self.at, first.due_at)
            self.feed(TimerFired(**self.numbered(), ref=first.ref, due_at=first.due_at))
        else:
            return False
        return True

    def deliver(self, event: dict[str, Any]) -> bool:
        for wait in list(self.state.waits.values()):
            command = wait.command
            if not isinstance(command, OpenSubscription):
                continue
            for index, wanted in enumerate(command.filters):
                if event["type"] == wanted.type and wanted.source in ("", event.get("source")):
                    full = {"specversion": "1.0", "id": f"e{self.seq}", "source": "test", **event}
                    self.feed(EventReceived(**self.numbered(), ref=wait.ref, event=full, filter=index))
                    return True
        return False

    def to_the_end(self, value: Any) -> Any:
        self.start(value)
        for _ in range(500):
            if describe(self.state).phase in ("completed", "faulted", "timed_out") or not self.once():
                break
        return self.state


@pytest.fixture
def play() -> Callable[[Any, dict[str, Any]], Play]:
    return Play


@pytest.fixture
def stub() -> Callable[[dict[str, Any]], Stub]:
    return Stub


@pytest.fixture
def data() -> Path:
    return DATA
