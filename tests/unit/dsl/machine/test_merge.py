"""The merge table, element by element."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weft.dsl.machine.merge import MISSING, MergeMismatch, combine, deep, into_path, into_top, union

TABLE: list[tuple[Any, Any, Any]] = [
    (MISSING, {"a": 1}, {"a": 1}),
    (None, [1], [1]),
    (None, 3, 3),
    (MISSING, None, None),
    ({"a": 1}, None, None),
    ({"a": {"x": 1}}, {"a": {"y": 2}}, {"a": {"x": 1, "y": 2}}),
    ({"a": {"x": 1, "l": [1]}}, {"a": {"x": "t", "l": [1, 2]}}, {"a": {"x": "t", "l": [1, 2]}}),
    (["a", "b"], ["b", "c"], ["a", "b", "c"]),
    ([1, {"k": 1}], [{"k": 1.0}, True], [1, {"k": 1}, True]),
    (1, "x", "x"),
    (True, 2, 2),
]


@pytest.mark.parametrize(("there", "incoming", "expected"), TABLE)
def test_table(there: Any, incoming: Any, expected: Any) -> None:
    assert combine(there, incoming).data == expected


@pytest.mark.parametrize(
    ("there", "incoming"), [({}, []), ({}, 1), ([], {}), ([], "x"), ("x", {}), (1, [])], ids=lambda v: type(v).__name__
)
def test_mismatch_is_raised_or_replaced(there: Any, incoming: Any) -> None:
    with pytest.raises(MergeMismatch):
        combine(there, incoming)
    merged = combine(there, incoming, replace=True)
    assert merged.data == incoming
    assert "replaced by" in merged.note


def test_true_is_not_one() -> None:
    assert union([1], [True]) == [1, True]
    assert union([1], [1.0]) == [1]


def test_union_counts_what_was_just_added() -> None:
    assert union([], [2, 2]) == [2]


def test_cwm_arrays_are_replaced() -> None:
    assert deep({"x": {"a": 1}, "l": [1]}, {"x": {"b": 2}, "l": [2]}, replace=True) == {"x": {"a": 1, "b": 2}, "l": [2]}


def test_top_level_names_what_is_no_object() -> None:
    assert into_top({"n": 1}, "x", "ask-output").data == {"n": 1, "ask-output": "x"}
    assert into_top({"n": 1}, [1], "ask-output").data == {"n": 1, "ask-output": [1]}
    assert into_top({"n": 1}, None, "ask-output").data == {"n": 1}
    assert into_top(None, 5, "ask-output").data == {"ask-output": 5}
    with pytest.raises(MergeMismatch):
        into_top([1], {"a": 1}, "ask-output")


def test_path_creates_and_merges() -> None:
    assert into_path({}, ("order", "ref"), {"id": 4}).data == {"order": {"ref": {"id": 4}}}
    assert into_path({"n": 1}, ("n",), 7).data == {"n": 7}
    assert into_path({"n": {"a": 1}}, ("n",), None).data == {"n": None}
    assert into_path({"l": [1, 2]}, ("l", -1), 5).data == {"l": [1, 5]}
    assert into_path({}, ("l", 2), 5).data == {"l": [None, None, 5]}


def test_path_over_what_holds_no_key() -> None:
    with pytest.raises(MergeMismatch, match=r"scalar at \.a"):
        into_path({"a": 1}, ("a", "b"), 2)
    merged = into_path({"a": 1}, ("a", "b"), 2, replace=True)
    assert merged.data == {"a": {"b": 2}}
    assert merged.note == "scalar replaced by object at .a"


def test_index_is_bounded() -> None:
    with pytest.raises(MergeMismatch):
        into_path({"l": []}, ("l", 10**9), 1)
    with pytest.raises(MergeMismatch):
        into_path({"l": []}, ("l", -1), 1)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.text("ab", max_size=2),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab", max_size=2), inner, max_size=3),
    max_leaves=8,
)


@given(JSON, JSON)
def test_nothing_is_changed_in_place(there: Any, incoming: Any) -> None:
    before = repr(there), repr(incoming)
    into_path({"a": there}, ("a",), incoming, replace=True)
    into_top(there, incoming, "x-output", replace=True)
    assert (repr(there), repr(incoming)) == before


@given(JSON, JSON)
def test_replace_never_raises_and_incoming_scalars_win(there: Any, incoming: Any) -> None:
    merged = combine(there, incoming, replace=True).data
    if not (isinstance(there, dict) and isinstance(incoming, dict)):
        assert merged == incoming
