from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from weft.dsl.machine.inputs import ActivityCompleted


def loop(spec: dict[str, Any], body: Any, **more: Any) -> list[Any]:
    return [{"l": {"for": spec, "do": [{"s": {"set": body}}], **more}}]


def test_passes_feed_one_another(told: Callable[..., Any]) -> None:
    run = told(loop({"in": ".", "each": "x", "at": "i"}, "${ [$x, $i, (. | length)] }"), [7, 8, 9])
    assert run.told().output == [9, 2, 3]


def test_several_results_are_collected(told: Callable[..., Any]) -> None:
    run = told(loop({"in": ".xs[] | select(. > 1)"}, "${ {n: ((.n // 0) + $item)} }"), {"xs": [1, 2, 3]})
    assert run.told().output == {"n": 5}


@pytest.mark.parametrize("given", [None, 5, "x", {"a": 1}])
def test_anything_but_an_array_faults(told: Callable[..., Any], given: Any) -> None:
    found = told(loop({"in": ".v"}, {"a": 1}), {"v": given}).told().fault
    assert (found.kind, found.status, found.instance) == ("expression", 400, "/do/0/l")


def test_while_before_the_first_pass(told: Callable[..., Any]) -> None:
    run = told(loop({"in": "[1,2]"}, {"a": 1}, **{"while": "$item > 1"}), {"k": 1})
    assert run.told().output == {"k": 1}


def test_a_failing_while_is_a_fault_of_the_loop(told: Callable[..., Any]) -> None:
    run = told(loop({"in": "[1,2]"}, {"a": 1}, **{"while": 'if $index == 1 then error("x") else true end'}))
    assert (run.told().phase, run.told().fault.instance) == ("faulted", "/do/0/l")


def test_one_at_a_time(told: Callable[..., Any], call: Any) -> None:
    run = told([{"l": {"for": {"in": "[1,2]"}, "do": [{"c": call}]}}])
    assert [c.address for c in run.acts] == ["/do/0/l/do/0/c#0"]
    run.tell(ActivityCompleted, ref=run.ref("activity"), attempt=1, result=1)
    assert [c.address for c in run.acts] == ["/do/0/l/do/0/c#1"]
    run.tell(ActivityCompleted, ref=run.ref("activity"), attempt=1, result=2)
    assert run.told().output == 2


def test_too_many_items(told: Callable[..., Any]) -> None:
    run = told(loop({"in": "[range(10001)]"}, {"a": 1}))
    assert (run.told().fault.code, run.told().fault.kind) == ("LIMIT", "runtime")
