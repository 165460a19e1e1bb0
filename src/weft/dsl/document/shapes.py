"""Shapes: what a value at one place of a document may look like, as the schemas say it, ready to be checked quickly.

A node is a shape, or a union of shapes of which one is chosen by what the value holds before it is checked, so that
only the chosen one's problems are told.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

JSON_TYPES: Final[dict[type, str]] = {
    dict: "object",
    list: "array",
    str: "string",
    bool: "boolean",
    int: "integer",
    float: "number",
    type(None): "null",
}
ALL_TYPES: Final = frozenset(JSON_TYPES.values())


def json_type(value: Any) -> str:
    """The JSON type; a float without fraction is an integer, as in JSON Schema."""
    kind = JSON_TYPES.get(type(value), "none")
    return "integer" if kind == "number" and value == int(value) else kind


class Slot:
    """A node that is built when it is first needed; schemas refer to themselves."""

    __slots__ = ("_build", "_node")

    def __init__(self, build: Callable[[], Node]) -> None:
        self._build: Callable[[], Node] | None = build
        self._node: Node | None = None

    def get(self) -> Node:
        node = self._node
        if node is None:
            assert self._build is not None
            node = self._node = self._build()
            self._build = None
        return node


class Shape:
    """Constraints of one place; what is None or empty is not constrained.

    `extra` is what other keys hold: True anything, False nothing, None
    anything because nobody said otherwise (they are told to be ignored). `wanted` are groups of which one must be there
    (each group a list of key sets). `code` replaces `pattern` or `count` in problems. `refused`: nothing fits.
    """

    __slots__ = (
        "choices",
        "code",
        "conditions",
        "dependent",
        "extra",
        "items",
        "most",
        "never",
        "pattern",
        "patterns",
        "props",
        "refused",
        "required",
        "sizes",
        "title",
        "types",
        "unique",
        "wanted",
    )

    def __init__(self) -> None:
        self.types: frozenset[str] = ALL_TYPES
        self.choices: tuple[Any, ...] | None = None
        self.pattern: re.Pattern[str] | None = None
        self.sizes: dict[str, float] = {}
        self.unique = False
        self.props: dict[str, Slot] = {}
        self.patterns: list[tuple[re.Pattern[str], Slot]] = []
        self.extra: bool | Slot | None = None
        self.required: tuple[str, ...] = ()
        self.wanted: list[tuple[frozenset[str], ...]] = []
        self.dependent: dict[str, tuple[str, ...]] = {}
        self.items: Slot | None = None
        self.conditions: list[tuple[Slot, Slot | None, Slot | None]] = []
        self.never: list[Slot] = []
        self.refused = False
        self.title = ""
        self.code = ""
        self.most = 0

    def copy(self) -> Shape:
        other = Shape()
        for name in self.__slots__:
            value = getattr(self, name)
            setattr(other, name, value.copy() if isinstance(value, dict | list) else value)
        return other


class Union:
    """Alternatives. `kinds`, if given, are the keys of which exactly one must be there (the kinds of tasks)."""

    __slots__ = ("branches", "by_kind", "consts", "deciding", "kinds", "nevers", "signatures")

    def __init__(self, branches: list[Shape], kinds: tuple[str, ...] = ()) -> None:
        self.branches = branches
        self.kinds = kinds
        common = frozenset[str].intersection(*(frozenset(b.required) for b in branches)) if branches else frozenset()
        self.signatures = [frozenset(branch.required) - common for branch in branches]
        self.consts: list[dict[str, tuple[Any, ...]]] = []
        self.nevers: list[dict[str, list[Slot]]] = []
        for branch in branches:
            consts, nevers = _deciding_keys(branch)
            self.consts.append(consts)
            self.nevers.append(nevers)
        self.by_kind = {kind: [i for i, b in enumerate(branches) if b.required[0] == kind] for kind in kinds}

        self.deciding = {} if kinds else self._deciding()

    def _deciding(self) -> dict[str, tuple[Any, ...]]:
        """Keys whose value decides in every branch, with all values they may have."""
        found: dict[str, list[Any]] = {}
        for consts in self.consts:
            for key, values in consts.items():
                known = found.setdefault(key, [])
                known.extend(value for value in values if value not in known)
        return {key: tuple(values) for key, values in found.items() if all(key in consts for consts in self.consts)}


def _deciding_keys(shape: Shape) -> tuple[dict[str, tuple[Any, ...]], dict[str, list[Slot]]]:
    """Required keys that may hold a few values only, and those that may not hold some."""
    consts: dict[str, tuple[Any, ...]] = {}
    nevers: dict[str, list[Slot]] = {}
    for key in shape.required:
        slot = shape.props.get(key)
        node = slot.get() if slot is not None and key in _DECIDING else None
        if isinstance(node, Shape) and node.choices is not None:
            consts[key] = node.choices
        if isinstance(node, Shape) and node.never:
            nevers[key] = node.never
    return consts, nevers


_DECIDING: Final = frozenset({"type", "call"})

Node = Shape | Union
