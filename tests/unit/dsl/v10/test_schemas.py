from __future__ import annotations

from typing import Any

import pytest

from weft.dsl.expr import Sealed, SecretRef
from weft.dsl.v10.schemas import SHOWN, SchemaRefused, compile_schema, pointer


def test_first_violations_with_pointers() -> None:
    check = compile_schema(
        {"type": "object", "properties": {k: {"type": "integer"} for k in "abcde"}, "required": ["a"]}
    )
    assert check({"a": 1}) == ""
    text = check({"a": "x", "b": "x", "c": "x", "d": "x", "e": "x"})
    assert text.count("; ") == SHOWN - 1 and text.startswith("/a: ")
    assert check({}).startswith("/: ")


@pytest.mark.parametrize(
    "schema", [5, "x", None, {"type": "nothing"}, {"$ref": "https://example.com/other"}, {"pattern": "("}]
)
def test_refused(schema: Any) -> None:
    with pytest.raises(SchemaRefused):
        compile_schema(schema)


def test_references_inside_are_followed() -> None:
    check = compile_schema({"$defs": {"n": {"type": "integer"}}, "properties": {"a": {"$ref": "#/$defs/n"}}})
    assert check({"a": 1}) == "" and check({"a": "x"}) != ""


def test_drafts() -> None:
    check = compile_schema(
        {"$schema": "http://json-schema.org/draft-04/schema#", "maximum": 5, "exclusiveMaximum": True}
    )
    assert check(5) != "" and check(4) == ""


def test_values_that_cannot_be_checked_fit_nothing() -> None:
    check = compile_schema({"properties": {"a": {"type": "string"}}})
    assert "cannot be checked" in check({"a": Sealed((SecretRef("s"),))})


def test_patterns_are_linear() -> None:
    check = compile_schema({"pattern": "^(a+)+$"})
    assert check("a" * 5000 + "b") != ""


def test_pointer() -> None:
    assert (pointer([]), pointer(["a/b", 0, "~"])) == ("/", "/a~1b/0/~0")
