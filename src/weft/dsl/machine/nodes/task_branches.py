"""Branches and tasks that are made while a run is under way, from data: only types that hold no program of their own.

Data are never compiled: an expression in a task that comes from data stays text. Bad data fail the task for good.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final, cast

import msgspec

from weft.dsl.machine.nodes.task import ListedTask, TaskRetry, invalid
from weft.dsl.machine.nodes.task_calls import CallWork, ChildWork
from weft.dsl.machine.nodes.task_given import child_given, limits_given, member, retry_given, with_given
from weft.dsl.machine.nodes.task_values import OWN_SINK, EventWork
from weft.dsl.machine.program import Source

MAX_BRANCHES: Final = 1_000
INDEX: Final = "__index"
STARTS: Final = {"SUB_WORKFLOW": "subWorkflowParam", "START_WORKFLOW": "startWorkflow"}
"""The types that start a job, and the member that says of which definition."""

Object = dict[str, Any]
_NAME: Final = re.compile(r"[^.\[\]{}$'\"\x00-\x1f\x7f]{1,128}")
_NUMBERED: Final = re.compile(r"__\d+$")
_LABEL: Final = re.compile(r"[^\s\[\]{}$'\"\x00-\x1f\x7f]{1,100}")


class DynamicType(msgspec.Struct, frozen=True):
    """A type word that may come from data: the node kind that does it, its work and its retries."""

    kind: str
    work: Any
    retry: TaskRetry = TaskRetry()


class DynamicWork(msgspec.Struct, frozen=True):
    """`node` is the node that carries out one branch, `types` the type words, `prefix` begins made-up names.

    `list_key` and `inputs_key` name the input's members with the tasks and with their inputs by name, "" where the
    branches are made from `forkTaskType` or `forkTaskWorkflow`; these are looked at, too, where there is no such list.
    """

    node: int
    types: dict[str, DynamicType]
    list_key: str = ""
    inputs_key: str = ""
    prefix: str = ""


class Branch(msgspec.Struct, frozen=True):
    """Where a branch begins, the name of its last task, and what its first node enters with."""

    first: int
    name: str
    raw: Any = None


def branches_of(work: DynamicWork, fork: str, value: Any, taken: set[str]) -> list[Branch]:
    """The branches that the input of a dynamic fork asks for. Raises Raised for what asks for none rightly."""
    given = cast("Object", value) if isinstance(value, dict) else {}
    alike = not work.list_key or (given.get(work.list_key) is None and given.get("forkTaskInputs") is not None)
    entries = _alike(work, fork, given) if alike else _listed(work, given)
    if len(entries) > MAX_BRANCHES:
        raise invalid(f"{len(entries)} branches are asked for, at most {MAX_BRANCHES} are made")
    seen: set[str] = set()
    for entry in entries:
        name = entry["name"]
        if name in seen:
            raise invalid(f"two branches are named {name[:60]!r}")
        if name in taken and not name.startswith("_"):
            raise invalid(f"a branch is named like the task {name[:60]!r}")
        seen.add(name)
    return [Branch(work.node, entry["name"], entry) for entry in entries]


def _listed(work: DynamicWork, given: Object) -> list[Object]:
    tasks, inputs = given.get(work.list_key), given.get(work.inputs_key)
    if not isinstance(tasks, list) or not all(isinstance(task, dict) for task in cast("list[Any]", tasks)):
        raise invalid(f"'{work.list_key}' is no list of tasks")
    if inputs is not None and not isinstance(inputs, dict):
        raise invalid(f"'{work.inputs_key}' is no object of inputs by name")
    by_name: Object = cast("Object", inputs) or {}
    return [_entry(work, task, by_name) for task in cast("list[Object]", tasks)]


def _entry(work: DynamicWork, task: Object, inputs: Mapping[str, Any]) -> Object:
    ref, own, word = (member(task, key) for key in ("taskReferenceName", "name", "type"))
    name = ref if isinstance(ref, str) else own
    if not isinstance(name, str) or not _NAME.fullmatch(name) or _NUMBERED.search(name) or name == "workflow":
        raise invalid("a task of a dynamic fork has no name, or one that no task can have")
    word = word.upper() if isinstance(word, str) and word else "SIMPLE"
    written = member(task, "inputParameters", "inputParams")
    mine = inputs.get(name)
    if (written is not None and not isinstance(written, dict)) or (mine is not None and not isinstance(mine, dict)):
        raise invalid(f"the inputs of branch {name[:60]!r} are no object")
    entry: Object = {"name": name, "type": word, "input": {**(written or {}), **(mine or {})}}
    if word == "SIMPLE":
        activity = member(task, "activity")
        entry["target"] = activity if isinstance(activity, str) else own if isinstance(own, str) else name
    if word in STARTS:
        entry["child"] = child_given(member(task, STARTS[word]) or member(entry["input"], STARTS[word]))
    if word == "EVENT":
        entry["sink"] = member(task, "sink")
    entry["retry"], entry["limits"] = retry_given(task), limits_given(task)
    return _known(work, entry)


def _alike(work: DynamicWork, fork: str, given: Object) -> list[Object]:
    inputs = given.get("forkTaskInputs")
    word, workflow = given.get("forkTaskType"), given.get("forkTaskWorkflow")
    if not isinstance(inputs, list):
        raise invalid("'forkTaskInputs' is no array")
    label = given.get("forkTaskName")
    if not word and not workflow and isinstance(label, str) and label:
        word = label if label.upper() in work.types else "SIMPLE"  # a name alone is that of a type or an activity
    if isinstance(workflow, str) and workflow:
        name = label if isinstance(label, str) and label else fork
        base: Object = {
            "type": "SUB_WORKFLOW",
            "child": child_given({"name": workflow, "version": given.get("forkTaskWorkflowVersion")}),
        }
    elif isinstance(word, str) and word:
        name = label if isinstance(label, str) and label else word
        base = {"type": word.upper()}
        if base["type"] == "SIMPLE":
            base["target"] = name
    else:
        raise invalid("a dynamic fork needs 'forkTaskType' or 'forkTaskWorkflow'")
    if not _LABEL.fullmatch(name):
        raise invalid("'forkTaskName' has 1 to 100 characters without white space")
    found: list[Object] = []
    for number, item in enumerate(cast("list[Any]", inputs)):
        value: Object = dict(cast("Object", item)) if isinstance(item, dict) else {"input": item}
        entry = {**base, "name": f"_{work.prefix}{name}_{number}", "input": {**value, INDEX: number}}
        found.append(_known(work, entry))
    return found


def _known(work: DynamicWork, entry: Object) -> Object:
    if entry["type"] not in work.types:
        raise invalid(f"a task of type {entry['type'][:40]!r} cannot be made while running")
    return entry


def made_task(types: Mapping[str, DynamicType], entry: Object, base: ListedTask) -> tuple[str, ListedTask]:
    """The node kind and the spec of a task from data; what the data leave open is that of `base`."""
    made = types[entry["type"]]
    given = entry["input"]
    work = made.work
    if isinstance(work, CallWork) and "target" in entry:
        work = msgspec.structs.replace(work, target=entry["target"])
    elif isinstance(work, ChildWork) and "child" in entry:
        work = msgspec.structs.replace(work, which=constant(entry["child"]))
    elif isinstance(work, EventWork):
        work = msgspec.structs.replace(work, sink=constant(entry.get("sink") or OWN_SINK))
    spec = msgspec.structs.replace(
        base, name=entry["name"], type=entry["type"], work=work, input=constant(given), optional=False, top=False
    )
    return made.kind, with_given(spec, made.retry, entry)


def constant(value: Any) -> Source:
    """A source that always gives the same value."""
    return Source(lambda _value, _vars, _budget: value, (), "")
