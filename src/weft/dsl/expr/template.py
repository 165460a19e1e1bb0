"""Data of a definition whose texts may hold expressions: `"Hello ${ .name }"`.

A text that is one `${ e }` gives the typed result; one with literals and parts gives a text; any other is literal
(in loose mode it is tried as an expression). Objects and arrays are walked, keys are never evaluated. Only texts of
the document are ever scanned: a `${` inside data stays text.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from weft.dsl.expr.compilation import Compiled, NotFound, failing, made_expr, may_wait, problem_of, referred
from weft.dsl.expr.errors import ExpressionFault
from weft.dsl.expr.expression import Expr, Vars
from weft.dsl.expr.lexer import SyntaxProblem, closing_brace
from weft.dsl.expr.limits import Budget
from weft.dsl.expr.names import NO_NAMES, STATES, Names, Profile
from weft.dsl.expr.program import Tree, read
from weft.dsl.expr.resolver import NameProblem
from weft.dsl.expr.sealed import Sealed
from weft.dsl.expr.texts import joined
from weft.dsl.expr.values import to_json_text
from weft.dsl.problems import Problem, error, pointer_of, warning

Render = Callable[[Any, tuple[Vars, ...], Budget], Any]
_BARE = re.compile(r"\s*(?:\.[A-Za-z_][A-Za-z_0-9]*|\.\[|\$[A-Za-z_][A-Za-z_0-9]*\.)[\w.\[\]\"' -]*\s*")
MAX_DEPTH = 200


class Template:
    """Compiled data. `render(value, vars, budget)` gives the value; `vars` is a tuple in the order of `needs`.

    `constant` says that there is nothing to evaluate: `text`, the document's value, is then the result itself.
    """

    __slots__ = ("_picks", "_render", "constant", "exprs", "needs", "text")

    def __init__(self, source: Any, render: Render | None, exprs: list[Expr]) -> None:
        self.text = source
        self.constant = render is None
        self._render = render
        self.exprs = tuple(exprs)
        self.needs: tuple[str, ...] = tuple(sorted({name for expr in exprs for name in expr.info.needs}))
        slots = {name: position for position, name in enumerate(self.needs)}
        self._picks = tuple(tuple(slots[name] for name in expr.info.needs) for expr in exprs)

    def render(self, value: Any, vars: Vars, budget: Budget) -> Any:
        """The data with every expression evaluated on `value`. Raises ExpressionFault."""
        if self._render is None:
            return self.text
        if not vars:
            return self._render(value, ((),) * len(self._picks), budget)
        chosen = tuple(tuple(vars[slot] for slot in picks) for picks in self._picks)
        return self._render(value, chosen, budget)


def compile_data(value: Any, *, names: Names = NO_NAMES, where: str = "", profile: Profile = STATES) -> Compiled:
    """JSON data as `Compiled(Template | None, problems)`. Never raises; `where` is the pointer of the data."""
    builder = _Builder(names, profile)
    render = builder.data(value, where, 0)
    failed = any(problem.severity == "error" for problem in builder.problems)
    result = None if failed else Template(value, render, builder.exprs)
    return Compiled(result, builder.problems)


class _Builder:
    """Walks data; `exprs` are numbered in the order they are met."""

    def __init__(self, names: Names, profile: Profile) -> None:
        self.names = names
        self.profile = profile
        self.problems: list[Problem] = []
        self.exprs: list[Expr] = []

    def data(self, value: Any, where: str, depth: int) -> Render | None:
        """How to render `value`; None when it is constant."""
        if value.__class__ is str:
            return self.text(value, where)
        if value.__class__ is not dict and value.__class__ is not list:
            return None
        if depth >= MAX_DEPTH:
            self.problems.append(
                error("semantics", "expression-syntax", where, f"data is nested deeper than {MAX_DEPTH} levels")
            )
            return None
        if value.__class__ is dict:
            fields = [
                (key, item, self.data(item, where + pointer_of(str(key)), depth + 1)) for key, item in value.items()
            ]
            return _object(fields) if any(run is not None for _, _, run in fields) else None
        items = [(item, self.data(item, where + pointer_of(at), depth + 1)) for at, item in enumerate(value)]
        return _array(items) if any(run is not None for _, run in items) else None

    # --- texts --------------------------------------------------------------------------------------------------

    def text(self, text: str, where: str) -> Render | None:
        if "${" not in text:
            return self.plain(text, where)
        try:
            parts = split_text(text)
        except SyntaxProblem as problem:
            expr = self.refused([NameProblem("expression-syntax", problem.offset, problem.message)], text, where)
            return None if expr is None else self.typed(expr)
        exprs = [part for part in parts if part[0]]
        if len(exprs) == 1 and all(is_expr or not part.strip() for is_expr, part in parts):
            return self.whole(exprs[0][1], where)
        return self.mixed(parts, where)

    def plain(self, text: str, where: str) -> Render | None:
        if self.profile.loose:
            return self.attempt(text)
        if _BARE.fullmatch(text) and _reads(text, self.names) is not None:
            message = f"the text {text[:60]!r} is literal; write ${{ {text.strip()[:60]} }} for its value"
            self.problems.append(warning("semantics", "looks-like-expression", where, message))
        return None

    def attempt(self, text: str) -> Render | None:
        """Loose mode: the typed result if the text compiles, the text itself where that fails."""
        if not text.strip():
            return None
        tree = _reads(text, self.names)
        expr = None if tree is None else made_expr(text, tree)
        if not isinstance(expr, Expr):
            return None
        slot = self.add(expr)
        one = expr.one

        def render(value: Any, vars: tuple[Vars, ...], budget: Budget) -> Any:
            try:
                return one(value, vars[slot], budget)
            except ExpressionFault as fault:
                if fault.code == "JQ_ERROR":
                    return text
                raise

        return render

    def whole(self, inner: str, where: str) -> Render | None:
        expr = self.compile(inner, where)
        return None if expr is None else self.typed(expr)

    def typed(self, expr: Expr) -> Render:
        slot, one = self.add(expr), expr.one
        return lambda value, vars, budget: one(value, vars[slot], budget)

    def mixed(self, parts: list[tuple[bool, str]], where: str) -> Render | None:
        runs: list[tuple[int, Any]] = []
        for is_expr, part in parts:
            if not is_expr:
                runs.append((-1, part))
                continue
            expr = self.compile(part, where)
            if expr is not None:
                runs.append((self.add(expr), expr.one))

        def render(value: Any, vars: tuple[Vars, ...], budget: Budget) -> Any:
            pieces: list[Any] = []
            for slot, run in runs:
                if slot >= 0:
                    run = run(value, vars[slot], budget)
                    if run.__class__ is not str and run.__class__ is not Sealed:
                        run = to_json_text(run)
                pieces.append(run)
            return joined(pieces, budget)

        return render

    def add(self, expr: Expr) -> int:
        self.exprs.append(expr)
        return len(self.exprs) - 1

    def compile(self, inner: str, where: str) -> Expr | None:
        try:
            text = referred(inner, self.names, self.profile)
        except NotFound as problem:
            self.problems.append(error("semantics", problem.code, where, problem.message))
            return None
        except SyntaxProblem as problem:
            return self.refused([NameProblem("expression-syntax", problem.offset, problem.message)], inner, where)
        tree, problems = read(text, self.names.names, self.names.sealed)
        if tree is None:
            return self.refused(problems, text, where)
        made = made_expr(text, tree)
        if isinstance(made, str):
            return self.refused([NameProblem("expression-syntax", 0, made)], text, where)
        return made

    def refused(self, problems: list[NameProblem], text: str, where: str) -> Expr | None:
        """Notes the problems. Where texts are not checked, what fails in its place when it is evaluated."""
        lenient = may_wait(problems, self.profile)
        self.problems.extend(problem_of(problem, text, where, lenient) for problem in problems)
        return failing(problems, text) if lenient else None


def split_text(text: str) -> list[tuple[bool, str]]:
    """Parts of a text: (False, literal) and (True, jq text inside `${ }`). Raises SyntaxProblem."""
    parts: list[tuple[bool, str]] = []
    position = 0
    while True:
        start = text.find("${", position)
        if start < 0:
            break
        if start > position:
            parts.append((False, text[position:start]))
        position = _end_of(text, start)
        parts.append((True, text[start + 2 : position - 1]))
    if position < len(text):
        parts.append((False, text[position:]))
    return parts


_REFERENCE = re.compile(r"\$\{\s*fn:[^{}]*\}")


def _end_of(text: str, start: int) -> int:
    """Offset behind the `}` of the `${` at `start`; `fn:` names may hold what is no jq token."""
    reference = _REFERENCE.match(text, start)
    return reference.end() if reference else closing_brace(text, start + 2)


def _reads(text: str, names: Names) -> Tree | None:
    return read(text, names.names, names.sealed)[0]


def _object(fields: list[tuple[str, Any, Render | None]]) -> Render:
    base: dict[str, Any] = {key: item for key, item, _ in fields}
    runs = [(key, run) for key, _, run in fields if run is not None]

    def render(value: Any, vars: tuple[Vars, ...], budget: Budget) -> Any:
        result = base.copy()
        for key, run in runs:
            result[key] = run(value, vars, budget)
        return result

    return render


def _array(items: list[tuple[Any, Render | None]]) -> Render:
    base = [item for item, _ in items]
    runs = [(at, run) for at, (_, run) in enumerate(items) if run is not None]

    def render(value: Any, vars: tuple[Vars, ...], budget: Budget) -> Any:
        result = base.copy()
        for at, run in runs:
            result[at] = run(value, vars, budget)
        return result

    return render


__all__ = ["Template", "compile_data", "split_text"]
