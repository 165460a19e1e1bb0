"""Equality, order, JSON text, excerpts, results."""

import itertools
import math

import pytest

from weft.dsl.expr import equals, order, secret, to_json_text, truthy, type_name
from weft.dsl.expr.errors import BudgetSpent, JqError
from weft.dsl.expr.limits import Budget, Limits
from weft.dsl.expr.values import bounded_json, excerpt, finished, masked, number_text, sort_order, text_json, type_error

ORDERED = [
    None,
    False,
    True,
    math.nan,
    -1,
    0.5,
    1,
    "",
    "a",
    "b",
    "日",
    [],
    [1],
    [1, 2],
    [2],
    {},
    {"a": 1},
    {"a": 2},
    {"a": 1, "b": 0},
    {"b": 0},
]


def test_order_is_total():
    for (i, a), (j, b) in itertools.product(enumerate(ORDERED), repeat=2):
        if i != j:
            assert order(a, b) == (-1 if i < j else 1), (a, b)
    assert sort_order(list(reversed(ORDERED)), Budget()) == list(reversed(range(len(ORDERED))))


def test_equality():
    assert equals(1, 1.0)
    assert equals([1, {"a": [True]}], [1.0, {"a": [True]}])
    for a, b in (
        (1, True),
        ([1], [True]),
        ({"a": 0}, {"a": False}),
        ("1", 1),
        (math.nan, math.nan),
        ([], {}),
        ([1], [1, 2]),
    ):
        assert not equals(a, b)
    with pytest.raises(JqError):
        equals(secret("a"), "x")
    with pytest.raises(JqError):
        equals(["x"], [secret("a")])
    with pytest.raises(JqError):
        order(secret("a"), 1)


def test_json_text():
    value = {"a": [1, 1.0, 1.5, None, True], "b\n": 'q"\\\x7f\x01é'}
    assert to_json_text(value) == '{"a":[1,1.0,1.5,null,true],"b\\n":"q\\"\\\\\\u007f\\u0001é"}'
    assert to_json_text([]) == "[]"
    assert to_json_text({"a": {}}) == '{"a":{}}'
    assert number_text(math.nan) == "null"
    assert number_text(math.inf) == "1.7976931348623157e+308"
    assert text_json("\t") == '"\\t"'
    assert to_json_text([secret("k")], mask=True) == '["<secret k>"]'
    assert masked(secret("k")) == "<secret k>"


def test_excerpts():
    assert excerpt("x" * 100) == '"' + "x" * 24 + '..."'
    assert excerpt([1, 2, 3]) == "[1,2,3]"
    assert excerpt(list(range(100))) == "[0,1,2,3,4,5,6,7,8,9,10,1...]"
    assert excerpt({"a": "é" * 20}) == '{"a":"' + "é" * 9 + "...}"
    assert len(bounded_json([["x" * 100] * 100] * 100, 500)) < 1000
    deep = []
    for _ in range(50_000):
        deep = [deep]
    assert excerpt(deep) == "[" * 25 + "...]"


def test_results():
    assert finished([math.nan, {"a": math.inf}], Budget()) == [None, {"a": 1.7976931348623157e308}]
    assert finished(-math.inf, Budget()) == -1.7976931348623157e308
    small = {"a": [1]}
    assert finished(small, Budget()) is small
    with pytest.raises(BudgetSpent, match="larger than 100 bytes"):
        finished(["x" * 200], Budget(0, Limits(result=100)))
    deep = []
    for _ in range(300):
        deep = [deep]
    with pytest.raises(BudgetSpent, match="deeper than 256"):
        finished(deep, Budget())
    with pytest.raises(BudgetSpent):
        to_json_text(deep, Budget())


def test_types():
    assert [type_name(v) for v in (None, True, 1, 1.5, "", [], {})] == [
        "null",
        "boolean",
        "number",
        "number",
        "string",
        "array",
        "object",
    ]
    assert type_name(secret("a")) == "string"
    with pytest.raises(TypeError):
        type_name(object())
    assert [truthy(v) for v in (None, False, 0, "", [])] == [False, False, True, True, True]
    assert type_error(1, "is bad").value == "number (1) is bad"
