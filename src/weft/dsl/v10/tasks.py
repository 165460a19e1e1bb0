"""Tasks: what they share, and which module lowers which kind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from weft.dsl.machine.program import Delay, ListSpec, Node, TaskSpec, TransformSpec
from weft.dsl.v10 import calls, forks, loops, raises, runs, switches, tries, waits
from weft.dsl.v10.builder import Builder, mapping
from weft.dsl.v10.kinds import Lowered
from weft.dsl.v10.lists import Body, lower_list, target_of
from weft.dsl.v10.places import AFTER, BEFORE, BODY, names

Lower = Callable[[Builder, int, dict[str, Any], str, Body], "Lowered | None"]


def lower_do(builder: Builder, number: int, task: dict[str, Any], pointer: str, body: Body) -> Lowered:
    """`do`: a list in order; the output is that of the last task."""
    first = lower_list(builder, task["do"], f"{pointer}/do", parent=number, frames=body.frames, depth=body.depth + 1)
    return Lowered("list", ListSpec(first))


def lower_set(builder: Builder, number: int, task: dict[str, Any], pointer: str, body: Body) -> Lowered | None:
    """`set`: the result is the output, nothing is merged."""
    source = builder.source(task["set"], names(BODY, body.frames), f"{pointer}/set")
    return None if source is None else Lowered("transform", TransformSpec(source))


# In this order: `for` and `try` tasks hold a `do` or a `catch` beside their own key.
KINDS: tuple[tuple[str, Lower], ...] = (
    ("call", calls.lower),
    ("for", loops.lower),
    ("fork", forks.lower),
    ("raise", raises.lower),
    ("run", runs.lower),
    ("set", lower_set),
    ("switch", switches.lower),
    ("try", tries.lower),
    ("wait", waits.lower),
    ("do", lower_do),
)
UNSUPPORTED: dict[str, str] = {
    "emit": "emitting events is not supported by this version",
    "listen": "listening for events is not supported by this version",
}


def lower_task(builder: Builder, number: int, name: str, task: Any, pointer: str, body: Body) -> None:
    """Lower one task into the node `number`. Problems are the builder's; a task of unknown kind is left out."""
    if not isinstance(task, dict):
        return
    lowered: Lowered | None = None
    for key, message in UNSUPPORTED.items():
        if key in task:
            builder.unsupported(key, f"{pointer}/{key}", message)
    for key, lower in KINDS:
        if key in task:
            lowered = lower(builder, number, task, pointer, body)
            break
    follow = target_of(builder, task.get("then"), f"{pointer}/then", body)
    spec = task_spec(builder, task, pointer, body)
    edges = builder.edges.setdefault(number, [])
    edges.append(follow)
    if "if" in task:
        edges.append(body.following)
    if lowered is None:
        return
    edges.extend(lowered.leads)
    builder.nodes[number] = Node(
        index=number,
        kind=lowered.kind,
        position=pointer,
        name=name,
        parent=body.parent,
        next=follow,
        skip=body.following,
        task=spec,
        spec=lowered.spec,
    )


def task_spec(builder: Builder, task: dict[str, Any], pointer: str, body: Body) -> TaskSpec:
    """Condition, data flow and time limit of a task."""
    frames = body.frames
    before, after = names(BEFORE, frames), names(AFTER, frames)
    entering, leaving, export = mapping(task.get("input")), mapping(task.get("output")), mapping(task.get("export"))
    condition = task.get("if")
    if condition is True or condition is False:
        condition = "true" if condition else "false"
    return TaskSpec(
        condition=builder.expr(condition, before, f"{pointer}/if", "test"),
        input_check=builder.schema(entering, f"{pointer}/input"),
        input_from=_flow(builder, entering, "from", before, f"{pointer}/input"),
        output_as=_flow(builder, leaving, "as", after, f"{pointer}/output"),
        output_check=builder.schema(leaving, f"{pointer}/output"),
        export_as=_flow(builder, export, "as", after, f"{pointer}/export"),
        export_check=builder.schema(export, f"{pointer}/export"),
        timeout=lower_timeout(builder, task.get("timeout"), f"{pointer}/timeout", frames),
        definition=task,
    )


def _flow(builder: Builder, holder: dict[str, Any], key: str, where: Any, pointer: str) -> Any:
    return builder.source(holder[key], where, f"{pointer}/{key}") if key in holder else None


def lower_timeout(builder: Builder, value: Any, pointer: str, frames: frozenset[str]) -> Delay | None:
    """`timeout`: the name of one in `use.timeouts`, or `{after}`."""
    if value is None:
        return None
    if isinstance(value, str):
        defined = mapping(builder.use.get("timeouts")).get(value)
        if not isinstance(defined, dict):
            builder.error("ref-timeout", pointer, f"no time-out '{value}' in use.timeouts")
            return None
        return builder.delay(defined.get("after"), names(BODY, frames), f"/use/timeouts/{value}/after")
    return builder.delay(mapping(value).get("after"), names(BODY, frames), f"{pointer}/after")
