from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from weft.dsl.compile import compile_document
from weft.dsl.machine.durations import Duration
from weft.dsl.machine.inputs import Identity

S = {"set": {"k": 1}}


def test_the_program(compiled: Callable[..., Any]) -> None:
    found = compiled(
        [{"a": S}], use={"secrets": ["api"]}, timeout={"after": "PT1M"}, input={"from": ".x"}, output={"as": "$context"}
    )
    program = found.program
    assert (program.identity, program.dialect, program.root) == (Identity("unit", "1.0.0", "t"), "v10", 0)
    assert (program.secrets, program.run.timeout.fixed) == (("api",), Duration(60_000))
    assert program.run.input_from is not None and program.run.output_as.needs == ("context",)
    assert program.document == found.document and len(program.digest) == 64


def test_variables_at_both_ends(codes: Callable[..., Any]) -> None:
    found = codes([{"a": S}], input={"from": "$context"}, output={"as": "$input"})
    assert ("expression-variable", "/input/from") in found and ("expression-variable", "/output/as") in found


def test_what_is_not_executed_is_refused(codes: Callable[..., Any]) -> None:
    found = codes(
        [{"a": S}],
        use={
            "extensions": [{"e": {"extend": "all", "before": [{"b": S}]}}],
            "catalogs": {"c": {"endpoint": "https://x"}},
        },
        schedule={"on": {"one": {"with": {"type": "a.b"}}}},
        evaluate={"language": "js"},
    )
    assert {
        ("unsupported-extension", "/use/extensions"),
        ("unsupported-catalog", "/use/catalogs"),
        ("unsupported-schedule-on", "/schedule/on"),
        ("unsupported-expression-language", "/evaluate/language"),
    } <= set(found)


def test_schedules_by_time_are_not_the_machines(compiled: Callable[..., Any]) -> None:
    assert compiled([{"a": S}], schedule={"every": {"minutes": 5}}).program is not None


def test_names_of_secrets(codes: Callable[..., Any]) -> None:
    assert ("name-pattern", "/use/secrets/0") in codes([{"a": S}], use={"secrets": ["a/b"]})


def test_fifty_tasks_compile_fast(compiled: Callable[..., Any]) -> None:
    tasks = [
        {f"t{k}": {"call": "dev.Get", "with": {"host": "${ .name }"}, "output": {"as": "{a: .b}"}}} for k in range(50)
    ]
    compiled(tasks)
    best = 1e9
    for _ in range(5):
        begin = time.process_time()
        assert compiled(tasks).program is not None
        best = min(best, time.process_time() - begin)
    assert best < 0.2  # the target is 20 ms; this only catches a change of order


def test_declared_secrets_of_any_shape_are_refused_and_never_break_the_compiler() -> None:
    for value in (5, True, None, "x", {}, [1]):
        document = {"dsl": "1.0.0", "namespace": "a", "name": "b", "version": "1.0.0"}
        found = compile_document({"document": document, "use": {"secrets": value}, "do": [{"a": S}]})
        assert found.program is None and [problem.code for problem in found.problems] == ["type"], value
