"""`compile_expr`: the text of a field that is an expression, bare or in `${ }`, to an Expr or problems."""

from __future__ import annotations

import json
from typing import Any

import msgspec

from weft.dsl.expr.expression import Expr
from weft.dsl.expr.lexer import SyntaxProblem, closing_brace
from weft.dsl.expr.limits import MAX_TEXT
from weft.dsl.expr.names import NO_NAMES, STATES, Names, Profile
from weft.dsl.expr.program import Tree, read, variables_in
from weft.dsl.expr.resolver import NameProblem
from weft.dsl.problems import Problem, error, warning

MAX_MESSAGE = 300


class Compiled(msgspec.Struct, frozen=True, eq=False):
    """What compiling gave: `result` is None when `problems` holds an error; warnings stand beside a result."""

    result: Any
    problems: list[Problem]


class NotFound(Exception):
    """A `fn:` reference that leads nowhere: the code of the problem and its message."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def compile_expr(
    text: str,
    *,
    names: Names = NO_NAMES,
    where: str = "",
    profile: Profile = STATES,
    condition: bool = False,
    generic: bool = False,
) -> Compiled:
    """An expression field as `Compiled(Expr | None, problems)`. Never raises.

    `where` is the JSON pointer of the field. `condition` says that the field is tested: where a failing condition
    is false (CWM), one that does not compile is false too, with a warning; any other text that does not compile is
    a warning there as well, and fails when it is evaluated. `generic` leaves out specialised forms.
    """
    if text.__class__ is not str:
        return Compiled(None, [error("semantics", "expression-syntax", where, "an expression must be a text")])
    try:
        inner = referred(unwrapped(text, profile), names, profile)
    except NotFound as problem:
        return Compiled(None, [error("semantics", problem.code, where, problem.message)])
    except SyntaxProblem as problem:
        found = NameProblem("expression-syntax", problem.offset, problem.message)
        return _refused([found], text, where, profile, condition)
    tree, problems = read(inner, names.names, names.sealed)
    if tree is None:
        return _refused(problems, inner, where, profile, condition)
    made = made_expr(inner, tree, false_on_error=profile.cwm_conditions, generic=generic)
    if isinstance(made, Expr):
        return Compiled(made, [])
    return _refused([NameProblem("expression-syntax", 0, made)], inner, where, profile, condition)


def made_expr(text: str, tree: Tree, *, false_on_error: bool = False, generic: bool = False) -> Expr | str:
    """The expression of a tree, or what is wrong when it nests beyond what can be compiled."""
    try:
        return Expr(text, tree, false_on_error=false_on_error, generic=generic)
    except RecursionError:
        return "expression is nested too deeply"


def _refused(problems: list[NameProblem], text: str, where: str, profile: Profile, condition: bool) -> Compiled:
    lenient = may_wait(problems, profile)
    found = [problem_of(problem, text, where, lenient) for problem in problems]
    if not lenient:
        return Compiled(None, found)
    return Compiled(failing(problems, text, constant_false=condition and profile.cwm_conditions), found)


def may_wait(problems: list[NameProblem], profile: Profile) -> bool:
    """Whether a text with these problems may be stored all the same; the use of a secret is always checked."""
    return profile.unchecked and all(problem.code.startswith("expression-") for problem in problems)


def failing(problems: list[NameProblem], text: str, *, constant_false: bool = False) -> Expr:
    """What stands for a text that does not compile: false for a condition, else it raises the first problem."""
    message = f"does not compile: {problems[0].message[:MAX_MESSAGE]}" if problems else "does not compile"
    body = "false" if constant_false else f"error({json.dumps(message)})"
    tree, _ = read(body, frozenset(), frozenset())
    assert tree is not None, "a constant compiles"
    return Expr(text, tree, false_on_error=True)


def problem_of(problem: NameProblem, text: str, where: str, lenient: bool = False) -> Problem:
    """A problem of a text at a pointer: message with the offset and the text, cut at 80 characters."""
    shown = text if len(text) <= 80 else text[:77] + "..."
    message = f"{problem.message} (at offset {problem.offset} of {shown!r})"
    make = warning if lenient else error
    return make("semantics", problem.code, where, message, problem.hint)


def unwrapped(text: str, profile: Profile) -> str:
    """The jq text of `${ e }`, or of bare `e` where that is allowed. Raises SyntaxProblem."""
    stripped = text.strip()
    if stripped.startswith("${"):
        if len(stripped) > MAX_TEXT:
            raise SyntaxProblem(0, f"expression is longer than {MAX_TEXT} characters")
        name = function_name(stripped[2:-1]) if profile.fn and stripped.endswith("}") else None
        if name is not None:
            return stripped[2:-1]
        if closing_brace(stripped, 2) == len(stripped):
            return stripped[2:-1]
        raise SyntaxProblem(closing_brace(stripped, 2), "nothing may follow the '}' that closes '${'")
    if not profile.bare:
        raise SyntaxProblem(0, "expected ${ … }")
    return text


def function_name(inner: str) -> str | None:
    """The name in `fn:name`; None when the text is no such reference."""
    inner = inner.strip()
    return inner[3:].strip() if inner.startswith("fn:") else None


def referred(text: str, names: Names, profile: Profile) -> str:
    """`text`, or the text of the expression function that it refers to. Raises NotFound and SyntaxProblem."""
    seen: list[str] = []
    while profile.fn:
        name = function_name(text)
        if name is None:
            break
        if name in seen:
            raise NotFound("function-cycle", "functions refer to one another: " + " -> ".join([*seen, name]))
        seen.append(name)
        found = names.functions.get(name)
        if found is None:
            known = ", ".join(sorted(names.functions)) or "none"
            raise NotFound("ref-function", f"there is no expression function {name!r}; there are: {known}")
        text = unwrapped(found, profile)
    return text


def fixed_needs(texts: list[str], names: Names) -> tuple[str, ...]:
    """Variables that any of the texts mentions, in slot order."""
    return variables_in("\n".join(texts), sorted(names.names))
