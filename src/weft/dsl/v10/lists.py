"""Task lists: names, order, `then`, and what can be reached."""

from __future__ import annotations

from typing import Any

import msgspec

from weft.dsl.machine.program import DONE, END
from weft.dsl.problems import pointer_of
from weft.dsl.v10.builder import MAX_NODES, Builder


class Body(msgspec.Struct, frozen=True):
    """Where a task stands: its list, the names there, its own number, and the loop and error variables around it.

    `siblings` are the names of the other branches where the list is one branch of a fork.
    """

    targets: dict[str, int]
    following: int
    frames: frozenset[str]
    parent: int
    siblings: frozenset[str] = frozenset()
    depth: int = 0


def items_of(value: Any) -> list[tuple[int, str, Any]]:
    """(index, name, task) of the well-formed items of a list; what is not is left to the schema stage."""
    if not isinstance(value, list):
        return []
    found: list[tuple[int, str, Any]] = []
    for index, item in enumerate(value):
        if isinstance(item, dict) and len(item) == 1:
            name, task = next(iter(item.items()))
            if isinstance(name, str):
                found.append((index, name, task))
    return found


def lower_list(builder: Builder, value: Any, pointer: str, *, parent: int, frames: frozenset[str], depth: int) -> int:
    """Lower a task list; the number of its first node, -1 if it is empty."""
    items = items_of(value)
    if not items:
        return -1
    if depth > 60 or len(builder.nodes) + len(items) > MAX_NODES:
        builder.error("count", pointer, f"more than {MAX_NODES} tasks, or lists nested deeper than 60")
        return -1
    targets: dict[str, int] = {}
    numbers: list[int] = []
    for index, name, _ in items:
        number = builder.number()
        numbers.append(number)
        if name in targets:
            builder.error("name-duplicate", f"{pointer}{pointer_of(index, name)}", f"'{name}' stands twice in its list")
        else:
            targets[name] = number
    for place, (index, name, task) in enumerate(items):
        following = numbers[place + 1] if place + 1 < len(numbers) else DONE
        body = Body(targets, following, frames, parent, depth=depth)
        builder.lower_task(builder, numbers[place], name, task, f"{pointer}{pointer_of(index, name)}", body)
    _warn_unreachable(builder, numbers, items, pointer)
    return numbers[0]


def target_of(builder: Builder, then: Any, pointer: str, body: Body) -> int:
    """Where a `then` leads: a node of the same list, DONE or END."""
    if then is None or then == "continue":
        return body.following
    if then == "exit":
        return DONE
    if then == "end":
        return END
    if not isinstance(then, str):
        return body.following
    found = body.targets.get(then)
    if found is not None and then not in body.siblings:
        return found
    if then in body.siblings:
        builder.error(
            "fork-sibling", pointer, f"'{then}' is another branch of the fork; branches cannot go to each other"
        )
    else:
        builder.error("scope-target", pointer, f"'{then}' is no task of this list")
    return body.following


def _warn_unreachable(builder: Builder, numbers: list[int], items: list[tuple[int, str, Any]], pointer: str) -> None:
    seen = {numbers[0]}
    stack = [numbers[0]]
    inside = set(numbers)
    while stack:
        for target in builder.edges.get(stack.pop(), ()):
            if target in inside and target not in seen:
                seen.add(target)
                stack.append(target)
    for number, (index, name, _) in zip(numbers, items, strict=True):
        if number not in seen:
            builder.warn("unreachable", f"{pointer}{pointer_of(index, name)}", f"no way leads to task '{name}'")
