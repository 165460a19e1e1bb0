from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from weft.dsl.machine.inputs import RunStarted, Trigger
from weft.dsl.machine.program import EndSpec, Source
from weft.dsl.machine.step import step


def test_ends_the_run_from_inside(program: Callable[..., Any]) -> None:
    made = program([{"d": {"do": [{"e": {"set": {"a": 1}}}]}}, {"never": {"set": {"no": 1}}}])

    def outcome(spec: EndSpec) -> Any:
        index = made.positions["/do/0/d/do/0/e"]
        node = msgspec.structs.replace(made.nodes[index], kind="end", spec=spec)
        nodes = tuple(node if k == index else old for k, old in enumerate(made.nodes))
        ended = msgspec.structs.replace(made, nodes=nodes)
        started = RunStarted(
            seq=1, at=1, job="j", run="r", seed=b"s", identity=made.identity, input={"k": 1}, trigger=Trigger("request")
        )
        return step(ended, None, started)[0].output

    assert outcome(EndSpec()) == {"k": 1}
    assert outcome(EndSpec(Source(lambda value, names, budget: [value]))) == [{"k": 1}]
