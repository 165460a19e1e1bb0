from __future__ import annotations

import pytest

from weft.domain.errors import Invalid
from weft.domain.schemas import MAX_PROBLEMS, check, check_schema, texts

SCHEMA = {"type": "object", "required": ["a/b"], "properties": {"n": {"type": "integer"}}}


def test_missing_property_is_pointed_at():
    assert check(SCHEMA, {}) == [("/a~1b", "is required")]
    assert texts([("", "is wrong"), ("/x", "too")]) == ("/: is wrong", "/x: too")


def test_no_content_in_messages_of_secrets():
    for secret in (True, False):
        ((pointer, message),) = check(SCHEMA, {"a/b": 1, "n": "hunter2"}, secret=secret)
        assert pointer == "/n"
        assert "hunter2" not in message


@pytest.mark.parametrize(
    "schema",
    [7, {"type": "nope"}, {"$ref": "http://127.0.0.1:1/x"}, {"$ref": "file:///etc/passwd"}, {"pattern": "("}, None],
)
def test_unusable_schemas(schema):
    with pytest.raises(Invalid):
        check_schema(schema)


def test_a_bad_schema_is_no_defect():
    with pytest.raises(Invalid, match="no usable JSON Schema"):
        check({"$ref": "http://127.0.0.1:1/x"}, {})


def test_patterns_end():
    found = check({"type": "string", "pattern": "^(a|aa|(?=a)a)+$"}, "a" * 5000 + "b")
    assert len(found) == 1


def test_problems_are_bounded():
    schema = {"type": "array", "items": {"type": "integer"}}
    assert len(check(schema, ["x"] * 1000)) == MAX_PROBLEMS


def test_whole_numbers_of_any_size():
    assert check({"const": 2**70}, 2**70) == []
