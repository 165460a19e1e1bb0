"""References: `${root.path}` in texts, and data with such texts in them, compiled to sources.

A text that is one reference keeps the type of what it names; inside text values are put in as text (texts as they are,
null as `null`, all else as compact JSON). A path that finds nothing is null. `$${x}` is the literal text `${x}`, `${}`
the empty text. References may be nested in paths and are resolved inside out. What is put in is never read again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import msgspec

from weft.dsl.expr import Budget, ExpressionFault, Sealed, to_json_text
from weft.dsl.expr.errors import BudgetSpent, JqError
from weft.dsl.expr.sealed import join_sealed
from weft.dsl.expr.values import bounded_json
from weft.dsl.graph.paths import Computed, PathProblem, Vars, evaluator, read_path
from weft.dsl.machine.program import Source
from weft.dsl.problems import pointer_of

Get = Callable[[Vars, Budget], Any]
Root = Callable[[Vars], Any]
MAX_NESTING = 8


class ReferenceProblem(ValueError):
    """What is wrong with a reference: the code of the problem and a message for people."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class Found(msgspec.Struct, frozen=True):
    """What a root names: `get` on the bound variables, and the rest of the path that is still to be followed."""

    get: Root
    rest: str


class Resolver:
    """What roots there are. `slot(name)` gives the place of a machine variable among those that are bound."""

    def __init__(self) -> None:
        self.needs: list[str] = []
        self.base = ""
        """Where the data stand that are compiled, as a JSON Pointer into the document."""

    def slot(self, name: str) -> int:
        """The index of a variable in `vars`."""
        if name not in self.needs:
            self.needs.append(name)
        return self.needs.index(name)

    def find(self, text: str) -> Found:
        """The root of a reference. Raises ReferenceProblem for what there is not."""
        raise NotImplementedError

    def concealed(self, pointer: str, key: str, item: Any) -> Get | None:
        """What gives a member whose value is kept apart from the document, None for every other member.

        Raises ReferenceProblem where such a value may not stand.
        """
        return None


def split(text: str) -> list[tuple[bool, str]]:
    """Parts of a text: (False, literal) and (True, what stands inside `${ }`). Raises ReferenceProblem if unclosed."""
    parts: list[tuple[bool, str]] = []
    literal: list[str] = []
    at = 0
    while True:
        start = text.find("$", at)
        if start < 0:
            literal.append(text[at:])
            break
        literal.append(text[at:start])
        if text.startswith("$${", start):
            end = _closing(text, start + 3)
            literal.append(text[start + 1 : end + 1])
            at = end + 1
        elif text.startswith("${", start):
            end = _closing(text, start + 2)
            if any(literal):
                parts.append((False, "".join(literal)))
            literal = []
            parts.append((True, text[start + 2 : end]))
            at = end + 1
        else:
            literal.append("$")
            at = start + 1
    if any(literal):
        parts.append((False, "".join(literal)))
    return parts


def _closing(text: str, at: int) -> int:
    depth = 1
    quote = ""
    while at < len(text):
        char = text[at]
        if quote:
            if char == "\\":
                at += 1
            elif char == quote:
                quote = ""
        elif char in "'\"" and text[at - 1] in "[( =":
            quote = char
        elif char == "}":
            depth -= 1
            if not depth:
                return at
        elif text.startswith("${", at):
            depth += 1
            at += 1
        at += 1
    raise ReferenceProblem("expression-syntax", "expected '}' that closes '${'")


def compile_reference(inner: str, resolver: Resolver, depth: int = 0) -> Get:
    """What stands inside `${ }`. Raises ReferenceProblem."""
    inner = inner.strip()
    if not inner:
        return lambda vars, budget: ""
    if depth > MAX_NESTING:
        raise ReferenceProblem("expression-syntax", f"references are nested deeper than {MAX_NESTING}")
    computed: list[Computed] = []
    pieces: list[str] = []
    if "\0" in inner:
        raise ReferenceProblem("expression-syntax", "a reference holds a control character")
    for is_reference, part in split(inner):
        if is_reference:
            computed.append(compile_reference(part, resolver, depth + 1))
            pieces.append(f"\0{len(computed) - 1}\0")
        else:
            pieces.append(part)
    found = resolver.find("".join(pieces))
    if "\0" in found.rest and not computed:
        raise ReferenceProblem("expression-syntax", "a reference holds a control character")
    get = found.get
    if not found.rest:
        return lambda vars, budget: get(vars)
    try:
        walk = evaluator(read_path(found.rest, computed))
    except PathProblem as problem:
        raise ReferenceProblem("expression-path", str(problem)) from None
    return lambda vars, budget: walk(get(vars), vars, budget)


