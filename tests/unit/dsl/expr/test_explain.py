"""What each stage of a pipeline did."""

import json

import msgspec
import pytest

from weft.dsl.expr import ExpressionFault, Limits, explain, secret
from weft.dsl.expr.explain import cost_of, kind_of, shown
from weft.dsl.expr.program import read


def trace(text, value, **variables):
    return json.loads(msgspec.json.encode(explain(text, value, variables)))


def test_the_documented_example():
    items = [{"n": 1}, {"n": 2}, {"n": 3}]
    assert trace(".items | map(select(.n > 1)) | length", {"items": items}) == {
        "expression": ".items | map(select(.n > 1)) | length",
        "fuel": 9,
        "results": [2],
        "steps": [
            {"span": [0, 6], "kind": "path", "in": "{items:[…3]}", "out": ["[…3]"], "fuel": 1},
            {"span": [9, 28], "kind": "map", "in": "[…3]", "out": ["[…2]"], "items": 3, "fuel": 7},
            {"span": [31, 37], "kind": "length", "in": "[…2]", "out": [2], "fuel": 1},
        ],
        "notes": [],
        "error": None,
    }


def test_loops_are_cut():
    found = trace(".[] | . + 1", list(range(100)))
    assert len(found["steps"]) == 21
    assert len(found["steps"][0]["out"]) == 3
    assert len(found["results"]) == 100


def test_errors_notes_and_secrets():
    found = trace('.a | debug | debug("m") | .b', {"a": 5})
    assert (
        found["error"] == 'Cannot index number with string ("b") (in .a | debug | debug("m") | .b, line 1, column 27)'
    )
    assert found["notes"] == ["5", '"m"']
    assert found["results"] == []
    hidden = trace("{t: $s.k} | .t", None, s={"k": secret("TOP")})
    assert "<secret TOP>" in json.dumps(hidden)
    assert "parts" not in json.dumps(hidden)


def test_budgets_hold():
    found = explain("[range(1e9)]", None, {}, limits=Limits(fuel=1000))
    assert "more than 1000 steps" in found.error
    with pytest.raises(ExpressionFault, match="foo/0 is not defined"):
        explain("foo", None, {})


def test_small_parts():
    assert shown("x" * 500) == "x" * 199 + "…"
    assert shown({"a": {"b": 1}, "c": []}) == "{a:{…},c:[]}"
    tree, _ = read(".a.b | map(.c)", frozenset(), frozenset())
    assert kind_of(tree.node.left) == "path"
    assert cost_of(tree.node) == tree.cost
