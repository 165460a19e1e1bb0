"""Which builtins exist: name and arity to a spec. The modules `builtin_*` fill it; nothing is added later."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Literal

import msgspec

from weft.dsl.expr.limits import Budget
from weft.dsl.expr.syntax import Call, Node

Order = Literal["first", "last"]


class Builtin(msgspec.Struct, frozen=True, eq=False):
    """One builtin. Exactly one of the four ways to run is set.

    `value(budget, input, *args)` gives one result per combination of argument results; `stream` gives an iterable of
    results instead. `order` says whose results change slowest: the first argument's or the last one's. `rewrite`
    replaces the call by other syntax at compile time. `form` names a construct with its own compiled forms and takes
    arguments unevaluated; `single` then says whether it gives exactly one result. `plain` promises a result that is
    no larger than the input and holds no nan.
    """

    name: str
    arity: int
    value: Callable[..., Any] | None = None
    stream: Callable[..., Iterable[Any]] | None = None
    rewrite: Callable[[Call], Node] | None = None
    form: str = ""
    single: Callable[[Call], bool] | None = None
    order: Order = "last"
    uses: str = ""
    plain: bool = False


BUILTINS: dict[tuple[str, int], Builtin] = {}

REFUSED = frozenset(
    [
        "import",
        "include",
        "module",
        "modulemeta",
        "get_search_list",
        "get_jq_origin",
        "get_prog_origin",
        "input",
        "inputs",
        "input_filename",
        "input_line_number",
        "env",
        "halt",
        "halt_error",
        "j0",
        "j1",
        "jn",
        "y0",
        "y1",
        "yn",
    ]
)
"""Names that jq has and this language does not: they read files or the environment, or end the process."""


def add_builtin(builtin: Builtin) -> None:
    BUILTINS[builtin.name, builtin.arity] = builtin


def value(
    name: str, arity: int, run: Callable[..., Any], *, order: Order = "last", uses: str = "", plain: bool = False
) -> None:
    """A builtin with one result: `run(budget, input, *args)`."""
    add_builtin(Builtin(name, arity, value=run, order=order, uses=uses, plain=plain))


def stream(name: str, arity: int, run: Callable[..., Iterable[Any]], *, order: Order = "first", uses: str = "") -> None:
    """A builtin with any number of results: `run(budget, input, *args)`."""
    add_builtin(Builtin(name, arity, stream=run, order=order, uses=uses))


def rewrite(name: str, arity: int, run: Callable[[Call], Node]) -> None:
    """A builtin that is short for other syntax."""
    add_builtin(Builtin(name, arity, rewrite=run))


def form(name: str, arity: int, single: Callable[[Call], bool], *, uses: str = "", construct: str = "") -> None:
    """A builtin that takes its arguments unevaluated; `construct` is the name its compiled forms go by."""
    add_builtin(Builtin(name, arity, form=construct or name, single=single, uses=uses))


def check_budget(budget: Budget, count: int) -> None:
    """Charge `count` results or items of a native loop."""
    budget.fuel -= count
    if budget.fuel < 0:
        budget.exhausted()
