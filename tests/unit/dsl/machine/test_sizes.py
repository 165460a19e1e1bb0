from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weft.dsl.machine import sizes
from weft.dsl.machine.sizes import INLINE, appended, derive, larger_than, shown, weigh

JSON = st.recursive(
    st.none() | st.integers(0, 9) | st.text("ab", max_size=4),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abc", max_size=3), inner, max_size=4),
    max_leaves=12,
)
OBJECT = st.dictionaries(st.text("abc", max_size=2), JSON, max_size=6)


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


class Weighing:
    """As much of a turn as sizes need."""

    def __init__(self) -> None:
        self.weights: dict[int, Any] = {}


def entry(value: Any) -> Any:
    """(size, depth) by a whole walk."""
    turn: Any = Weighing()
    weigh(turn, value)
    return turn.weights[id(value)][:2]


@given(st.lists(JSON, max_size=6), st.lists(JSON, max_size=4))
def test_what_is_appended_is_counted_as_if_all_were_walked(there: list[Any], more: list[Any]) -> None:
    turn: Any = Weighing()
    unknown = appended(turn, there, more)
    assert unknown == [*there, *more] and id(unknown) not in turn.weights
    weigh(turn, there)
    out = appended(turn, there, more)
    assert out == unknown and turn.weights[id(out)][:2] == entry(out)


@given(OBJECT, OBJECT, st.sets(st.text("abc", max_size=2), max_size=4))
def test_a_changed_object_is_counted_as_if_it_were_walked(old: dict[str, Any], other: Any, gone: set[str]) -> None:
    new = {key: item for key, item in {**old, **other}.items() if key not in gone}
    turn: Any = Weighing()
    derive(turn, old, new, {*other, *gone})
    assert id(new) not in turn.weights
    weigh(turn, old)
    derive(turn, old, new, {*other, *gone})
    found = turn.weights.get(id(new))
    assert found is None or found[:2] == entry(new)
    if found is None:
        assert entry(new)[1] <= entry(old)[1]


def test_too_deep_stays_too_deep() -> None:
    turn: Any = Weighing()
    deep: Any = 1
    for _ in range(255):
        deep = [deep]
    there: list[Any] = [1]
    weigh(turn, there)
    fits = appended(turn, there, [deep])
    assert turn.weights[id(fits)][:2] == entry(fits)
    assert entry(fits)[0] < sizes._ENDLESS  # pyright: ignore[reportPrivateUsage]
    over = appended(turn, fits, [[deep]])
    assert turn.weights[id(over)][0] == entry(over)[0] > 1 << 60
    assert appended(turn, over, [1]) == [*over, 1]


def test_long_lists_are_not_all_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sizes, "_MOST_SLOTS", 20_000)
    turn: Any = Weighing()
    grown: list[Any] = []
    for number in range(1_000):
        grown = appended(turn, grown, [number])
        assert weigh(turn, grown) == 16 + 16 * len(grown)
    alive = sum(len(value) for _, _, value in turn.weights.values() if value is not None)
    assert alive <= 60_000
