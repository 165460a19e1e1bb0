"""The finished program, and that no document breaks the front end or the machine."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from weft.dsl.compile import compile_document
from weft.dsl.graph.targets import GRAPH_WORDS, TASKLIST_TYPES
from weft.dsl.machine.inputs import Continue, RunStarted, TimerFired, Trigger
from weft.dsl.machine.step import step

KEYS = ["_name", "_inputParams", "_decisionCases", "_forkTasks", "_loopOver", "_loopCondition", "_expression"]
KEYS += ["_joinOn", "_items", "_optional", "_sequenceno", "_retryCount", "_subWorkflowParam", "_sink", "startWorkflow"]
VALUES = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-2, 12),
        st.sampled_from(["a", "b", "c", "${a.output}", "${workflow.input.x}", "${", "$.a < 2", ".a", "true", "2s"]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(["a", "duration", "expression", "name"]), inner)
    ),
    max_leaves=6,
)
TASKS = st.recursive(
    st.fixed_dictionaries(
        {"_type": st.sampled_from(sorted(TASKLIST_TYPES))},
        optional=dict.fromkeys(KEYS, VALUES),
    ),
    lambda inner: st.fixed_dictionaries(
        {"_type": st.sampled_from(["SWITCH", "FORK_JOIN", "DO_WHILE"])},
        optional={
            "_expression": st.just("a"),
            "_inputParams": st.just({"a": "x", "keepLastN": 2}),
            "_decisionCases": st.dictionaries(st.sampled_from(["x", "defaultCase"]), st.lists(inner, max_size=2)),
            "_forkTasks": st.lists(st.lists(inner, min_size=1, max_size=2), min_size=1, max_size=2),
            "_loopOver": st.lists(inner, min_size=1, max_size=2),
            "_loopCondition": st.just("false"),
        },
    ),
    max_leaves=6,
)
GRAPH_TASKS = st.lists(
    st.fixed_dictionaries(
        {"id": st.sampled_from("abcdef"), "name": st.sampled_from(sorted(GRAPH_WORDS))}, optional={"parameters": VALUES}
    ),
    max_size=5,
)
EDGES = st.lists(
    st.fixed_dictionaries({"parent": st.sampled_from("abcdef"), "child": st.sampled_from("abcdef")}), max_size=6
)


def run(program: Any) -> None:
    started = RunStarted(
        seq=1,
        at=1_000,
        job="j",
        run="r",
        seed=b"s" * 32,
        identity=program.identity,
        input={},
        trigger=Trigger("request"),
    )
    state, _ = step(program, None, started)
    for number in range(2, 40):
        assert state.fault is None or state.fault.code != "INTERNAL", state.fault
        timer = next((wait for wait in state.waits.values() if wait.kind == "timer"), None)
        inp: Any = Continue(seq=number, at=1_000)
        if timer is not None:
            inp = TimerFired(seq=number, at=timer.due_at, ref=timer.ref, due_at=timer.due_at)
        state, _ = step(program, state, inp)


@settings(max_examples=120, deadline=None)
@given(st.lists(TASKS, max_size=4))
def test_any_list_is_refused_or_runs(tasks: list[Any]) -> None:
    compiled = compile_document({"_name": "unit", "_taskDefs": tasks})
    assert (compiled.program is None) is bool(compiled.errors)
    if compiled.program is not None:
        run(compiled.program)


@settings(max_examples=120, deadline=None)
@given(GRAPH_TASKS, EDGES)
def test_any_graph_is_refused_or_runs(tasks: list[Any], edges: list[Any]) -> None:
    compiled = compile_document({"name": "unit", "tasks": tasks, "edges": edges})
    assert (compiled.program is None) is bool(compiled.errors)
    if compiled.program is not None:
        run(compiled.program)


def test_positions_find_every_node(compiled: Any) -> None:
    program = compiled([{"_type": "WAIT"}, {"_type": "HUMAN"}], _timeoutSeconds=5).program
    assert program.positions == {"": 0, "/_taskDefs/0": 1, "/_taskDefs/1": 2}
    assert (program.dialect, program.run.timeout.fixed.ms) == ("tasklist", 5_000)
    assert (program.identity.name, program.identity.version) == ("unit", "1.0.0")


def test_a_hint_tells_a_list_from_a_graph() -> None:
    plain = {"name": "x", "tasks": [{"name": "a", "type": "WAIT"}]}
    assert compile_document(plain).dialect is None
    assert compile_document(plain, dialect="tasklist").program is not None
    assert compile_document({"name": "x", "tasks": [{"id": "a", "name": "noop"}]}, dialect="graph").program is not None


def test_secrets_are_declared(compiled: Any) -> None:
    task = {"_type": "REST_CONNECTOR", "_inputParams": {"_url": "${workflow.secrets.a}${workflow.secrets.b}"}}
    assert compiled([task]).program.secrets == ("a", "b")
