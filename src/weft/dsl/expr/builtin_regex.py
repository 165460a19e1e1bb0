"""Builtins about regular expressions: test, match, capture, scan, split/2, splits, sub, gsub."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from weft.dsl.expr.arithmetic import add
from weft.dsl.expr.code import FORM_MANY, Coder, Env, Many
from weft.dsl.expr.errors import JqError
from weft.dsl.expr.forms import never
from weft.dsl.expr.limits import Budget
from weft.dsl.expr.regex import Match, RegexError, compile_pattern
from weft.dsl.expr.registry import form, stream, value
from weft.dsl.expr.sealed import Sealed, sealed_error
from weft.dsl.expr.syntax import Call
from weft.dsl.expr.values import type_error, type_name


def matches(budget: Budget, v: Any, pattern: Any, flags: Any, *, everything: bool = False) -> Iterator[Match]:
    """Matches of a pattern; only the first without the flag `g`, unless `everything`."""
    if v.__class__ is not str:
        raise type_error(v, "cannot be matched, as it is not a string")
    if pattern.__class__ is not str:
        raise type_error(pattern, "is not a string")
    if flags is not None and flags.__class__ is not str:
        raise type_error(flags, "is not a string")
    try:
        compiled = compile_pattern(pattern, flags or "")
        yield from compiled.search_all(v, all_matches=everything or "g" in (flags or ""), charge=budget.charge)
    except RegexError as error:
        raise JqError(str(error)) from None


def _as_object(found: Match) -> dict[str, Any]:
    captures = [
        {"offset": group.offset, "length": group.length, "string": group.string, "name": group.name}
        for group in found.captures
    ]
    return {"offset": found.offset, "length": found.length, "string": found.string, "captures": captures}


def _named(found: Match) -> dict[str, Any]:
    return {group.name: group.string for group in found.captures if group.name is not None}


def _pair(wanted: Any) -> tuple[Any, Any]:
    """Pattern and flags of `f("re")`, `f(["re"])` and `f(["re", "flags"])`."""
    if wanted.__class__ is str:
        return wanted, None
    if wanted.__class__ is list and wanted:
        return wanted[0], wanted[1] if len(wanted) > 1 else None
    if wanted.__class__ is Sealed:
        raise sealed_error()
    raise JqError(f"{type_name(wanted)} not a string or array")


def test(budget: Budget, v: Any, pattern: Any, flags: Any) -> bool:
    """Whether the pattern matches anywhere. (A helper of no test framework: jq calls it so.)"""
    return any(True for _ in matches(budget, v, pattern, _without_all(flags)))


def _without_all(flags: Any) -> Any:
    return flags.replace("g", "") if flags.__class__ is str else flags


def _test_pair(budget: Budget, v: Any, wanted: Any) -> bool:
    return test(budget, v, *_pair(wanted))


def match(budget: Budget, v: Any, pattern: Any, flags: Any) -> Iterator[dict[str, Any]]:
    return (_as_object(found) for found in matches(budget, v, pattern, flags))


def _match_pair(budget: Budget, v: Any, wanted: Any) -> Iterator[dict[str, Any]]:
    return match(budget, v, *_pair(wanted))


def capture(budget: Budget, v: Any, pattern: Any, flags: Any) -> Iterator[dict[str, Any]]:
    """Named groups as an object per match."""
    return (_named(found) for found in matches(budget, v, pattern, flags))


def _capture_pair(budget: Budget, v: Any, wanted: Any) -> Iterator[dict[str, Any]]:
    return capture(budget, v, *_pair(wanted))


def _all_flags(budget: Budget, flags: Any) -> Any:
    return add(flags, "g", budget)


def scan(budget: Budget, v: Any, pattern: Any, flags: Any = None) -> Iterator[Any]:
    """Every match as its text, or as the array of its groups."""
    for found in matches(budget, v, pattern, _all_flags(budget, flags)):
        yield [group.string for group in found.captures] if found.captures else found.string


def splits(budget: Budget, v: Any, pattern: Any, flags: Any = None) -> Iterator[str]:
    """The texts between the matches."""
    position = 0
    for found in matches(budget, v, pattern, _all_flags(budget, flags)):
        budget.charge(1)
        yield v[position : found.offset]
        position = found.offset + found.length
    yield v[position:]


def split(budget: Budget, v: Any, pattern: Any, flags: Any) -> list[str]:
    return list(splits(budget, v, pattern, flags))


def _replaced(found: list[Match], v: str, insert: Many, env: Env) -> list[Any]:
    """One text per combination of inserts: the n-th result of every insert goes to the n-th text."""
    results: list[Any] = []
    budget = env[0]
    position = 0
    for edit in found:
        gap = v[position : edit.offset]
        for place, text in enumerate(insert(_named(edit), env)):
            budget.charge(1)
            if place == len(results):
                results.append(None)
            results[place] = add(results[place], add(gap, text, budget), budget)
        position = edit.offset + edit.length
    return [add(result, v[position:], budget) for result in results]


def _sub(everything: bool) -> Any:
    def make(coder: Coder, node: Call) -> Many:
        patterns, insert = coder.many(node.args[0]), coder.many(node.args[1])
        given = coder.many(node.args[2]) if len(node.args) == 3 else None

        def run(v: Any, env: Env) -> Iterator[Any]:
            for pattern in patterns(v, env):
                for flags in ("",) if given is None else given(v, env):
                    if everything:
                        flags = add(flags, "g", env[0])
                    found = list(matches(env[0], v, pattern, flags))
                    texts = _replaced(found, v, insert, env)
                    yield from texts or (v,)

        return run

    return make


for _arity in (2, 3):
    form("sub", _arity, never, construct="sub", uses="regex")
    form("gsub", _arity, never, construct="gsub", uses="regex")
FORM_MANY["sub"] = _sub(False)
FORM_MANY["gsub"] = _sub(True)
value("test", 1, _test_pair, uses="regex", plain=True)
value("test", 2, test, uses="regex", plain=True)
stream("match", 1, _match_pair, uses="regex")
stream("match", 2, match, order="last", uses="regex")
stream("capture", 1, _capture_pair, uses="regex")
stream("capture", 2, capture, order="last", uses="regex")
stream("scan", 1, scan, uses="regex")
stream("scan", 2, scan, uses="regex")
stream("splits", 1, splits, uses="regex")
stream("splits", 2, splits, uses="regex")
value("split", 2, split, order="first", uses="regex")

__all__ = ["matches"]
