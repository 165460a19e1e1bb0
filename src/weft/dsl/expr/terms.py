"""Closures of terms: `.`, literals, variables, keys, slices, texts, arrays, objects."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from weft.dsl.expr.arithmetic import negate
from weft.dsl.expr.code import MANY, ONE, PATHS, Coder, Env, Many, One, Path, Paths, constant_of
from weft.dsl.expr.containers import get_path, index, iterate
from weft.dsl.expr.errors import JqError
from weft.dsl.expr.limits import Budget
from weft.dsl.expr.sealed import Sealed
from weft.dsl.expr.syntax import (
    ArrayNode,
    Identity,
    Index,
    Iterate,
    Literal,
    Neg,
    Node,
    ObjectNode,
    Recurse,
    Slice,
    Var,
)
from weft.dsl.expr.values import excerpt, too_deep, type_error

# --- leaves -------------------------------------------------------------------------------------------------------


def identity_one(coder: Coder, node: Identity) -> One:
    del coder, node
    return lambda v, env: v


def identity_paths(coder: Coder, node: Identity) -> Paths:
    del coder, node
    return lambda path, v, env: ((path, v),)


def literal_one(coder: Coder, node: Literal) -> One:
    del coder
    value = node.value
    return lambda v, env: value


def var_one(coder: Coder, node: Var) -> One:
    del coder
    slot = node.slot
    return lambda v, env: env[slot]


def neg_one(coder: Coder, node: Neg) -> One:
    body = coder.one(node.body)
    return lambda v, env: negate(body(v, env))


def neg_many(coder: Coder, node: Neg) -> Many:
    body = coder.many(node.body)
    return lambda v, env: (negate(value) for value in body(v, env))


# --- keys ---------------------------------------------------------------------------------------------------------


def fixed_chain(node: Node) -> tuple[Node, tuple[Any, ...]]:
    """The term under a chain of fixed keys without `?`, and the keys from the outside in."""
    keys: list[Any] = []
    while isinstance(node, Index) and not node.opt:
        key = constant_of(node.key)
        if key.__class__ is not str and key.__class__ is not int:
            break
        keys.append(key)
        node = node.term
    keys.reverse()
    return node, tuple(keys)


def index_one(coder: Coder, node: Index) -> One:
    base, keys = fixed_chain(node)
    if not keys or coder.generic:
        key, term = coder.one(node.key), coder.one(node.term)

        def run(v: Any, env: Env) -> Any:
            wanted = key(v, env)
            return index(term(v, env), wanted)

        return run
    if all(key.__class__ is str for key in keys):
        if isinstance(base, Identity):
            return _chain_of_input(keys)
        if isinstance(base, Var):
            return _chain_of_variable(base.slot, keys)
    inner = coder.one(base)
    return lambda v, env: get_path(inner(v, env), keys)


def _chain_of_input(keys: tuple[Any, ...]) -> One:
    if len(keys) == 1:
        key = keys[0]

        def run(v: Any, env: Env) -> Any:
            return v.get(key) if v.__class__ is dict else index(v, key)

        return run
    if len(keys) == 2:
        first, second = keys

        def run2(v: Any, env: Env) -> Any:
            if v.__class__ is dict:
                inner = v.get(first)
                if inner.__class__ is dict:
                    return inner.get(second)
            return get_path(v, keys)

        return run2

    def run_all(v: Any, env: Env) -> Any:
        result = v
        try:
            for key in keys:
                result = result[key]
        except (KeyError, TypeError):
            return get_path(v, keys)
        return result

    return run_all


def _chain_of_variable(slot: int, keys: tuple[Any, ...]) -> One:
    def run(v: Any, env: Env) -> Any:
        result = env[slot]
        try:
            for key in keys:
                result = result[key]
        except (KeyError, TypeError):
            return get_path(env[slot], keys)
        return result

    return run


def index_many(coder: Coder, node: Index) -> Many:
    key, term, opt = coder.many(node.key), coder.many(node.term), node.opt

    def run(v: Any, env: Env) -> Iterator[Any]:
        for wanted in key(v, env):
            for value in term(v, env):
                try:
                    result = index(value, wanted)
                except JqError:
                    if opt:
                        continue
                    raise
                yield result

    return run


def index_paths(coder: Coder, node: Index) -> Paths:
    key, term, opt = coder.many(node.key), coder.paths(node.term), node.opt

    def run(path: Path, v: Any, env: Env) -> Iterator[tuple[Path, Any]]:
        for wanted in key(v, env):
            for at, value in term(path, v, env):
                if at is None:
                    text = f"attempt to access element {excerpt(wanted)} of {excerpt(value)}"
                    raise JqError(f"Invalid path expression near {text}")
                try:
                    result = index(value, wanted)
                except JqError:
                    if opt:
                        continue
                    raise
                yield (*at, wanted), result

    return run


def _bounds(coder: Coder, node: Slice) -> tuple[Many, Many]:
    nothing: Many = lambda v, env: (None,)  # noqa: E731
    low = nothing if node.low is None else coder.many(node.low)
    high = nothing if node.high is None else coder.many(node.high)
    return low, high


def slice_one(coder: Coder, node: Slice) -> One:
    low = None if node.low is None else coder.one(node.low)
    high = None if node.high is None else coder.one(node.high)
    term = coder.one(node.term)

    def run(v: Any, env: Env) -> Any:
        start = None if low is None else low(v, env)
        end = None if high is None else high(v, env)
        return index(term(v, env), {"start": start, "end": end})

    return run


def slice_many(coder: Coder, node: Slice) -> Many:
    paths = slice_paths(coder, node, coder.many(node.term))

    def run(v: Any, env: Env) -> Iterator[Any]:
        for _, value in paths((), v, env):
            yield value

    return run


def _at_once(values: Many) -> Paths:
    return lambda path, v, env: ((path, value) for value in values(v, env))


def slice_paths(coder: Coder, node: Slice, values: Many | None = None) -> Paths:
    (low, high), opt = _bounds(coder, node), node.opt
    term = coder.paths(node.term) if values is None else _at_once(values)

    def run(path: Path, v: Any, env: Env) -> Iterator[tuple[Path, Any]]:
        for start in low(v, env):
            for end in high(v, env):
                key = {"start": start, "end": end}
                for at, value in term(path, v, env):
                    if at is None:
                        text = f"attempt to access element {excerpt(key)} of {excerpt(value)}"
                        raise JqError(f"Invalid path expression near {text}")
                    try:
                        result = index(value, key)
                    except JqError:
                        if opt:
                            continue
                        raise
                    yield (*at, key), result

    return run


# --- iteration ----------------------------------------------------------------------------------------------------


def charged_items(value: Any, env: Env) -> Any:
    """The members of a container that is iterated to the end; charges one each."""
    items = iterate(value)
    budget: Budget = env[0]
    budget.fuel -= len(items)
    if budget.fuel < 0:
        budget.exhausted()
    return items


def iterate_many(coder: Coder, node: Iterate) -> Many:
    term, opt = coder.many(node.term), node.opt

    def run(v: Any, env: Env) -> Iterator[Any]:
        budget: Budget = env[0]
        for value in term(v, env):
            try:
                items = iterate(value)
            except JqError:
                if opt:
                    continue
                raise
            for item in items:
                budget.fuel -= 1
                if budget.fuel < 0:
                    budget.exhausted()
                yield item

    return run


def iterate_paths(coder: Coder, node: Iterate) -> Paths:
    term, opt = coder.paths(node.term), node.opt

    def run(path: Path, v: Any, env: Env) -> Iterator[tuple[Path, Any]]:
        budget: Budget = env[0]
        for at, value in term(path, v, env):
            if at is None:
                raise JqError(f"Invalid path expression near attempt to iterate through {excerpt(value)}")
            try:
                iterate(value)
            except JqError:
                if opt:
                    continue
                raise
            for key, item in value.items() if value.__class__ is dict else enumerate(value):
                budget.fuel -= 1
                if budget.fuel < 0:
                    budget.exhausted()
                yield (*at, key), item

    return run


def walk_paths(path: Path, v: Any, budget: Budget) -> Iterator[tuple[Path, Any]]:
    """`..` with paths, parents first; charges one per value. Explicit stack."""
    stack: list[Iterator[tuple[Path, Any]]] = [iter([(path, v)])]
    while stack:
        pair = next(stack[-1], None)
        if pair is None:
            stack.pop()
            continue
        budget.fuel -= 1
        if budget.fuel < 0:
            budget.exhausted()
        yield pair
        at, value = pair
        if value.__class__ is dict:
            stack.append(_below(at, value.items()))
        elif value.__class__ is list:
            stack.append(_below(at, enumerate(value)))
        if len(stack) > budget.limits.value_depth + 1:
            raise too_deep(budget.limits.value_depth)


def _below(path: Path, items: Iterable[tuple[Any, Any]]) -> Iterator[tuple[Path, Any]]:
    for key, item in items:
        yield (None if path is None else (*path, key)), item


def recurse_many(coder: Coder, node: Recurse) -> Many:
    del coder, node

    def run(v: Any, env: Env) -> Iterator[Any]:
        for _, value in walk_paths(None, v, env[0]):
            yield value

    return run


def recurse_paths(coder: Coder, node: Recurse) -> Paths:
    del coder, node
    return lambda path, v, env: walk_paths(path, v, env[0])


# --- containers ---------------------------------------------------------------------------------------------------


def object_key(value: Any) -> str:
    if value.__class__ is not str:
        raise _bad_key(value)
    return value


def _bad_key(value: Any) -> JqError:
    error = type_error(value, "")
    if value.__class__ is Sealed:
        return error
    return JqError(f"Cannot use {error.value.rstrip()} as object key")


def object_one(coder: Coder, node: ObjectNode) -> One:
    keys = [constant_of(key) for key, _ in node.entries]
    values = [coder.one(value) for _, value in node.entries]
    if all(key.__class__ is str for key in keys) and not coder.generic:
        return _fixed_object(keys, values)
    pairs = [(coder.one(key), value) for (key, _), value in zip(node.entries, values, strict=True)]

    def run(v: Any, env: Env) -> Any:
        result: dict[str, Any] = {}
        for key, value in pairs:
            name = key(v, env)
            item = value(v, env)
            result[object_key(name)] = item
        return result

    return run


def _fixed_object(keys: list[str], values: list[One]) -> One:
    if len(keys) == 1:
        (key,), (value,) = keys, values
        return lambda v, env: {key: value(v, env)}
    if len(keys) == 2:
        (key, key2), (value, value2) = keys, values
        return lambda v, env: {key: value(v, env), key2: value2(v, env)}
    if len(keys) == 3:
        (key, key2, key3), (value, value2, value3) = keys, values
        return lambda v, env: {key: value(v, env), key2: value2(v, env), key3: value3(v, env)}
    pairs = list(zip(keys, values, strict=True))
    return lambda v, env: {key: value(v, env) for key, value in pairs}


def object_many(coder: Coder, node: ObjectNode) -> Many:
    pairs = [(coder.many(key), coder.many(value)) for key, value in node.entries]

    def head(position: int, made: dict[str, Any], v: Any, env: Env) -> Iterator[Any]:
        if position == len(pairs):
            yield made
            return
        key, value = pairs[position]
        for name in key(v, env):
            for item in value(v, env):
                yield from head(position + 1, {**made, object_key(name): item}, v, env)

    return lambda v, env: head(0, {}, v, env)


def array_one(coder: Coder, node: ArrayNode) -> One:
    if node.body.single:
        item = coder.one(node.body)
        return lambda v, env: [item(v, env)]
    if not coder.generic and coder.watch is None:
        from weft.dsl.expr.collect import collected

        special = collected(coder, node.body)
        if special is not None:
            return special
    body = coder.many(node.body)
    return lambda v, env: list(body(v, env))


ONE.update(
    {
        Identity: identity_one,
        Literal: literal_one,
        Var: var_one,
        Neg: neg_one,
        Index: index_one,
        Slice: slice_one,
        ObjectNode: object_one,
        ArrayNode: array_one,
    }
)
MANY.update(
    {
        Neg: neg_many,
        Index: index_many,
        Slice: slice_many,
        Iterate: iterate_many,
        Recurse: recurse_many,
        ObjectNode: object_many,
    }
)
PATHS.update(
    {
        Identity: identity_paths,
        Index: index_paths,
        Slice: slice_paths,
        Iterate: iterate_paths,
        Recurse: recurse_paths,
    }
)
