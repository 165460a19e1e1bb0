"""Closures of bindings, loops, labels and the user's functions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from weft.dsl.expr.code import MANY, ONE, PATHS, Coder, Env, Many, One, Path, Paths, kept
from weft.dsl.expr.destructure import binders, is_simple
from weft.dsl.expr.errors import BreakSignal, JqError
from weft.dsl.expr.limits import Budget
from weft.dsl.expr.syntax import Bind, Break, Def, Foreach, Iterate, Label, Reduce
from weft.dsl.expr.terms import charged_items

# --- as -----------------------------------------------------------------------------------------------------------


def bind_one(coder: Coder, node: Bind) -> One:
    source, body = coder.one(node.source), coder.one(node.body)
    if is_simple(node.patterns):
        return lambda v, env: body(v, (*env, source(v, env)))
    run = _bound(coder, node, coder.many(node.body))

    def first(v: Any, env: Env) -> Any:
        for result in run(v, env):
            return result
        return None

    return first


def bind_many(coder: Coder, node: Bind) -> Many:
    return _bound(coder, node, coder.many(node.body))


def _bound(coder: Coder, node: Bind, body: Many) -> Many:
    source = coder.many(node.source)
    if is_simple(node.patterns):

        def simple(v: Any, env: Env) -> Iterator[Any]:
            for value in source(v, env):
                yield from body(v, (*env, value))

        return simple
    alternatives = binders(coder, node.patterns, node.names)

    def run(v: Any, env: Env) -> Iterator[Any]:
        for value in source(v, env):
            yield from _attempts(alternatives, value, env, lambda inner: body(v, inner))

    return run


def _attempts(alternatives: list[Any], value: Any, env: Env, body: Callable[[Env], Any]) -> Iterator[Any]:
    """Results of the body for the first alternative that does not fail; an error moves on to the next one."""
    last = len(alternatives) - 1
    for position, binder in enumerate(alternatives):
        try:
            for inner in binder(value, env):
                yield from body(inner)
            return
        except JqError:
            if position == last:
                raise


def bind_paths(coder: Coder, node: Bind) -> Paths:
    source, body = coder.many(node.source), coder.paths(node.body)
    alternatives = binders(coder, node.patterns, node.names)

    def run(path: Path, v: Any, env: Env) -> Iterator[tuple[Path, Any]]:
        for value in source(v, env):
            yield from _attempts(alternatives, value, env, lambda inner: body(path, v, inner))

    return run


# --- reduce and foreach -------------------------------------------------------------------------------------------


def _loop_envs(coder: Coder, node: Reduce | Foreach) -> Many:
    """Environments of the loop body, one per item; charges one each."""
    source = coder.many(node.source)
    if is_simple(node.patterns):

        def simple(v: Any, env: Env) -> Iterator[Env]:
            budget: Budget = env[0]
            for value in source(v, env):
                budget.fuel -= 1
                if budget.fuel < 0:
                    budget.exhausted()
                yield (*env, value)

        return simple
    alternatives = binders(coder, node.patterns, node.names)

    def run(v: Any, env: Env) -> Iterator[Env]:
        for value in source(v, env):
            env[0].charge(1)
            yield from _attempts(alternatives, value, env, lambda inner: (inner,))

    return run


def _last(update: Many) -> One:
    """The last result of an update, null when there is none."""

    def run(v: Any, env: Env) -> Any:
        result = None
        for value in update(v, env):
            result = value
        return result

    return run


def _folding(coder: Coder, node: Reduce) -> Callable[[Any, Any, Env], Any]:
    update = coder.one(node.update) if node.update.single else _last(coder.many(node.update))
    if isinstance(node.source, Iterate) and not node.source.opt and node.source.term.single and not coder.generic:
        items_of = coder.one(node.source.term)
        if is_simple(node.patterns):

            def direct(state: Any, v: Any, env: Env) -> Any:
                items = charged_items(items_of(v, env), env)
                env[0].charge(len(items))
                for item in items:
                    state = update(state, (*env, item))
                return state

            return direct
    envs = _loop_envs(coder, node)

    def fold(state: Any, v: Any, env: Env) -> Any:
        for inner in envs(v, env):
            state = update(state, inner)
        return state

    return fold


def reduce_one(coder: Coder, node: Reduce) -> One:
    init, fold = coder.one(node.init), _folding(coder, node)
    return lambda v, env: fold(init(v, env), v, env)


def reduce_many(coder: Coder, node: Reduce) -> Many:
    init, fold = coder.many(node.init), _folding(coder, node)
    return lambda v, env: (fold(state, v, env) for state in init(v, env))


def reduce_paths(coder: Coder, node: Reduce) -> Paths:
    """A reduction has a path only when its result is the very value it began with."""
    init, update, envs = coder.paths(node.init), coder.paths(node.update), _loop_envs(coder, node)

    def run(path: Path, v: Any, env: Env) -> Iterator[tuple[Path, Any]]:
        for at, first in init(path, v, env):
            state = first
            for inner in envs(v, env):
                begin, before = kept(at, first, state)
                state = None
                for _, result in update(begin, before, inner):
                    state = result
            yield kept(at, first, state)

    return run


def foreach_many(coder: Coder, node: Foreach) -> Many:
    init, update, extract = coder.many(node.init), coder.many(node.update), coder.many(node.extract)
    envs = _loop_envs(coder, node)

    def run(v: Any, env: Env) -> Iterator[Any]:
        for state in init(v, env):
            for inner in envs(v, env):
                before, state = state, None
                for state in update(before, inner):
                    yield from extract(state, inner)

    return run


def foreach_paths(coder: Coder, node: Foreach) -> Paths:
    init, update, extract = coder.paths(node.init), coder.paths(node.update), coder.paths(node.extract)
    envs = _loop_envs(coder, node)

    def run(path: Path, v: Any, env: Env) -> Iterator[tuple[Path, Any]]:
        for at, first in init(path, v, env):
            state = first
            for inner in envs(v, env):
                begin, _ = kept(at, first, state)
                before, state = state, None
                for there, state in update(begin, before, inner):
                    yield from extract(there, state, inner)

    return run


# --- label and break ----------------------------------------------------------------------------------------------


def label_many(coder: Coder, node: Label) -> Many:
    body = coder.many(node.body)

    def run(v: Any, env: Env) -> Iterator[Any]:
        mark = object()
        try:
            yield from body(v, (*env, mark))
        except BreakSignal as signal:
            if signal.mark is not mark:
                raise

    return run


def label_paths(coder: Coder, node: Label) -> Paths:
    body = coder.paths(node.body)

    def run(path: Path, v: Any, env: Env) -> Iterator[tuple[Path, Any]]:
        mark = object()
        try:
            yield from body(path, v, (*env, mark))
        except BreakSignal as signal:
            if signal.mark is not mark:
                raise

    return run


def break_one(coder: Coder, node: Break) -> One:
    del coder
    slot = node.slot

    def run(v: Any, env: Env) -> Any:
        raise BreakSignal(env[slot])

    return run


# --- definitions --------------------------------------------------------------------------------------------------


def def_one(coder: Coder, node: Def) -> One:
    return coder.one(node.body)


def def_many(coder: Coder, node: Def) -> Many:
    return coder.many(node.body)


def def_paths(coder: Coder, node: Def) -> Paths:
    return coder.paths(node.body)


ONE.update({Bind: bind_one, Reduce: reduce_one, Break: break_one, Def: def_one})
MANY.update({Bind: bind_many, Reduce: reduce_many, Foreach: foreach_many, Label: label_many, Def: def_many})
PATHS.update(
    {
        Bind: bind_paths,
        Reduce: reduce_paths,
        Foreach: foreach_paths,
        Label: label_paths,
        Def: def_paths,
    }
)
