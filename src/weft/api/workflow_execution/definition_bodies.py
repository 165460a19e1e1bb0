"""Definitions as clients send them, made canonical: members in camelCase, ids in lower case, triggers marked.

What a document of tasks must be beyond that (names, parameters, edges, expressions) is checked where it is compiled;
here stands what only this dialect asks: ids and subjects are UUIDs, unknown members are left out, a graph without any
trigger begins with every task that has no parents.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final, cast

import msgspec

from weft.api.workflow_execution.problems import Entry
from weft.api.workflow_execution.reading import BAD_ID, members, uuid
from weft.dsl.graph.graphs import MAX_EDGES, MAX_TASKS

MAX_NAME: Final = 255
MOST_READ: Final = MAX_TASKS + 1
MOST_EDGES_READ: Final = MAX_EDGES + 1
"""Of longer lists the rest is left out: the compiler refuses them for their length, and a body of 1 MiB may hold
hundreds of thousands, for which nobody should have to wait."""
_MEMBERS: Final = ("id", "name", "description", "tasks", "tasksHierarchy")
_TASK: Final = ("id", "subjectId", "name", "parameters", "isTrigger")
_RESERVED: Final = ("$activity", "$resourceId", "$options")
_OPTIONS: Final = (
    "retryCount", "retryLogic", "retryDelaySeconds", "backoffRate", "maxRetryDelaySeconds", "timeoutSeconds",
    "optional",
)  # fmt: skip
_NAMED: Final = re.compile(r"(\$\{\s*)([0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12})")

Object = dict[str, Any]


class Written(msgspec.Struct):
    """A body, read: the canonical document, and what this dialect alone has against it.

    Where an entry stands, the document holds something in the place that compiles, so that the other problems show.
    """

    document: Object
    entries: list[Entry]


def read_definition(data: Mapping[str, Any], new_id: Callable[[], str], path_id: str | None = None) -> Written:
    """The definition in `data`. `path_id` is the id that the path names, where it names one."""
    given = members(data, _MEMBERS)
    entries: list[Entry] = []
    if path_id is not None and given.get("id") is not None and uuid(given["id"]) != path_id:
        entries.append(Entry("data.id", "another id than the path's"))
    document: Object = {"name": _name(given.get("name"), entries)}
    description = given.get("description")
    if isinstance(description, str):
        document["description"] = description
    elif description is not None:
        entries.append(Entry("data.description", "text or null"))
    edges = _edges(given.get("tasksHierarchy"), entries)
    tasks = _tasks(given.get("tasks"), new_id, entries)
    _mark_triggers(tasks, edges)
    document["tasks"] = tasks
    document["tasksHierarchy"] = edges
    return Written(document, entries)


def _name(value: object, entries: list[Entry]) -> str:
    if not isinstance(value, str) or not 1 <= len(value) <= MAX_NAME:
        entries.append(Entry("data.name", f"a name of 1 to {MAX_NAME} characters is required"))
        return "-"
    if "/" in value or any(ord(char) < 32 or ord(char) == 127 for char in value):
        entries.append(Entry("data.name", "a name holds neither '/' nor control characters"))
        return "-"
    return value


def _tasks(value: object, new_id: Callable[[], str], entries: list[Entry]) -> list[Object]:
    items = cast("list[Any]", value)[:MOST_READ] if isinstance(value, list) else []
    if not all(isinstance(item, dict) for item in items):
        entries.append(Entry("data.tasks", "an array of 1 to 500 objects"))
        items = []
    tasks = [_task(item, f"data.tasks[{index}]", new_id, entries) for index, item in enumerate(items)]
    known = frozenset(task["id"] for task in tasks)
    for task in tasks:
        if isinstance(task["parameters"], dict):
            task["parameters"] = _parameters(cast("Object", task["parameters"]), known)
    return tasks


def _task(value: Object, where: str, new_id: Callable[[], str], entries: list[Entry]) -> Object:
    given = members(value, _TASK)
    ident = given.get("id")
    folded = new_id() if ident is None else uuid(ident)
    if folded is None:
        entries.append(Entry(f"{where}.id", BAD_ID))
        folded = new_id()
    subject = given.get("subjectId")
    if subject is not None:
        subject = uuid(subject)
        if subject is None:
            entries.append(Entry(f"{where}.subjectId", BAD_ID))
    trigger = given.get("isTrigger")
    if trigger is not None and not isinstance(trigger, bool):
        entries.append(Entry(f"{where}.isTrigger", "true or false"))
        trigger = None
    parameters = given.get("parameters")
    return {
        "id": folded,
        "subjectId": subject,
        "name": given.get("name"),
        "parameters": {} if parameters is None else parameters,
        "isTrigger": trigger is True,
    }


def _parameters(parameters: Object, known: frozenset[str]) -> Object:
    """Reserved members in their spelling; ids of tasks in expressions in lower case. All else stays as it is."""
    spelled: Object = {}
    for key, value in parameters.items():
        name = key
        if key.startswith("$"):
            name = next((each for each in _RESERVED if each.lower() == key.lower()), key)
        if name == "$options" and isinstance(value, dict):
            options = cast("Object", value)
            lower = {each.lower(): each for each in _OPTIONS}
            value = {lower.get(option.lower(), option): item for option, item in options.items()}
        if name == key or name not in parameters:
            spelled[name] = _lowered(value, known)
    return spelled


def _lowered(value: Any, known: frozenset[str]) -> Any:
    if isinstance(value, str):
        if "${" not in value:
            return value
        return _NAMED.sub(lambda found: found[1] + (low if (low := found[2].lower()) in known else found[2]), value)
    if isinstance(value, dict):
        return {key: _lowered(item, known) for key, item in cast("Object", value).items()}
    if isinstance(value, list):
        return [_lowered(item, known) for item in cast("list[Any]", value)]
    return value


def _edges(value: object, entries: list[Entry]) -> list[Object]:
    if value is None:
        return []
    if not isinstance(value, list):
        entries.append(Entry("data.tasksHierarchy", "an array of edges"))
        return []
    edges: list[Object] = []
    for item in cast("list[Any]", value)[:MOST_EDGES_READ]:
        given = members(cast("Object", item), ("parent", "child")) if isinstance(item, dict) else {}
        edges.append({end: uuid(given.get(end)) or given.get(end) for end in ("parent", "child")})
    return edges


def _mark_triggers(tasks: list[Object], edges: list[Object]) -> None:
    """Without any trigger every task without parents is one."""
    if any(task["isTrigger"] for task in tasks):
        return
    known = {task["id"] for task in tasks}
    children = {edge["child"] for edge in edges if _counts(edge, known)}
    for task in tasks:
        task["isTrigger"] = task["id"] not in children


def _counts(edge: Object, known: set[str]) -> bool:
    """Whether an edge gives its child a parent; what is wrong with others is said where they stand."""
    parent, child = edge["parent"], edge["child"]
    return isinstance(parent, str) and isinstance(child, str) and parent in known and parent != child


def merged(entries: list[Entry], others: list[Entry]) -> list[Entry]:
    """All entries; of those that were found later, none about a property that already has one."""
    known = {entry.property for entry in entries}
    return [*entries, *(other for other in others if other.property not in known)]
