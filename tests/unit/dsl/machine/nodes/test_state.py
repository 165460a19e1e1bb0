"""States: filters, handlers, limits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from weft.dsl.machine.nodes.foreach import Together
from weft.dsl.machine.nodes.plain_work import Sequence
from weft.dsl.machine.nodes.state import work_of
from weft.dsl.machine.states import Branch, OperationWork

Run = Callable[..., Any]
T = {"name": "t", "type": "operation", "actions": [], "end": True}


def test_the_work_of_an_operation() -> None:
    assert isinstance(work_of(OperationWork((Branch(1),))), Sequence)
    assert isinstance(work_of(OperationWork((Branch(1, 2),))), Together)
    assert isinstance(work_of(OperationWork()), Sequence)


def test_input_filter_without_result(states_run: Run) -> None:
    state = {**T, "stateDataFilter": {"input": "${ .nothing }"}}
    assert states_run([state]).start({"a": 1}).live.output == {"a": 1}


def test_handlers_get_the_data_as_they_are(states_run: Run) -> None:
    state = {
        "name": "s",
        "type": "operation",
        "stateDataFilter": {"output": "${ {never: 1} }"},
        "actions": [{"functionRef": "f"}, {"functionRef": "g"}],
        "onErrors": [{"errorRef": "x", "transition": "t"}],
        "end": True,
    }
    show = {**T, "stateDataFilter": {"output": "${ . + {code: $WORKFLOW.error.code} }"}}
    run = states_run([state, show]).start({"k": 0}).done({"a": 1}).failed()
    assert run.live.output == {"k": 0, "a": 1, "code": "X"}


def test_a_fault_nobody_takes(states_run: Run) -> None:
    run = states_run([{"name": "s", "type": "operation", "actions": [{"functionRef": "f"}], "end": True}]).start()
    run.failed("Y")
    assert (run.live.phase, run.live.fault.code, run.live.fault.instance) == ("faulted", "Y", "/states/0/actions/0")


def test_a_filter_that_fails_goes_to_the_handlers(states_run: Run) -> None:
    state = {
        **T,
        "name": "s",
        "stateDataFilter": {"output": '${ .a + "x" + 1 }'},
        "onErrors": [{"errorRef": "DEFAULT", "transition": "t"}],
    }
    run = states_run([state, T]).start({"a": "a"})
    assert (run.live.phase, run.live.output) == ("completed", {"a": "a"})


def test_the_limit_counts_from_the_entry(states_run: Run) -> None:
    state = {
        "name": "s",
        "type": "operation",
        "timeouts": {"stateExecTimeout": "PT5S"},
        "actions": [{"functionRef": "f"}],
        "end": True,
    }
    run = states_run([state]).start()
    assert run.wait("timer").due_at == run.now + 5000
    run.fired("state")
    assert (run.live.fault.kind, run.live.fault.instance) == ("timeout", "/states/0")
    assert run.tags() == ["CancelActivity", "FaultRun"]
