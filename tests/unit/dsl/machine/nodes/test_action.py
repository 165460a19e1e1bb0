"""Actions at run time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from weft.dsl.machine.inputs import ChildCancelled

Run = Callable[..., Any]


def action(**parts: Any) -> list[dict[str, Any]]:
    return [{"name": "s", "type": "operation", "actions": [{"functionRef": "f", **parts}], "end": True}]


def test_arguments_are_evaluated_once(states_run: Run) -> None:
    call = {"refName": "f", "arguments": {"t": "${ now }"}}
    run = states_run(
        action(functionRef=call, retryRef="r"), retries=[{"name": "r", "delay": "PT5S", "maxAttempts": 2}]
    ).start()
    first = run.scheduled()
    run.failed().fired("retry")
    assert run.scheduled() == first
    assert run.out[0].attempt == 2


def test_a_later_moment_named_by_the_answer_counts(states_run: Run) -> None:
    run = states_run(action(retryRef="r"), retries=[{"name": "r", "delay": "PT1S", "maxAttempts": 3}]).start()
    run.failed(next_allowed_at=run.now + 90_000)
    assert run.wait("timer").due_at == run.now + 90_000


def test_what_is_not_retried(states_run: Run) -> None:
    retries = [{"name": "r", "delay": "PT1S", "maxAttempts": 3}]
    run = states_run(action(retryRef="r", retryableErrors=["x"]), retries=retries).start()
    assert run.failed("OTHER").live.phase == "faulted"
    run = states_run(action(retryRef="r"), retries=retries).start()
    assert run.failed("FATAL").live.phase == "faulted"


def test_jitter_comes_from_the_seed(states_run: Run) -> None:
    retries = [{"name": "r", "delay": "PT10S", "maxAttempts": 3, "jitter": 0.5}]
    delays = {states_run(action(retryRef="r"), retries=retries).start().failed().wait("timer").due_at for _ in range(3)}
    assert len(delays) == 1
    assert 5_000 <= delays.pop() - 1_700_000_000_000 <= 15_000


def test_a_condition_that_fails(states_run: Run) -> None:
    condition = {"condition": '.a.b + "x" == 1'}
    run = states_run(action(**condition)).start({"a": 1})
    assert (run.live.phase, run.live.fault.code) == ("faulted", "EXPRESSION")
    run = states_run(action(**condition), "cwm").start({"a": 1})
    assert (run.live.phase, run.live.output) == ("completed", {"a": 1})
    assert "task.skipped" in [record.type for record in run.records] or run.live.transitions


def test_from_state_data(states_run: Run) -> None:
    filters = {"actionDataFilter": {"fromStateData": "${ .in }"}}
    run = states_run([{"name": "s", "type": "operation", "actions": [{"subFlowRef": "c", **filters}], "end": True}])
    assert run.start({"in": {"k": 1}}).out[0].input == {"k": 1}
    assert run.child({"r": 2}).live.output == {"in": {"k": 1}, "r": 2}


def test_the_time_of_a_child(states_run: Run) -> None:
    states = [
        {
            "name": "s",
            "type": "operation",
            "timeouts": {"actionExecTimeout": "PT5S"},
            "actions": [{"subFlowRef": "c"}],
            "end": True,
        }
    ]
    run = states_run(states).start().fired("action")
    assert (run.live.phase, run.live.fault.code) == ("faulted", "TIMEOUT")
    assert "CancelChild" in run.tags()


def test_a_cancelled_child(states_run: Run) -> None:
    run = states_run([{"name": "s", "type": "operation", "actions": [{"subFlowRef": "c"}], "end": True}]).start()
    run.told(ChildCancelled, ref=run.wait("child").ref, reason="stop")
    assert run.live.fault.code == "CANCELED"


def test_detached(states_run: Run) -> None:
    run = states_run(action(functionRef={"refName": "f", "invoke": "async"})).start({"k": 1})
    assert [type(c).__name__ for c in run.out] == ["ScheduleActivity", "CompleteRun"]
    assert run.out[0].detached
    assert run.live.output == {"k": 1}


def test_results_may_be_dropped(states_run: Run) -> None:
    run = states_run(action(actionDataFilter={"useResults": False})).start({"k": 1}).done({"r": 1})
    assert run.live.output == {"k": 1}


def test_expression_functions_see_their_arguments(states_run: Run) -> None:
    functions = [{"name": "sum", "type": "expression", "operation": ".a + .b"}]
    call = {"refName": "sum", "arguments": {"a": "${ .x }", "b": 2}}
    run = states_run(action(functionRef=call, actionDataFilter={"toStateData": ".y"}), functions=functions).start(
        {"x": 1}
    )
    assert run.live.output == {"x": 1, "y": 3}


def test_a_secret_stays_sealed(states_run: Run) -> None:
    call = {"refName": "f", "arguments": {"h": "${ $SECRETS.k }"}}
    run = states_run(action(functionRef=call), secrets=["k"]).start(secrets=("k",))
    assert type(run.scheduled()[0]["input"]["h"]).__name__ == "Sealed"
    # what an activity answers is data: a secret that came back would not leave through the output
    assert run.done({"r": 1}).live.output == {"r": 1}


def test_a_handler_of_the_action_leaves_the_state(states_run: Run) -> None:
    def states(data: str) -> list[dict[str, Any]]:
        way = {"nextState": "t", "produceEvents": [{"eventRef": "e", "data": data}]}
        action = {"name": "x", "functionRef": "f", "onErrors": [{"then": {"transition": way}}]}
        return [
            {"name": "s", "type": "operation", "actions": [action, {"name": "y", "functionRef": "g"}], "end": True},
            {"name": "t", "type": "inject", "data": {"t": 1}, "end": True},
        ]

    run = states_run(states(".k"), "v09").start({"k": 5}).failed()
    assert (run.live.phase, run.live.output, run.out[0].event["data"]) == ("completed", {"k": 5, "t": 1}, 5)
    run = states_run(states(".k.a.b"), "v09").start({"k": 5}).failed()
    assert (run.live.phase, run.live.fault.code, run.live.fault.instance) == ("faulted", "EXPRESSION", "/states/0")
