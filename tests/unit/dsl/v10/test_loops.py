from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

BODY = [{"s": {"set": {"k": "${ $item }"}}}]


def test_names_and_defaults(node: Callable[..., Any]) -> None:
    made = node({"for": {"in": ".xs"}, "do": BODY})
    assert (made.kind, made.spec.each, made.spec.at, made.spec.condition) == ("loop", "item", "index", None)
    made = node(
        {
            "for": {"in": ".xs", "each": "x", "at": "i"},
            "while": "$x < $i",
            "do": [{"s": {"set": {"k": "${ $x + $i }"}}}],
        }
    )
    assert (made.spec.each, made.spec.at) == ("x", "i")
    assert set(made.spec.condition.needs) == {"x", "i"}


def test_the_collection_does_not_see_the_item(codes: Callable[..., Any]) -> None:
    assert ("expression-variable", "/do/0/x/for/in") in codes([{"x": {"for": {"in": "[$item]"}, "do": BODY}}])


@pytest.mark.parametrize("name", ["context", "a-b", "1a", "secrets"])
def test_names_that_cannot_be(codes: Callable[..., Any], name: str) -> None:
    assert ("name-pattern", "/do/0/x/for/each") in codes(
        [{"x": {"for": {"in": ".xs", "each": name}, "do": [{"s": {"set": {"k": 1}}}]}}]
    )


def test_item_and_index_differ(codes: Callable[..., Any]) -> None:
    found = codes([{"x": {"for": {"in": ".xs", "each": "i", "at": "i"}, "do": [{"s": {"set": {"k": 1}}}]}}])
    assert ("name-duplicate", "/do/0/x/for/at") in found
