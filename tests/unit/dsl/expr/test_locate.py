"""The failing part of an expression, found by a second run."""

import pytest

from weft.dsl.expr import Budget, ExpressionFault, compile_expr
from weft.dsl.expr.locate import failing_span
from weft.dsl.expr.program import read


@pytest.mark.parametrize(
    ("program", "value", "part"),
    [
        (".a | .b | .c", {"a": {"b": 5}}, ".c"),
        ("[.[] | . + 1]", [1, "x"], ". + 1"),
        ("{a: .a, b: (.b | length)}", {"b": True}, "length"),
        ('1 + (2 - "a")', None, '2 - "a"'),
        ('def f: error("x"); [f]', None, 'error("x")'),
        ("[range(1e9)] | length", None, "range(1e9)"),
        ('"x" * 1e9', None, '"x" * 1e9'),
    ],
)
def test_part(program, value, part):
    with pytest.raises(ExpressionFault) as caught:
        compile_expr(program).result.one(value, (), Budget())
    assert caught.value.part == part
    assert program[caught.value.offset :].startswith(part)


def test_what_does_not_fail_again_is_the_whole():
    tree, _ = read("1 + 1 | . + .", frozenset(), frozenset())
    assert failing_span(tree, None, (), Budget()) == (tree.node.start, tree.node.end)
