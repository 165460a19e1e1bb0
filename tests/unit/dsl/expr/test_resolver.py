"""Slots, cardinality, folding and cost."""

import pytest

from weft.dsl.expr.parser import parse
from weft.dsl.expr.program import read
from weft.dsl.expr.resolver import Resolver, Scope
from weft.dsl.expr.syntax import Literal


def single(text):
    tree, problems = read(text, frozenset(["x"]), frozenset())
    assert problems == []
    return tree.node.single


@pytest.mark.parametrize(
    "text",
    [
        ".",
        ".a.b",
        "$x",
        "1 + .a",
        "[.[]]",
        "{a: .b}",
        '"\\(.a)"',
        ".a // 1",
        "if .a then 1 else 2 end",
        "length",
        "reduce .[] as $i (0; .)",
        ".a |= empty",
        ".a = 1",
        "map(.[])",
        "any(.[]; .)",
        "error",
        "1 as $y | $y",
        "try .a catch 1",
        "def f: 1; f",
        "def f($a): $a; f(1)",
        "sort_by(.a, .b)",
        "[.[]] | length",
        "until(. > 1; . + 1)",
        "def f: if . < 1 then . else . - 1 | f end; f",
        "walk(.)",
        'test("a")',
        "-1",
        "first",
    ],
)
def test_exactly_one_result(text):
    assert single(text)


@pytest.mark.parametrize(
    "text",
    [
        ".[]",
        ".a?",
        "1, 2",
        "empty",
        "select(.)",
        "..",
        "range(3)",
        ".a += (1, 2)",
        "limit(1; .)",
        "try .a",
        "label $f | 1",
        "foreach .[] as $i (0; .)",
        "def f(g): g; f(1)",
        "if .[] then 1 else 2 end",
        "{a: .[]}",
        "paths",
        "first(1)",
        "reduce 1 as $i (1, 2; .)",
        "recurse(.a)",
        'splits("a")',
        'sub("a"; "b")',
        ".[] // 1",
    ],
)
def test_not_proven(text):
    assert not single(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [("1 + 2 * 3", 7), ("[1, 2]", [1, 2]), ('{"a": 1, b: [2]}', {"a": 1, "b": [2]}), ("-5", -5), ('"a" + "b"', "ab")],
)
def test_folding(text, value):
    tree, _ = read(text, frozenset(), frozenset())
    assert isinstance(tree.node, Literal)
    assert tree.node.value == value
    assert tree.cost == 0


def test_what_fails_is_not_folded():
    tree, _ = read("1 / 0", frozenset(), frozenset())
    assert not isinstance(tree.node, Literal)


@pytest.mark.parametrize(
    ("text", "cost"),
    [(".a.b.c", 1), (".a | .b", 2), ("length + 1", 2), (".a == 1 and .b", 4), ("[.[]]", 1), (".[.a].b", 3)],
)
def test_cost(text, cost):
    assert read(text, frozenset(), frozenset())[0].cost == cost


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        (".a + .b.c", {"a", "b"}),
        ("1", set()),
        (". | .a", {"a"}),
        (".a | .b", {"a"}),
        (".[.k]", None),
        ("length", None),
    ],
)
def test_keys_of_the_input(text, keys):
    found = read(text, frozenset(), frozenset())[0].keys
    assert found == (None if keys is None else frozenset(keys))


def test_scopes():
    scope = Scope({"a": 1}, {}, 2).bind(["x", "y"])
    assert (scope.variables, scope.depth) == ({"a": 1, "x": 2, "y": 3}, 4)
    resolver = Resolver()
    resolver.visit(parse("$nope | foo"), scope, True)
    assert [problem.code for problem in resolver.problems] == ["expression-variable", "expression-function"]
