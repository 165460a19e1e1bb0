"""Destructuring patterns and the cursor over tokens."""

import pytest

from weft.dsl.expr.lexer import SyntaxProblem
from weft.dsl.expr.parser import Parser, parse
from weft.dsl.expr.patterns import bound_names


def names(text):
    return bound_names(parse(f". as {text} | .").patterns)


def test_names_in_order_each_once():
    assert names("$x") == ["x"]
    assert names("[$a, [$b, $a]]") == ["a", "b"]
    assert names('{a: $x, $b, "c d": {$d}, ("e"): [$f], $g: $h}') == ["b", "g", "x", "d", "f", "h"]
    assert names("[$a] ?// {$b} ?// $c") == ["a", "b", "c"]


@pytest.mark.parametrize("text", ["[]", "{}", "x", "[$a", "{a}", "{(1): $x}", "$a ?//", "{$a $b}"])
def test_refused(text):
    with pytest.raises(SyntaxProblem):
        names(text)


def test_the_cursor_stays_at_the_end():
    parser = Parser(".")
    parser.advance()
    parser.advance()
    assert parser.token[0] == "end"
    assert parser.unexpected("x").message == "found the end, expected x"
