"""Compiled expressions: immutable, shared between runs and threads, holding no data of a run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Literal, NoReturn

import msgspec

from weft.dsl.expr.code import checked
from weft.dsl.expr.containers import Owner, set_path
from weft.dsl.expr.errors import BreakSignal, BudgetSpent, ExpressionFault, JqError
from weft.dsl.expr.fixed_paths import path_evaluator
from weft.dsl.expr.limits import Budget
from weft.dsl.expr.locate import failing_span
from weft.dsl.expr.program import Tree, coder
from weft.dsl.expr.sealed import Sealed
from weft.dsl.expr.syntax import Assign, Call, Identity, Index, Iterate, Node, Pipe, Slice
from weft.dsl.expr.syntax import Literal as LiteralNode
from weft.dsl.expr.terms import fixed_chain
from weft.dsl.expr.values import bounded_json, finished, to_json_text

ALL: Literal["*"] = "*"
Vars = tuple[Any, ...]
Evaluate = Callable[[Any, Vars, Budget], Any]


class Info(msgspec.Struct, frozen=True):
    """What is known before it runs: `single` exactly one result, `needs` the variables in slot order, `keys` the
    top-level keys of the input that it reads (ALL when it reads the input as a whole), `uses` of `now`, `secrets`,
    `regex`, `dates`, `notes` (`debug`, `stderr`), and the static `cost` in fuel."""

    single: bool
    constant: bool
    needs: tuple[str, ...]
    keys: frozenset[str] | Literal["*"]
    uses: frozenset[str]
    cost: int


class Expr:
    """One compiled expression. `vars` is always a tuple in the order of `info.needs`.

    `one(value, vars, budget)` gives the first result, or null when there is none; what comes later is never
    computed. All methods raise ExpressionFault.
    """

    __slots__ = (
        "_many",
        "_one",
        "_plain",
        "_set_paths",
        "_tree",
        "false_on_error",
        "info",
        "one",
        "path",
        "path_of",
        "text",
    )

    def __init__(self, text: str, tree: Tree, *, false_on_error: bool = False, generic: bool = False) -> None:
        self.text = text
        node = tree.node
        self.info = Info(
            single=node.single,
            constant=isinstance(node, LiteralNode),
            needs=tree.needs,
            keys=ALL if tree.keys is None else tree.keys,
            uses=tree.uses,
            cost=tree.cost,
        )
        self._tree = tree
        self.false_on_error = false_on_error
        self.path = _is_path(node)
        self.path_of = _fixed_path(node)
        settled = () if generic else settling(node)
        made = coder(generic=generic, settled=settled)
        self._plain = tree.plain or bool(settled)
        self._many = made.many(node)
        self._set_paths = made.paths(node) if self.path else None
        self._one = made.one(node) if node.single else None
        self.one: Evaluate = self._evaluator()

    def __repr__(self) -> str:
        return f"Expr({self.text!r})"

    # --- how it runs --------------------------------------------------------------------------------------------

    def _evaluator(self) -> Evaluate:
        keys = self.path_of
        if keys and all(key.__class__ is str for key in keys):
            return path_evaluator(keys, self._fail)
        if self._one is None:
            return self._first
        plain = self._plain
        cost = self.info.cost
        run = self._one
        fail = self._fail

        def one(value: Any, vars: Vars, budget: Budget) -> Any:
            left = budget.left
            start = budget.cap
            if left < start:
                start = left
            budget.fuel = start - cost
            try:
                if start < cost:
                    budget.exhausted()
                result = run(value, (budget, *vars))
                if not plain:
                    kind = result.__class__
                    if kind is dict or kind is list or kind is float:
                        result = finished(result, budget)
            except (JqError, BudgetSpent, RecursionError) as error:
                budget.close(start)
                budget.depth = 0
                fail(error, value, vars, budget)
            used = start - budget.fuel
            budget.spent = used
            budget.left = left - used
            return result

        return one

    def _first(self, value: Any, vars: Vars, budget: Budget) -> Any:
        for result in self._results(value, vars, budget):
            return result
        return None

    def _results(self, value: Any, vars: Vars, budget: Budget) -> Iterator[Any]:
        """Results one by one, each finished; the budget is settled when the iterator ends or is dropped."""
        start = 0
        try:
            start = budget.open(self.info.cost)
            for result in self._many(value, (budget, *vars)):
                yield finished(result, budget)
        except (JqError, BudgetSpent, RecursionError, BreakSignal) as error:
            self._fail(error, value, vars, budget)
        finally:
            if start:
                budget.close(start)

    def _fail(self, error: BaseException, value: Any, vars: Vars, budget: Budget) -> NoReturn:
        raise fault_of(error, self.text, self._tree, value, vars, budget) from None

    # --- what callers use ---------------------------------------------------------------------------------------

    def all(self, value: Any, vars: Vars, budget: Budget) -> list[Any]:
        """Every result; at most 100,000."""
        results: list[Any] = []
        limit = budget.limits.results
        for result in self._results(value, vars, budget):
            results.append(result)
            if len(results) > limit:
                self._fail(BudgetSpent(f"expression has more than {limit} results"), value, vars, budget)
        return results

    def test(self, value: Any, vars: Vars, budget: Budget) -> bool:
        """Truthiness of the first result; none is false. Where a failing condition is false, so is its failure."""
        try:
            result = self.one(value, vars, budget)
        except ExpressionFault as fault:
            if self.false_on_error and fault.code == "JQ_ERROR":
                return False
            raise
        return result is not None and result is not False

    def collect(self, value: Any, vars: Vars, budget: Budget) -> Any:
        """For fields that need an array: the result of a single expression, else the array of all results."""
        return self.one(value, vars, budget) if self.info.single else self.all(value, vars, budget)

    def get(self, value: Any, vars: Vars, budget: Budget) -> Any:
        """The value at the path of a path expression: the same as `one`."""
        return self.one(value, vars, budget)

    def set_path(self, value: Any, vars: Vars, new: Any, budget: Budget) -> Any:
        """`value` with `new` at every path of this path expression; ValueError when it is none."""
        paths = self._set_paths
        if paths is None:
            raise ValueError("not a path expression")
        start = 0
        try:
            start = budget.open(self.info.cost)
            owner, result = Owner(), value
            for pair in paths((), value, (budget, *vars)):
                result = set_path(result, checked(pair), new, budget, owner)
            return finished(result, budget)
        except (JqError, BudgetSpent, RecursionError) as error:
            self._fail(error, value, vars, budget)
        finally:
            if start:
                budget.close(start)


def _is_path(node: Node) -> bool:
    """Whether a tree only names places: `.`, keys, slices, `[]`, pipes of these, getpath."""
    if isinstance(node, Identity):
        return True
    if isinstance(node, Index | Slice | Iterate):
        return _is_path(node.term)
    if isinstance(node, Pipe):
        return _is_path(node.left) and _is_path(node.right)
    return isinstance(node, Call) and node.name == "getpath"


def settling(node: Node) -> tuple[Node, ...]:
    """The updates of a pipeline of updates at fixed paths of the input, else nothing.

    What such a pipeline puts in is checked as it is put in, so that the whole input need not be walked again.
    """
    if isinstance(node, Pipe):
        left, right = settling(node.left), settling(node.right)
        return left + right if left and right else ()
    if not isinstance(node, Assign) or not node.single:
        return ()
    if node.op == "|=" and not node.value.single:
        return ()
    return (node,) if _fixed_path(node.target) else ()


def _fixed_path(node: Node) -> tuple[Any, ...] | None:
    if isinstance(node, Pipe):
        left, right = _fixed_path(node.left), _fixed_path(node.right)
        return None if left is None or right is None else left + right
    base, keys = fixed_chain(node)
    return keys if isinstance(base, Identity) else None


def fault_of(error: BaseException, text: str, tree: Tree, value: Any, vars: Vars, budget: Budget) -> ExpressionFault:
    """An error inside an evaluation as the fault that leaves the package."""
    start, end = failing_span(tree, value, vars, budget, spent=isinstance(error, BudgetSpent))
    if isinstance(error, BudgetSpent):
        code, message = "BUDGET", error.text
    elif isinstance(error, JqError):
        code, message = "JQ_ERROR", message_of(error.value)
    else:
        code, message = "BUDGET", "expression has calls nested too deeply"
    excerpt = bounded_json(value, 1024)[:1024]
    return ExpressionFault(message, code, text, start, text[start:end], excerpt)  # pyright: ignore[reportArgumentType]


def message_of(value: Any) -> str:
    """An error's value as text: a text as it is, all else as compact JSON, secrets masked, cut at 4 KiB."""
    if value.__class__ is str:
        return value[:4096]
    if value.__class__ is Sealed:
        return to_json_text(value, mask=True)
    return bounded_json(value, 4096)[:4096]
