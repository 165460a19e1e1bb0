"""Builtins that take expressions and keep paths: select, first, limit, until, recurse, getpath, …

Each is written once over pairs (path, value); the value form is the same with no paths.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from weft.dsl.expr.arithmetic import is_number
from weft.dsl.expr.code import FORM_MANY, FORM_ONE, FORM_PATHS, Coder, Env, Many, One, Path, Paths
from weft.dsl.expr.containers import get_path
from weft.dsl.expr.errors import JqError
from weft.dsl.expr.limits import Budget
from weft.dsl.expr.registry import form, rewrite
from weft.dsl.expr.syntax import (
    ArrayNode,
    Assign,
    Binary,
    Bind,
    Call,
    Comma,
    Identity,
    Index,
    Iterate,
    Literal,
    Logic,
    Node,
    Pattern,
    Pipe,
    Recurse,
    Var,
)
from weft.dsl.expr.values import excerpt, order, type_error2

Pairs = Iterable[tuple[Path, Any]]
Kept = Callable[[Coder, Call, Callable[[Node], Paths]], Paths]


def never(node: Call) -> bool:
    return False


def always(node: Call) -> bool:
    return True


def as_pairs(run: Many) -> Paths:
    """A stream form as pairs without paths."""
    return lambda path, v, env: ((None, value) for value in run(v, env))


def keeping(name: str, arity: int, make: Kept, *, uses: str = "") -> None:
    """Register a construct written over pairs."""
    construct = f"{name}/{arity}"

    def many(coder: Coder, node: Call) -> Many:
        paths = make(coder, node, lambda inner: as_pairs(coder.many(inner)))
        return lambda v, env: (value for _, value in paths(None, v, env))

    form(name, arity, never, construct=construct, uses=uses)
    FORM_MANY[construct] = many
    FORM_PATHS[construct] = lambda coder, node: make(coder, node, coder.paths)


def tick(budget: Budget) -> None:
    budget.fuel -= 1
    if budget.fuel < 0:
        budget.exhausted()


# --- select and empty ---------------------------------------------------------------------------------------------


def _select_many(coder: Coder, node: Call) -> Many:
    if node.args[0].single:
        condition = coder.one(node.args[0])

        def single(v: Any, env: Env) -> Iterable[Any]:
            c = condition(v, env)
            return () if c is None or c is False else (v,)

        return single
    conditions = coder.many(node.args[0])
    return lambda v, env: (v for c in conditions(v, env) if c is not None and c is not False)


def _select_paths(coder: Coder, node: Call) -> Paths:
    conditions = coder.many(node.args[0])
    return lambda path, v, env: ((path, v) for c in conditions(v, env) if c is not None and c is not False)


form("select", 1, never)
FORM_MANY["select"] = _select_many
FORM_PATHS["select"] = _select_paths

form("empty", 0, never)
FORM_MANY["empty"] = lambda coder, node: lambda v, env: ()
FORM_PATHS["empty"] = lambda coder, node: lambda path, v, env: ()


# --- first, last, limit, skip, nth --------------------------------------------------------------------------------


def first(coder: Coder, node: Call, sub: Callable[[Node], Paths]) -> Paths:
    body = sub(node.args[0])

    def run(path: Path, v: Any, env: Env) -> Iterator[tuple[Path, Any]]:
        for pair in body(path, v, env):
            yield pair
            return

    return run


def last(coder: Coder, node: Call) -> Many:
    """The last result; it stands at no path, as in jq."""
    body = coder.many(node.args[0])

    def run(v: Any, env: Env) -> Iterator[Any]:
        found: tuple[Any] | None = None
        for value in body(v, env):
            found = (value,)
        yield from found or ()

    return run


def _counted(n: Any, pairs: Callable[[], Pairs], emit: Callable[[Any, Callable[[], Pairs]], Pairs], what: str) -> Pairs:
    side = order(n, 0)
    if side < 0:
        raise JqError(f"{what} doesn't support negative {'indices' if what == 'nth' else 'count'}")
    if is_number(n):
        return emit(n, pairs)
    for _ in pairs():
        raise type_error2(n, 1, "cannot be subtracted")
    return ()


def _taken(n: Any, pairs: Pairs) -> Iterator[tuple[Path, Any]]:
    for pair in pairs:
        yield pair
        n -= 1
        if n <= 0:
            return


def _after(n: Any, pairs: Callable[[], Pairs]) -> Iterator[tuple[Path, Any]]:
    for pair in pairs():
        n -= 1
        if n < 0:
            yield pair


def _limit(n: Any, pairs: Callable[[], Pairs]) -> Pairs:
    return _taken(n, pairs()) if n > 0 else ()


def _nth(n: Any, pairs: Callable[[], Pairs]) -> Pairs:
    return _taken(1, _after(n, pairs))


def _counting(what: str, emit: Callable[[Any, Callable[[], Pairs]], Pairs]) -> Kept:
    def make(coder: Coder, node: Call, sub: Callable[[Node], Paths]) -> Paths:
        counts, body = coder.many(node.args[0]), sub(node.args[1])

        def run(path: Path, v: Any, env: Env) -> Iterator[tuple[Path, Any]]:
            for n in counts(v, env):
                yield from _counted(n, lambda: body(path, v, env), emit, what)

        return run

    return make


keeping("first", 1, first)
form("last", 1, never, construct="last/1")
FORM_MANY["last/1"] = last
keeping("limit", 2, _counting("limit", _limit))
keeping("skip", 2, _counting("skip", _after))
keeping("nth", 2, _counting("nth", _nth))


# --- until, while, repeat, recurse --------------------------------------------------------------------------------


def until(coder: Coder, node: Call, sub: Callable[[Node], Paths]) -> Paths:
    """Apply the second argument until the first holds. Explicit stack."""
    conditions, update = coder.many(node.args[0]), sub(node.args[1])

    def run(path: Path, v: Any, env: Env) -> Iterator[tuple[Path, Any]]:
        budget = env[0]
        stack: list[Iterator[tuple[Path, Any]]] = [iter([(path, v)])]
        while stack:
            pair = next(stack[-1], None)
            if pair is None:
                stack.pop()
                continue
            for c in conditions(pair[1], env):
                tick(budget)
                if c is not None and c is not False:
                    yield pair
                else:
                    stack.append(iter(update(pair[0], pair[1], env)))

    return run


def _until_one(coder: Coder, node: Call) -> One:
    condition, update = coder.one(node.args[0]), coder.one(node.args[1])

    def run(v: Any, env: Env) -> Any:
        budget = env[0]
        while True:
            tick(budget)
            c = condition(v, env)
            if c is not None and c is not False:
                return v
            v = update(v, env)

    return run


def while_(coder: Coder, node: Call, sub: Callable[[Node], Paths]) -> Paths:
    conditions, update = coder.many(node.args[0]), sub(node.args[1])

    def below(pair: tuple[Path, Any], env: Env) -> Pairs:
        return update(pair[0], pair[1], env)

    def holds(pair: tuple[Path, Any], env: Env) -> Iterable[Any]:
        return conditions(pair[1], env)

    return _descending(below, holds)


def repeat(coder: Coder, node: Call, sub: Callable[[Node], Paths]) -> Paths:
    """The results of the argument, over and over."""
    body = sub(node.args[0])

    def run(path: Path, v: Any, env: Env) -> Iterator[tuple[Path, Any]]:
        budget = env[0]
        while True:
            tick(budget)
            yield from body(path, v, env)

    return run


def _descending(
    below: Callable[[tuple[Path, Any], Env], Pairs], holds: Callable[[tuple[Path, Any], Env], Iterable[Any]]
) -> Paths:
    """Values and then, in depth, what `below` makes of each, wherever `holds`. Explicit stack."""

    def run(path: Path, v: Any, env: Env) -> Iterator[tuple[Path, Any]]:
        budget = env[0]
        stack: list[Iterator[tuple[Path, Any]]] = [iter([(path, v)])]
        while stack:
            pair = next(stack[-1], None)
            if pair is None:
                stack.pop()
                continue
            tick(budget)
            for c in holds(pair, env):
                if c is not None and c is not False:
                    yield pair
                    stack.append(iter(below(pair, env)))

    return run


def recurse(coder: Coder, node: Call, sub: Callable[[Node], Paths]) -> Paths:
    body = sub(node.args[0])
    return _descending(lambda pair, env: body(pair[0], pair[1], env), lambda pair, env: (True,))


def recurse_where(coder: Coder, node: Call, sub: Callable[[Node], Paths]) -> Paths:
    body, conditions = sub(node.args[0]), coder.many(node.args[1])

    def below(pair: tuple[Path, Any], env: Env) -> Pairs:
        for at, value in body(pair[0], pair[1], env):
            for c in conditions(value, env):
                if c is not None and c is not False:
                    yield at, value

    return _descending(below, lambda pair, env: (True,))


def _chain_of(coder: Coder, update: Node, condition: Node | None, general: Many) -> Many:
    """`recurse(f)` and `while(c; f)` of single expressions: one value after the other, nothing to come back to."""
    if not update.single or (condition is not None and not condition.single):
        return general
    step, test = coder.one(update), None if condition is None else coder.one(condition)

    def run(v: Any, env: Env) -> Iterator[Any]:
        budget = env[0]
        while True:
            tick(budget)
            if test is not None:
                c = test(v, env)
                if c is None or c is False:
                    return
            yield v
            v = step(v, env)

    return run


keeping("until", 2, until)
keeping("while", 2, while_)
keeping("repeat", 1, repeat)
keeping("recurse", 1, recurse)
keeping("recurse", 2, recurse_where)
_recurse_many, _while_many = FORM_MANY["recurse/1"], FORM_MANY["while/2"]
FORM_MANY["recurse/1"] = lambda coder, node: _chain_of(coder, node.args[0], None, _recurse_many(coder, node))
FORM_MANY["while/2"] = lambda coder, node: _chain_of(coder, node.args[1], node.args[0], _while_many(coder, node))


# --- getpath, debug -----------------------------------------------------------------------------------------------


def getpath(coder: Coder, node: Call, sub: Callable[[Node], Paths]) -> Paths:
    wanted = coder.many(node.args[0])

    def run(path: Path, v: Any, env: Env) -> Iterator[tuple[Path, Any]]:
        for keys in wanted(v, env):
            if keys.__class__ is not list:
                raise JqError("Path must be specified as an array")
            env[0].charge(1 + len(keys))
            result = get_path(v, keys)
            yield (None if path is None else (*path, *keys)), result

    return run


def _getpath_one(coder: Coder, node: Call) -> One:
    wanted = coder.one(node.args[0])

    def run(v: Any, env: Env) -> Any:
        keys = wanted(v, env)
        if keys.__class__ is not list:
            raise JqError("Path must be specified as an array")
        env[0].charge(1 + len(keys))
        return get_path(v, keys)

    return run


def _note(budget: Budget, text: str) -> None:
    if budget.notes is not None and len(budget.notes) < 100:
        budget.notes.append(text)


def _debug(coder: Coder, node: Call, sub: Callable[[Node], Paths]) -> Paths:
    messages = coder.many(node.args[0]) if node.args else None

    def run(path: Path, v: Any, env: Env) -> Iterator[tuple[Path, Any]]:
        for message in (v,) if messages is None else messages(v, env):
            _note(env[0], excerpt(message, 200))
        yield path, v

    return run


keeping("getpath", 1, getpath)
form("getpath", 1, lambda node: node.args[0].single, construct="getpath/1")
FORM_ONE["getpath/1"] = _getpath_one
form("until", 2, lambda node: node.args[0].single and node.args[1].single, construct="until/2")
FORM_ONE["until/2"] = _until_one
keeping("debug", 0, _debug, uses="notes")
keeping("debug", 1, _debug, uses="notes")
keeping("stderr", 0, _debug, uses="notes")


# --- short for other syntax ---------------------------------------------------------------------------------------


def _at(node: Call) -> dict[str, Any]:
    return {"start": node.start, "end": node.end}


def _map(node: Call) -> Node:
    at = _at(node)
    return ArrayNode(Pipe(Iterate(Identity(**at), **at), node.args[0], **at), **at)


def _with_entries(node: Call) -> Node:
    at = _at(node)
    entries = Call("to_entries", [], **at)
    mapped = Call("map", node.args, **at)
    return Pipe(entries, Pipe(mapped, Call("from_entries", [], **at), **at), **at)


def _typed(*names: str) -> Callable[[Call], Node]:
    """`select(type == name or …)`."""

    def make(node: Call) -> Node:
        at = _at(node)
        condition: Node | None = None
        for name in names:
            test = Binary("==", Call("type", [], **at), Literal(name, **at), **at)
            condition = test if condition is None else Logic("or", condition, test, **at)
        return Call("select", [condition or Literal(False)], **at)

    return make


def _selected(op: str, constant: Any) -> Callable[[Call], Node]:
    def make(node: Call) -> Node:
        at = _at(node)
        return Call("select", [Binary(op, Identity(**at), Literal(constant, **at), **at)], **at)

    return make


def _element(position: int) -> Callable[[Call], Node]:
    return lambda node: Index(Identity(**_at(node)), Literal(position, **_at(node)), **_at(node))


def _chosen(name: str) -> Callable[[Call], Node]:
    return lambda node: Call("select", [Call(name, [], **_at(node))], **_at(node))


def _in(node: Call) -> Node:
    at = _at(node)
    return Call("any", [Binary("==", node.args[0], Identity(**at), **at), Identity(**at)], **at)


def _in_stream(node: Call) -> Node:
    at = _at(node)
    return Call("any", [Binary("==", node.args[0], node.args[1], **at), Identity(**at)], **at)


def _table(node: Call) -> Node:
    """`JOIN($idx; …)`: `$idx` is bound under a name that no text can spell."""
    at = _at(node)
    table, key = node.args[0], node.args[1 if len(node.args) == 2 else 2]
    row = ArrayNode(Comma(Identity(**at), Index(Var("*table", **at), key, **at), **at), **at)
    body: Node
    if len(node.args) == 2:
        body = ArrayNode(Pipe(Iterate(Identity(**at), **at), row, **at), **at)
    else:
        body = Pipe(node.args[1], row, **at)
    if len(node.args) == 4:
        body = Pipe(body, node.args[3], **at)
    return Bind(table, [Pattern(name="*table", **at)], body, **at)


def _iterated(name: str, position: int) -> Callable[[Call], Node]:
    """`name(f)` as `name(.[]; f)`; without an argument `name(.[]; .)`."""

    def make(node: Call) -> Node:
        at = _at(node)
        args: list[Node] = [Iterate(Identity(**at), **at)]
        if position:
            args.append(node.args[0] if node.args else Identity(**at))
        return Call(name, args, **at)

    return make


rewrite("map", 1, _map)
rewrite("map_values", 1, lambda node: Assign("|=", Iterate(Identity(**_at(node))), node.args[0], **_at(node)))
rewrite("with_entries", 1, _with_entries)
rewrite("recurse", 0, lambda node: Recurse(**_at(node)))
rewrite("recurse_down", 0, lambda node: Recurse(**_at(node)))
rewrite("first", 0, _element(0))
rewrite("last", 0, _element(-1))
rewrite("nth", 1, lambda node: Index(Identity(**_at(node)), node.args[0], **_at(node)))
rewrite("values", 0, _selected("!=", None))
rewrite("nulls", 0, _selected("==", None))
for _name in ("array", "object", "boolean", "number", "string"):
    rewrite(_name + "s", 0, _typed(_name))
rewrite("iterables", 0, _typed("array", "object"))
rewrite("scalars", 0, _typed("null", "boolean", "number", "string"))
rewrite("normals", 0, _chosen("isnormal"))
rewrite("finites", 0, _chosen("isfinite"))
rewrite("IN", 1, _in)
rewrite("IN", 2, _in_stream)
rewrite("JOIN", 2, _table)
rewrite("JOIN", 3, _table)
rewrite("JOIN", 4, _table)
rewrite("add", 0, _iterated("add", 0))
rewrite("any", 0, _iterated("any", 1))
rewrite("any", 1, _iterated("any", 1))
rewrite("all", 0, _iterated("all", 1))
rewrite("all", 1, _iterated("all", 1))
rewrite("INDEX", 1, _iterated("INDEX", 1))

__all__ = ["always", "as_pairs", "keeping", "never", "tick"]
