from __future__ import annotations

from typing import Any

import pytest

from weft.dsl.problems import (
    MAX_PROBLEMS,
    error,
    errors_of,
    info,
    ordered,
    parts_of,
    pointer_of,
    value_at,
    warning,
)


def test_pointer_escapes():
    assert pointer_of("states", 2, "a/b~c") == "/states/2/a~1b~0c"
    assert pointer_of() == ""


def test_text_puts_the_pointer_first():
    assert error("schema", "type", "/a", "must be text").text() == "/a: must be text"
    assert error("schema", "type", "", "must be an object").text() == "/: must be an object"


def test_order_and_severity():
    found = [warning("schema", "x", "/b", "w"), error("schema", "y", "/a", "e"), info("semantics", "z", "/c", "i")]
    assert [p.pointer for p in ordered(found)] == ["/a", "/b", "/c"]
    assert [p.code for p in errors_of(found)] == ["y"]
    assert len(ordered([error("schema", "t", f"/{n}", "m") for n in range(300)])) == MAX_PROBLEMS


def test_pointers_and_their_parts() -> None:
    parts = ["a/b", "~1", "", "0"]
    assert pointer_of(*parts) == "/a~1b/~01//0" and parts_of(pointer_of(*parts)) == parts and parts_of("") == []


@pytest.mark.parametrize(
    ("pointer", "value"),
    [
        ("", {"a/b": [1, {"c": 2}]}),
        ("/a~1b/0", 1),
        ("/a~1b/1/c", 2),
        ("/a~1b/2", None),
        ("/a~1b/x", None),
        ("/no/way", None),
    ],
)  # fmt: skip
def test_what_stands_at_a_place(pointer: str, value: Any) -> None:
    assert value_at({"a/b": [1, {"c": 2}]}, pointer) == value
