"""Specs of builtins: exactly one way to run each."""

from weft.dsl.expr import compile_expr
from weft.dsl.expr.code import FORM_MANY, FORM_ONE
from weft.dsl.expr.limits import Budget
from weft.dsl.expr.registry import BUILTINS, REFUSED, check_budget


def test_each_builtin_has_one_way_to_run():
    assert compile_expr("1").result is not None
    for (name, arity), spec in BUILTINS.items():
        ways = [spec.value is not None, spec.stream is not None, spec.rewrite is not None, bool(spec.form)]
        assert ways.count(True) == 1, name
        assert (spec.name, spec.arity) == (name, arity)
        if spec.form:
            assert spec.form in FORM_ONE or spec.form in FORM_MANY


def test_refused_names_are_no_builtins():
    assert not REFUSED & {name for name, _ in BUILTINS}


def test_charging():
    budget = Budget()
    before = budget.fuel
    check_budget(budget, 7)
    assert before - budget.fuel == 7
