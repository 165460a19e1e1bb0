"""Schemas from types, and the checking of inputs."""

from dataclasses import dataclass, field
from typing import Any, TypedDict

import pytest

from weft_adapter.schemas import Checker, InputInvalid, SchemaError, check_schema, schema_of


@dataclass
class Allocate:
    pool: str
    length: int = 24


@dataclass
class Tree:
    children: "list[Tree]" = field(default_factory=list)


class Answer(TypedDict, total=False):
    prefix: str


def test_a_dataclass_gives_its_properties_at_the_top() -> None:
    schema = schema_of(Allocate)
    assert schema["properties"] == {"pool": {"type": "string"}, "length": {"type": "integer", "default": 24}}
    assert schema["required"] == ["pool"]
    assert "$defs" not in schema


def test_a_recursive_type_keeps_its_definition() -> None:
    schema = schema_of(Tree)
    assert schema["properties"]["children"]["items"] == {"$ref": "#/$defs/Tree"}
    assert "Tree" in schema["$defs"]
    assert check_schema(schema) is None


@pytest.mark.parametrize(
    ("hint", "kind"), [(dict, "object"), (dict[str, Any], "object"), (Answer, "object"), (str, "string")]
)
def test_other_hints(hint: Any, kind: str) -> None:
    assert schema_of(hint)["type"] == kind


def test_any_is_the_empty_schema_and_a_foreign_class_is_refused() -> None:
    assert schema_of(Any) == {}
    with pytest.raises(SchemaError, match="use a dataclass"):
        schema_of(object)


@pytest.mark.parametrize(
    "schema", [{"type": 3}, {"$ref": "http://127.0.0.1:1/x"}, {"$ref": "file:///etc/passwd"}, [], "x"]
)
def test_unusable_schemas_and_outside_references_are_named(schema: Any) -> None:
    assert check_schema(schema)


def test_a_violation_names_places_and_no_values() -> None:
    checker = Checker({"type": "object", "required": ["b"], "properties": {"a": {"type": "integer"}}})
    checker.check({"a": 1, "b": 2})
    with pytest.raises(InputInvalid) as caught:
        checker.check({"a": "hunter2"})
    assert "/a:" in str(caught.value)
    assert "b" in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_a_checker_refuses_a_bad_schema() -> None:
    with pytest.raises(SchemaError):
        Checker({"type": "nonsense"})
