"""Interpolation: parts as texts, the last one outermost, secrets sealed."""

import pytest

from weft.dsl.expr import secret
from weft.dsl.expr.errors import BudgetSpent
from weft.dsl.expr.limits import Budget, Limits
from weft.dsl.expr.texts import joined, shown


@pytest.mark.parametrize(
    ("program", "expected"),
    [
        ('"\\(1, 2)-\\(3, 4)"', ["1-3", "2-3", "1-4", "2-4"]),
        ('"\\("a\\("b" + "c")d")"', ["abcd"]),
        ('@csv "x \\([1, "a"])"', ['x 1,"a"']),
        ('@html "<\\("<")>"', ["<&lt;>"]),
        ('"\\(empty)"', []),
        ('"\\(null)\\(true)\\({a: [1]})"', ['nulltrue{"a":[1]}']),
    ],
)
def test_interpolation(evaluate, program, expected):
    assert evaluate(program) == expected


def test_parts():
    budget = Budget(0, Limits(text=100))
    assert shown("x", budget) == "x"
    assert shown([1], budget) == "[1]"
    assert joined(["a", "b"], budget) == "ab"
    sealed = joined(["a", secret("k"), "b"], budget)
    assert sealed.names() == frozenset(["k"])
    with pytest.raises(BudgetSpent):
        joined(["x" * 60, "y" * 60], budget)


def test_an_error_in_a_part(failure):
    assert failure('@csv "\\(1)"') == "number (1) cannot be csv-formatted, only array"
