from __future__ import annotations

from collections.abc import Callable
from typing import Any

from weft.dsl.machine.inputs import TimerFired


def test_both_ends_of_a_run(told: Callable[..., Any]) -> None:
    run = told(
        [{"s": {"set": "${ {n: .n, c: $context} }"}}],
        {"n": 1, "x": 2},
        input={"from": "{n: (.n + 1)}"},
        output={"as": "{result: ., context: $context}"},
    )
    assert run.told().output == {"result": {"n": 2, "c": {"n": 2}}, "context": {"n": 2}}


def test_faults_of_the_ends_have_their_own_places(told: Callable[..., Any]) -> None:
    assert told([{"s": {"set": {"e": 1}}}], input={"from": ".x | error"}).told().fault.instance == "/input"
    assert told([{"s": {"set": {"e": 1}}}], output={"as": '"x" | error'}).told().fault.instance == "/output"


def test_nothing_catches_the_output_of_the_run(told: Callable[..., Any]) -> None:
    tasks = [
        {"t": {"try": [{"s": {"set": {"e": 1}, "then": "end"}}], "catch": {"do": [{"c": {"set": {"caught": 1}}}]}}}
    ]
    run = told(tasks, output={"as": '"x" | error'})
    assert (run.told().phase, run.told().fault.instance) == ("faulted", "/output")


def test_time_out_of_the_run(told: Callable[..., Any], call: Any) -> None:
    run = told([{"c": call}], timeout={"after": "PT1M"})
    run.tell(TimerFired, after=60_000, ref=run.ref("timer"), due_at=1)
    assert (run.told().phase, run.told().fault.instance, run.told().fault.status) == ("timed_out", "/timeout", 408)
