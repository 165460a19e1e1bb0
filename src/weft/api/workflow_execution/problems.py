"""What is wrong with a request, by property: the entries of `meta.validation`.

A property is a path in camelCase: `data`, `data.tasks[2].name`, `take`, `workflowId`; `$` is a body that is not JSON.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from weft.domain.errors import Invalid
from weft.dsl.problems import Problem, parts_of

MAX_MESSAGE = 2_000


class Entry(msgspec.Struct, frozen=True):
    """One problem as clients see it."""

    property: str
    message: str


class BadRequest(Invalid):
    """A 400 with its entries."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        super().__init__("the request is not valid", tuple(f"{entry.property}: {entry.message}" for entry in entries))
        self.entries = tuple(entries)


def bad(property: str, message: str) -> BadRequest:
    """A 400 with one entry."""
    return BadRequest((Entry(property, message),))


def property_of(pointer: str, root: str = "data") -> str:
    """The property that a JSON Pointer into `root` names: `/tasks/2/name` is `data.tasks[2].name`."""
    pieces = [root]
    for name in parts_of(pointer):
        pieces.append(f"[{name}]" if name.isascii() and name.isdigit() else f".{name}")
    return "".join(pieces)


def entries_of(problems: Iterable[Problem], root: str = "data") -> list[Entry]:
    """Entries of a document's errors, in their order, none twice."""
    found = [
        Entry(property_of(problem.pointer, root), problem.message[:MAX_MESSAGE])
        for problem in problems
        if problem.severity == "error"
    ]
    return list(dict.fromkeys(found))
