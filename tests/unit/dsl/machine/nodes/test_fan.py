from __future__ import annotations

from collections.abc import Callable
from typing import Any

from weft.dsl.machine.commands import CancelActivity
from weft.dsl.machine.faults import fault
from weft.dsl.machine.inputs import ActivityCompleted, ActivityFailed


def fork(call: Any, names: str, **more: Any) -> list[Any]:
    return [{"f": {"fork": {"branches": [{name: call} for name in names], **more}}}]


def by_branch(run: Any) -> dict[str, str]:
    return {wait.command.name: ref for ref, wait in run.told().waits.items()}


def test_outputs_stand_in_declaration_order(told: Callable[..., Any], call: Any) -> None:
    run = told(fork(call, "abc"))
    refs = by_branch(run)
    assert [c.name for c in run.acts] == ["a", "b", "c"]
    for name in "cab":
        run.tell(ActivityCompleted, ref=refs[name], attempt=1, result=name)
    assert run.told().output == ["a", "b", "c"]


def test_the_first_fault_leaves_the_others_for_the_taker(told: Callable[..., Any], call: Any) -> None:
    guarded = [{"t": {"try": fork(call, "ab"), "catch": {"do": [{"s": {"set": {"caught": True}}}]}}}]
    run = told(guarded)
    refs = by_branch(run)
    run.tell(ActivityFailed, ref=refs["b"], attempt=1, fault=fault("runtime", ""))
    assert CancelActivity(refs["a"]) in run.acts
    assert run.told().output == {"caught": True}


def test_race(told: Callable[..., Any], call: Any) -> None:
    run = told(fork(call, "abc", compete=True))
    refs = by_branch(run)
    run.tell(ActivityFailed, ref=refs["a"], attempt=1, fault=fault("runtime", "a"))
    assert run.told().phase == "running"
    run.tell(ActivityCompleted, ref=refs["c"], attempt=1, result="c")
    assert CancelActivity(refs["b"]) in run.acts
    assert run.told().output == "c"


def test_race_that_all_lose(told: Callable[..., Any], call: Any) -> None:
    run = told(fork(call, "abc", compete=True))
    refs = by_branch(run)
    for name in "cba":
        run.tell(ActivityFailed, ref=refs[name], attempt=1, fault=fault("runtime", name, code=name.upper()))
    assert (run.told().fault.detail, run.told().fault.instance) == ("a", "/do/0/f/fork/branches/0/a")


def test_ties_go_by_declaration(told: Callable[..., Any]) -> None:
    branches = [{"a": {"set": {"w": "a"}}}, {"b": {"set": {"w": "b"}}}]
    assert told([{"f": {"fork": {"branches": branches, "compete": True}}}]).told().output == {"w": "a"}


def test_too_many_branches(told: Callable[..., Any]) -> None:
    branches = [{f"b{k}": {"set": {"k": k}}} for k in range(12)]
    run = told([{"f": {"fork": {"branches": branches}}}], start={"limits": {"fan": 11}})
    assert run.told().fault.code == "LIMIT"
