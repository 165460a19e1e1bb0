"""Lowering of tasks: what they share, and which function lowers which type."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from weft.dsl.graph import calls, children, controls, values
from weft.dsl.graph.kinds import Lowered
from weft.dsl.graph.overriding import OVERRIDDEN, overridden
from weft.dsl.graph.policies import common
from weft.dsl.graph.targets import TASKLIST_TYPES
from weft.dsl.graph.tasklist import ListDraft, Task
from weft.dsl.machine.program import DONE

Lower = Callable[[ListDraft, Task, int], "Lowered | None"]

LOWER: dict[str, Lower] = {
    "call": calls.lower_call,
    "simple": calls.lower_simple,
    "dynamic": calls.lower_dynamic,
    "child": children.lower_child,
    "start": children.lower_start,
    "person": calls.lower_person,
    "wait": calls.lower_wait,
    "event": values.lower_event,
    "variables": values.lower_variables,
    "inline": values.lower_inline,
    "jq": values.lower_jq,
    "end": values.lower_end,
}


def lower_list(draft: ListDraft, tasks: list[Task], parent: int, *, top: bool = False) -> int:
    """Lower a list; the number of its first node, -1 if it is empty."""
    if not tasks:
        return -1
    for task in tasks:
        task.node = draft.builder.number()
    for place, task in enumerate(tasks):
        before = tasks[place - 1] if place else None
        behind = tasks[place + 1] if place + 1 < len(tasks) else None
        following = DONE if behind is None else behind.node
        join = behind if behind is not None and behind.word == "JOIN" else None
        if task.word == "JOIN" and (before is None or before.word not in ("FORK_JOIN", "FORK_JOIN_DYNAMIC")):
            draft.builder.error("ref-task", task.pointer, "a JOIN stands directly behind a fork")
        _lower(draft, task, parent, following, join, top)
    return tasks[0].node


def _lower(draft: ListDraft, task: Task, parent: int, following: int, join: Task | None, top: bool) -> None:
    how = TASKLIST_TYPES[task.word].how
    lowered: Lowered | None
    if how in ("choice", "fork", "forks", "loop", "join"):
        lowered = controls.lower_control(draft, task, task.node, join, lower_list)
    else:
        lowered = LOWER[how](draft, task, task.node)
    if lowered is None:
        return
    kind = TASKLIST_TYPES[task.word]
    given: Any = None
    inputs = task.keys.get("inputParams")
    if inputs is not None and not isinstance(inputs, dict):
        draft.builder.shape("type", task.keys.at("inputParams"), "the inputs of a task are an object")
    elif inputs:
        pruned = {key: item for key, item in inputs.items() if key not in lowered.verbatim}
        where = task.keys.at("inputParams")
        given = draft.builder.data(pruned, draft.roots(secrets=kind.secrets), where)
        if given is not None and len(pruned) < len(inputs):
            given = _with_verbatim(given, {key: inputs[key] for key in lowered.verbatim if key in inputs})
    if task.word == OVERRIDDEN and [other.word for other in draft.tasks.values()].count(OVERRIDDEN) == 1:
        given = overridden(given)
    spec = common(task.keys, task.word, task.name, kind.retries, given, lowered.work, top=top)
    spec = msgspec.structs.replace(
        spec, number=task.number, response_ms=0 if how in ("call", "event", "child") else spec.response_ms
    )
    draft.builder.put(task.node, lowered.kind, task.pointer, task.name, parent, following, spec)


def _with_verbatim(source: Any, kept: dict[str, Any]) -> Any:
    # Members that hold programs are never substituted, but are part of the evaluated input that people see.
    inner = source.evaluate
    return msgspec.structs.replace(source, evaluate=lambda value, vars, budget: {**inner(value, vars, budget), **kept})
