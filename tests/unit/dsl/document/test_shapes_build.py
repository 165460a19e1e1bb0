from typing import Any

from weft.dsl.document.shapes import Shape, Union
from weft.dsl.document.shapes_build import Builder
from weft.dsl.document.shapes_check import Checker


def problems(schema: Any, value: Any, **files: Any) -> list[tuple[str, str]]:
    checker = Checker()
    checker.check(Builder({"main": schema, **files}).root("main"), value, "")
    return [(problem.code, problem.pointer) for problem in checker.problems]


def test_references_add_to_what_stands_beside_them() -> None:
    schema = {"$ref": "other#/definitions/a", "required": ["y"]}
    other = {
        "definitions": {
            "a": {"type": "object", "properties": {"x": {"$ref": "#/definitions/b"}}},
            "b": {"type": "string"},
        }
    }
    assert problems(schema, {"x": 1}, other=other) == [("property-missing", ""), ("type", "/x")]


def test_references_may_be_circular() -> None:
    schema = {"type": "object", "properties": {"child": {"$ref": "#"}}, "additionalProperties": False}
    assert problems(schema, {"child": {"child": {"x": 1}}}) == [("property-unknown", "/child/child/x")]


def test_all_of_with_unevaluated_properties() -> None:
    schema = {
        "unevaluatedProperties": False,
        "allOf": [{"properties": {"a": {"type": "integer"}}}, {"properties": {"b": {}}, "required": ["b"]}],
    }
    assert problems(schema, {"a": 1, "b": 2}) == []
    assert problems(schema, {"a": "x", "c": 2}) == [
        ("property-missing", ""),
        ("type", "/a"),
        ("property-unknown", "/c"),
    ]


def test_alternatives_that_only_require() -> None:
    node = Builder({"main": {"oneOf": [{"required": ["a"]}, {"required": ["b", "c"]}]}}).root("main")
    assert isinstance(node, Shape)
    assert node.wanted == [(frozenset({"a"}), frozenset({"b", "c"}))]


def test_nested_unions_are_flat_and_carry_what_surrounds_them() -> None:
    schema = {
        "required": ["z"],
        "oneOf": [{"oneOf": [{"required": ["a"], "properties": {"a": {}}}, {"type": "string"}]}, {"type": "null"}],
    }
    node = Builder({"main": schema}).root("main")
    assert isinstance(node, Union)
    assert len(node.branches) == 3
    assert node.branches[0].required == ("z", "a")


def test_false_refuses() -> None:
    assert problems({"properties": {"a": False}}, {"a": 1}) == [("property-unknown", "/a")]


def test_patterns_end_at_the_very_end_and_are_ascii() -> None:
    schema = {"type": "string", "pattern": "^\\d+$"}
    assert problems(schema, "12") == []
    assert problems(schema, "12\n") == [("pattern", "")]
    assert problems(schema, "١") == [("pattern", "")]


def test_conditions_and_not() -> None:
    schema = {
        "if": {"properties": {"k": {"const": "a"}}},
        "then": {"required": ["x"]},
        "else": {"not": {"required": ["x"]}},
    }
    assert problems(schema, {"k": "a"}) == [("property-missing", "")]
    assert problems(schema, {"k": "b", "x": 1}) == [("property-unknown", "")]
    assert problems(schema, {"k": "b"}) == []
