"""`explain`: a second, instrumented form that shows what each stage of a pipeline did. Never on the hot path.

Per stage at most 3 results are kept, at most 20 runs of a stage inside a loop, values cut at 200 characters, secrets
shown as `<secret name>`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import msgspec

from weft.dsl.expr.code import Env, Many
from weft.dsl.expr.collect import stages_of
from weft.dsl.expr.compilation import compile_expr
from weft.dsl.expr.errors import BreakSignal, BudgetSpent, ExpressionFault, JqError
from weft.dsl.expr.expression import Expr
from weft.dsl.expr.limits import DEFAULT, Budget, Limits
from weft.dsl.expr.names import STATES, Names, Profile
from weft.dsl.expr.program import Tree, coder, read
from weft.dsl.expr.sealed import contains_sealed
from weft.dsl.expr.syntax import ArrayNode, Bind, Call, Def, Identity, Index, Iterate, Node, Pipe, Slice
from weft.dsl.expr.values import bounded_json, finished

KEPT_RESULTS = 3
KEPT_STEPS = 20
CUT = 200


class Step(msgspec.Struct, frozen=True, omit_defaults=True):
    """One stage on one input: `span` in the text, `kind`, what came in and went out, items looped over, fuel."""

    span: tuple[int, int]
    kind: str
    input: Any = msgspec.field(name="in")
    out: list[Any]
    fuel: int
    items: int | None = None


class Trace(msgspec.Struct, frozen=True):
    """What explain answers. `error` is the fault's detail, or null."""

    expression: str
    fuel: int
    results: list[Any]
    steps: list[Step]
    notes: list[str]
    error: str | None


def shown(value: Any) -> Any:
    """A value in a trace: short scalars as they are, else text cut at 200 characters, containers as a summary."""
    if value is None or value.__class__ in (bool, int, float):
        return value
    if value.__class__ is list:
        return f"[…{len(value)}]" if value else "[]"
    if value.__class__ is dict:
        fields = [f"{key}:{_brief(item)}" for key, item in list(value.items())[:8]]
        more = ",…" if len(value) > 8 else ""
        return _cut("{" + ",".join(fields) + more + "}")
    return _cut(value if value.__class__ is str else bounded_json(value, CUT).strip('"'))


def _brief(value: Any) -> str:
    if value.__class__ is list:
        return f"[…{len(value)}]" if value else "[]"
    if value.__class__ is dict:
        return "{…}" if value else "{}"
    return _cut(bounded_json(value, 40), 40)


def _cut(text: str, size: int = CUT) -> str:
    return text if len(text) <= size else text[: size - 1] + "…"


def kind_of(node: Node) -> str:
    """A construct's name for people: `path`, a function's name, else the construct."""
    if isinstance(node, Call):
        return node.name
    if isinstance(node, Index | Slice | Identity):
        return "path"
    if isinstance(node, ArrayNode) and isinstance(node.body, Pipe) and isinstance(node.body.left, Iterate):
        return "map"
    return type(node).__name__.removesuffix("Node").lower()


class _Stage(msgspec.Struct, eq=False):
    node: Node
    run: Many
    cost: int


class _Recorder:
    def __init__(self, tree: Tree, text: str) -> None:
        self.text = text
        self.steps: list[Step] = []
        self.runs: dict[int, int] = {}
        self.made = coder()
        self.tree = tree

    def stages(self, node: Node) -> list[_Stage]:
        found: list[_Stage] = []
        for stage in stages_of(node):
            if isinstance(stage, Def | Bind):
                found.append(_Stage(stage, self.made.many(stage), cost_of(stage)))
                continue
            found.append(_Stage(stage, self.made.many(stage), cost_of(stage)))
        return found

    def through(self, stages: list[_Stage], position: int, v: Any, env: Env) -> Iterator[Any]:
        if position == len(stages):
            yield v
            return
        for result in self.one_stage(stages[position], position, v, env):
            yield from self.through(stages, position + 1, result, env)

    def one_stage(self, stage: _Stage, position: int, v: Any, env: Env) -> Iterator[Any]:
        budget: Budget = env[0]
        count = self.runs.get(position, 0)
        self.runs[position] = count + 1
        out: list[Any] = []
        place = None
        if count < KEPT_STEPS:
            place = len(self.steps)
            self.steps.append(self.step(stage, v, out, stage.cost))
        spent, before = 0, budget.fuel
        failure: Exception | None = None
        try:
            for result in stage.run(v, env):
                spent += before - budget.fuel
                if len(out) < KEPT_RESULTS:
                    out.append(shown(result))
                yield result
                before = budget.fuel
        except (JqError, BudgetSpent) as error:
            failure = error
        spent += before - budget.fuel
        if place is not None:
            self.steps[place] = self.step(stage, v, out, spent)
        if failure is not None:
            raise failure

    def step(self, stage: _Stage, v: Any, out: list[Any], spent: int) -> Step:
        node = stage.node
        items = len(v) if kind_of(node) in _LOOPS and v.__class__ in (list, dict) else None
        return Step((node.start, node.end), kind_of(node), shown(v), out, spent + stage.cost, items)


