"""Produced events."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Run = Callable[..., Any]


def produce(**event: Any) -> list[dict[str, Any]]:
    return [{"name": "s", "type": "inject", "data": {}, "end": {"produceEvents": [{"eventRef": "out", **event}]}}]


OUT = [{"name": "out", "type": "x.y", "kind": "produced"}]


def test_the_envelope(states_run: Run) -> None:
    run = states_run(produce(data={"k": "${ .k }"}, contextAttributes={"Device": "${ .d }", "none": None}), events=OUT)
    event = run.start({"k": 1, "d": "r1"}).out[0].event
    assert event["data"] == {"k": 1}
    assert (event["type"], event["source"], event["specversion"]) == ("x.y", "/default/a/1", "1.0")
    assert (event["device"], "none" in event, event["datacontenttype"]) == ("r1", False, "application/json")
    assert (event["time"], event["weftjobid"], event["weftrunid"]) == ("2023-11-14T22:13:20.000Z", "j", "r")
    again = states_run(produce(), events=OUT).start().out[0].event
    assert again["id"] == event["id"]
    assert "data" not in again


@pytest.mark.parametrize("attributes", [{"bad name": 1}, {"id": "1"}, {"x": {"a": 1}}, {"": 1}])
def test_attributes_that_are_none(states_run: Run, attributes: dict[str, Any]) -> None:
    run = states_run(produce(contextAttributes=attributes), events=OUT).start()
    assert (run.live.phase, run.live.fault.kind) == ("faulted", "validation")


def test_no_secret_leaves(states_run: Run) -> None:
    states = [
        {
            "name": "a",
            "type": "operation",
            "actions": [],
            "stateDataFilter": {"output": "${ {k: $SECRETS.k} }"},
            "transition": "s",
        },
        *produce(data="${ .k }"),
    ]
    run = states_run(states, events=OUT, secrets=["k"]).start(secrets=("k",))
    assert (run.live.fault.kind, run.live.fault.status) == ("authorization", 403)
