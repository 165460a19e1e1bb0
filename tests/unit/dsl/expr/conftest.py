"""Shared by the tests of the expression package: evaluate a text, or get its failure."""

import pytest

from weft.dsl.expr import Budget, ExpressionFault, Names, compile_expr


@pytest.fixture
def evaluate():
    """`evaluate(program, value=None, **vars)` gives all results."""

    def run(program, value=None, **variables):
        compiled = compile_expr(program, names=Names(frozenset(variables)))
        assert compiled.problems == [], compiled.problems
        arguments = tuple(variables[name] for name in compiled.result.info.needs)
        return compiled.result.all(value, arguments, Budget(1_700_000_000_123))

    return run


@pytest.fixture
def failure(evaluate):
    """`failure(program, value=None, **vars)` gives the text of the error; the budget's text after `BUDGET `."""

    def run(program, value=None, **variables):
        with pytest.raises(ExpressionFault) as caught:
            evaluate(program, value, **variables)
        return ("BUDGET " if caught.value.code == "BUDGET" else "") + caught.value.message

    return run
