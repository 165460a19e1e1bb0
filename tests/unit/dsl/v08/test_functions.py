"""What functions are executed as."""

from __future__ import annotations

from typing import Any

import pytest

from weft.dsl.v08.draft import Draft
from weft.dsl.v08.functions import read_functions


def read(function: dict[str, Any], dialect: Any = "v08") -> tuple[Any, list[tuple[str, str]]]:
    draft = Draft({"states": [], "functions": [{"name": "f", **function}]}, dialect)
    return read_functions(draft).get("f"), [(p.code, p.pointer) for p in draft.problems]


@pytest.mark.parametrize(
    ("function", "kind", "target"),
    [
        ({"operation": "acme.net.v1.0.0.dev.Get"}, "adapter", "acme.net.v1.0.0.dev.Get"),
        ({"operation": "acme.net.@latest.dev.Get", "type": "custom"}, "adapter", "acme.net.@latest.dev.Get"),
        ({"operation": "adapter:dev.Get", "type": "custom"}, "adapter", "dev.Get"),
        ({"operation": "system.function.@latest.common.NoOp"}, "system", "system.function.@latest.common.NoOp"),
        ({"operation": "sysout", "type": "custom"}, "sysout", "INFO"),
        ({"operation": "sysout:WARN", "type": "custom"}, "sysout", "WARN"),
        ({"operation": ".a + 1", "type": "expression"}, "expression", ".a + 1"),
        ({"operation": "http://x/api.json#op"}, "http", "http://x/api.json#op"),
        ({"operation": "x.proto#S#M", "type": "rpc"}, "http", "x.proto#S#M"),
        ({"operation": {"uri": "http://x/{id}", "method": "PUT"}, "type": "http"}, "http", "PUT http://x/{id}"),
    ],
)
def test_kinds(function: dict[str, Any], kind: str, target: str) -> None:
    call, problems = read(function)
    assert problems == []
    assert (call.kind, call.target) == (kind, target)


def test_the_worker_is_the_queue() -> None:
    assert read({"operation": "dev.Get", "metadata": {"worker": "w1"}})[0].queue == "w1"


@pytest.mark.parametrize(
    ("function", "problem"),
    [
        (
            {"operation": "service:java:a.B::c", "type": "custom"},
            ("unsupported-function-type", "/functions/0/operation"),
        ),
        ({"operation": "rest:GET:http://x", "type": "custom"}, ("unsupported-function-type", "/functions/0/operation")),
        ({"operation": "script:js:x", "type": "custom"}, ("unsupported-function-type", "/functions/0/operation")),
        ({"operation": "x", "type": "teleport"}, ("unsupported-function-type", "/functions/0/type")),
        ({"operation": {"/pets": {}}, "type": "openapi"}, ("unsupported-function-type", "/functions/0/operation")),
        (
            {"operation": "u#subscription#s", "type": "graphql"},
            ("unsupported-graphql-subscription", "/functions/0/operation"),
        ),
        ({"operation": " ", "type": "custom"}, ("unsupported-function-type", "/functions/0/operation")),
        ({"operation": "a" * 300}, ("unsupported-function-type", "/functions/0/operation")),
        ({"operation": "a\nb"}, ("unsupported-function-type", "/functions/0/operation")),
        ({"operation": 5, "type": "custom"}, ("unsupported-function-type", "/functions/0/operation")),
    ],
)
def test_refused(function: dict[str, Any], problem: tuple[str, str]) -> None:
    assert read(function) == (None, [problem])
