from __future__ import annotations

from collections.abc import Callable
from typing import Any

from weft.dsl.machine.inputs import ActivityCompleted

STRING = {"schema": {"format": "json", "document": {"type": "string"}}}


def test_data_flow_of_a_task(told: Callable[..., Any]) -> None:
    task = {
        "set": {"in": "${ . }", "given": "${ $input }"},
        "input": {"from": "{x: .a}"},
        "output": {"as": "{out: ., was: $input, raw: $output.given.x}"},
        "export": {"as": "{c: $context, o: $output.out.in}"},
    }
    run = told([{"t": task}], {"a": 1})
    assert run.told().output == {"out": {"in": {"x": 1}, "given": {"x": 1}}, "was": {"x": 1}, "raw": 1}
    assert run.told().context == {"c": {"a": 1}, "o": {"x": 1}}


def test_a_skipped_task_passes_its_raw_input(told: Callable[..., Any]) -> None:
    task = {
        "if": "false",
        "set": {"no": 1},
        "input": {"from": "{x: 1}", **STRING},
        "output": {"as": "{y: 1}"},
        "then": "end",
    }
    run = told([{"t": task}, {"u": {"set": "${ {after: .} }"}}], {"a": 1})
    assert run.told().output == {"after": {"a": 1}}
    assert "task.skipped" in run.records


def test_schemas_at_each_place(told: Callable[..., Any]) -> None:
    for where in ("input", "output", "export"):
        run = told([{"t": {"set": {"a": 1}, where: STRING}}], {"a": 1})
        fault = run.told().fault
        assert (fault.kind, fault.status, fault.instance) == ("validation", 400, "/do/0/t")
        assert fault.detail.startswith(f"{where}: /")


def test_the_time_limit_is_closed_when_the_task_is_done(told: Callable[..., Any], call: Any) -> None:
    run = told([{"c": {**call, "timeout": {"after": "PT5S"}}}])
    run.tell(ActivityCompleted, ref=run.ref("activity"), attempt=1, result=1)
    assert [type(x).__name__ for x in run.acts] == ["CancelTimer", "CompleteRun"]
    assert run.records.index("timer.cancelled") < run.records.index("task.completed")


def test_addresses_carry_the_indexes(told: Callable[..., Any]) -> None:
    inner = {"for": {"in": "[1,2]", "each": "y", "at": "j"}, "do": [{"s": {"set": {"e": 1}}}]}
    run = told([{"l": {"for": {"in": "[1,2]"}, "do": [{"m": inner}]}}])
    found = [c.address for c in run.out if getattr(c, "type", "") == "task.started" and c.position.endswith("/s")]
    assert found == [f"/do/0/l/do/0/m/do/0/s#{i}.{j}" for i in range(2) for j in range(2)]
