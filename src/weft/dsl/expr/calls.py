"""Closures of calls: the user's functions, closure parameters, and builtins that take values."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from weft.dsl.expr.code import (
    FORM_MANY,
    FORM_ONE,
    FORM_PATHS,
    MANY,
    ONE,
    PATHS,
    Coder,
    Env,
    Many,
    One,
    Path,
    Paths,
    computed,
)
from weft.dsl.expr.limits import Budget
from weft.dsl.expr.registry import Builtin
from weft.dsl.expr.syntax import Call, Function, Node


class Code:
    """The compiled forms of a function's body or an argument, made when first needed: recursion needs the detour."""

    __slots__ = ("_many", "_one", "_paths", "coder", "node")

    def __init__(self, coder: Coder, node: Node) -> None:
        self.coder = coder
        self.node = node
        self._one: One | None = None
        self._many: Many | None = None
        self._paths: Paths | None = None

    def one(self) -> One:
        if self._one is None:
            self._one = self.coder.one(self.node)
        return self._one

    def many(self) -> Many:
        if self._many is None:
            self._many = self.coder.many(self.node)
        return self._many

    def paths(self) -> Paths:
        if self._paths is None:
            self._paths = self.coder.paths(self.node)
        return self._paths


def _code(coder: Coder, function: Function) -> Code:
    if function.code is None or function.code.coder is not coder:
        function.code = Code(coder, function.body)
    return function.code


def _enter(budget: Budget, cost: int) -> None:
    budget.fuel -= cost
    if budget.fuel < 0:
        budget.exhausted()
    budget.enter()


class _Frames:
    """The environments that a call of a user's function makes, one per combination of its value arguments."""

    __slots__ = ("args", "depth", "values")

    def __init__(self, coder: Coder, node: Call) -> None:
        function: Function = node.target
        self.depth = function.depth
        self.args = [Code(coder, arg) for arg in node.args]
        self.values = [name.startswith("$") for name in function.params]

    def single(self, v: Any, env: Env) -> Env:
        """The only environment, when every value argument is single."""
        made: list[Any] = list(env[: self.depth])
        for arg, is_value in zip(self.args, self.values, strict=True):
            if is_value:
                made.append(arg.one()(v, env))
            made.append((arg, env))
        return tuple(made)

    def each(self, v: Any, env: Env) -> Iterator[Env]:
        """All environments, the first value argument changing slowest."""
        yield from self._from(0, env[: self.depth], v, env)

    def _from(self, position: int, made: Env, v: Any, env: Env) -> Iterator[Env]:
        if position == len(self.args):
            yield made
        elif not self.values[position]:
            yield from self._from(position + 1, (*made, (self.args[position], env)), v, env)
        else:
            arg = self.args[position]
            for value in arg.many()(v, env):
                yield from self._from(position + 1, (*made, value, (arg, env)), v, env)


def call_one(coder: Coder, node: Call) -> One:
    if isinstance(node.target, Builtin):
        return _builtin_one(coder, node)
    code, cost = _code(coder, node.target), node.target.cost
    frames = _Frames(coder, node)

    def run(v: Any, env: Env) -> Any:
        budget = env[0]
        inner = frames.single(v, env)
        _enter(budget, cost)
        try:
            return code.one()(v, inner)
        finally:
            budget.depth -= 1

    return run


def call_many(coder: Coder, node: Call) -> Many:
    if isinstance(node.target, Builtin):
        return _builtin_many(coder, node)
    if not isinstance(node.target, Function):
        return _parameter_many(node)
    code, cost, frames = _code(coder, node.target), node.target.cost, _Frames(coder, node)

    def run(v: Any, env: Env) -> Iterator[Any]:
        budget = env[0]
        for inner in frames.each(v, env):
            _enter(budget, cost)
            try:
                yield from code.many()(v, inner)
            finally:
                budget.depth -= 1

    return run


def call_paths(coder: Coder, node: Call) -> Paths:
    if isinstance(node.target, Builtin):
        form = FORM_PATHS.get(node.target.form)
        return computed(coder.many(node)) if form is None else form(coder, node)
    if not isinstance(node.target, Function):
        return _parameter_paths(node)
    code, cost, frames = _code(coder, node.target), node.target.cost, _Frames(coder, node)

    def run(path: Path, v: Any, env: Env) -> Iterator[tuple[Path, Any]]:
        budget = env[0]
        for inner in frames.each(v, env):
            _enter(budget, cost)
            try:
                yield from code.paths()(path, v, inner)
            finally:
                budget.depth -= 1

    return run


def _parameter_many(node: Call) -> Many:
    slot = node.slot

    def run(v: Any, env: Env) -> Iterator[Any]:
        budget = env[0]
        code, outer = env[slot]
        _enter(budget, 1)
        try:
            yield from code.many()(v, outer)
        finally:
            budget.depth -= 1

    return run


def _parameter_paths(node: Call) -> Paths:
    slot = node.slot

    def run(path: Path, v: Any, env: Env) -> Iterator[tuple[Path, Any]]:
        budget = env[0]
        code, outer = env[slot]
        _enter(budget, 1)
        try:
            yield from code.paths()(path, v, outer)
        finally:
            budget.depth -= 1

    return run


# --- builtins -----------------------------------------------------------------------------------------------------


def _builtin_one(coder: Coder, node: Call) -> One:
    spec: Builtin = node.target
    if spec.form:
        return FORM_ONE[spec.form](coder, node)
    compute = spec.value
    assert compute is not None, spec.name
    args = [coder.one(arg) for arg in node.args]
    if not args:
        return lambda v, env: compute(env[0], v)
    if len(args) == 1:
        (arg,) = args
        return lambda v, env: compute(env[0], v, arg(v, env))
    return lambda v, env: compute(env[0], v, *[arg(v, env) for arg in args])


def combinations_of(args: list[Many], order: str, v: Any, env: Env) -> Iterator[tuple[Any, ...]]:
    """Every combination of argument results; `order` says which argument changes slowest."""
    if len(args) == 1:
        for value in args[0](v, env):
            yield (value,)
        return
    if order == "last":
        for value in args[-1](v, env):
            for rest in combinations_of(args[:-1], order, v, env):
                yield (*rest, value)
        return
    for value in args[0](v, env):
        for rest in combinations_of(args[1:], order, v, env):
            yield (value, *rest)


def _builtin_many(coder: Coder, node: Call) -> Many:
    spec: Builtin = node.target
    if spec.form:
        return FORM_MANY[spec.form](coder, node)
    args = [coder.many(arg) for arg in node.args]
    order = spec.order
    compute = spec.value
    if compute is not None:

        def values(v: Any, env: Env) -> Iterator[Any]:
            for combination in combinations_of(args, order, v, env):
                yield compute(env[0], v, *combination)

        return values
    stream = spec.stream
    assert stream is not None, spec.name
    if not args:
        return lambda v, env: stream(env[0], v)

    def run(v: Any, env: Env) -> Iterator[Any]:
        for combination in combinations_of(args, order, v, env):
            yield from stream(env[0], v, *combination)

    return run


ONE[Call] = call_one
MANY[Call] = call_many
PATHS[Call] = call_paths

__all__ = ["Code", "combinations_of"]
