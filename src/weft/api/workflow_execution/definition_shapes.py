"""Definitions as this dialect shows them: graphs as they were saved, all others as a sequence that can only be read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Any

import msgspec

from weft.api.workflow_execution import times
from weft.domain.access import uuid_of
from weft.domain.workflows import Workflow

LANGUAGE = "graph"
"""The language in which this dialect writes definitions."""

Object = dict[str, Any]


class Graph(msgspec.Struct):
    """Tasks and edges of a definition. `ids` maps what the engine calls a task to the task's id here.

    `projected`: the tasks are nodes of another language, shown one after the other.
    """

    tasks: list[Object]
    edges: list[Object]
    ids: Mapping[str, str]
    projected: bool = False


def graph_of_document(document: Mapping[str, Any]) -> Graph:
    """Of a document that this dialect has stored: as it is, secret values already masked."""
    tasks: list[Object] = [
        {
            "id": task["id"],
            "subjectId": task.get("subjectId"),
            "name": task["name"],
            "parameters": task.get("parameters") or {},
            "isTrigger": task.get("isTrigger", False),
        }
        for task in document["tasks"]
    ]
    edges = document.get("tasksHierarchy")
    if edges is None:
        edges = document.get("edges") or []
    shown = [{"parent": edge["parent"], "child": edge["child"]} for edge in edges]
    return Graph(tasks, shown, {task["id"]: task["id"] for task in tasks})


def graph_of_sequence(workflow_id: str, nodes: Iterable[tuple[str, str]]) -> Graph:
    """Of another language's top-level nodes, (position, name) in their order: one task each, one after the other.

    Ids are made of the definition's id and the node's position, so that they stay the same from call to call.
    """
    tasks: list[Object] = []
    ids: dict[str, str] = {}
    for position, name in nodes:
        ident = uuid_of(f"{workflow_id}\n{position}")
        ids[position] = ident
        tasks.append({"id": ident, "subjectId": None, "name": name, "parameters": {}, "isTrigger": not tasks})
    edges = [{"parent": before["id"], "child": after["id"]} for before, after in pairwise(tasks)]
    return Graph(tasks, edges, ids, projected=True)


def definition_of(workflow: Workflow, graph: Graph) -> Object:
    """The seven members of a definition."""
    return {
        "id": workflow.id,
        "name": workflow.name,
        "description": workflow.description or None,
        "created": times.shown(workflow.created_at),
        "updated": times.shown(workflow.updated_at),
        "tasks": graph.tasks,
        "tasksHierarchy": graph.edges,
    }


def info_of(workflow: Workflow) -> Object:
    """`meta.info` of one definition."""
    return {"revision": workflow.number}
