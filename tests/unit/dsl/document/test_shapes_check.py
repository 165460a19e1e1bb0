from typing import Any

from weft.dsl.document.shapes_build import Builder
from weft.dsl.document.shapes_check import MAX_FOUND, Checker, branch_of, listed, shown, step


def checked(schema: Any, value: Any, lenient: bool = False) -> list[tuple[str, str, str]]:
    checker = Checker(lenient)
    checker.check(Builder({"main": schema}).root("main"), value, "")
    return [(problem.code, problem.pointer, problem.message) for problem in checker.problems]


def test_only_the_chosen_branch_is_told() -> None:
    schema = {
        "oneOf": [
            {
                "type": "object",
                "properties": {"type": {"const": "a"}, "x": {"type": "integer"}},
                "required": ["type", "x"],
            },
            {"type": "object", "properties": {"type": {"const": "b"}, "y": {}}, "required": ["type", "y"]},
        ]
    }
    assert checked(schema, {"type": "a", "x": "1"}) == [("type", "/x", "must be a whole number")]
    assert checked(schema, {"type": "b"}) == [("property-missing", "", "y is missing")]
    assert checked(schema, {"type": "c"}) == [("enum", "/type", "'c' is none of a, b")]
    assert checked(schema, {}) == [("property-missing", "", "type is missing")]
    assert checked(schema, 5) == [("type", "", "must be an object")]


def test_branches_by_required_keys() -> None:
    schema = {
        "type": "object",
        "additionalProperties": False,
        "oneOf": [
            {"properties": {"basic": {"type": "string"}}, "required": ["basic"]},
            {"properties": {"bearer": {"type": "string"}}, "required": ["bearer"]},
        ],
    }
    assert checked(schema, {"bearer": 1}) == [("type", "/bearer", "must be text")]
    assert checked(schema, {}) == [("property-missing", "", "one of basic, bearer is missing")]
    node = Builder({"main": schema}).root("main")
    chosen = branch_of(node, {"bearer": 1})
    assert chosen is not None
    assert "bearer" in chosen.props
    assert branch_of(node, {}) is None


def test_scalars_take_the_branch_that_fits() -> None:
    schema = {"oneOf": [{"type": "string", "pattern": "^a"}, {"type": "string", "minLength": 3}, {"type": "integer"}]}
    assert checked(schema, "ax") == []
    assert checked(schema, "bcd") == []
    assert checked(schema, 1) == []
    assert checked(schema, "b") == [("count", "", "must not be empty")]
    assert checked(schema, None) == [("type", "", "must be text or a whole number")]


def test_numbers_and_arrays() -> None:
    assert checked({"type": "number", "minimum": 0, "maximum": 1}, 2) == [("range", "", "must be at most 1")]
    assert checked({"type": "number", "minimum": 0}, -0.5) == [("range", "", "must be at least 0")]
    assert checked({"type": "integer"}, 1.5) == [("type", "", "must be a whole number")]
    assert checked({"type": "integer"}, 2.0) == []
    assert checked({"type": "integer"}, True) == [("type", "", "must be a whole number")]
    assert checked({"enum": [1]}, True) == [("enum", "", "'True' is none of 1")]
    assert checked({"type": "array", "minItems": 2, "uniqueItems": True}, [1]) == [
        ("count", "", "needs at least 2 items")
    ]
    assert checked({"type": "array", "uniqueItems": True}, [1, 1]) == [("count", "", "holds an item twice")]


def test_dependent_keys() -> None:
    schema = {"dependentRequired": {"a": ["b"]}}
    assert checked(schema, {"a": 1}) == [("property-missing", "", "a needs b, which is missing")]
    assert checked(schema, {"a": 1, "b": 1}) == []


def test_lenient_ignores_unknown_keys() -> None:
    schema = {"properties": {"a": {}}, "additionalProperties": False}
    assert checked(schema, {"b": 1}, lenient=True) == [("property-ignored", "/b", "b is not known here; ignored")]


def test_bounded() -> None:
    found = checked({"items": {"type": "string"}}, [1] * 10_000)
    assert len(found) == MAX_FOUND


def test_texts() -> None:
    assert step("/a", "b/c~d") == "/a/b~1c~0d"
    assert shown("x" * 100) == repr("x" * 60 + "...")
    assert listed(["a", 1]) == "a, 1"
