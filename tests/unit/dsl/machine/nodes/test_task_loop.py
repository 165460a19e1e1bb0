"""Loops."""

from __future__ import annotations

from typing import Any

import pytest

from weft.dsl.machine.core import Raised
from weft.dsl.machine.nodes.task_loop import keep_of


@pytest.mark.parametrize("value", [1, 0, True, "2", 2.5])
def test_keep_must_be_a_number_from_two(value: Any) -> None:
    with pytest.raises(Raised):
        keep_of({"keepLastN": value})


def test_keep() -> None:
    assert (keep_of({"keepLastN": 3}), keep_of({}), keep_of(None)) == (3, 0, 0)


def loop(condition: str, body: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    return {"_name": "l", "_type": "DO_WHILE", "_loopCondition": condition, "_loopOver": body, **more}


def test_the_condition_sees_the_body_s_outputs(listed: Any) -> None:
    body = [{"_name": "b", "_type": "INLINE", "_inputParams": {"i": "${l.output.iteration}", "expression": ".i * 2"}}]
    run = listed([loop("$.b.result < 6", body)])
    assert run.live.output["iteration"] == 3


def test_a_condition_that_breaks_fails_the_loop(listed: Any) -> None:
    run = listed([loop("$.l.iteration / 0 > 1", [{"_name": "b", "_type": "SET_VARIABLE"}])])
    assert (run.live.phase, run.live.fault.kind, run.facts("l")["status"]) == ("faulted", "expression", "faulted")


def test_iterations_are_limited(listed: Any) -> None:
    from weft.dsl.machine.inputs import Continue

    run = listed([loop("true", [{"_name": "b", "_type": "SET_VARIABLE"}], _inputParams={"keepLastN": 2})])
    while run.live.phase == "running":
        run.told(Continue)
    assert (run.live.phase, run.live.fault.code) == ("faulted", "LIMIT")
    assert len(run.live.context["tasks"]) < 6


def test_facts_of_iterations(listed: Any, http: Any) -> None:
    run = listed([loop("$.l.iteration < 2", [http("b")])])
    run.done({"n": 1})
    assert run.facts("b__1")["status"] == "completed"
    assert run.facts("b__2")["status"] == "running"
    assert run.facts("b")["iteration"] == 2
    assert run.facts("l")["output"]["iteration"] == 2


def test_a_fork_inside_a_loop(listed: Any, http: Any) -> None:
    fork = {"_name": "f", "_type": "FORK_JOIN", "_forkTasks": [[http("a")], [http("b")]]}
    run = listed([loop("$.l.iteration < 2", [fork, {"_name": "j", "_type": "JOIN"}])])
    for number in (1, 2):
        run.done({"n": number}, name="a")
        run.done({"n": number}, name="b")
    assert run.live.output["2"]["j"] == {"a": {"n": 2}, "b": {"n": 2}}
    assert set(run.live.output["1"]) == {"f", "a", "b", "j"}


def test_items_end_early(listed: Any) -> None:
    body = [{"_name": "b", "_type": "SET_VARIABLE"}]
    run = listed([loop("$.l.loopItem != 2", body, _items=[1, 2, 3])])
    assert run.live.output["iteration"] == 2


def test_what_is_known_of_sizes_is_what_a_walk_finds(listed: Any, http: Any) -> None:
    """Sizes are taken over from turn to turn; a run that is folded in another process has to walk."""
    from weft.dsl.machine.sizes import _weight  # pyright: ignore[reportPrivateUsage]

    run = listed([loop("$.l.iteration < 8", [http("b")], _inputParams={"keepLastN": 3})])
    for number in range(8):
        run.done({"n": number, "more": [[number] * number]})
        for size, depth, value in list(vars(run.live)["weights"].values()):
            if value:
                assert (size, depth) == _weight({}, value, type(value), 0)[:2]
    assert run.live.phase == "completed"
