"""Lists and graphs under any order of answers, pauses, terminations and retries: no defect, records that make sense,
and an end that is reached when everything goes well from some point on."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from weft.dsl.compile import compile_document
from weft.dsl.machine import inputs as i
from weft.dsl.machine.codec import decode_state, encode_state
from weft.dsl.machine.faults import fault
from weft.dsl.machine.nodes.facts import OPEN, read_tasks
from weft.dsl.machine.state import ENDED
from weft.dsl.machine.step import step
from weft.dsl.machine.task_outline import arrange, in_short, outline_of

CALL = {"_type": "HTTP", "_inputParams": {"uri": "http://a/", "method": "GET"}, "_retryCount": 1}


def call(name: str, **more: Any) -> dict[str, Any]:
    return {"_name": name, **CALL, **more}


def fork(name: str, *branches: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    return {"_name": name, "_type": "FORK_JOIN", "_forkTasks": list(branches), **more}


DYNAMIC = {
    "_name": "dyn", "_type": "FORK_JOIN_DYNAMIC",
    "_inputParams": {"forkTaskType": "HTTP", "forkTaskInputs": [{"uri": "u", "method": "GET"}] * 2},
}  # fmt: skip
LOOP = {
    "_name": "loop", "_type": "DO_WHILE", "_loopCondition": "$.loop.iteration < 2",
    "_loopOver": [call("p"), fork("lf", [call("q", _optional=True)], [call("r", _permissive=True)]), DYNAMIC],
}  # fmt: skip
SWITCH = {
    "_name": "sw", "_type": "SWITCH", "_expression": "k", "_inputParams": {"k": "x"},
    "_decisionCases": {"x": [call("s1"), {"_name": "ask", "_type": "HUMAN"}]},
}  # fmt: skip
LIST = {
    "_name": "unit",
    "_taskDefs": [
        call("a", _asyncComplete=True),
        fork("f", [call("b"), {"_name": "w", "_type": "WAIT", "_inputParams": {"duration": "5s"}}], [call("c")]),
        {"_name": "j", "_type": "JOIN", "_joinOn": ["b"]},
        SWITCH,
        LOOP,
        {"_name": "sub", "_type": "SUB_WORKFLOW", "_subWorkflowParam": {"name": "kid"}, "_retryCount": 1},
        call("z", _startDelay=3),
    ],
    "_timeoutSeconds": 3600,
}
GRAPH = {
    "name": "unit",
    "tasks": [
        {"id": name, "name": "http", "parameters": {"url": "u", "$options": {"retryCount": 1, "optional": name == "c"}}}
        for name in "abcdefg"
    ],
    "tasksHierarchy": [{"parent": e[0], "child": e[1]} for e in ("ab", "ac", "bd", "cd", "de", "fg")],
}
PROGRAMS = {"list": compile_document(LIST).program, "graph": compile_document(GRAPH).program}
CHOICES = st.lists(st.tuples(st.integers(0, 11), st.integers(0, 30)), max_size=60)


class Play:
    """One run that is told inputs by numbers."""

    def __init__(self, kind: str) -> None:
        program = PROGRAMS[kind]
        assert program is not None
        self.program, self.outline = program, outline_of(program)
        self.state: Any = None
        self.seq, self.now = 0, 1_000
        self.tell(
            i.RunStarted(
                seq=1, at=1_000, job="j", run="r", seed=bytes(32), identity=program.identity, input={},
                trigger=i.Trigger("request"),
            )
        )  # fmt: skip

    def tell(self, inp: Any) -> None:
        before = None if self.state is None else encode_state(self.state)
        earlier = self.state
        self.state, _ = step(self.program, self.state, inp)
        assert earlier is None or encode_state(earlier) == before
        assert self.state.fault is None or self.state.fault.code != "INTERNAL", self.state.fault
        self.state = decode_state(encode_state(self.state))
        self.check()

    def check(self) -> None:
        placed = arrange(self.outline, read_tasks(self.state))
        keys = [one.key for one in placed]
        assert len(keys) == len(set(keys))
        known = {key for key in read_tasks(self.state) if "__" in key or f"{key}__1" not in read_tasks(self.state)}
        assert known <= set(keys), known - set(keys)
        short = in_short(placed, "left")
        if self.state.phase in ENDED:
            assert not {entry[1] for entry in short} & OPEN
        if self.state.phase == "completed":
            assert {entry[1] for entry in short} <= {"completed", "completed_with_errors", "faulted", "left"}

    def stamp(self) -> dict[str, int]:
        self.seq += 1
        self.now += 1
        return {"seq": self.seq + 1, "at": self.now}

    def act(self, what: int, which: int) -> None:
        waits = list(self.state.waits.values())
        if self.state.phase in ENDED:
            if self.state.phase != "completed":
                self.again()
        elif what == 0:
            self.tell(i.SuspendRequested(**self.stamp()))
        elif what in (1, 2):
            self.tell(i.ResumeRequested(**self.stamp()))
        elif what == 3 and which < 3:
            self.tell(i.TerminateRequested(**self.stamp(), by="me"))
        elif waits:
            self.answer(waits[which % len(waits)], what)

    def again(self) -> None:
        self.tell(
            i.RunRestored(
                **self.stamp(), run="r2", attempt=self.state.attempt + 1, from_run="r", from_seq=self.seq,
                reason="retry", state=encode_state(self.state), seed=bytes(32), job="j",
            )
        )  # fmt: skip

    def answer(self, wait: Any, what: int) -> None:
        stamp, ref = self.stamp(), wait.ref
        good = what > 6
        if wait.kind == "timer":
            if wait.remaining >= 0 or (wait.purpose in ("run", "task", "action") and good):
                return
            self.now = max(self.now, wait.due_at)
            self.tell(i.TimerFired(seq=stamp["seq"], at=self.now, ref=ref, due_at=wait.due_at))
        elif wait.kind == "activity":
            if what == 6:
                self.tell(i.ActivityStarted(**stamp, ref=ref, attempt=wait.attempt))
            elif good:
                self.tell(i.ActivityCompleted(**stamp, ref=ref, attempt=wait.attempt, result={"n": 1}, started_at=5))
            else:
                problem = fault("communication", "no", status=503 if what == 5 else 404)
                self.tell(i.ActivityFailed(**stamp, ref=ref, attempt=wait.attempt, fault=problem, started_at=5))
        elif wait.kind == "child":
            code = ("TERMINATED", "X")[what % 2]
            self.tell(
                i.ChildCompleted(**stamp, ref=ref, output={})
                if good
                else i.ChildFailed(**stamp, ref=ref, fault=fault("runtime", "no", code=code))
            )
        else:
            result = {"ok": 1} if good else ["$failed", {"reason": "r"}]
            self.tell(i.ManualTaskCompleted(**stamp, ref=ref, result=result))

    def finish(self) -> None:
        """From here on everything goes well."""
        for _ in range(400):
            if self.state.phase == "completed":
                return
            if self.state.phase in ENDED:
                self.again()
            elif self.state.phase == "suspended":
                self.act(1, 0)
            else:
                waits = [wait for wait in self.state.waits.values() if wait.purpose != "run"]
                assert waits, self.state.phase
                self.answer(waits[0], 9)
        raise AssertionError(self.state.phase)


@pytest.mark.parametrize("kind", list(PROGRAMS))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(choices=CHOICES)
def test_any_order_of_things_can_be_brought_to_a_good_end(kind: str, choices: list[tuple[int, int]]) -> None:
    play = Play(kind)
    for what, which in choices:
        play.act(what, which)
    play.finish()
    assert play.state.phase == "completed"
    assert set(read_tasks(play.state)) >= {task.name for task in play.outline.tasks}
