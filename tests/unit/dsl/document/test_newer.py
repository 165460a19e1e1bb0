from typing import Any

import pytest

from weft.dsl.document.newer import newer_than_dsl


def pointers(dsl: Any, **members: Any) -> list[str]:
    return [p.pointer for p in newer_than_dsl({"document": {"dsl": dsl}, **members})]


LOOP = [{"a": {"do": [{"b": {"for": {"in": [{"x": 1}]}, "do": [{"c": {"try": [], "catch": {"then": "end"}}}]}}]}}]


def test_constructs_are_found_wherever_they_are() -> None:
    assert pointers("1.0.3", evaluate={}, schedule={"read": "raw"}, do=LOOP) == [
        "/evaluate",
        "/schedule/read",
        "/do/0/a/do/0/b/for/in",
        "/do/0/a/do/0/b/do/0/c/catch/then",
    ]
    nested = [{"f": {"fork": {"branches": LOOP}}}, {"l": {"foreach": {"do": LOOP}}}, {"t": {"catch": {"do": LOOP}}}]
    assert len(pointers("1.0.0", do=nested)) == 6


@pytest.mark.parametrize("dsl", ["1.0.4", "1.0.10", "x", None, 1, "1.0"])
def test_said_for_released_versions_only(dsl: object) -> None:
    assert pointers(dsl, evaluate={}) == []


def test_odd_shapes() -> None:
    for doc in (
        {},
        {"document": 5},
        {"document": {"dsl": "1.0.0"}, "do": {"a": 1}},
        {"document": {"dsl": "1.0.0"}, "do": [1, {"a": 2}]},
    ):
        assert newer_than_dsl(doc) == []
