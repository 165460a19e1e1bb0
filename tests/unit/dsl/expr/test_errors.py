"""The fault that leaves the package, and its texts."""

from weft.dsl.expr import Budget, ExpressionFault, compile_expr
from weft.dsl.expr.errors import BudgetSpent, JqError


def fault(text, value):
    try:
        compile_expr(text).result.one(value, (), Budget())
    except ExpressionFault as found:
        return found
    raise AssertionError("no fault")


def test_detail_and_data():
    found = fault(".a\n  | .b + 1 | .c", {"a": {"b": 1}})
    assert found.code == "JQ_ERROR"
    assert found.detail() == 'Cannot index number with string ("c") (in .a\n  | .b + 1 | .c, line 2, column 14)'
    assert found.data() == {"expression": ".a\n  | .b + 1 | .c", "offset": 16, "input": '{"a":{"b":1}}'}
    assert found.part == ".c"
    assert str(found) == found.detail()


def test_long_things_are_cut():
    found = fault('"' + "x" * 500 + '" | .a', {"big": "y" * 5000})
    assert len(found.input) == 1024
    assert "x" * 190 in found.detail()
    assert len(found.detail()) < 400


def test_errors_inside():
    assert JqError({"a": 1}).value == {"a": 1}
    assert BudgetSpent("text").text == "text"
