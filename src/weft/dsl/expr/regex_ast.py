"""What a regular expression is once it has been read: one tree for both engines.

The parser makes it, the RE2 emitter and the metered matcher read it, so that both engines answer for the same
pattern. Widths are counted in code points.
"""

from __future__ import annotations

from typing import Final, Literal

import msgspec

MAX_WIDTH: Final = 1 << 30

WORD: Final = r"\pL\pM\pN\p{Pc}"
SPACE: Final = r"\t-\r\x{85}\pZ"

AnchorKind = Literal["start", "end", "end_or_newline", "line_start", "line_end", "word", "not_word", "search_start"]
Mode = Literal["greedy", "lazy", "possessive"]


class RegexError(Exception):
    """A pattern that cannot be used, or a match that needs more than the limits allow.

    `message` is the text of the jq error; `offset` the place in the pattern in code points.
    """

    def __init__(self, message: str, offset: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset


class Char(msgspec.Struct, frozen=True):
    """One code point; `fold` means without regard to case."""

    text: str
    fold: bool


class CharSet(msgspec.Struct, frozen=True):
    """A character class.

    `items` is RE2 text for the inside of a class (ranges and properties); `complements` are insides whose complement
    belongs to the class too (`[\\W_]`), which RE2 cannot say inside one class.
    """

    items: str
    complements: tuple[str, ...]
    negated: bool
    fold: bool


class Dot(msgspec.Struct, frozen=True):
    """Any code point, line feeds only if `newline`."""

    newline: bool


class Anchor(msgspec.Struct, frozen=True):
    kind: AnchorKind


class Keep(msgspec.Struct, frozen=True):
    """`\\K`: the match begins here."""


class BackRef(msgspec.Struct, frozen=True):
    """The text of the last of `groups` that took part."""

    groups: tuple[int, ...]
    fold: bool


class Group(msgspec.Struct, frozen=True):
    index: int
    item: Node


class Cat(msgspec.Struct, frozen=True):
    items: tuple[Node, ...]


class Alt(msgspec.Struct, frozen=True):
    items: tuple[Node, ...]


class Repeat(msgspec.Struct, frozen=True):
    """`item` from `low` to `high` times; `high` None means without end."""

    item: Node
    low: int
    high: int | None
    mode: Mode


class Atomic(msgspec.Struct, frozen=True):
    item: Node


class Look(msgspec.Struct, frozen=True):
    item: Node
    ahead: bool
    negated: bool


Node = Char | CharSet | Dot | Anchor | Keep | BackRef | Group | Cat | Alt | Repeat | Atomic | Look


class Parsed(msgspec.Struct, frozen=True):
    """A pattern's tree and its groups' names, in order of their opening brackets (None: unnamed)."""

    root: Node
    names: tuple[str | None, ...]


def children(node: Node) -> tuple[Node, ...]:
    if isinstance(node, Cat | Alt):
        return node.items
    if isinstance(node, Group | Repeat | Atomic | Look):
        return (node.item,)
    return ()


def any_node(node: Node, kinds: type[Node] | tuple[type[Node], ...]) -> bool:
    """Whether a node of one of these classes is in the tree."""
    return isinstance(node, kinds) or any(any_node(child, kinds) for child in children(node))


def has_anchor(node: Node, kinds: frozenset[AnchorKind]) -> bool:
    if isinstance(node, Anchor):
        return node.kind in kinds
    return any(has_anchor(child, kinds) for child in children(node))


def width(node: Node) -> tuple[int, int]:
    """The fewest and most code points a match of `node` takes; MAX_WIDTH stands for no end."""
    if isinstance(node, Char | CharSet | Dot):
        return 1, 1
    if isinstance(node, BackRef):
        return 0, MAX_WIDTH
    if isinstance(node, Cat):
        widths = [width(item) for item in node.items]
        return min(sum(w[0] for w in widths), MAX_WIDTH), min(sum(w[1] for w in widths), MAX_WIDTH)
    if isinstance(node, Alt):
        widths = [width(item) for item in node.items]
        return min(w[0] for w in widths), max(w[1] for w in widths)
    if isinstance(node, Group | Atomic):
        return width(node.item)
    if isinstance(node, Repeat):
        low, high = width(node.item)
        most = MAX_WIDTH if node.high is None and high else high * (node.high or 0)
        return min(low * node.low, MAX_WIDTH), min(most, MAX_WIDTH)
    return 0, 0
