"""Closures of operators: `|`, `,`, `//`, arithmetic, comparison, `and`, `or`, `if`, `try`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from weft.dsl.expr.arithmetic import BINARY, add, exact
from weft.dsl.expr.code import MANY, ONE, PATHS, Coder, Env, Many, One, Path, Paths, constant_of
from weft.dsl.expr.containers import get_path
from weft.dsl.expr.errors import JqError
from weft.dsl.expr.limits import Budget
from weft.dsl.expr.syntax import Alternative, Binary, Comma, Identity, If, Literal, Logic, Node, Pipe, Try
from weft.dsl.expr.terms import fixed_chain
from weft.dsl.expr.values import equals, order

# --- pipes and commas ---------------------------------------------------------------------------------------------


def pipe_one(coder: Coder, node: Pipe) -> One:
    left, right = coder.one(node.left), coder.one(node.right)
    return lambda v, env: right(left(v, env), env)


def pipe_many(coder: Coder, node: Pipe) -> Many:
    if node.left.single:
        first, rest = coder.one(node.left), coder.many(node.right)
        return lambda v, env: rest(first(v, env), env)
    left = coder.many(node.left)
    if node.right.single:
        last = coder.one(node.right)

        def each(v: Any, env: Env) -> Iterator[Any]:
            for value in left(v, env):
                yield last(value, env)

        return each
    right = coder.many(node.right)

    def run(v: Any, env: Env) -> Iterator[Any]:
        for value in left(v, env):
            yield from right(value, env)

    return run


def pipe_paths(coder: Coder, node: Pipe) -> Paths:
    left, right = coder.paths(node.left), coder.paths(node.right)

    def run(path: Path, v: Any, env: Env) -> Iterator[tuple[Path, Any]]:
        for at, value in left(path, v, env):
            yield from right(at, value, env)

    return run


def branches(node: Node) -> list[Node]:
    """The parts of `a, b, c`, in order."""
    found: list[Node] = []
    while isinstance(node, Comma):
        found.append(node.right)
        node = node.left
    found.append(node)
    found.reverse()
    return found


def comma_many(coder: Coder, node: Comma) -> Many:
    parts = [coder.many(part) for part in branches(node)]

    def run(v: Any, env: Env) -> Iterator[Any]:
        budget: Budget = env[0]
        for part in parts:
            budget.fuel -= 1
            if budget.fuel < 0:
                budget.exhausted()
            yield from part(v, env)

    return run


def comma_paths(coder: Coder, node: Comma) -> Paths:
    parts = [coder.paths(part) for part in branches(node)]

    def run(path: Path, v: Any, env: Env) -> Iterator[tuple[Path, Any]]:
        budget: Budget = env[0]
        for part in parts:
            budget.charge(1)
            yield from part(path, v, env)

    return run


def alternative_one(coder: Coder, node: Alternative) -> One:
    left = coder.one(node.left)
    if isinstance(node.right, Literal) and not coder.generic:
        constant = node.right.value

        def fixed(v: Any, env: Env) -> Any:
            value = left(v, env)
            return constant if value is None or value is False else value

        return fixed
    right = coder.one(node.right)

    def run(v: Any, env: Env) -> Any:
        value = left(v, env)
        return right(v, env) if value is None or value is False else value

    return run


def alternative_many(coder: Coder, node: Alternative) -> Many:
    left, right = coder.many(node.left), coder.many(node.right)

    def run(v: Any, env: Env) -> Iterator[Any]:
        found = False
        for value in left(v, env):
            if value is not None and value is not False:
                found = True
                yield value
        if not found:
            yield from right(v, env)

    return run


def alternative_paths(coder: Coder, node: Alternative) -> Paths:
    left, right = coder.paths(node.left), coder.paths(node.right)

    def run(path: Path, v: Any, env: Env) -> Iterator[tuple[Path, Any]]:
        found = False
        for pair in left(path, v, env):
            if pair[1] is not None and pair[1] is not False:
                found = True
                yield pair
        if not found:
            yield from right(path, v, env)

    return run


# --- arithmetic and comparison ------------------------------------------------------------------------------------


_COMPARE: dict[str, Callable[[Any, Any, Budget], bool]] = {
    "==": lambda a, b, budget: equals(a, b, budget),
    "!=": lambda a, b, budget: not equals(a, b, budget),
    "<": lambda a, b, budget: order(a, b, budget) < 0,
    "<=": lambda a, b, budget: order(a, b, budget) <= 0,
    ">": lambda a, b, budget: order(a, b, budget) > 0,
    ">=": lambda a, b, budget: order(a, b, budget) >= 0,
}


def binary_one(coder: Coder, node: Binary) -> One:
    if node.op in BINARY:
        return _arithmetic(coder, node)
    left = coder.one(node.left)
    constant = constant_of(node.right)
    if constant is not Literal and not coder.generic:
        special = compared_with(node.op, constant)
        if special is not None:
            direct = _key_is_text(node.left, constant) if node.op == "==" else None
            return direct or _key_compared(node.left, special) or (lambda v, env: special(left(v, env), env))
    right, compare = coder.one(node.right), _COMPARE[node.op]

    def run(v: Any, env: Env) -> Any:
        b = right(v, env)
        return compare(left(v, env), b, env[0])

    return run


def _arithmetic(coder: Coder, node: Binary) -> One:
    left, right, compute = coder.one(node.left), coder.one(node.right), BINARY[node.op]
    if node.op == "+":

        def plus(v: Any, env: Env) -> Any:
            b = right(v, env)
            a = left(v, env)
            if a.__class__ is int and b.__class__ is int:
                return exact(a + b)
            return add(a, b, env[0])

        return plus

    def run(v: Any, env: Env) -> Any:
        b = right(v, env)
        return compute(left(v, env), b, env[0])

    return run


def _key_compared(node: Node, special: One) -> One | None:
    """`.a op constant`, `.a.b op constant`, … without a call for the path; None for other left sides."""
    base, keys = fixed_chain(node)
    if not isinstance(base, Identity) or not keys or any(key.__class__ is not str for key in keys):
        return None
    if len(keys) == 1:
        key = keys[0]
        return lambda v, env: special(v.get(key) if v.__class__ is dict else get_path(v, keys), env)
    if len(keys) == 3:
        first, second, third = keys

        def run3(v: Any, env: Env) -> Any:
            try:
                value = v[first][second][third]
            except (KeyError, TypeError):
                value = get_path(v, keys)
            return special(value, env)

        return run3

    def run(v: Any, env: Env) -> Any:
        value = v
        for key in keys:
            if value.__class__ is not dict:
                return special(get_path(v, keys), env)
            value = value.get(key)
        return special(value, env)

    return run


def _key_is_text(node: Node, constant: Any) -> One | None:
    """`.a == "text"`, the condition that definitions use most."""
    base, keys = fixed_chain(node)
    if (
        not isinstance(base, Identity)
        or len(keys) != 1
        or keys[0].__class__ is not str
        or constant.__class__ is not str
    ):
        return None
    key = keys[0]

    def run(v: Any, env: Env) -> bool:
        a = v.get(key) if v.__class__ is dict else get_path(v, keys)
        return a == constant if a.__class__ is str else equals(a, constant)

    return run


def compared_with(op: str, constant: Any) -> One | None:
    """`f(value, env)` that compares with a constant number or text; None where nothing is gained."""
    if constant.__class__ is str and op in ("==", "!="):
        return _same_text(constant, op == "==")
    if (constant.__class__ is int or constant.__class__ is float) and constant == constant:
        return _NUMBERS[op](constant)
    return None


def _same_text(constant: str, wanted: bool) -> One:
    def run(a: Any, env: Env) -> bool:
        if a.__class__ is str:
            return (a == constant) is wanted
        return equals(a, constant) is wanted

    return run


def _greater(constant: float) -> One:
    def run(a: Any, env: Env) -> bool:
        if a.__class__ is int or a.__class__ is float:
            return a > constant
        return order(a, constant) > 0

    return run


def _greater_equal(constant: float) -> One:
    def run(a: Any, env: Env) -> bool:
        if a.__class__ is int or a.__class__ is float:
            return a >= constant
        return order(a, constant) >= 0

    return run


def _less(constant: float) -> One:
    def run(a: Any, env: Env) -> bool:
        if a.__class__ is int:
            return a < constant
        return order(a, constant) < 0

    return run


def _less_equal(constant: float) -> One:
    def run(a: Any, env: Env) -> bool:
        if a.__class__ is int:
            return a <= constant
        return order(a, constant) <= 0

    return run


def _equal_number(constant: float) -> One:
    def run(a: Any, env: Env) -> bool:
        if a.__class__ is int or a.__class__ is float:
            return a == constant
        return equals(a, constant)

    return run


def _other_number(constant: float) -> One:
    same = _equal_number(constant)
    return lambda a, env: not same(a, env)


_NUMBERS: dict[str, Callable[[float], One]] = {
    "==": _equal_number,
    "!=": _other_number,
    "<": _less,
    "<=": _less_equal,
    ">": _greater,
    ">=": _greater_equal,
}


def binary_many(coder: Coder, node: Binary) -> Many:
    left, right = coder.many(node.left), coder.many(node.right)
    compute: Callable[[Any, Any, Budget], Any] = BINARY.get(node.op) or _COMPARE[node.op]

    def run(v: Any, env: Env) -> Iterator[Any]:
        budget = env[0]
        for b in right(v, env):
            for a in left(v, env):
                yield compute(a, b, budget)

    return run


def logic_one(coder: Coder, node: Logic) -> One:
    left, right = coder.one(node.left), coder.one(node.right)
    if node.op == "and":

        def both(v: Any, env: Env) -> bool:
            a = left(v, env)
            if a is None or a is False:
                return False
            b = right(v, env)
            return b is not None and b is not False

        return both

    def either(v: Any, env: Env) -> bool:
        a = left(v, env)
        if a is not None and a is not False:
            return True
        b = right(v, env)
        return b is not None and b is not False

    return either


def logic_many(coder: Coder, node: Logic) -> Many:
    left, right = coder.many(node.left), coder.many(node.right)
    stop = node.op == "or"

    def run(v: Any, env: Env) -> Iterator[Any]:
        for a in left(v, env):
            if (a is not None and a is not False) is stop:
                yield stop
                continue
            for b in right(v, env):
                yield b is not None and b is not False

    return run


# --- if and try ---------------------------------------------------------------------------------------------------


def if_one(coder: Coder, node: If) -> One:
    condition, then, other = coder.one(node.condition), coder.one(node.then), coder.one(node.other)

    def run(v: Any, env: Env) -> Any:
        c = condition(v, env)
        return other(v, env) if c is None or c is False else then(v, env)

    return run


def if_many(coder: Coder, node: If) -> Many:
    condition, then, other = coder.many(node.condition), coder.many(node.then), coder.many(node.other)

    def run(v: Any, env: Env) -> Iterator[Any]:
        for c in condition(v, env):
            yield from (other if c is None or c is False else then)(v, env)

    return run


def if_paths(coder: Coder, node: If) -> Paths:
    condition, then, other = coder.many(node.condition), coder.paths(node.then), coder.paths(node.other)

    def run(path: Path, v: Any, env: Env) -> Iterator[tuple[Path, Any]]:
        for c in condition(v, env):
            yield from (other if c is None or c is False else then)(path, v, env)

    return run


def try_one(coder: Coder, node: Try) -> One:
    body = coder.one(node.body)
    handler = coder.one(node.handler) if node.handler is not None else body

    def run(v: Any, env: Env) -> Any:
        try:
            return body(v, env)
        except JqError as error:
            caught = error.value
        return handler(caught, env)

    return run


def try_many(coder: Coder, node: Try) -> Many:
    body = coder.many(node.body)
    handler = None if node.handler is None else coder.many(node.handler)

    def run(v: Any, env: Env) -> Iterator[Any]:
        try:
            results = iter(body(v, env))
        except JqError as error:
            results, caught = iter(()), error
        else:
            caught = None
        while caught is None:
            try:
                result = next(results)
            except StopIteration:
                return
            except JqError as error:
                caught = error
                break
            yield result
        if handler is not None:
            yield from handler(caught.value, env)

    return run


def try_paths(coder: Coder, node: Try) -> Paths:
    body = coder.paths(node.body)
    handler = None if node.handler is None else coder.paths(node.handler)

    def run(path: Path, v: Any, env: Env) -> Iterator[tuple[Path, Any]]:
        caught: JqError | None = None
        results: Any = None
        while caught is None:
            try:
                if results is None:
                    results = iter(body(path, v, env))
                pair = next(results)
            except StopIteration:
                return
            except JqError as error:
                caught = error
                break
            yield pair
        if handler is not None:
            yield from handler(None, caught.value, env)

    return run


ONE.update(
    {Pipe: pipe_one, Alternative: alternative_one, Binary: binary_one, Logic: logic_one, If: if_one, Try: try_one}
)
MANY.update(
    {
        Pipe: pipe_many,
        Comma: comma_many,
        Alternative: alternative_many,
        Binary: binary_many,
        Logic: logic_many,
        If: if_many,
        Try: try_many,
    }
)
PATHS.update({Pipe: pipe_paths, Comma: comma_paths, Alternative: alternative_paths, If: if_paths, Try: try_paths})
