"""Closures of texts with interpolations, and of formats on their own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from weft.dsl.expr.code import MANY, ONE, Coder, Env, Many, One
from weft.dsl.expr.formats import format_value
from weft.dsl.expr.limits import Budget
from weft.dsl.expr.sealed import Sealed, join_sealed
from weft.dsl.expr.syntax import Format, Text
from weft.dsl.expr.values import to_json_text


def shown(value: Any, budget: Budget) -> Any:
    """A value as a part of a text: texts and secrets as they are, all else as compact JSON."""
    if value.__class__ is str or value.__class__ is Sealed:
        return value
    return to_json_text(value, budget)


def joined(parts: list[Any], budget: Budget) -> Any:
    """Parts of a text as one; sealed when one of them is."""
    try:
        text = "".join(parts)
    except TypeError:
        return join_sealed(*parts)
    if len(text) >= 64:
        budget.text(len(text))
    return text


def text_one(coder: Coder, node: Text) -> One:
    format = node.format
    runs: list[One | str] = [part if part.__class__ is str else coder.one(part) for part in node.parts]

    def run(v: Any, env: Env) -> Any:
        budget = env[0]
        parts: list[Any] = []
        for part in reversed(runs):
            if part.__class__ is str:
                parts.append(part)
            else:
                value = part(v, env)  # pyright: ignore[reportCallIssue]
                if format == "text":
                    parts.append(value if value.__class__ is str else shown(value, budget))
                else:
                    parts.append(format_value(format, value, budget))
        parts.reverse()
        return joined(parts, budget)

    return run


def text_many(coder: Coder, node: Text) -> Many:
    format = node.format
    runs: list[Many | str] = [part if part.__class__ is str else coder.many(part) for part in node.parts]

    def tail(position: int, after: list[Any], v: Any, env: Env) -> Iterator[Any]:
        if position < 0:
            yield joined(after, env[0])
            return
        part = runs[position]
        if isinstance(part, str):
            yield from tail(position - 1, [part, *after], v, env)
            return
        for value in part(v, env):
            yield from tail(position - 1, [format_value(format, value, env[0]), *after], v, env)

    return lambda v, env: tail(len(runs) - 1, [], v, env)


def format_one(coder: Coder, node: Format) -> One:
    del coder
    name = node.name
    return lambda v, env: format_value(name, v, env[0])


ONE[Text] = text_one
ONE[Format] = format_one
MANY[Text] = text_many
