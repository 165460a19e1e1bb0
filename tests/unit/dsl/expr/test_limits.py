"""Budgets count down and say what is used up."""

import pytest

from weft.dsl.expr import ExpressionFault, compile_expr
from weft.dsl.expr.errors import BudgetSpent
from weft.dsl.expr.limits import DEFAULT, HARD, Budget, Limits, bounded, size_text


def test_defaults_and_hard_values():
    assert (DEFAULT.fuel, DEFAULT.step_fuel, DEFAULT.calls, DEFAULT.value_depth) == (200_000, 2_000_000, 256, 256)
    assert bounded(Limits(fuel=10**12, calls=5)) == Limits(fuel=HARD.fuel, step_fuel=2_000_000, calls=5)


def test_an_evaluation_takes_from_the_step():
    budget = Budget(0, Limits(fuel=100, step_fuel=150))
    start = budget.open(10)
    budget.charge(40)
    budget.close(start)
    assert (budget.spent, budget.left) == (50, 100)
    start = budget.open(1)
    budget.charge(99)
    with pytest.raises(BudgetSpent, match="expression used more than 100 steps"):
        budget.charge(1)
    budget.close(start)
    assert budget.left == 0
    with pytest.raises(BudgetSpent, match="expressions of one turn used more than 150 steps"):
        budget.open(1)


def test_sizes():
    budget = Budget(0, Limits(text=1000, members=100))
    fuel = budget.fuel
    budget.text(64)
    budget.members(100)
    assert fuel - budget.fuel == 2
    with pytest.raises(BudgetSpent, match="text larger than 1000 bytes"):
        budget.text(1001)
    with pytest.raises(BudgetSpent, match="more than 100 members"):
        budget.members(101)
    assert size_text(4 << 20) == "4 MiB"


def test_calls():
    budget = Budget(0, Limits(calls=2))
    budget.enter()
    budget.enter()
    with pytest.raises(BudgetSpent, match="more than 2 nested calls"):
        budget.enter()


@pytest.mark.parametrize("program", ["def f: 1 + f; f", "[[range(300)] | map([.]) | combinations]"])
def test_a_spent_call_budget_leaves_nothing_behind(program):
    budget = Budget()
    with pytest.raises(ExpressionFault, match="nested calls"):
        compile_expr(program).result.one(None, (), budget)
    again = compile_expr("def f: if . < 200 then . + 1 | f else . end; f").result
    assert again.one(0, (), budget) == 200
