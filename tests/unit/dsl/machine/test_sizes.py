from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from weft.dsl.machine.sizes import INLINE, larger_than, shown, weigh


@pytest.fixture
def turn(told: Callable[..., Any], turn_of: Callable[..., Any]) -> Any:
    return turn_of(told([{"w": {"wait": "PT1S"}}]))


def test_small_values_fit(turn: Any) -> None:
    for value in (None, True, 1, 1.5, "x", [], {}, {"a": [1, 2]}):
        assert larger_than(turn, value, 100) == 0


def test_texts_and_members_count(turn: Any) -> None:
    assert larger_than(turn, "x" * 101, 100) == 101
    assert larger_than(turn, {"k" * 101: 1}, 100) == 133
    assert larger_than(turn, [0] * 20, 100) == 336
    assert weigh(turn, {"a": ["bc"]}) == 16 + 16 + 1 + 16 + 16 + 2


def test_shared_parts_are_counted_every_time_and_walked_once(turn: Any) -> None:
    value: Any = ["x"]
    for _ in range(100):
        value = [value, value]
    assert larger_than(turn, value, 1_000_000) > 1 << 100
    assert len(turn.weights) == 101


def test_depth_is_bounded(turn: Any) -> None:
    value: Any = 1
    for _ in range(600):
        value = [value]
    assert larger_than(turn, value, 1 << 40) > 1 << 40
    for _ in range(600):
        weigh(turn, value)
        value = [value]
    assert larger_than(turn, value, 1 << 40) > 1 << 40


def test_records_keep_small_outputs_only(turn: Any) -> None:
    assert shown(turn, {"a": 1}) == {"output": {"a": 1}}
    assert shown(turn, {"a": 1}, "result") == {"result": {"a": 1}}
    assert shown(turn, "x" * (INLINE + 1)) == {"omitted": True}


def test_the_next_turn_knows_what_stayed(told: Callable[..., Any]) -> None:
    value = {"deep": [1, 2, 3]}
    run = told([{"w": {"wait": "PT1S"}}], value)
    assert id(value) in run.told().__dict__["weights"]


BOMBS = [
    [{"l": {"for": {"in": "[range(60)]"}, "do": [{"s": {"set": "${ [., .] }"}}]}}],
    [
        {"l": {"for": {"in": "[range(60)]"}, "do": [{"s": {"set": {"a": "${ . }", "b": "${ . }"}}}]}},
        {"w": {"wait": "PT1S"}},
    ],
    [
        {
            "l": {
                "for": {"in": "[range(60)]"},
                "do": [{"s": {"set": "${ . }", "export": {"as": "[$context, $context]"}}}],
            }
        },
        {"w": {"wait": "PT1S"}},
    ],
    [{"l": {"for": {"in": "[range(900)]"}, "do": [{"s": {"set": "${ [.] }"}}]}}, {"w": {"wait": "PT1S"}}],
]


@pytest.mark.parametrize("tasks", BOMBS)
def test_shared_structure_cannot_grow_without_bound(told: Callable[..., Any], tasks: Any) -> None:
    from weft.dsl.machine.codec import encode_state

    run = told(tasks, "x" * 100)
    assert run.told().phase == "faulted"
    assert run.told().fault.code in ("LIMIT", "BUDGET")
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


def test_what_has_been_weighed_is_forgotten_in_time(told: Callable[..., Any], call: Any) -> None:
    from weft.dsl.machine.inputs import ActivityCompleted

    run = told([{"l": {"for": {"in": "[range(300)]"}, "do": [{"c": call}]}}])
    for k in range(300):
        run.tell(ActivityCompleted, ref=run.ref("activity"), attempt=1, result={"k": [k]})
        assert len(run.told().__dict__["weights"]) < 700
    assert run.told().output == {"k": [299]}
