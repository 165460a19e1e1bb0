"""Forks and joins."""

from __future__ import annotations

from typing import Any

import pytest

from weft.dsl.machine.faults import fault
from weft.dsl.machine.inputs import ActivityFailed

JOIN = {"_name": "j", "_type": "JOIN"}


def fork(*branches: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    return {"_name": "f", "_type": "FORK_JOIN", "_forkTasks": list(branches), **more}


def fail(run: Any, name: str, status: int = 400) -> None:
    wait = run.wait("activity", name=name)
    run.told(ActivityFailed, ref=wait.ref, attempt=1, fault=fault("communication", name, status=status))


def test_many_forks_in_a_row_do_not_nest(listed: Any) -> None:
    def one(number: int) -> list[dict[str, Any]]:
        inner = {"_name": f"a{number}", "_type": "INLINE", "_inputParams": {"expression": str(number)}}
        return [{**fork([inner]), "_name": f"f{number}"}, {**JOIN, "_name": f"j{number}"}]

    run = listed([task for number in range(100) for task in one(number)])
    assert (run.live.phase, run.live.output) == ("completed", {"a99": {"result": 99}})


def test_an_optional_failure_in_a_branch(listed: Any, http: Any) -> None:
    run = listed([fork([http("a", _optional=True)], [http("b")]), JOIN])
    fail(run, "a")
    run.done({"n": 1}, name="b")
    assert (run.live.phase, run.live.output, run.facts("j")["status"]) == (
        "completed",
        {"b": {"n": 1}},
        "completed_with_errors",
    )


def test_an_optional_join_goes_on(listed: Any, http: Any) -> None:
    run = listed([fork([http("a")], [http("b")]), {**JOIN, "_optional": True}, http("c")])
    fail(run, "a")
    assert run.tags() == ["CancelActivity", "ScheduleActivity"]
    run.done({})
    assert (run.live.phase, run.facts("j")["status"]) == ("completed", "completed_with_errors")


def test_the_first_of_two_permissive_failures_counts(listed: Any, http: Any) -> None:
    run = listed([fork([http("a", _permissive=True)], [http("b", _permissive=True)], [http("c")])])
    fail(run, "b")
    fail(run, "a")
    assert run.live.phase == "running"
    run.done({}, name="c")
    assert (run.live.phase, run.live.fault.detail, run.facts("f")["status"]) == ("faulted", "b", "faulted")
    run.again()
    assert run.tags() == ["ScheduleActivity", "ScheduleActivity"]
    run.done({"n": 1}, name="a")
    run.done({"n": 2}, name="b")
    assert (run.live.phase, run.live.output) == ("completed", {"a": {"n": 1}, "b": {"n": 2}, "c": {}})


def test_a_failure_that_is_not_permissive_does_not_wait(listed: Any, http: Any) -> None:
    run = listed([fork([http("a", _permissive=True)], [http("b")], [http("c")])])
    fail(run, "a")
    fail(run, "b")
    assert (run.live.phase, run.live.fault.detail) == ("faulted", "a")


def test_a_join_in_the_middle_of_a_branch(listed: Any, http: Any) -> None:
    run = listed([fork([http("a"), http("a2")]), {**JOIN, "_joinOn": ["a"]}, http("s")])
    run.done({"n": 1}, name="a")
    assert {wait.command.name for wait in run.live.waits.values()} == {"a2", "s"}
    run.done({}, name="s")
    assert run.live.phase == "running"
    run.done({}, name="a2")
    assert run.live.phase == "completed"


def test_forks_in_forks(listed: Any, http: Any) -> None:
    inner = {**fork([http("a")], [http("b")]), "_name": "g"}
    run = listed([fork([inner, {**JOIN, "_name": "h"}], [http("c")]), JOIN])
    for name in ("a", "b", "c"):
        run.done({"n": name}, name=name)
    assert run.live.output == {"h": {"a": {"n": "a"}, "b": {"n": "b"}}, "c": {"n": "c"}}


@pytest.mark.parametrize("joined", [True, False])
def test_states_are_written_and_read_in_between(listed: Any, http: Any, joined: bool) -> None:
    from weft.dsl.machine.codec import decode_state, encode_state

    run = listed([fork([http("a")], [http("b")]), *([JOIN] if joined else [])])
    run.state = decode_state(encode_state(run.live))
    run.done({"n": 1}, name="a")
    run.state = decode_state(encode_state(run.live))
    run.done({"n": 2}, name="b")
    assert run.live.output == {"a": {"n": 1}, "b": {"n": 2}}


def test_a_thousand_branches(listed: Any) -> None:
    task = {"_name": "f", "_type": "FORK_JOIN_DYNAMIC"}
    inputs = {"forkTaskType": "HTTP", "forkTaskInputs": [{"i": number} for number in range(1_000)]}
    run = listed([{**task, "_inputParams": inputs}])
    from weft.dsl.machine.inputs import Continue

    while run.live.ready:
        run.told(Continue)
    assert len(run.live.waits) == 1_000


def test_the_limit_of_branches_holds(listed: Any) -> None:
    inputs = {"forkTaskType": "HTTP", "forkTaskInputs": [{}] * 1_001}
    run = listed([{"_name": "f", "_type": "FORK_JOIN_DYNAMIC", "_inputParams": inputs}])
    assert run.live.fault.code == "INPUT_INVALID"


def test_branches_made_while_running_are_announced_in_every_iteration(listed: Any) -> None:
    given = {"tasks": [{"name": "x", "type": "HTTP"}], "inputs": {"x": {"uri": "u", "method": "GET"}}}
    dynamic = {
        "_name": "f", "_type": "FORK_JOIN_DYNAMIC", "_dynamicForkTasksParam": "tasks",
        "_dynamicForkTasksInputParamName": "inputs", "_inputParams": given,
    }  # fmt: skip
    run = listed([{"_name": "l", "_type": "DO_WHILE", "_loopCondition": "$.l.iteration < 2", "_loopOver": [dynamic]}])
    found = run.facts("x__1")
    assert (found["type"], found["parent"], found["number"], found["input"]) == ("HTTP", "f", 1, given["inputs"]["x"])
    run.done({})
    assert run.facts("x__2")["status"] == "running"
    run.done({})
    assert run.live.phase == "completed"