def compile_text(text: str, resolver: Resolver) -> Get | str:
    """A text: itself if there is no reference in it, else what gives its value. Raises ReferenceProblem."""
    parts = split(text)
    if not any(is_reference for is_reference, _ in parts):
        return "".join(part for _, part in parts)
    if len(parts) == 1:
        return compile_reference(parts[0][1], resolver)
    runs: list[Any] = [compile_reference(part, resolver) if is_ref else part for is_ref, part in parts]

    def joined(vars: Vars, budget: Budget) -> Any:
        pieces: list[Any] = []
        size = 0
        sealed = False
        for run in runs:
            value = run if run.__class__ is str else run(vars, budget)
            if isinstance(value, Sealed):
                sealed = True
            elif value.__class__ is not str:
                value = to_json_text(value, budget)
            size += 0 if isinstance(value, Sealed) else len(value)
            pieces.append(value)
        budget.text(size)
        return join_sealed(*pieces) if sealed else "".join(pieces)

    return joined


def compile_data(value: Any, resolver: Resolver, report: Callable[[str, ReferenceProblem], None]) -> Get | None:
    """Data: texts in it are compiled, keys and all else stay. None if nothing in it has to be computed.

    `report(pointer, problem)` is told what is wrong, the pointer counted from the value.
    """
    return _data(value, resolver, report, "")


def _data(value: Any, resolver: Resolver, report: Callable[[str, ReferenceProblem], None], pointer: str) -> Get | None:
    if value.__class__ is str:
        if "$" not in value:
            return None
        try:
            made = compile_text(value, resolver)
        except ReferenceProblem as problem:
            report(pointer, problem)
            return None
        if isinstance(made, str):
            literal = made
            return None if literal == value else lambda vars, budget: literal
        return made
    if value.__class__ is dict:
        members = cast("dict[str, Any]", value)
        runs = {
            key: run
            for key, item in members.items()
            if (run := _member(key, item, resolver, report, pointer + pointer_of(key))) is not None
        }
        if not runs:
            return None
        return lambda vars, budget: {
            **members,
            **{key: run(vars, budget) for key, run in runs.items()},
        }
    if value.__class__ is list:
        items = cast("list[Any]", value)
        found = [_data(item, resolver, report, f"{pointer}/{at}") for at, item in enumerate(items)]
        if not any(run is not None for run in found):
            return None
        pairs = list(zip(items, found, strict=True))
        return lambda vars, budget: [item if run is None else run(vars, budget) for item, run in pairs]
    return None


def _member(
    key: str, item: Any, resolver: Resolver, report: Callable[[str, ReferenceProblem], None], pointer: str
) -> Get | None:
    try:
        kept = resolver.concealed(resolver.base + pointer, key, item)
    except ReferenceProblem as problem:
        report(pointer, problem)
        return None
    return kept if kept is not None else _data(item, resolver, report, pointer)


def source_of(get: Get | None, value: Any, resolver: Resolver, text: str) -> Source:
    """A source of data: `get` gives the value, or it is always `value`."""
    if get is None:
        return Source(lambda _value, _vars, _budget: value, (), text)
    run = get

    def evaluate(_value: Any, vars: Vars, budget: Budget) -> Any:
        return within(budget, text, None, lambda: run(vars, budget))

    return Source(evaluate, tuple(resolver.needs), text)


def within(budget: Budget, text: str, value: Any, run: Callable[[], Any]) -> Any:
    """Evaluate within the budget; what goes wrong leaves as ExpressionFault."""
    try:
        start = budget.open(1)
        try:
            return run()
        finally:
            budget.close(start)
    except (JqError, BudgetSpent, RecursionError) as problem:
        message, code = "the reference is nested too deeply", "BUDGET"
        if isinstance(problem, JqError):
            message, code = str(problem.value)[:4096], "JQ_ERROR"
        elif isinstance(problem, BudgetSpent):
            message = problem.text
        raise ExpressionFault(message, code, text, 0, text, bounded_json(value, 1024)) from None  # pyright: ignore[reportArgumentType]
