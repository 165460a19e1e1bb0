"""The syntax tree: one class per construct, spans into the text.

The parser makes nodes, the resolver fills in `single` (proven to give exactly one result), slots and functions, and
the compiler reads them. Nodes are thrown away after compilation.
"""

from __future__ import annotations

from typing import Any

import msgspec


class Node(msgspec.Struct, kw_only=True, gc=False, eq=False):
    """`start` and `end` are offsets into the text; `single`: exactly one result or an error."""

    start: int = 0
    end: int = 0
    single: bool = True


class Identity(Node, eq=False):
    pass


class Recurse(Node, eq=False):
    pass


class Literal(Node, eq=False):
    value: Any


class Var(Node, eq=False):
    name: str
    slot: int = -1


class Text(Node, eq=False):
    """A text with interpolations; `parts` are texts and nodes."""

    format: str
    parts: list[Any]


class Format(Node, eq=False):
    name: str


class Neg(Node, eq=False):
    body: Node


class ArrayNode(Node, eq=False):
    body: Node


class ObjectNode(Node, eq=False):
    entries: list[tuple[Node, Node]]


class Index(Node, eq=False):
    term: Node
    key: Node
    opt: bool = False


class Slice(Node, eq=False):
    term: Node
    low: Node | None
    high: Node | None
    opt: bool = False


class Iterate(Node, eq=False):
    term: Node
    opt: bool = False


class Pipe(Node, eq=False):
    left: Node
    right: Node


class Comma(Node, eq=False):
    left: Node
    right: Node


class Binary(Node, eq=False):
    op: str
    left: Node
    right: Node


class Logic(Node, eq=False):
    """`and` and `or`."""

    op: str
    left: Node
    right: Node


class Alternative(Node, eq=False):
    left: Node
    right: Node


class Assign(Node, eq=False):
    """`=`, `|=`, `+=`, … : `target op value`."""

    op: str
    target: Node
    value: Node


class If(Node, eq=False):
    condition: Node
    then: Node
    other: Node


class Try(Node, eq=False):
    body: Node
    handler: Node | None


class Pattern(Node, eq=False):
    """One destructuring pattern: exactly one of `name`, `items`, `fields` is set.

    A field is (key node, variable that the key itself is bound to or None, pattern or None).
    """

    name: str | None = None
    items: list[Pattern] | None = None
    fields: list[tuple[Node, str | None, Pattern | None]] | None = None


class Reduce(Node, eq=False):
    source: Node
    patterns: list[Pattern]
    init: Node
    update: Node
    names: list[str] = []


class Foreach(Node, eq=False):
    source: Node
    patterns: list[Pattern]
    init: Node
    update: Node
    extract: Node
    names: list[str] = []


class Bind(Node, eq=False):
    """`source as patterns | body`."""

    source: Node
    patterns: list[Pattern]
    body: Node
    names: list[str] = []


class Label(Node, eq=False):
    name: str
    body: Node


class Break(Node, eq=False):
    name: str
    slot: int = -1


class Function(Node, eq=False):
    """`def name(params): body;`: `params` are names, values with a leading `$`."""

    name: str
    params: list[str]
    body: Node
    depth: int = 0
    cost: int = 1
    recursive: bool = False
    done: bool = False
    code: Any = None


class Def(Node, eq=False):
    function: Function
    body: Node


class Call(Node, eq=False):
    """A call of a builtin (`target` is its spec), of a user's function, or of a closure parameter (its slot)."""

    name: str
    args: list[Node]
    target: Any = None
    slot: int = -1
