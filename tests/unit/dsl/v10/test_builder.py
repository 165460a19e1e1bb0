from __future__ import annotations

from collections.abc import Callable
from typing import Any

from weft.dsl.expr import Budget
from weft.dsl.machine.durations import Duration
from weft.dsl.v10.builder import Builder, mapping
from weft.dsl.v10.places import BODY, names

PLACE = names(BODY)


def test_expressions_and_data(builder: Callable[..., Builder]) -> None:
    made = builder()
    bare = made.expr(".a", PLACE, "/x")
    wrapped = made.expr("${ .a }", PLACE, "/x")
    data = made.data({"k": "n ${ .a }", "$x": [1]}, PLACE, "/x")
    assert bare is not None and wrapped is not None and data is not None
    budget = Budget(0)
    assert (bare.evaluate({"a": 1}, (), budget), wrapped.evaluate({"a": 2}, (), budget)) == (1, 2)
    assert data.evaluate({"a": 1}, (), budget) == {"k": "n 1", "$x": [1]}
    assert made.problems == []


def test_variables_are_bound_by_need(builder: Callable[..., Builder]) -> None:
    source = builder().expr("$context.a + $input.b", PLACE, "/x")
    assert source is not None and set(source.needs) == {"context", "input"}


def test_problems_have_place_and_code(builder: Callable[..., Builder]) -> None:
    made = builder()
    assert made.expr(".a ==", PLACE, "/x/y") is None
    assert made.expr("$nope", PLACE, "/z") is None
    assert made.expr(5, PLACE, "/n") is None
    assert [(p.code, p.pointer) for p in made.problems] == [
        ("expression-syntax", "/x/y"),
        ("expression-variable", "/z"),
    ]


def test_text_is_an_expression_only_where_it_may_be(builder: Callable[..., Builder]) -> None:
    made = builder()
    source = made.source(".a", PLACE, "/x")
    data = made.source({"k": ".a"}, PLACE, "/x")
    assert source is not None and data is not None
    assert source.evaluate({"a": 1}, (), Budget(0)) == 1
    assert data.evaluate({"a": 1}, (), Budget(0)) == {"k": ".a"}


def test_durations(builder: Callable[..., Builder]) -> None:
    made = builder()
    fixed, later = made.delay("PT1S", PLACE, "/a"), made.delay("${ .d }", PLACE, "/b")
    assert fixed is not None and fixed.fixed == Duration(1000)
    assert later is not None and later.fixed is None and later.source is not None
    assert made.delay("1 minute", PLACE, "/c") is None
    assert [(p.code, p.pointer) for p in made.problems] == [("duration", "/c")]


def test_schemas(builder: Callable[..., Builder]) -> None:
    made = builder()
    check = made.schema({"schema": {"format": "json", "document": {"type": "object"}}}, "/input")
    assert check is not None and check({}) == "" and check(1) != ""
    assert made.schema({"schema": {"format": "avro", "document": {}}}, "/a") is None
    assert made.schema({"schema": {"document": {"type": "nothing"}}}, "/b") is None
    assert made.schema({"schema": {"resource": {"endpoint": "https://x/y"}}}, "/c") is None
    assert made.schema({}, "/d") is None
    assert [(p.code, p.pointer) for p in made.problems] == [
        ("unsupported-schema-format", "/a/schema/format"),
        ("json-schema", "/b/schema/document"),
        ("uri", "/c/schema/resource"),
    ]


def test_loose_mode(builder: Callable[..., Builder]) -> None:
    made = builder(evaluate={"mode": "loose"})
    data: Any = made.data({"k": ".a"}, PLACE, "/x")
    assert data.evaluate({"a": 1}, (), Budget(0)) == {"k": 1}


def test_mapping() -> None:
    assert (mapping({"a": 1}), mapping([1]), mapping(None)) == ({"a": 1}, {}, {})
