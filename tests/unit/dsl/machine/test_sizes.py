from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from weft.dsl.machine.sizes import INLINE, larger_than, shown


def test_small_values_fit() -> None:
    for value in (None, True, 1, 1.5, "x", [], {}, {"a": [1, 2]}):
        assert larger_than(value, 100) == 0


def test_texts_and_members_count() -> None:
    assert larger_than("x" * 101, 100) == 101
    assert larger_than({"k" * 101: 1}, 100) > 100
    assert larger_than([0] * 20, 100) > 100


def test_shared_parts_are_counted_every_time_without_walking_them_all() -> None:
    value: Any = ["x"]
    for _ in range(60):
        value = [value, value]
    assert larger_than(value, 1_000_000) > 1_000_000


def test_depth_is_bounded() -> None:
    value: Any = 1
    for _ in range(600):
        value = [value]
    assert larger_than(value, 1 << 40) > 1 << 40


def test_records_keep_small_outputs_only() -> None:
    assert shown({"a": 1}) == {"output": {"a": 1}}
    assert shown("x" * (INLINE + 1)) == {"omitted": True}


BOMBS = [
    [{"l": {"for": {"in": "[range(60)]"}, "do": [{"s": {"set": "${ [., .] }"}}]}}],
    [{"l": {"for": {"in": "[range(60)]"}, "do": [{"s": {"set": {"a": "${ . }", "b": "${ . }"}}}]}}, {"w": {"wait": "PT1S"}}],
    [
        {"l": {"for": {"in": "[range(60)]"}, "do": [{"s": {"set": "${ . }", "export": {"as": "[$context, $context]"}}}]}},
        {"w": {"wait": "PT1S"}},
    ],
    [{"l": {"for": {"in": "[range(900)]"}, "do": [{"s": {"set": "${ [.] }"}}]}}, {"w": {"wait": "PT1S"}}],
]


@pytest.mark.parametrize("tasks", BOMBS)
def test_shared_structure_cannot_grow_without_bound(told: Callable[..., Any], tasks: Any) -> None:
    from weft.dsl.machine.codec import encode_state

    run = told(tasks, "x" * 100)
    assert (run.told().phase, run.told().fault.code) == ("faulted", "LIMIT" if run.told().fault.kind == "runtime" else "BUDGET")
    assert len(encode_state(run.told())) < 10_000
    assert all("x" * 300 not in repr(command)[:10_000] for command in run.out)
    assert sum(len(repr(command)) for command in run.out) < 2_000_000


def test_after_a_turn_that_was_too_heavy_the_run_can_be_taken_up(told: Callable[..., Any], call: Any) -> None:
    from weft.dsl.machine.inputs import ActivityCompleted, RunRestored

    run = told([{"c": call}, *BOMBS[0]])
    run.tell(ActivityCompleted, ref=run.ref("activity"), attempt=1, result="y")
    assert run.told().fault.code in ("LIMIT", "BUDGET")
    run.tell(RunRestored, run="r2", attempt=2, from_run="run", from_seq=2, reason="retry", state=run.state, seed=b"t")
    assert run.told().phase == "running"
