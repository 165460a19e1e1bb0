"""Arrays that are collected from a pipeline over one container: `[.items[] | select(.n > 1) | .sku]`.

The loop runs here, over a list, instead of through nested generators. A pipeline it can run is: a single source,
`[]`, and then single stages and `select`s of single conditions.
"""

from __future__ import annotations

from typing import Any

from weft.dsl.expr.code import Coder, Env, One
from weft.dsl.expr.operators import compared_with
from weft.dsl.expr.registry import Builtin
from weft.dsl.expr.syntax import Binary, Call, Identity, Index, Iterate, Literal, Node, Pipe
from weft.dsl.expr.terms import charged_items, fixed_chain


def stages_of(node: Node) -> list[Node]:
    """The stages of a pipeline, in order."""
    if isinstance(node, Pipe):
        return stages_of(node.left) + stages_of(node.right)
    return [node]


def collected(coder: Coder, body: Node) -> One | None:
    """`[body]` as a loop of its own; None when the body is of another shape."""
    first, *rest = stages_of(body)
    before: list[Node] = []
    while first.single and rest:
        before.append(first)
        first, *rest = rest
    if not isinstance(first, Iterate) or first.opt or not first.term.single:
        return None
    steps: list[tuple[bool, Node]] = []
    for stage in rest:
        chosen = _selection(stage)
        if chosen is not None and chosen.single:
            steps.append((True, chosen))
        elif stage.single:
            steps.append((False, stage))
        else:
            return None
    source = _source(coder, before, first.term)
    return _loop(coder, source, steps)


def _selection(node: Node) -> Node | None:
    """The condition of `select(condition)`."""
    if isinstance(node, Call) and isinstance(node.target, Builtin) and node.target.form == "select":
        return node.args[0]
    return None


def _source(coder: Coder, before: list[Node], term: Node) -> One:
    runs = [coder.one(stage) for stage in before]
    last = coder.one(term)
    if not runs:
        return last

    def run(v: Any, env: Env) -> Any:
        for stage in runs:
            v = stage(v, env)
        return last(v, env)

    return run


def _loop(coder: Coder, source: One, steps: list[tuple[bool, Node]]) -> One:
    if not steps:
        return lambda v, env: list(charged_items(source(v, env), env))
    runs = [(is_condition, coder.one(node)) for is_condition, node in steps]
    shape = [is_condition for is_condition, _ in steps]
    if shape == [False]:
        return _mapped(source, steps[0][1], runs[0][1])
    if shape == [True, False]:
        return _chosen_mapped(source, steps, runs)
    if shape == [True]:
        condition = runs[0][1]

        def chosen(v: Any, env: Env) -> Any:
            items = charged_items(source(v, env), env)
            return [item for item in items if (c := condition(item, env)) is not None and c is not False]

        return chosen
    return _general(source, runs)


def _general(source: One, runs: list[tuple[bool, One]]) -> One:
    def run(v: Any, env: Env) -> Any:
        result: list[Any] = []
        for item in charged_items(source(v, env), env):
            for is_condition, stage in runs:
                value = stage(item, env)
                if not is_condition:
                    item = value
                elif value is None or value is False:
                    break
            else:
                result.append(item)
        return result

    return run


def _key_of(node: Node) -> str | None:
    """The key of `.key`."""
    base, keys = fixed_chain(node)
    if isinstance(node, Index) and isinstance(base, Identity) and len(keys) == 1 and keys[0].__class__ is str:
        return keys[0]
    return None


def _mapped(source: One, node: Node, stage: One) -> One:
    key = _key_of(node)
    if key is None:
        return lambda v, env: [stage(item, env) for item in charged_items(source(v, env), env)]

    def run(v: Any, env: Env) -> Any:
        items = charged_items(source(v, env), env)
        try:
            return [item[key] for item in items]
        except (KeyError, TypeError):
            return [stage(item, env) for item in items]

    return run


def _chosen_mapped(source: One, steps: list[tuple[bool, Node]], runs: list[tuple[bool, One]]) -> One:
    condition, stage = runs[0][1], runs[1][1]

    def plain(items: Any, env: Env) -> Any:
        return [stage(item, env) for item in items if (c := condition(item, env)) is not None and c is not False]

    test = steps[0][1]
    out = _key_of(steps[1][1])
    fast = _fast_test(test)
    if out is None or fast is None:
        return lambda v, env: plain(charged_items(source(v, env), env), env)
    key, kinds, compare = fast

    def run(v: Any, env: Env) -> Any:
        items = charged_items(source(v, env), env)
        try:
            values = [item[key] for item in items]
            if kinds.issuperset(map(type, values)):
                return [item[out] for item, value in zip(items, values, strict=True) if compare(value)]
        except (KeyError, TypeError):
            pass
        return plain(items, env)

    return run


def _fast_test(node: Node) -> tuple[str, frozenset[type], Any] | None:
    """`.key op constant` as (key, classes for which Python's comparison is jq's, the comparison with the constant)."""
    if not isinstance(node, Binary) or not isinstance(node.right, Literal):
        return None
    key, constant = _key_of(node.left), node.right.value
    if key is None or compared_with(node.op, constant) is None:
        return None
    # `constant < value` is the bound form of `value > constant`; a nan among floats would sort wrongly below.
    method = {"==": "__eq__", "!=": "__ne__", "<": "__gt__", "<=": "__ge__", ">": "__lt__", ">=": "__le__"}[node.op]
    if constant.__class__ is str:
        return key, frozenset([str]), getattr(constant, method)
    if constant.__class__ is int:
        return key, frozenset([int]), getattr(constant, method)
    return None
