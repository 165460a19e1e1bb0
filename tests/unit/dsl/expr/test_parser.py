"""Precedence, terms, and the problems of texts that are none."""

import pytest

from weft.dsl.expr.lexer import SyntaxProblem
from weft.dsl.expr.parser import parse
from weft.dsl.expr.syntax import Alternative, Bind, Index, Literal, Pipe, Try


@pytest.mark.parametrize(
    ("program", "expected"),
    [
        ("1 + 2 * 3, 10 - 2 - 3, 12 / 2 / 3", [7, 5, 2]),
        ("1, 2 | . + 1", [2, 3]),
        ("null // 1 // 2, (false // null) // 3", [1, 3]),
        ("1 + 1 == 2 and 3 > 2 or error", [True]),
        ("1 as $x | 2 + $x as $y | $y * 2", [6]),
        ('try error("x") catch . | ascii_upcase', ["X"]),
        ("-1 - -1, -(2) * 3", [0, -6]),
        ("def f: 1; def g: 2; f + g", [3]),
        ("[1, def f: 2; f]", [[1, 2]]),
        ("{a: 1 + 2, b: null // 3, c: 1 | . + 1}", [{"a": 3, "b": 3, "c": 2}]),
        ("{a: 1,}", [{"a": 1}]),
        ("[if true then 1 elif error then 2 else 3 end | . + 1]", [[2]]),
        ("reduce (1, 2) as $x (0; . + $x) | . * 2", [6]),
        (". as [$a, $b] | $a", [None]),
        ("$__loc__\n| .line", [1]),
        ("1 # one\n + 1", [2]),
        ("def f: 1;", [None]),
        ('.a?//"d"', ["d"]),
        ("[.[]?]", [[]]),
        ("1 as $x | [$x, $x + 1][1]", [2]),
    ],
)
def test_precedence(evaluate, program, expected):
    assert evaluate(program) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "|",
        "1 +",
        "1 2",
        "1 | | 2",
        "(1",
        "[1,]",
        "{a:}",
        "{1: 2}",
        "{(1): 2}",
        "if 1 then 2",
        "reduce . as x (0; 1)",
        ". as $x",
        ". as [] | 1",
        "def f 1; f",
        "def f(: 1; f",
        "f(",
        "f()",
        "..a",
        ".a = 1 = 2",
        "1 < 2 < 3",
        "try",
        "label x | 1",
        "break x",
        "$",
        "{a: 1 as $x | 2}",
        'import "a" as b; 1',
        'include "a"; 1',
        '"\\(1;2)"',
        ". [",
        ".[1:2:3]",
        ".[:]",
        "?",
        "as",
    ],
)
def test_refused(text):
    with pytest.raises(SyntaxProblem) as caught:
        parse(text)
    assert caught.value.message
    assert 0 <= caught.value.offset <= len(text)


def test_trees_and_spans():
    node = parse(" .a.b // 1 | x")
    assert isinstance(node, Pipe)
    assert isinstance(node.left, Alternative)
    assert (node.left.start, node.left.end) == (1, 10)
    assert isinstance(node.left.left, Index)
    assert isinstance(parse("(.a.b)?"), Try)
    assert parse(".a.b?").opt
    assert isinstance(parse("1 as $x | 2"), Bind)
    assert parse('"a" ').value == "a"
    assert isinstance(parse("[]"), Literal)


def test_limits():
    with pytest.raises(SyntaxProblem, match="nested deeper"):
        parse("(" * 500 + "1" + ")" * 500)
    with pytest.raises(SyntaxProblem, match="more than 5000 nodes"):
        parse("1" + "+1" * 6000)
