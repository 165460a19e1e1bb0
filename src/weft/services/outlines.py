"""The top level of a definition in any language: what APIs show that know another language than it is written in."""

from __future__ import annotations

from typing import Final

import msgspec

from weft.dsl.machine.program import Node, Program
from weft.dsl.machine.states import ForeachWork, InjectWork, ParallelWork, SleepWork, StateSpec, SwitchWork
from weft.dsl.machine.task_outline import is_listed, outline_of

_FRAMES: Final = frozenset(("", "do", "states"))
"""Where the lists stand that hold the top level."""
_STATE_KINDS: Final[dict[type, str]] = {
    SwitchWork: "choice",
    SleepWork: "timer",
    ParallelWork: "fan",
    ForeachWork: "foreach",
    InjectWork: "transform",
}


class OutlineNode(msgspec.Struct, frozen=True):
    """One node: `position` is its JSON Pointer in the document, `kind` the kind of its node in the program.

    Of task lists and graphs `kind` is the type word of the task, `name` its name there (a graph's task: its id). States
    that branch, wait, fork or loop have the kind of the nodes that do so.
    """

    position: str
    name: str
    kind: str


def outline(program: Program) -> list[OutlineNode]:
    """The nodes of the top level in document order; of a graph parents before children."""
    if is_listed(program):
        return [OutlineNode(task.position, task.name, task.type) for task in outline_of(program).tasks]
    found = [node for node in program.nodes if _is_top(program, node)]
    found.sort(key=lambda node: _place(node.position))
    return [OutlineNode(node.position, node.name or node.position.rpartition("/")[2], _kind(node)) for node in found]


def _is_top(program: Program, node: Node) -> bool:
    """The list itself, and what is made around the nodes while compiling, have no place of their own."""
    if node.position.strip("/") in _FRAMES:
        return False
    parent = node.parent
    while parent >= 0:
        above = program.nodes[parent]
        if above.position.strip("/") not in _FRAMES:
            return False
        parent = above.parent
    return True


def _kind(node: Node) -> str:
    if isinstance(node.spec, StateSpec):
        return _STATE_KINDS.get(type(node.spec.work), node.kind)
    return node.kind


def _place(position: str) -> list[tuple[int, str]]:
    return [(int(part), "") if part.isdigit() else (0, part) for part in position.split("/")]
