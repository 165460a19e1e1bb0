"""Closures of destructuring: from a value to environments that hold what the patterns bind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from weft.dsl.expr.code import Coder, Env, Many
from weft.dsl.expr.containers import index
from weft.dsl.expr.syntax import Pattern

Binder = Callable[[Any, Env], Iterator[Env]]
Step = Callable[[Any, Env, list[Any]], Iterator[None]]


def is_simple(patterns: list[Pattern]) -> bool:
    """One pattern that is a single variable."""
    return len(patterns) == 1 and patterns[0].name is not None


def binders(coder: Coder, patterns: list[Pattern], names: list[str]) -> list[Binder]:
    """One binder per alternative. A binder extends the environment by one slot per name, null where unbound."""
    slots = {name: position for position, name in enumerate(names)}
    return [_binder(_step(coder, pattern, slots), len(names)) for pattern in patterns]


def _binder(step: Step, count: int) -> Binder:
    def bind(value: Any, env: Env) -> Iterator[Env]:
        found: list[Any] = [None] * count
        for _ in step(value, env, found):
            yield (*env, *found)

    return bind


def _step(coder: Coder, pattern: Pattern, slots: dict[str, int]) -> Step:
    if pattern.name is not None:
        slot = slots[pattern.name]

        def store(value: Any, env: Env, found: list[Any]) -> Iterator[None]:
            found[slot] = value
            yield

        return store
    if pattern.items is not None:
        return _items_step([_step(coder, item, slots) for item in pattern.items])
    fields: list[tuple[Many, int | None, Step | None]] = []
    for key, bound, inner in pattern.fields or []:
        below = None if inner is None else _step(coder, inner, slots)
        fields.append((coder.many(key), None if bound is None else slots[bound], below))
    return _fields_step(fields)


def _items_step(items: list[Step]) -> Step:
    def step(position: int, value: Any, env: Env, found: list[Any]) -> Iterator[None]:
        if position < 0:
            yield
            return
        for _ in items[position](index(value, position), env, found):
            yield from step(position - 1, value, env, found)

    return lambda value, env, found: step(len(items) - 1, value, env, found)


def _fields_step(fields: list[tuple[Many, int | None, Step | None]]) -> Step:
    def step(position: int, value: Any, env: Env, found: list[Any]) -> Iterator[None]:
        if position == len(fields):
            yield
            return
        keys, slot, inner = fields[position]
        for key in keys(value, (*env, *found)):
            item = index(value, key)
            if slot is not None:
                found[slot] = item
            if inner is None:
                yield from step(position + 1, value, env, found)
                continue
            for _ in inner(item, env, found):
                yield from step(position + 1, value, env, found)

    return lambda value, env, found: step(0, value, env, found)
