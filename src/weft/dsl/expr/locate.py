"""Where an evaluation failed.

The hot forms carry no positions. When one fails, an instrumented form runs once more on the same input, and the
innermost construct that raised is the place. Where fuel ran out, the second run gets less of it: an expression that
used up the one uses up the other, nearly always in the same loop.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from weft.dsl.expr.code import Env
from weft.dsl.expr.errors import BreakSignal, BudgetSpent, JqError
from weft.dsl.expr.limits import Budget
from weft.dsl.expr.program import Tree, coder
from weft.dsl.expr.syntax import Node
from weft.dsl.expr.values import finished

SEARCH_FUEL = 40_000


def watched(node: Node, run: Callable[[Any, Env], Any], single: bool) -> Callable[[Any, Env], Any]:
    """`run`, marking what it raises with the span of `node` unless something inside did."""
    span = (node.start, node.end)
    if single:

        def one(v: Any, env: Env) -> Any:
            try:
                return run(v, env)
            except (JqError, BudgetSpent) as error:
                error.span = error.span or span
                raise

        return one

    def many(v: Any, env: Env) -> Iterator[Any]:
        try:
            yield from run(v, env)
        except (JqError, BudgetSpent) as error:
            error.span = error.span or span
            raise

    return many


def failing_span(
    tree: Tree, value: Any, vars: tuple[Any, ...], budget: Budget, *, spent: bool = False
) -> tuple[int, int]:
    """(start, end) of the part that fails; the whole text when that cannot be told. `spent`: a budget was."""
    whole = (tree.node.start, tree.node.end)
    limits = budget.limits
    if spent and limits.fuel > SEARCH_FUEL:
        limits = msgspec.structs.replace(limits, fuel=SEARCH_FUEL)
    again = Budget(budget.now_ms, limits)
    try:
        again.open(tree.cost)
        for result in coder(watch=watched).many(tree.node)(value, (again, *vars)):
            finished(result, again)
    except (JqError, BudgetSpent) as error:
        return error.span or whole
    except (RecursionError, BreakSignal):
        return whole
    return whole
