"""A text through the stages: tokens, tree, names, closures. The one place that knows all builtins."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import msgspec

from weft.dsl.expr import (
    builtin_arrays,
    builtin_core,
    builtin_dates,
    builtin_math,
    builtin_regex,
    builtin_strings,
    calls,
    control,
    forms,
    forms_values,
    operators,
    terms,
    texts,
    updates,
)
from weft.dsl.expr.code import Coder
from weft.dsl.expr.lexer import SyntaxProblem
from weft.dsl.expr.limits import MAX_TEXT
from weft.dsl.expr.parser import parse
from weft.dsl.expr.regex import RegexError, compile_pattern
from weft.dsl.expr.registry import Builtin
from weft.dsl.expr.resolver import NameProblem, Resolver, Scope
from weft.dsl.expr.syntax import Call, Literal, Node

PARTS = (
    builtin_arrays,
    builtin_core,
    builtin_dates,
    builtin_math,
    builtin_regex,
    builtin_strings,
    calls,
    control,
    forms,
    forms_values,
    operators,
    terms,
    texts,
    updates,
)
"""Importing one of these registers its closures or builtins."""

RECURSION = 8_000
"""Python frames an evaluation may nest: well inside what an 8 MiB thread stack holds."""

if sys.getrecursionlimit() < RECURSION:
    sys.setrecursionlimit(RECURSION)


class Tree(msgspec.Struct, frozen=True, eq=False):
    """A resolved tree and what is known of it."""

    node: Node
    needs: tuple[str, ...]
    cost: int
    uses: frozenset[str]
    keys: frozenset[str] | None
    plain: bool
    loops: bool


def variables_in(text: str, names: Sequence[str]) -> tuple[str, ...]:
    """Those of `names` that the text mentions, sorted."""
    return tuple(sorted(name for name in names if "$" + name in text))


def read(text: str, names: frozenset[str], sealed: frozenset[str]) -> tuple[Tree | None, list[NameProblem]]:
    """The resolved tree of a text, or its problems. Never raises."""
    if len(text) > MAX_TEXT:
        return None, [NameProblem("expression-syntax", 0, f"expression is longer than {MAX_TEXT} characters")]
    try:
        return _resolved(parse(text), text, names, sealed)
    except SyntaxProblem as problem:
        return None, [NameProblem("expression-syntax", problem.offset, problem.message)]
    except RecursionError:
        return None, [NameProblem("expression-syntax", 0, "expression is nested too deeply")]


def _resolved(
    node: Node, text: str, names: frozenset[str], sealed: frozenset[str]
) -> tuple[Tree | None, list[NameProblem]]:
    needs = variables_in(text, sorted(names))
    resolver = ProgramResolver(sealed)
    known = {name: position + 1 for position, name in enumerate(needs)}
    others = {name: -1 for name in names if name not in known}
    scope = Scope({**others, **known}, {}, len(needs) + 1)
    node = resolver.visit(node, scope, True)
    if resolver.problems:
        return None, resolver.problems
    keys = None if resolver.all_keys else frozenset(resolver.keys)
    uses = frozenset(resolver.uses)
    return Tree(node, needs, resolver.cost, uses, keys, resolver.plain, resolver.loops), []


class ProgramResolver(Resolver):
    """Adds what needs the regular expression engines: constant patterns are checked when they are saved."""

    def _builtin(self, node: Call, scope: Scope, root: bool) -> Node:
        result = super()._builtin(node, scope, root)
        if isinstance(result, Call) and isinstance(result.target, Builtin) and result.target.uses == "regex":
            self.check_pattern(result)
        return result

    def check_pattern(self, node: Call) -> None:
        pattern = node.args[0]
        if not isinstance(pattern, Literal) or pattern.value.__class__ is not str:
            return
        last = node.args[-1]
        flags = last.value if len(node.args) > 1 and isinstance(last, Literal) else ""
        if flags.__class__ is not str or not set(flags) <= set("gixspnl"):
            flags = ""
        try:
            compile_pattern(pattern.value, flags)
        except RegexError as error:
            self.problems.append(NameProblem("expression-regex", pattern.start, str(error)))


def coder(*, generic: bool = False, watch: Any = None, settled: tuple[Node, ...] = ()) -> Coder:
    return Coder(generic=generic, watch=watch, settled=settled)
