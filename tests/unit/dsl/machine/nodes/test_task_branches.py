"""Branches made from data."""

from __future__ import annotations

from typing import Any

import pytest

from weft.dsl.graph.targets import dynamic_types
from weft.dsl.machine.core import Raised
from weft.dsl.machine.nodes.task import ListedTask
from weft.dsl.machine.nodes.task_branches import DynamicWork, branches_of, made_task

ALIKE = DynamicWork(1, dynamic_types())
LISTED = DynamicWork(1, dynamic_types(), "tasks", "inputs")


def test_alike() -> None:
    made = branches_of(ALIKE, "f", {"forkTaskType": "http", "forkTaskInputs": [{"a": 1}, 2]}, set())
    assert [branch.name for branch in made] == ["_http_0", "_http_1"]
    assert [branch.raw["input"] for branch in made] == [{"a": 1, "__index": 0}, {"input": 2, "__index": 1}]
    made = branches_of(
        ALIKE, "f", {"forkTaskWorkflow": "w", "forkTaskWorkflowVersion": 2, "forkTaskInputs": [{}]}, set()
    )
    assert (made[0].name, made[0].raw["child"]) == ("_f_0", {"name": "w", "version": 2})


def test_listed() -> None:
    value = {
        "tasks": [
            {"taskReferenceName": "a", "name": "acme.x.v1.0.0.f.A", "retryCount": 2, "inputParameters": {"p": 1}},
            {"_name": "b", "_type": "HTTP", "_optional": True},
        ],
        "inputs": {"a": {"q": 2}, "b": {"uri": "u"}},
    }
    one, two = (branch.raw for branch in branches_of(LISTED, "f", value, set()))
    assert (one["target"], one["input"], one["retry"], one["type"]) == (
        "acme.x.v1.0.0.f.A",
        {"p": 1, "q": 2},
        {"count": 2},
        "SIMPLE",
    )
    assert (two["type"], two["input"], two["limits"]) == ("HTTP", {"uri": "u"}, {"optional": True})


@pytest.mark.parametrize(
    ("work", "value"),
    [
        (ALIKE, {}),
        (ALIKE, None),
        (ALIKE, {"forkTaskInputs": [1]}),
        (ALIKE, {"forkTaskType": "SWITCH", "forkTaskInputs": [1]}),
        (ALIKE, {"forkTaskType": "HTTP", "forkTaskInputs": {}}),
        (LISTED, {"tasks": "x"}),
        (LISTED, {"tasks": [1]}),
        (LISTED, {"tasks": [{"name": "a.b", "type": "HTTP"}]}),
        (LISTED, {"tasks": [{"name": "a", "type": "HTTP"}, {"name": "a", "type": "HTTP"}]}),
        (LISTED, {"tasks": [{"name": "taken", "type": "HTTP"}]}),
        (LISTED, {"tasks": [{"name": "a", "type": "INLINE", "inputParameters": {"expression": "1"}}]}),
        (LISTED, {"tasks": [{"name": "a", "type": "HTTP", "inputParameters": 5}]}),
        (LISTED, {"tasks": [], "inputs": []}),
    ],
)
def test_what_asks_for_no_branches(work: DynamicWork, value: Any) -> None:
    with pytest.raises(Raised) as caught:
        branches_of(work, "f", value, {"taken"})
    assert (caught.value.fault.code, caught.value.fault.retryable) == ("INPUT_INVALID", False)


def test_branches_that_start_jobs_or_tell() -> None:
    value = {
        "tasks": [
            {"name": "a", "type": "SUB_WORKFLOW", "subWorkflowParam": {"name": "w"}, "retryDelaySeconds": 0},
            {"name": "b", "type": "START_WORKFLOW", "inputParameters": {"startWorkflow": {"name": "v", "input": {}}}},
            {"name": "c", "type": "EVENT", "sink": "event:x"},
            {"name": "d", "type": "EVENT"},
        ]
    }
    made = [branch.raw for branch in branches_of(LISTED, "f", value, set())]
    assert [one.get("child") for one in made[:2]] == [{"name": "w"}, {"name": "v", "input": {}}]
    assert made[0]["retry"] == {"delay_ms": 0}
    sinks = [made_task(LISTED.types, one, ListedTask("f", "X"))[1].work.sink for one in made[2:]]
    assert [sink.evaluate(None, (), None) for sink in sinks] == ["event:x", "conductor"]


@pytest.mark.parametrize(
    ("given", "kind", "names"),
    [
        ({"forkTaskName": "HTTP"}, "HTTP", ["_HTTP_0", "_HTTP_1"]),
        ({"forkTaskName": "acme.x.v1.0.0.f.A"}, "SIMPLE", ["_acme.x.v1.0.0.f.A_0", "_acme.x.v1.0.0.f.A_1"]),
        ({"forkTaskType": "http", "forkTaskName": "z"}, "HTTP", ["_z_0", "_z_1"]),
    ],
)
def test_alike_where_no_list_is_given(given: dict[str, Any], kind: str, names: list[str]) -> None:
    for work in (ALIKE, LISTED):
        made = branches_of(work, "f", {**given, "forkTaskInputs": [{}, {}]}, set())
        assert ([branch.name for branch in made], made[0].raw["type"]) == (names, kind)


@pytest.mark.parametrize("name", ["a__3", "workflow", "a\x01", "x" * 129, ""])
def test_names_that_no_task_can_have(name: str) -> None:
    with pytest.raises(Raised):
        branches_of(LISTED, "f", {"tasks": [{"name": name, "type": "HTTP"}]}, set())


def test_labels_are_bounded() -> None:
    for label in ("x" * 101, "a b", "a\n"):
        with pytest.raises(Raised):
            branches_of(ALIKE, "f", {"forkTaskName": label, "forkTaskType": "HTTP", "forkTaskInputs": [1]}, set())
