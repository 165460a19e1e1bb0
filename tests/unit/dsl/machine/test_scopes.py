from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from weft.dsl.machine.commands import CompleteRun
from weft.dsl.machine.core import Raised
from weft.dsl.machine.faults import fault
from weft.dsl.machine.inputs import ActivityFailed
from weft.dsl.machine.scopes import cancel_token, climb, end_run, open_scope, spawn


def test_nested_lists_run(told: Callable[..., Any]) -> None:
    task: Any = {"s": {"set": {"a": 1}}}
    for k in range(15):
        task = {f"d{k}": {"do": [task]}}
    assert told([task]).told().phase == "completed"


def test_scopes_deeper_than_the_limit_fault(told: Callable[..., Any], turn_of: Callable[..., Any]) -> None:
    turn = turn_of(told([{"w": {"wait": "PT1S"}}]))
    token = turn.own(next(iter(turn.tokens.values())))
    with pytest.raises(Raised) as caught:
        for _ in range(70):
            token = spawn(turn, open_scope(turn, token), 0, None)
    assert caught.value.fault.code == "LIMIT"


def test_cancelling_goes_inwards_first(told: Callable[..., Any], call: Any, turn_of: Callable[..., Any]) -> None:
    run = told([{"o": {"do": [{"c": call}], "timeout": {"after": "PT5S"}}}])
    turn = turn_of(run)
    outer = next(t for t in turn.tokens.values() if t.inner)
    cancel_token(turn, outer)
    closing = [type(c).__name__ for c in turn.out if not hasattr(c, "type")]
    assert closing == ["CancelActivity", "CancelTimer"]
    assert (turn.tokens, turn.waits, set(turn.scopes)) == ({}, {}, {1})


def test_an_untaken_fault_leaves_everything_standing(told: Callable[..., Any], call: Any) -> None:
    run = told([{"f": {"fork": {"branches": [{"a": call}, {"b": call}]}}}])
    refs = [w.ref for w in run.told().waits.values()]
    run.tell(ActivityFailed, ref=refs[0], attempt=1, fault=fault("runtime", "x"))
    state = run.told()
    assert (len(state.frozen), state.tokens, state.waits, list(state.frozen_waits)) == (3, {}, {}, [refs[1]])
    assert [r for r in run.records if r == "task.faulted"] == ["task.faulted"] * 2


def test_the_position_is_that_of_the_leaf(told: Callable[..., Any], call: Any) -> None:
    run = told([{"o": {"do": [{"c": call}]}}])
    run.tell(ActivityFailed, ref=run.ref("activity"), attempt=1, fault=fault("runtime", "x"))
    assert run.told().fault.instance == "/do/0/o/do/0/c"


def test_a_run_ends_once(told: Callable[..., Any], turn_of: Callable[..., Any]) -> None:
    turn = turn_of(told([{"w": {"wait": "PT1S"}}]))
    token = next(iter(turn.tokens.values()))
    climb(turn, token, fault("runtime", "x"))
    count = len(turn.out)
    end_run(turn, "completed", CompleteRun(1))
    assert (turn.state.phase, len(turn.out)) == ("faulted", count)
