"""JSON texts to values, bounded and forgiving where jq is."""

import pytest

from weft.dsl.expr.errors import BudgetSpent, JqError
from weft.dsl.expr.limits import Budget
from weft.dsl.expr.parse_json import from_json, nesting


def test_values():
    assert from_json(Budget(), ' {"a": [1, 1.0, "\\u00e9", null]} ') == {"a": [1, 1.0, "é", None]}
    assert from_json(Budget(), '"\\ud800x"') == "\ufffdx"
    assert from_json(Budget(), "123456789012345678901234567890") == 123456789012345678901234567890
    nan = from_json(Budget(), "nan")
    assert nan != nan


@pytest.mark.parametrize("text", ["", "{", "[1,2", "{a:1}", "1 2", "tru", "'a'"])
def test_errors_name_the_text(text):
    with pytest.raises(JqError) as caught:
        from_json(Budget(), text)
    assert f"(while parsing '{text}')" in caught.value.value


def test_depth_is_counted_first():
    assert nesting('[["[[[[", {"a": []}]]') == 4
    with pytest.raises(BudgetSpent):
        from_json(Budget(), "[" * 300 + "]" * 300)
    with pytest.raises(JqError):
        from_json(Budget(), 5)
