"""Reading and rebuilding at a path; what is given is never changed."""

import copy

import pytest

from weft.dsl.expr.containers import (
    Owner,
    array_indexes,
    delete_paths,
    get_path,
    has_key,
    index,
    iterate,
    set_key,
    set_path,
    slice_bounds,
    whole_index,
)
from weft.dsl.expr.errors import BudgetSpent, JqError
from weft.dsl.expr.limits import Budget, Limits
from weft.dsl.expr.sealed import secret

VALUE = {"a": [1, {"b": 2}], "c": None}


def test_reading():
    assert get_path(VALUE, ("a", 1, "b")) == 2
    assert get_path(VALUE, ("x", "y", 0)) is None
    assert index([1, 2, 3], {"start": 1, "end": None}) == [2, 3]
    assert index("日本語", {"start": -1, "end": None}) == "語"
    assert index([1], float("nan")) is None
    assert list(iterate({"a": 1})) == [1]


@pytest.mark.parametrize(
    ("value", "key", "text"),
    [
        (1, "a", 'Cannot index number with string ("a")'),
        ([], "a", 'Cannot index array with string ("a")'),
        (None, [1], "Cannot index null with array ([1])"),
        ({}, None, "Cannot index object with null (null)"),
        ([], {"start": "x", "end": 1}, "Array/string slice indices must be integers"),
    ],
)
def test_reading_errors(value, key, text):
    with pytest.raises(JqError) as caught:
        index(value, key)
    assert caught.value.value == text


def test_writing_shares_what_it_does_not_touch():
    before = copy.deepcopy(VALUE)
    result = set_path(VALUE, ("c", "d"), 5, Budget())
    assert result == {"a": [1, {"b": 2}], "c": {"d": 5}}
    assert result["a"] is VALUE["a"]
    assert before == VALUE


def test_an_owner_copies_once_and_gives_up_what_is_shared():
    owner, budget = Owner(), Budget()
    first = set_path(VALUE, ("a", 0), 9, budget, owner)
    second = set_path(first, ("a", 0), 8, budget, owner)
    assert second is first
    owner.share(second["a"])
    third = set_path(second, ("a", 0), 7, budget, owner)
    assert third is not second
    assert second["a"][0] == 8


def test_slices():
    assert slice_bounds({"start": 1.2, "end": 3.5}, 10) == (1, 4)
    assert slice_bounds({"start": -2, "end": None}, 5) == (3, 5)
    assert slice_bounds({"start": 4, "end": 2}, 5) == (4, 4)
    assert slice_bounds({"start": None, "end": -9}, 5) == (0, 0)
    assert set_key([1, 2, 3], {"start": 0, "end": 2}, [9], Budget(), Owner()) == [9, 3]
    assert whole_index(1e300) == 2**31 - 1
    assert whole_index(-1.5) == -1


def test_deleting():
    assert delete_paths(VALUE, [["a", 0], ["c"], ["a", 0], ["x", "y"]], Budget()) == {"a": [{"b": 2}]}
    assert delete_paths([1, 2, 3], [[-1], [{"start": 0, "end": 1}]], Budget()) == [2]
    assert delete_paths(VALUE, [[]], Budget()) is None
    assert delete_paths(VALUE, [], Budget()) is VALUE
    for paths, text in ([1], "Path must be specified as array, not number"), ([["c", 0, 1]], None):
        if text is None:
            assert delete_paths(VALUE, paths, Budget()) == VALUE
            continue
        with pytest.raises(JqError) as caught:
            delete_paths(VALUE, paths, Budget())
        assert caught.value.value == text
    for value, path in ([1], ["a"]), ({"a": 1}, [0]), (5, ["a"]):
        with pytest.raises(JqError) as caught:
            delete_paths(value, [path], Budget())
        assert "annot" in str(caught.value.value)


def test_limits_come_before_memory():
    budget = Budget(0, Limits(members=100))
    with pytest.raises(BudgetSpent):
        set_path([], (500,), 1, budget)
    with pytest.raises(BudgetSpent):
        set_path(None, ("a",) * 2000, 1, Budget())


def test_keys_and_positions():
    assert has_key([1], 0)
    assert not has_key([1], -1)
    assert not has_key(None, "a")
    assert has_key(secret("s", keys=("user",)), "user")
    assert array_indexes([1, 2, 1, 2], [1, 2]) == [0, 2]
    with pytest.raises(JqError):
        has_key(secret("s"), "user")
    with pytest.raises(JqError):
        has_key("text", 0)
