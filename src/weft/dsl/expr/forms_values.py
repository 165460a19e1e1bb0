"""Builtins that take expressions and compute values: path, del, pick, add, any, all, sort_by, walk, INDEX, …"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from weft.dsl.expr.arithmetic import add
from weft.dsl.expr.builtin_arrays import extreme, groups, sorted_by
from weft.dsl.expr.builtin_core import contains
from weft.dsl.expr.code import FORM_MANY, FORM_ONE, Coder, Env, Many, One, checked
from weft.dsl.expr.containers import Owner, delete_paths, get_path, has_key, index, iterate, set_path
from weft.dsl.expr.formats import format_value
from weft.dsl.expr.forms import always, never, tick
from weft.dsl.expr.registry import form, value
from weft.dsl.expr.syntax import Call, Node
from weft.dsl.expr.terms import charged_items, object_key, walk_paths
from weft.dsl.expr.values import order, too_deep, type_error2

# --- paths --------------------------------------------------------------------------------------------------------


def _path_many(coder: Coder, node: Call) -> Many:
    paths = coder.paths(node.args[0])
    return lambda v, env: (list(checked(pair)) for pair in paths((), v, env))


def _paths_where(coder: Coder, node: Call) -> Many:
    conditions = coder.many(node.args[0])

    def run(v: Any, env: Env) -> Iterator[Any]:
        for path, item in walk_paths((), v, env[0]):
            for c in conditions(item, env):
                if path and c is not None and c is not False:
                    yield list(path)

    return run


def _del_one(coder: Coder, node: Call) -> One:
    paths = coder.paths(node.args[0])
    return lambda v, env: delete_paths(v, [list(checked(pair)) for pair in paths((), v, env)], env[0])


def _pick_one(coder: Coder, node: Call) -> One:
    paths = coder.paths(node.args[0])

    def run(v: Any, env: Env) -> Any:
        owner, result = Owner(), None
        for pair in paths((), v, env):
            path = checked(pair)
            result = set_path(result, path, get_path(v, path), env[0], owner)
            owner.share(result)
        return result

    return run


# --- folds --------------------------------------------------------------------------------------------------------


def _add_one(coder: Coder, node: Call) -> One:
    items = coder.many(node.args[0])

    def run(v: Any, env: Env) -> Any:
        budget = env[0]
        total: Any = None
        mine = False
        for item in items(v, env):
            tick(budget)
            if mine and item.__class__ is list:
                budget.members(len(total) + len(item))
                total.extend(item)
                continue
            mine = total.__class__ is list and item.__class__ is list
            total = add(total, item, budget)
        return total

    return run


def _quantified(wanted: bool) -> Callable[[Coder, Call], One]:
    """`any` (wanted is true) and `all`: stops at the first condition that settles it."""

    def make(coder: Coder, node: Call) -> One:
        items, conditions = coder.many(node.args[0]), coder.many(node.args[1])

        def run(v: Any, env: Env) -> bool:
            for item in items(v, env):
                for c in conditions(item, env):
                    if (c is not None and c is not False) is wanted:
                        return wanted
            return not wanted

        return run

    return make


def _isempty_one(coder: Coder, node: Call) -> One:
    items = coder.many(node.args[0])

    def run(v: Any, env: Env) -> bool:
        for _ in items(v, env):
            return False
        return True

    return run


# --- sorting ------------------------------------------------------------------------------------------------------


def _keys(coder: Coder, node: Node) -> One:
    """One key per member: the result of a single expression, else the array of results; one comparison either way."""
    if node.single:
        one = coder.one(node)
        return lambda v, env: [one(item, env) for item in charged_items(v, env)]
    many = coder.many(node)
    return lambda v, env: [list(many(item, env)) for item in charged_items(v, env)]


def _by(finish: Callable[[Any, list[Any], Any], Any], problem: str) -> Callable[[Coder, Call], One]:
    def make(coder: Coder, node: Call) -> One:
        keys, single = _keys(coder, node.args[0]), node.args[0].single

        def run(v: Any, env: Env) -> Any:
            made = keys(v, env)
            if v.__class__ is not list:
                raise type_error2(v, [[key] for key in made] if single else made, problem)
            return finish(v, made, env[0])

        return run

    return make


def _sorted(v: Any, keys: list[Any], budget: Any) -> list[Any]:
    return [v[i] for i in sorted_by(v, keys, budget)]


def _unique(v: Any, keys: list[Any], budget: Any) -> list[Any]:
    return [group[0] for group in groups(v, keys, budget)]


_UNSORTABLE = "cannot be sorted, as they are not both arrays"
_NOT_ITERABLE = "cannot be iterated over"


# --- walk ---------------------------------------------------------------------------------------------------------


def _walk_many(coder: Coder, node: Call) -> Many:
    update = coder.many(node.args[0])

    def walk(v: Any, env: Env, depth: int) -> Iterator[Any]:
        if v.__class__ is dict or v.__class__ is list:
            v = rebuilt(v, env, depth)
        yield from update(v, env)

    def rebuilt(v: Any, env: Env, depth: int) -> Any:
        budget = env[0]
        if depth >= budget.limits.value_depth:
            raise too_deep(budget.limits.value_depth)
        budget.charge(len(v))
        if v.__class__ is list:
            return [new for item in v for new in walk(item, env, depth + 1)]
        fields: dict[str, Any] = {}
        for key, item in v.items():
            for new in walk(item, env, depth + 1):
                fields[key] = new
                break
        return fields

    return lambda v, env: walk(v, env, 0)


def _walk_one(coder: Coder, node: Call) -> One:
    update = coder.one(node.args[0])

    def walk(v: Any, env: Env, depth: int) -> Any:
        if v.__class__ is dict or v.__class__ is list:
            budget = env[0]
            if depth >= budget.limits.value_depth:
                raise too_deep(budget.limits.value_depth)
            budget.charge(len(v))
            if v.__class__ is list:
                v = [walk(item, env, depth + 1) for item in v]
            else:
                v = {key: walk(item, env, depth + 1) for key, item in v.items()}
        return update(v, env)

    return lambda v, env: walk(v, env, 0)


# --- tables and streams -------------------------------------------------------------------------------------------


def _index_one(coder: Coder, node: Call) -> One:
    rows, names = coder.many(node.args[0]), coder.many(node.args[1])

    def run(v: Any, env: Env) -> Any:
        table: dict[str, Any] = {}
        for row in rows(v, env):
            for name in names(row, env):
                tick(env[0])
                table[object_key(format_value("text", name, env[0]))] = row
        env[0].members(len(table))
        return table

    return run


def _fromstream_many(coder: Coder, node: Call) -> Many:
    events = coder.many(node.args[0])

    def run(v: Any, env: Env) -> Iterator[Any]:
        owner, made = Owner(), None
        for event in events(v, env):
            tick(env[0])
            path = index(event, 0)
            depth = len(path) if path.__class__ is list else 0
            if len(iterate(event)) == 2:
                made = set_path(made, path, event[1], env[0], owner)
                done = depth == 0
            else:
                done = depth == 1
            if done:
                yield made
                owner, made = Owner(), None

    return run


def _truncated(stream: Many, v: Any, n: Any, env: Env) -> Iterator[Any]:
    for event in stream(v, env):
        tick(env[0])
        path = index(event, 0)
        if order(len(path or ()), n) > 0:
            yield set_path(event, (0,), index(path, {"start": n, "end": None}), env[0])


def _truncate_many(coder: Coder, node: Call) -> Many:
    """`truncate_stream(s)` with the depth as input; `truncate_stream(depth; s)` as in older versions."""
    stream = coder.many(node.args[-1])
    if len(node.args) == 1:
        return lambda v, env: _truncated(stream, None, v, env)
    depths = coder.many(node.args[0])
    return lambda v, env: (event for n in depths(v, env) for event in _truncated(stream, v, n, env))


def _register_one(name: str, arity: int, make: Callable[[Coder, Call], One]) -> None:
    construct = f"{name}/{arity}"
    form(name, arity, always, construct=construct)
    FORM_ONE[construct] = make


def _register_many(name: str, arity: int, make: Callable[[Coder, Call], Many]) -> None:
    construct = f"{name}/{arity}"
    form(name, arity, never, construct=construct)
    FORM_MANY[construct] = make


_register_many("path", 1, _path_many)
_register_many("paths", 1, _paths_where)
_register_one("del", 1, _del_one)
_register_one("pick", 1, _pick_one)
_register_one("add", 1, _add_one)
_register_one("any", 2, _quantified(True))
_register_one("all", 2, _quantified(False))
_register_one("isempty", 1, _isempty_one)
_register_one("sort_by", 1, _by(_sorted, _UNSORTABLE))
_register_one("group_by", 1, _by(groups, _UNSORTABLE))
_register_one("unique_by", 1, _by(_unique, _UNSORTABLE))
_register_one("min_by", 1, _by(lambda v, keys, budget: extreme(v, keys, budget, True), _NOT_ITERABLE))
_register_one("max_by", 1, _by(lambda v, keys, budget: extreme(v, keys, budget, False), _NOT_ITERABLE))
_register_one("INDEX", 2, _index_one)
_register_many("fromstream", 1, _fromstream_many)
_register_many("truncate_stream", 1, _truncate_many)
_register_many("truncate_stream", 2, _truncate_many)
form("walk", 1, lambda node: node.args[0].single, construct="walk/1")
FORM_ONE["walk/1"] = _walk_one
FORM_MANY["walk/1"] = _walk_many
value("in", 1, lambda budget, v, where: has_key(where, v), plain=True)
value("inside", 1, lambda budget, v, other: contains(budget, other, v), plain=True)
value("toarray", 0, lambda budget, v: v if v.__class__ is list else [v])
