"""`fork`: branches together, each on the task's input; competing ones race."""

from __future__ import annotations

from typing import Any

from weft.dsl.machine.program import DONE, FanSpec
from weft.dsl.problems import pointer_of
from weft.dsl.v10.builder import Builder, mapping
from weft.dsl.v10.kinds import Lowered
from weft.dsl.v10.lists import Body, items_of


def lower(builder: Builder, number: int, task: dict[str, Any], pointer: str, body: Body) -> Lowered:
    """Lower the branches: each is one task, whose `then` cannot name another branch."""
    spec = mapping(task["fork"])
    items = items_of(spec.get("branches"))
    every = frozenset(name for _, name, _ in items)
    seen: set[str] = set()
    branches: list[int] = []
    for index, name, branch in items:
        where = f"{pointer}/fork/branches{pointer_of(index, name)}"
        if name in seen:
            builder.error("name-duplicate", where, f"'{name}' stands twice among the branches")
        seen.add(name)
        first = builder.number()
        inside = Body({name: first}, DONE, body.frames, number, every, body.depth + 1)
        builder.lower_task(builder, first, name, branch, where, inside)
        branches.append(first)
    return Lowered("fan", FanSpec(tuple(branches), race=spec.get("compete") is True))