_LOOPS = frozenset(["map", "sort_by", "group_by", "unique_by", "min_by", "max_by", "add", "iterate", "walk"])


def cost_of(node: Node) -> int:
    """The static cost of one stage: constructs inside it, a chain of keys counting once."""
    total = 0
    stack: list[tuple[Node, bool]] = [(node, False)]
    while stack:
        top, chained = stack.pop()
        is_key = isinstance(top, Index)
        total += 0 if type(top).__name__ in _FREE or (is_key and chained) else 1
        for name in top.__struct_fields__:
            for inner in _nodes(getattr(top, name)):
                stack.append((inner, is_key and name == "term"))
    return total


_FREE = frozenset(["ArrayNode", "Identity", "Literal", "Var", "Pipe", "Def", "Function", "Pattern", "Break"])


def _nodes(value: Any) -> Iterator[Node]:
    if isinstance(value, Node):
        yield value
    elif isinstance(value, list | tuple):
        for item in value:  # pyright: ignore[reportUnknownVariableType]
            yield from _nodes(item)


def explain(
    text: str,
    value: Any,
    vars: Mapping[str, Any],
    *,
    profile: Profile = STATES,
    limits: Limits = DEFAULT,
    now_ms: int = 0,
) -> Trace:
    """Run `text` on `value` and tell what each stage did. Raises ExpressionFault only when it does not compile."""
    sealed = frozenset(name for name, held in vars.items() if contains_sealed(held))
    names = Names(frozenset(vars), sealed)
    compiled = compile_expr(text, names=names, profile=profile)
    expr = compiled.result
    if not isinstance(expr, Expr):
        message = "; ".join(problem.message for problem in compiled.problems)
        raise ExpressionFault(message, "JQ_ERROR", text, 0, text, "")
    tree, _ = read(expr.text, names.names, names.sealed)
    assert tree is not None, "it compiled a moment ago"
    notes: list[str] = []
    budget = Budget(now_ms, limits, notes)
    recorder = _Recorder(tree, expr.text)
    arguments = tuple(vars[name] for name in tree.needs)
    results, problem = _run(recorder, tree, value, (budget, *arguments), limits)
    fault = None if problem is None else _detail(expr, value, arguments, now_ms, limits, problem)
    return Trace(expr.text, limits.fuel - budget.fuel, results, recorder.steps, notes, fault)


def _run(
    recorder: _Recorder, tree: Tree, value: Any, env: Env, limits: Limits
) -> tuple[list[Any], BaseException | None]:
    results: list[Any] = []
    budget: Budget = env[0]
    try:
        budget.open(tree.cost)
        stages = recorder.stages(tree.node)
        for result in recorder.through(stages, 0, value, env):
            results.append(shown_result(finished(result, budget)))
            if len(results) > limits.results:
                raise BudgetSpent(f"expression has more than {limits.results} results")
    except (JqError, BudgetSpent, RecursionError, BreakSignal) as error:
        return results, error
    return results, None


def shown_result(value: Any) -> Any:
    """A result in a trace: itself when it is small and holds no secret, else cut."""
    text = bounded_json(value, CUT)
    return value if len(text) <= CUT and not contains_sealed(value) else _cut(text)


def _detail(
    expr: Expr, value: Any, arguments: tuple[Any, ...], now_ms: int, limits: Limits, problem: BaseException
) -> str:
    runner: Callable[..., Any] = expr.all
    try:
        runner(value, arguments, Budget(now_ms, limits))
    except ExpressionFault as fault:
        return fault.detail()
    return str(problem)
