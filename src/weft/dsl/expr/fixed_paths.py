"""Expressions that are a fixed path of keys, `.a.b.c`: direct subscripts, and one handler for all that is missing.

They are most of what definitions hold, so they have no environment, no budget to open and no result to check: what
they give is a part of the input. Each costs one of fuel.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

from weft.dsl.expr.containers import get_path
from weft.dsl.expr.errors import BudgetSpent, JqError
from weft.dsl.expr.limits import Budget

Vars = tuple[Any, ...]
Evaluate = Callable[[Any, Vars, Budget], Any]
Fail = Callable[[BaseException, Any, Vars, Budget], NoReturn]


def path_evaluator(keys: tuple[str, ...], fail: Fail) -> Evaluate:
    """What reads the value at `keys`; `fail(error, value, vars, budget)` turns an error into a fault."""

    def one(value: Any, vars: Vars, budget: Budget) -> Any:
        if budget.left <= 0:
            fail(BudgetSpent(spent_text(budget)), value, vars, budget)
        budget.left -= 1
        result = value
        try:
            for key in keys:
                result = result[key]
        except (KeyError, TypeError):
            try:
                return get_path(value, keys)
            except JqError as error:
                fail(error, value, vars, budget)
        return result

    maker = _SHORT.get(len(keys))
    return one if maker is None else maker(keys, one)


def spent_text(budget: Budget) -> str:
    return f"expressions of one turn used more than {budget.limits.step_fuel} steps"


def _one_key(keys: tuple[str, ...], general: Evaluate) -> Evaluate:
    (only,) = keys

    def run(value: Any, vars: Vars, budget: Budget) -> Any:
        if value.__class__ is dict and budget.left > 0:
            budget.left -= 1
            return value.get(only)
        return general(value, vars, budget)

    return run


def _two_keys(keys: tuple[str, ...], general: Evaluate) -> Evaluate:
    first, second = keys

    def run(value: Any, vars: Vars, budget: Budget) -> Any:
        if value.__class__ is dict and budget.left > 0:
            inner = value.get(first)
            if inner.__class__ is dict:
                budget.left -= 1
                return inner.get(second)
        return general(value, vars, budget)

    return run


def _three_keys(keys: tuple[str, ...], general: Evaluate) -> Evaluate:
    first, second, third = keys

    def run(value: Any, vars: Vars, budget: Budget) -> Any:
        if budget.left > 0:
            try:
                result = value[first][second][third]
            except (KeyError, TypeError):
                return general(value, vars, budget)
            budget.left -= 1
            return result
        return general(value, vars, budget)

    return run


def _four_keys(keys: tuple[str, ...], general: Evaluate) -> Evaluate:
    first, second, third, fourth = keys

    def run(value: Any, vars: Vars, budget: Budget) -> Any:
        if budget.left > 0:
            try:
                result = value[first][second][third][fourth]
            except (KeyError, TypeError):
                return general(value, vars, budget)
            budget.left -= 1
            return result
        return general(value, vars, budget)

    return run


_SHORT: dict[int, Callable[[tuple[str, ...], Evaluate], Evaluate]] = {
    1: _one_key,
    2: _two_keys,
    3: _three_keys,
    4: _four_keys,
}
