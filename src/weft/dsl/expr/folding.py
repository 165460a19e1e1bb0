"""What can be told of a tree without running it: constants, plain reads, and the nearest known name."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any

from weft.dsl.expr.arithmetic import BINARY
from weft.dsl.expr.errors import BudgetSpent, JqError
from weft.dsl.expr.limits import Budget
from weft.dsl.expr.syntax import Comma, Identity, Index, Literal, Node, Var


def nearest(name: str, known: Iterable[str]) -> str | None:
    """`did you mean x?` for the known name most like `name`."""
    close = get_close_matches(name, sorted(known), 1, 0.6)
    return f"did you mean {close[0]}?" if close else None


def only_reads(node: Node) -> bool:
    """Only reads: `.`, a variable, a literal, a chain of keys."""
    while isinstance(node, Index):
        node = node.term
    return isinstance(node, Identity | Var | Literal)


def literals_of(node: Node) -> list[Any] | None:
    """The values of a list of literals, in order; None when something else is in it."""
    values: list[Any] = []
    while isinstance(node, Comma):
        if not isinstance(node.right, Literal):
            return None
        values.append(node.right.value)
        node = node.left
    if not isinstance(node, Literal):
        return None
    values.append(node.value)
    values.reverse()
    return values


_FOLD_LIMIT = 1_000


def folded(op: str, a: Any, b: Any) -> tuple[Any] | None:
    """`a op b` of two small constants; None when it fails (it must then fail at run time) or grows."""
    for value in (a, b):
        if value.__class__ is list or value.__class__ is dict:
            return None
        if value.__class__ is str and len(value) > _FOLD_LIMIT:
            return None
    if op == "*" and (a.__class__ is str or b.__class__ is str):
        return None
    try:
        return (BINARY[op](a, b, Budget()),)
    except (JqError, BudgetSpent):
        return None
