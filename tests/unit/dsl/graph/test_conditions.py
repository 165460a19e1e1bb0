"""The language of conditions."""

from __future__ import annotations

from typing import Any

import pytest

from weft.dsl.expr import Budget, ExpressionFault
from weft.dsl.graph.conditions import ConditionProblem, compile_condition

ROOT: dict[str, Any] = {
    "a": {"b": [1, {"c": "x"}], "length": 9},
    "n": 5,
    "f": 2.5,
    "t": "text",
    "no": None,
    "yes": True,
    "z": 0,
}


def value(text: str) -> Any:
    return compile_condition(text).evaluate(ROOT, (), Budget())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$.n == 5", True),
        ("$.n === 5.0", True),
        ("$.n != '5'", True),
        ("$.n !== 5", False),
        ("$.missing == null", True),
        ("$.no == undefined", True),
        ("$.n < '9'", False),
        ("$.n >= 5 && $.f < 3", True),
        ("$.t < 'u'", True),
        ('$.a.b[1].c == "x"', True),
        ("$['a']['b'][0]", 1),
        ("$.a.b[-1]['c']", "x"),
        ("$.a.b.length", 2),
        ("$.t.length == 4", True),
        ("$.a.length", 9),
        ("!$.no", True),
        ("!$.z", False),
        ("$.no || 'other'", "other"),
        ("$.n && $.t", "text"),
        ("1 + 2 * 3 - 4 / 2", 5),
        ("7 / 2", 3.5),
        ("-7 % 3", -1),
        ("7.5 % 2", 1.5),
        ("(1 + 2) * 3", 9),
        ("'a' + 'b'", "ab"),
        ("-$.n + +1", -4),
        ("$.n > 3 ? 'big' : $.n > 1 ? 'mid' : 'small'", "big"),
        ("if ($.n > 3) { true; } else { false; }", True),
        ("if ($.n > 9) { return true; } return false;", False),
        ("if ($.n > 9) { true; }", None),
        ("(function () { return $.n == 5; })()", True),
        ("(function () { if ($.yes) { if ($.no) { return 1; } else { return 2; } } return 3; })();", 2),
        ("if ($.n > 9) true; else if ($.n > 4) 'four'; else 'less';", "four"),
        ("if ($.n == 5) { if ($.z == 1) { return 'a'; } return 'b'; } return 'c';", "b"),
        ("return $.n", 5),
        ("'it\\'s \\u0041'", "it's A"),
        ("$", ROOT),
        (" true ; ", True),
    ],
)
def test_values(text: str, expected: Any) -> None:
    assert value(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "fetch('x')",
        "$.a.map(1)",
        "[1]",
        "{}",
        "$.a = 1",
        "$.a; $.b",
        "while (true) {}",
        "$.a.",
        "$[",
        "1 +",
        "",
        "   ",
        "a.b",
        "`x`",
        "$.a['b'",
        "if ($.a) { }",
        "var x = 1",
        "(" * 100 + "1" + ")" * 100,
        "!" * 100 + "true",
        "1 " * 20_000,
        "(1).length",
        "return",
    ],
)
def test_what_is_no_condition(text: str) -> None:
    with pytest.raises(ConditionProblem):
        compile_condition(text)


@pytest.mark.parametrize("text", ["1 / 0", "1 % 0", "1.5 % 0", "$.t + 1", "$.t * 2", "-$.t", "1e308 * 10", "$.no + 1"])
def test_what_fails_when_it_runs(text: str) -> None:
    with pytest.raises(ExpressionFault) as caught:
        value(text)
    assert caught.value.code == "JQ_ERROR"


def test_numbers_stay_bounded() -> None:
    with pytest.raises(ExpressionFault):
        value(" * ".join(["99999999999999999999"] * 60))


def test_the_message_points_to_jq() -> None:
    with pytest.raises(ConditionProblem, match="jq"):
        compile_condition("fetch('x')")
