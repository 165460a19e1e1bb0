"""Spellings of keys, and values within bounds."""

from __future__ import annotations

from typing import Any

import pytest

from weft.dsl.graph.builder import Builder, Keys, mapping


def test_both_spellings(builder: Builder) -> None:
    keys = Keys(builder, {"_a": 1, "b": 2, "tasks": [], "c": None}, "/x", {"taskDefs": ("tasks",)})
    assert (keys.get("a"), keys.at("a")) == (1, "/x/_a")
    assert (keys.get("b"), keys.at("b")) == (2, "/x/b")
    assert (keys.get("taskDefs"), keys.at("taskDefs")) == ([], "/x/tasks")
    assert (keys.get("c", 7), keys.has("c"), keys.at("gone")) == (7, False, "/x")
    assert not builder.problems


def test_one_key_twice_is_told_once(builder: Builder) -> None:
    keys = Keys(builder, {"_a": 1, "a": 2}, "")
    assert [keys.get("a"), keys.get("a")] == [1, 1]
    assert [(problem.code, problem.pointer) for problem in builder.problems] == [("key-duplicate", "/a")]


@pytest.mark.parametrize(("value", "code"), [("x", "type"), (True, "type"), (11, "range"), (-1, "range")])
def test_whole_numbers(builder: Builder, value: Any, code: str) -> None:
    assert Keys(builder, {"n": value}, "").whole("n", 3, 0, 10) == 3
    assert builder.problems[0].code == code


def test_types(builder: Builder) -> None:
    keys = Keys(builder, {"t": 1, "f": "yes", "m": [], "a": {}}, "")
    assert (keys.text("t"), keys.flag("f"), keys.mapping("m"), keys.array("a")) == ("", False, None, None)
    assert [problem.code for problem in builder.problems] == ["type"] * 4
    assert (mapping([]), mapping({"a": 1})) == ({}, {"a": 1})


def test_programs(builder: Builder) -> None:
    assert builder.program(".a", "/p") is not None
    assert builder.program(5, "/p") is None
    assert builder.program(".a ==", "/q") is None
    assert builder.program("env", "/r") is None
    assert [problem.code for problem in builder.problems] == ["type", "expression-syntax", "expression-function"]
