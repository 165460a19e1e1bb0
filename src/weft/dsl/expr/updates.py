"""Closures of assignments: `=`, `|=`, `op=`.

`a = b` sets every path of `a` to each result of `b`, evaluated on `.`. `a |= f` replaces what stands at each path
by the first result of `f` on it, and deletes the path when there is none. `a op= b` is `a |= . op $b` for each
result of `b`, evaluated on `.`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from weft.dsl.expr.arithmetic import BINARY
from weft.dsl.expr.code import MANY, ONE, Coder, Env, Many, One, checked
from weft.dsl.expr.containers import Owner, delete_paths, get_path, index, set_key, set_path
from weft.dsl.expr.syntax import Assign, Identity
from weft.dsl.expr.terms import fixed_chain
from weft.dsl.expr.values import finished

Change = Callable[[Any, Env, Any], Any]
"""`change(value, env, operand) -> value`: the new value at a path."""


def assign_one(coder: Coder, node: Assign) -> One:
    if node.op == "|=":
        return _modify(coder, node)
    operand = coder.one(node.value)
    apply = _applied(coder, node)
    return lambda v, env: apply(v, env, operand(v, env))


def assign_many(coder: Coder, node: Assign) -> Many:
    operands = coder.many(node.value)
    apply = _applied(coder, node)

    def run(v: Any, env: Env) -> Iterator[Any]:
        for operand in operands(v, env):
            yield apply(v, env, operand)

    return run


def _applied(coder: Coder, node: Assign) -> Change:
    """`target op= operand` on a value."""
    if node.op == "=":
        return _set_all(coder, node)
    if node.op == "//=":

        def change(value: Any, env: Env, operand: Any) -> Any:
            return operand if value is None or value is False else value

    else:
        compute = BINARY[node.op[:-1]]

        def change(value: Any, env: Env, operand: Any) -> Any:
            return compute(value, operand, env[0])

    fixed = _fixed_path(coder, node)
    if fixed is not None:
        put = settled(coder, node, change)
        return lambda v, env, operand: change_at(fixed, v, env, operand, put)
    paths = coder.paths(node.target)

    def run(v: Any, env: Env, operand: Any) -> Any:
        owner, result, budget = Owner(), v, env[0]
        for pair in paths((), v, env):
            path = checked(pair)
            old = get_path(result, path)
            owner.share(old)
            result = set_path(result, path, change(old, env, operand), budget, owner)
        return result

    return run


def settled(coder: Coder, node: Assign, change: Change) -> Change:
    """`change`, with its value checked as a result where the update settles the whole expression."""
    if not coder.settles(node):
        return change

    def checked_change(value: Any, env: Env, operand: Any) -> Any:
        new = change(value, env, operand)
        kind = new.__class__
        return finished(new, env[0]) if kind is dict or kind is list or kind is float else new

    return checked_change


def _fixed_path(coder: Coder, node: Assign) -> tuple[Any, ...] | None:
    base, keys = fixed_chain(node.target)
    return keys if isinstance(base, Identity) and keys and not coder.generic else None


def change_at(path: tuple[Any, ...], v: Any, env: Env, operand: Any, change: Change) -> Any:
    """One fixed path: the spine is copied, everything else shared."""
    budget = env[0]
    budget.charge(len(path))
    spine: list[Any] = []
    value = v
    for key in path:
        spine.append(value)
        value = value.get(key) if value.__class__ is dict and key.__class__ is str else index(value, key)
    new = change(value, env, operand)
    return _rebuilt(spine, path, new, budget)


def _rebuilt(spine: list[Any], path: tuple[Any, ...], new: Any, budget: Any) -> Any:
    owner: Owner | None = None
    for position in range(len(path) - 1, -1, -1):
        container, key = spine[position], path[position]
        if container.__class__ is dict and key.__class__ is str:
            if len(container) >= 64:
                budget.members(len(container))
            fields = container.copy()
            fields[key] = new
            new = fields
        else:
            owner = owner or Owner()
            new = set_key(container, key, new, budget, owner)
    return new


def _set_all(coder: Coder, node: Assign) -> Change:
    fixed = _fixed_path(coder, node)
    if fixed is not None:

        def replace(value: Any, env: Env, operand: Any) -> Any:
            return operand

        put = settled(coder, node, replace)
        return lambda v, env, operand: change_at(fixed, v, env, operand, put)
    paths = coder.paths(node.target)

    def run(v: Any, env: Env, operand: Any) -> Any:
        owner, result = Owner(), v
        for pair in paths((), v, env):
            result = set_path(result, checked(pair), operand, env[0], owner)
        return result

    return run


def _modify(coder: Coder, node: Assign) -> One:
    if node.value.single:
        update = coder.one(node.value)

        def change(value: Any, env: Env, operand: Any) -> Any:
            return update(value, env)

        fixed = _fixed_path(coder, node)
        if fixed is not None:
            put = settled(coder, node, change)
            return lambda v, env: change_at(fixed, v, env, None, put)
    updates, paths = coder.many(node.value), coder.paths(node.target)

    def run(v: Any, env: Env) -> Any:
        owner, result, budget = Owner(), v, env[0]
        doomed: list[Any] = []
        for pair in paths((), v, env):
            path = checked(pair)
            old = get_path(result, path)
            owner.share(old)
            for new in updates(old, env):
                result = set_path(result, path, new, budget, owner)
                break
            else:
                doomed.append(list(path))
        return delete_paths(result, doomed, budget) if doomed else result

    return run


ONE[Assign] = assign_one
MANY[Assign] = assign_many
