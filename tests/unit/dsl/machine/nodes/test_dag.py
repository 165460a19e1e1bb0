"""Graphs while they run."""

from __future__ import annotations

from typing import Any

from weft.dsl.machine.codec import decode_state, encode_state
from weft.dsl.machine.nodes.dag import DagTask, DagWork, descendants

CALL = {"name": "http", "parameters": {"url": "https://h"}}


def test_descendants() -> None:
    tasks = (
        DagTask("a", 1, (), (1, 2)),
        DagTask("b", 2, (0,), (3,)),
        DagTask("c", 3, (0,), (3,)),
        DagTask("d", 4, (1, 2)),
    )
    work = DagWork(tasks, (0,))
    assert [descendants(work, number) for number in range(4)] == [[1, 2, 3], [3], [3], []]


def test_descendants_of_a_failed_task_are_cancelled_at_once(graphed: Any) -> None:
    run = graphed({"a": CALL, "b": CALL, "c": CALL, "z": CALL}, ("a", "b"), ("b", "c"))
    run.state = decode_state(encode_state(run.live))
    wait = run.wait("activity", name="a")
    from weft.dsl.machine.faults import fault
    from weft.dsl.machine.inputs import ActivityFailed

    run.told(ActivityFailed, ref=wait.ref, attempt=1, fault=fault("communication", "gone", status=404))
    assert {name: run.facts(name)["status"] for name in "abcz"} == {
        "a": "faulted",
        "b": "cancelled",
        "c": "cancelled",
        "z": "running",
    }
    assert run.facts("c")["reason"] == "task a failed: gone"
    run.done({})
    assert (run.live.phase, run.live.context["failed"]) == ("faulted", "a")
    run.again()
    assert {name: run.live.context["tasks"].get(name, {}).get("status") for name in "abcz"} == {
        "a": "running",
        "b": None,
        "c": None,
        "z": "completed",
    }


def test_a_wide_graph(graphed: Any) -> None:
    from weft.dsl.machine.inputs import Continue

    tasks: dict[str, Any] = {"r": {"name": "noop"}}
    tasks.update({f"t{number}": {"name": "noop"} for number in range(400)})
    tasks["end"] = {"name": "set", "parameters": {"done": True}}
    edges = [("r", f"t{number}") for number in range(400)] + [(f"t{number}", "end") for number in range(400)]
    run = graphed(tasks, *edges)
    while run.live.ready:
        run.told(Continue)
    assert (run.live.phase, run.live.output) == ("completed", {"end": {"done": True}})


def test_the_output_has_every_leaf(graphed: Any) -> None:
    one = {"name": "set", "parameters": {"n": 1}}
    run = graphed({"a": one, "b": one, "c": one}, ("a", "b"))
    assert run.live.output == {"b": {"n": 1}, "c": {"n": 1}}


def test_what_becomes_ready_while_suspended_is_queued_and_keeps_its_place(graphed: Any) -> None:
    from weft.dsl.machine.inputs import ResumeRequested, SuspendRequested

    run = graphed({"a": CALL, "b": CALL}, ("a", "b"))
    run.told(SuspendRequested)
    run.now += 5
    run.done({})
    queued = run.facts("b")
    assert (queued["status"], queued["queued"], run.tags()) == ("queued", run.now, [])
    run.now += 5
    run.told(ResumeRequested)
    assert (run.facts("b")["status"], run.facts("b")["queued"]) == ("running", run.now - 5)
    run.told(SuspendRequested)
    run.done({})
    assert run.live.phase == "suspended"
    run.told(ResumeRequested)
    assert run.live.phase == "completed"
