"""Definitions of other languages as lists of tasks: the nodes of their top level, in document order.

Of a graph the tasks come parents before children. The projection can be read, and nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, cast

import msgspec

from weft.domain.access import uuid_of
from weft.dsl.graph.targets import TASKLIST_TYPES
from weft.dsl.machine.program import Program
from weft.dsl.problems import value_at
from weft.services.outlines import OutlineNode, outline

_OTHER_WORDS: Final[dict[str, str]] = {
    "http": "HTTP",
    "script": "SCRIPT_EXECUTION",
    "mqtt": "MQTT_PUBLISH",
    "haystack": "HAYSTACK",
    "ai": "AI_CONVERSE",
    "set": "SET_VARIABLE",
    "jq": "JSON_JQ_TRANSFORM",
    "userinput": "USER_INPUT",
    "workflow": "SUB_WORKFLOW",
    "startworkflow": "START_WORKFLOW",
    "child": "SUB_WORKFLOW",
    "timer": "WAIT",
    "choice": "SWITCH",
    "fan": "FORK_JOIN",
    "loop": "DO_WHILE",
    "foreach": "DO_WHILE",
    "transform": "INLINE",
    "emit": "EVENT",
    "end": "TERMINATE",
}
"""Type words by the words of graphs and the kinds of nodes that do the same."""


def nodes_of(program: Program) -> list[OutlineNode]:
    """The nodes of a program's top level, those of a graph under their names."""
    found = outline(program)
    if program.dialect != "graph":
        return found
    document = program.document
    return [msgspec.structs.replace(node, name=_named(document, node.position, node.name)) for node in found]


def _named(document: Any, position: str, fallback: str) -> str:
    """The name of the task at a place; graphs know their tasks by id."""
    task = value_at(document, position)
    name = cast("dict[str, Any]", task).get("name") if isinstance(task, dict) else None
    return name if isinstance(name, str) and name else fallback


def projected_tasks(workflow_id: str, nodes: Sequence[OutlineNode]) -> list[dict[str, Any]]:
    """One element per node, in the shape of task definitions."""
    names = numbered([node.name or type_word(node.kind) for node in nodes])
    return [
        {
            "_id": uuid_of(f"projection\n{workflow_id}\n{node.position}"),
            "_name": name,
            "_type": type_word(node.kind),
            "_sequenceno": index + 1,
            "_inputParams": {},
        }
        for index, (node, name) in enumerate(zip(nodes, names, strict=True))
    ]


def numbered(names: Sequence[str]) -> list[str]:
    """The names, each only once: from its second use on with a number behind it."""
    taken: set[str] = set()
    found: list[str] = []
    for base in names:
        name, count = base, 1
        while name in taken:
            count += 1
            name = f"{base}_{count}"
        taken.add(name)
        found.append(name)
    return found


def type_word(kind: str) -> str:
    """The type word that fits a kind of node or a word of another language; SIMPLE where none does."""
    if kind.upper() in TASKLIST_TYPES:
        return kind.upper()
    return _OTHER_WORDS.get(kind.lower(), "SIMPLE")
