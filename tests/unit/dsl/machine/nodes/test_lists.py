from __future__ import annotations

from collections.abc import Callable
from typing import Any


def test_output_of_the_last_task(told: Callable[..., Any]) -> None:
    run = told([{"d": {"do": [{"a": {"set": {"a": 1}}}, {"b": {"set": "${ {b: .a} }"}}], "output": {"as": "{c: .b}"}}}])
    assert run.told().output == {"c": 1}


def test_exit_leaves_the_list_only(told: Callable[..., Any]) -> None:
    inner = [{"a": {"set": {"a": 1}, "then": "exit"}}, {"b": {"set": {"b": 1}}}]
    assert told([{"d": {"do": inner}}, {"e": {"set": "${ {e: .} }"}}]).told().output == {"e": {"a": 1}}


def test_an_empty_list_passes_its_input_through(program: Callable[..., Any]) -> None:
    import msgspec

    from weft.dsl.machine.inputs import RunStarted, Trigger
    from weft.dsl.machine.program import ListSpec
    from weft.dsl.machine.step import step

    made = program([{"d": {"do": [{"a": {"set": {"a": 1}}}]}}])
    node = msgspec.structs.replace(made.nodes[0], spec=ListSpec(-1))
    made = msgspec.structs.replace(made, nodes=(node, *made.nodes[1:]))
    started = RunStarted(
        seq=1, at=1, job="j", run="r", seed=b"s", identity=made.identity, input=[1], trigger=Trigger("request")
    )
    assert step(made, None, started)[0].output == [1]
