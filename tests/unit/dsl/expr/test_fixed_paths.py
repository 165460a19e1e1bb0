"""Fixed paths of every length: present, missing, through what is no object, and out of fuel."""

import pytest

from weft.dsl.expr.containers import get_path
from weft.dsl.expr.errors import BudgetSpent, JqError
from weft.dsl.expr.fixed_paths import path_evaluator, spent_text
from weft.dsl.expr.limits import Budget, Limits

KEYS = ("a", "b", "c", "d", "e", "f")
VALUES = [
    None,
    {},
    {"a": None},
    {"a": {"b": {"c": {"d": {"e": {"f": 1}}}}}},
    {"a": {"b": {"c": 5}}},
    {"a": []},
    {"a": {"b": "text"}},
    5,
    "text",
]


class Failed(Exception):
    pass


def fail(error, value, vars, budget):
    raise Failed from error


@pytest.mark.parametrize("length", range(1, 7))
@pytest.mark.parametrize("value", VALUES)
def test_reads_like_the_slow_way(length, value):
    keys = KEYS[:length]
    run, budget = path_evaluator(keys, fail), Budget()
    before = budget.left
    try:
        expected = get_path(value, keys)
    except JqError as error:
        with pytest.raises(Failed) as caught:
            run(value, (), budget)
        assert caught.value.__cause__.value == error.value
    else:
        assert run(value, (), budget) == expected
    assert before - budget.left == 1


@pytest.mark.parametrize("length", range(1, 7))
def test_the_step_budget_stops_it(length):
    budget = Budget(0, Limits(step_fuel=1))
    run = path_evaluator(KEYS[:length], fail)
    run(VALUES[3], (), budget)
    with pytest.raises(Failed) as caught:
        run(VALUES[3], (), budget)
    assert isinstance(caught.value.__cause__, BudgetSpent)
    assert "more than 1 steps" in spent_text(budget)
