"""Patterns bind what they name, in every nesting."""

import pytest

from weft.dsl.expr.code import Coder
from weft.dsl.expr.destructure import binders, is_simple
from weft.dsl.expr.limits import Budget
from weft.dsl.expr.parser import parse
from weft.dsl.expr.patterns import bound_names
from weft.dsl.expr.program import read


def bound(pattern, value):
    node = read(f". as {pattern} | .", frozenset(), frozenset())[0].node
    names = bound_names(node.patterns)
    found = []
    for binder in binders(Coder(), node.patterns, names):
        found.append([env[1:] for env in binder(value, (Budget(),))])
    return names, found


def test_binding():
    assert bound("$x", 5) == (["x"], [[(5,)]])
    assert bound("[$a, [$b]]", [1, [2]]) == (["a", "b"], [[(1, 2)]])
    assert bound('{a: $x, $b, "c d": [$y]}', {"a": 1, "b": 2, "c d": [3]}) == (["b", "x", "y"], [[(2, 1, 3)]])
    assert bound("{$a: [$b]}", {"a": [7]}) == (["a", "b"], [[([7], 7)]])
    assert bound('{("a", "b"): $x}', {"a": 1, "b": 2}) == (["x"], [[(1,), (2,)]])


def test_alternatives_share_their_names():
    names, found = bound("[$a] ?// $b", [4])
    assert names == ["a", "b"]
    assert found == [[(4, None)], [(None, [4])]]


def test_missing_is_null_and_simple_is_known():
    assert bound("[$a, $b]", [1]) == (["a", "b"], [[(1, None)]])
    assert is_simple(parse(". as $x | .").patterns)
    assert not is_simple(parse(". as [$x] | .").patterns)


@pytest.mark.parametrize(
    ("program", "value", "expected"),
    [
        (". as {a: $x, b: [$y, {$z}]} | [$x, $y, $z]", {"a": 1, "b": [2, {"z": 3}]}, [[1, 2, 3]]),
        ('. as {k: $k, ("a", "k"): $v} | [$k, $v]', {"k": "a", "a": 3}, [["a", 3], ["a", "a"]]),
        (". as {as: $x, if: $y} | $x + $y", {"as": 1, "if": 2}, [3]),
    ],
)
def test_in_the_language(evaluate, program, value, expected):
    assert evaluate(program, value) == expected
