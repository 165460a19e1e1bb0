from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from weft.dsl.document.context import CompileOptions


@pytest.mark.parametrize(
    ("given", "arguments"),
    [
        ({"input": {"a": 1}, "config": {"r": 1}}, {"input": {"a": 1}, "config": {"r": 1}}),
        ({"config": {"r": 1}}, {"config": {"r": 1}}),
        ({"a": 1}, {"input": {"a": 1}}),
        (None, {"input": {}}),
    ],
)
def test_arguments(node: Callable[..., Any], given: Any, arguments: Any) -> None:
    task = {"call": "acme.net.v1.0.0.dev.Get"} if given is None else {"call": "acme.net.v1.0.0.dev.Get", "with": given}
    assert node(task).spec.arguments.evaluate({}, (), None) == arguments


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("acme.net.v1.0.0.dev.Get", "adapter"),
        ("acme.net.@latest.dev.Get", "adapter"),
        ("dev.Get", "adapter"),
        ("system.function.v1.0.0.common.NoOp", "system"),
        ("system.function.@latest.common.NoOp", "system"),
    ],
)
def test_activity_ids(node: Callable[..., Any], name: str, kind: str) -> None:
    spec = node({"call": name, "with": {"a": 1}}).spec
    assert (spec.target, spec.kind) == (name, kind)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("nothing", "ref-function"),
        ("f:1.0.0@c", "unsupported-catalog"),
        ("https://x/f.yaml", "unsupported-catalog"),
        ("http", "unsupported-call-http"),
    ],
)
def test_other_names(codes: Callable[..., Any], name: str, code: str) -> None:
    given = {"method": "get", "endpoint": "https://x"} if name == "http" else {"a": 1}
    assert (code, "/do/0/x/call") in codes([{"x": {"call": name, "with": given}}])


def test_extra_members_beside_input_are_reported(codes: Callable[..., Any]) -> None:
    found = codes([{"x": {"call": "dev.Get", "with": {"input": {}, "other": 1}}}])
    assert ("property-ignored", "/do/0/x/with/other") in found


def test_unknown_adapters_are_a_warning(compiled: Callable[..., Any]) -> None:
    found = compiled([{"x": {"call": "dev.Get"}}], given={"options": CompileOptions(adapters=lambda name: False)})
    assert found.program is not None
    assert [(p.code, p.pointer) for p in found.problems] == [("ref-adapter", "/do/0/x/call")]


def test_one_body_for_all_calls_of_a_function(compiled: Callable[..., Any]) -> None:
    use = {"functions": {"f": {"set": {"k": 1}}}}
    program = compiled([{"a": {"call": "f"}}, {"b": {"call": "f", "with": {"x": 1}}}], use=use).program
    assert program.nodes[0].spec.body == program.nodes[1].spec.body == program.positions["/use/functions/f"]


def test_functions_are_checked_even_when_nobody_calls_them(codes: Callable[..., Any]) -> None:
    use = {"functions": {"f": {"set": {"k": "${ $nope }"}}, "g": {"call": "g"}}}
    found = codes([{"a": {"set": {"k": 1}}}], use=use)
    assert ("expression-variable", "/use/functions/f/set/k") in found
    assert any(code == "function-cycle" for code, _ in found)


def test_a_function_does_not_see_the_callers_loop(codes: Callable[..., Any]) -> None:
    use = {"functions": {"f": {"set": {"k": "${ $item }"}}}}
    found = codes([{"l": {"for": {"in": ".xs"}, "do": [{"a": {"call": "f"}}]}}], use=use)
    assert ("expression-variable", "/use/functions/f/set/k") in found
