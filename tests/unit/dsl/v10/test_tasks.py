from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from weft.dsl.compile import compile_document
from weft.dsl.machine.durations import Duration


def test_what_all_tasks_share(node: Callable[..., Any]) -> None:
    schema = {"schema": {"format": "json", "document": {"type": "object"}}}
    made = node(
        {
            "set": {"k": 1},
            "if": ".x",
            "input": {"from": "{a: 1}", **schema},
            "output": {"as": {"b": "${ $output }"}, **schema},
            "export": {"as": "$context", **schema},
            "timeout": {"after": {"seconds": 3}},
        }
    )
    task = made.task
    assert all(getattr(task, name) is not None for name in task.__struct_fields__)
    assert task.timeout.fixed == Duration(3000)
    assert (made.kind, made.name, made.position) == ("transform", "x", "/do/0/x")


def test_named_timeouts(node: Callable[..., Any]) -> None:
    made = node({"set": {"k": 1}, "timeout": "short"}, use={"timeouts": {"short": {"after": "PT2S"}}})
    assert made.task.timeout.fixed == Duration(2000)


@pytest.mark.parametrize(
    ("field", "where"),
    [
        ({"if": "$input"}, "/do/0/x/if"),
        ({"input": {"from": "$output"}}, "/do/0/x/input/from"),
        ({"set": {"a": "${ $output }"}}, "/do/0/x/set/a"),
        ({"set": {"a": "${ $item }"}}, "/do/0/x/set/a"),
    ],
)
def test_variables_are_checked_by_place(codes: Callable[..., Any], field: Any, where: str) -> None:
    assert ("expression-variable", where) in codes([{"x": {"set": {"k": 1}, **field}}])


@pytest.mark.parametrize(
    "task", [{"listen": {"to": {"one": {"with": {"type": "a"}}}}}, {"emit": {"event": {"with": {"type": "a"}}}}]
)
def test_unsupported_kinds(codes: Callable[..., Any], task: Any) -> None:
    (key,) = task
    assert (f"unsupported-{key}", f"/do/0/x/{key}") in codes([{"x": task}])


KEYS = st.sampled_from(
    [
        "set",
        "do",
        "for",
        "in",
        "try",
        "catch",
        "retry",
        "fork",
        "branches",
        "switch",
        "when",
        "then",
        "raise",
        "error",
        "wait",
        "run",
        "workflow",
        "call",
        "with",
        "if",
        "input",
        "from",
        "schema",
        "document",
        "use",
        "functions",
        "limit",
        "a",
    ]
)
TEXTS = st.sampled_from(["", ".a", "${ .a }", "${", "PT1S", "exit", "a", "http", "x.Y", "a@b"])
JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


@given(JUNK, JUNK, JUNK)
@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])
def test_no_document_breaks_the_compiler(tasks: Any, use: Any, more: Any) -> None:
    head = {"dsl": "1.0.3", "namespace": "t", "name": "junk", "version": "1.0.0"}
    document = {
        "document": head,
        "do": [{"a": tasks}, {"b": more}],
        "use": use,
        "timeout": more,
        "input": use,
        "output": more,
    }
    found = compile_document(document)
    assert found.program is not None or found.problems
