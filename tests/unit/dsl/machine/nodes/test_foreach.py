"""Lines of work: foreach, parallel, parallel actions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Run = Callable[..., Any]


def foreach(**parts: Any) -> list[dict[str, Any]]:
    return [
        {
            "name": "s",
            "type": "foreach",
            "inputCollection": ".xs",
            "actions": [{"functionRef": "f"}],
            "end": True,
            **parts,
        }
    ]


def test_sequential_iterations_see_earlier_merges(states_run: Run) -> None:
    action = {
        "functionRef": {"refName": "f", "arguments": {"sum": "${ .sum }"}},
        "actionDataFilter": {"toStateData": ".sum"},
    }
    run = states_run(foreach(mode="sequential", actions=[action])).start({"xs": [1, 2], "sum": 0})
    assert run.scheduled() == [{"input": {"sum": 0}}]
    assert run.done(5).scheduled() == [{"input": {"sum": 5}}]
    assert run.done(7).live.output == {"xs": [1, 2], "sum": 7}


def test_parallel_iterations_replay_in_input_order(states_run: Run) -> None:
    action = {"functionRef": "f", "actionDataFilter": {"toStateData": ".last"}}
    run = states_run(foreach(actions=[action])).start({"xs": [1, 2]})
    first, second = list(run.live.waits)
    run.done("late", ref=second).done("early", ref=first)
    assert run.live.output == {"xs": [1, 2], "last": "late"}


def test_results_without_a_target_are_dropped(states_run: Run) -> None:
    assert states_run(foreach()).start({"xs": [1]}).done({"r": 1}).live.output == {"xs": [1]}


def test_of_several_actions_the_merge_is_the_result(states_run: Run) -> None:
    actions = [{"functionRef": "f"}, {"name": "n", "functionRef": "g"}]
    run = states_run(foreach(actions=actions, outputCollection=".out")).start({"xs": [1], "out": [0]})
    run.done({"a": 1}).done(5)
    assert run.live.output == {"xs": [1], "out": [0, {"a": 1, "n-output": 5}]}


def test_an_output_that_is_no_array(states_run: Run) -> None:
    states = foreach(outputCollection=".out")
    assert states_run(states).start({"xs": [1], "out": {}}).done(1).live.fault.code == "MERGE_TYPE"
    assert states_run(states, "cwm").start({"xs": [1], "out": {}}).done(1).live.output == {"xs": [1], "out": [1]}


def test_same_results_are_kept(states_run: Run) -> None:
    run = states_run(foreach(outputCollection=".out")).start({"xs": [1, 2]}).done(1).done(1)
    assert run.live.output == {"xs": [1, 2], "out": [1, 1]}


def test_a_computed_collection(states_run: Run) -> None:
    run = states_run(foreach(outputCollection=".out[.k]")).start({"xs": [1], "k": "a"}).done("r")
    assert run.live.output == {"xs": [1], "k": "a", "out": {"a": ["r"]}}


def test_a_fault_keeps_what_is_done(states_run: Run) -> None:
    handled = foreach(outputCollection=".out", onErrors=[{"errorRef": "x", "end": True}])
    run = states_run(handled).start({"xs": [1, 2, 3]})
    first = next(iter(run.live.waits))
    run.done("a", ref=first)
    run.failed()
    assert run.tags().count("CancelActivity") == 1
    assert run.live.output == {"xs": [1, 2, 3], "out": ["a"]}


@pytest.mark.parametrize("value", [5, {"a": 1}, "text"])
def test_what_is_no_array(states_run: Run, value: Any) -> None:
    for dialect in ("v08", "cwm"):
        assert states_run(foreach(), dialect).start({"xs": value}).live.fault.code == "EXPRESSION"


def test_too_many(states_run: Run) -> None:
    run = states_run(foreach()).start({"xs": [1, 2, 3]}, limits={"passes": 2})
    assert run.live.fault.code == "LIMIT"


def test_an_element_in_data_that_are_no_object(states_run: Run) -> None:
    action = {"functionRef": {"refName": "f", "arguments": {"x": "${ .item }"}}}
    states = foreach(inputCollection=".", actions=[action], stateDataFilter={"input": "${ .xs }"})
    assert states_run(states).start({"xs": [7]}).scheduled() == [{"input": {"x": 7}}]


def test_a_branch_without_actions(states_run: Run) -> None:
    states = [
        {
            "name": "s",
            "type": "parallel",
            "branches": [{"name": "A", "actions": []}, {"name": "B", "actions": []}],
            "end": True,
        }
    ]
    assert states_run(states, "cwm").start({"k": 1}).live.output == {"k": 1}


def test_a_failing_branch_cancels_the_others(states_run: Run) -> None:
    branch = {"actions": [{"functionRef": "f"}]}
    run = states_run(
        [{"name": "s", "type": "parallel", "branches": [{"name": "A", **branch}, {"name": "B", **branch}], "end": True}]
    )
    run.start().failed()
    assert run.tags() == ["CancelActivity", "FaultRun"]


def test_what_is_known_of_sizes_is_what_a_walk_finds(states_run: Run) -> None:
    """Sizes are taken over from turn to turn; a run that is folded in another process has to walk."""
    from weft.dsl.machine.sizes import _weight  # pyright: ignore[reportPrivateUsage]

    run = states_run(foreach(outputCollection=".out", mode="sequential")).start({"xs": list(range(8)), "out": [1]})
    for number in range(8):
        run.done({"n": number, "more": [[number] * number]})
        for size, depth, value in list(vars(run.live)["weights"].values()):
            if value:
                assert (size, depth) == _weight({}, value, type(value), 0)[:2]
    assert run.live.phase == "completed"
