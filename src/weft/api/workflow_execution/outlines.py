"""The top level of a definition in any language, for those that this dialect can only show."""

from __future__ import annotations

from typing import Final

from weft.dsl.machine.program import Node, Program
from weft.dsl.machine.task_outline import is_listed, outline_of

_FRAMES: Final = frozenset(("", "do", "states"))
"""Where the lists stand that hold the top level."""


def top_level(program: Program) -> list[tuple[str, str]]:
    """(position, name) of the nodes of the top level, in document order.

    What is made around them while compiling (the list itself, waits for a start) has no place of its own.
    """
    if is_listed(program):
        return [(task.position, task.name) for task in outline_of(program).tasks]
    found = [node for node in program.nodes if _is_top(program, node)]
    found.sort(key=lambda node: _place(node.position))
    return [(node.position, node.name or node.position.rpartition("/")[2]) for node in found]


def _is_top(program: Program, node: Node) -> bool:
    if node.position.strip("/") in _FRAMES:
        return False
    parent = node.parent
    while parent >= 0:
        above = program.nodes[parent]
        if above.position.strip("/") not in _FRAMES:
            return False
        parent = above.parent
    return True


def _place(position: str) -> list[tuple[int, str]]:
    return [(int(part), "") if part.isdigit() else (0, part) for part in position.split("/")]
