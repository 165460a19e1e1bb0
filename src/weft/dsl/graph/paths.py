"""Paths of references: what comes after the root of `${root.…}`.

`.key`, `['key']`, `[n]` (negative from the end), `[a:b]`, `[*]`, `..key`, `[?(@.k op literal)]` with `&&` and `||`,
`.length()`. A path of keys and indexes gives one value, null if there is nothing; `.length()` on one value is a number;
any other path gives the array of what it finds. A key or index may be computed: `.a.${ref}` and `[${ref}]`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Literal, cast

import msgspec

from weft.dsl.expr import Budget, Sealed, equals, order
from weft.dsl.expr.sealed import index_sealed

Vars = tuple[Any, ...]
Computed = Callable[[Vars, Budget], Any]
Test = Callable[[Any, Budget], bool]
Kind = Literal["key", "slice", "all", "deep", "filter", "length"]


class PathProblem(ValueError):
    """What is wrong with a path, for people."""


class Segment(msgspec.Struct, frozen=True):
    """One step. `key` is a text or a number; `computed` gives it while running; `test` is a filter's condition."""

    kind: Kind
    key: Any = None
    end: int | None = None
    computed: Computed | None = None
    test: Test | None = None


_NAME = re.compile(r"[^.\[\]{}$'\"()\s]+")
_INDEX = re.compile(r"\[\s*(-?\d{1,9})\s*\]")
_SLICE = re.compile(r"\[\s*(-?\d{1,9})?\s*:\s*(-?\d{1,9})?\s*\]")
_QUOTED = re.compile(r"""\[\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")\s*\]""")
_ALL = re.compile(r"\[\s*\*\s*\]|\.\*")
_COMPUTED = re.compile(r"\.?\x00(\d{1,6})\x00|\[\s*['\"]?\x00(\d{1,6})\x00['\"]?\s*\]")
MAX_SEGMENTS = 100


def read_path(text: str, computed: list[Computed]) -> list[Segment]:
    """The steps of a path; `\\0n\\0` in it stands for the computed step n. Raises PathProblem."""
    found: list[Segment] = []
    at = 0
    while at < len(text):
        segment, at = _step(text, at, computed)
        found.append(segment)
        if len(found) > MAX_SEGMENTS:
            raise PathProblem(f"a reference has more than {MAX_SEGMENTS} steps")
    return found


def _step(text: str, at: int, computed: list[Computed]) -> tuple[Segment, int]:
    made = _COMPUTED.match(text, at)
    if made is not None:
        return Segment("key", computed=computed[int(made.group(1) or made.group(2))]), made.end()
    for pattern, make in _FORMS:
        match = pattern.match(text, at)
        if match is not None:
            return make(match), match.end()
    if text.startswith("..", at):
        name = _NAME.match(text, at + 2)
        if name is not None:
            return Segment("deep", name.group()), name.end()
    elif text.startswith(".length()", at):
        return Segment("length"), at + 9
    elif text.startswith(".", at):
        name = _NAME.match(text, at + 1)
        if name is not None:
            return Segment("key", name.group()), name.end()
    elif text.startswith("[?(", at):
        return _filter(text, at + 3)
    raise PathProblem(f"no path at {text[at : at + 20]!r}")


def _unquoted(match: re.Match[str]) -> Segment:
    text = match.group(1) if match.group(1) is not None else match.group(2)
    return Segment("key", re.sub(r"\\(.)", r"\1", text))


def _sliced(match: re.Match[str]) -> Segment:
    start, end = match.groups()
    return Segment("slice", int(start) if start else None, int(end) if end else None)


_FORMS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], Segment]], ...] = (
    (_INDEX, lambda match: Segment("key", int(match.group(1)))),
    (_SLICE, _sliced),
    (_QUOTED, _unquoted),
    (_ALL, lambda match: Segment("all")),
)


def evaluator(segments: list[Segment]) -> Callable[[Any, Vars, Budget], Any]:
    """What a path gives on a value."""
    definite = [segment for segment in segments if segment.kind == "key"]
    if len(definite) == len(segments):
        return _definite(segments)
    if len(definite) == len(segments) - 1 and segments[-1].kind == "length":
        inner = _definite(segments[:-1])
        return lambda value, vars, budget: _length(inner(value, vars, budget))
    return _many(segments)


def _definite(segments: list[Segment]) -> Callable[[Any, Vars, Budget], Any]:
    if any(segment.computed is not None for segment in segments):

        def walk_computed(value: Any, vars: Vars, budget: Budget) -> Any:
            for segment in segments:
                made = segment.computed
                value = step_into(value, segment.key if made is None else made(vars, budget))
                if value is None:
                    return None
            return value

        return walk_computed
    keys: list[Any] = [segment.key for segment in segments]

    def walk(value: Any, vars: Vars, budget: Budget) -> Any:
        for key in keys:
            if value.__class__ is dict and key.__class__ is str:
                value = value.get(key)
            else:
                value = step_into(value, key)
            if value is None:
                return None
        return value

    return walk


def step_into(value: Any, key: Any) -> Any:
    """A member or an item; null where there is none."""
    if value.__class__ is dict:
        return value.get(key if key.__class__ is str else str(key))
    if value.__class__ is list:
        if key.__class__ is str and key.lstrip("-").isdigit() and len(key) < 10 and key.isascii():
            key = int(key)
        if key.__class__ is int and -len(value) <= key < len(value):
            return value[key]
        return None
    if isinstance(value, Sealed) and key.__class__ is str:
        return index_sealed(value, key)
    return None


def _length(value: Any) -> int | None:
    return len(value) if value.__class__ in (list, dict, str) else None


def _many(segments: list[Segment]) -> Callable[[Any, Vars, Budget], Any]:
    def walk(value: Any, vars: Vars, budget: Budget) -> Any:
        values: list[Any] = [value]
        for segment in segments:
            following: list[Any] = []
            for item in values:
                following.extend(_steps(segment, item, vars, budget))
            budget.charge(len(values) + len(following))
            budget.members(len(following))
            values = following
        return values

    return walk


def _steps(segment: Segment, value: Any, vars: Vars, budget: Budget) -> list[Any]:
    kind = segment.kind
    if kind == "key":
        key = segment.key if segment.computed is None else segment.computed(vars, budget)
        found = step_into(value, key)
        return [] if found is None and not (value.__class__ is dict and key in value) else [found]
    if kind == "slice":
        return value[segment.key : segment.end] if value.__class__ is list else []
    if kind == "all":
        return _members(value)
    if kind == "length":
        size = _length(value)
        return [] if size is None else [size]
    if kind == "deep":
        return _deep(value, segment.key, budget)
    test = segment.test
    assert test is not None
    return [item for item in _members(value) if test(item, budget)]


def _members(value: Any) -> list[Any]:
    if value.__class__ is list:
        return cast("list[Any]", value)
    return list(value.values()) if value.__class__ is dict else []


def _deep(value: Any, key: str, budget: Budget) -> list[Any]:
    found: list[Any] = []
    stack = [value]
    while stack:
        item = stack.pop()
        budget.charge(1)
        if item.__class__ is dict and key in item:
            found.append(item[key])
        stack.extend(reversed(_members(item)))
    return found


_TOKEN = re.compile(
    r"""\s*(?:(@(?:\.[^.\[\]{}$'"()\s=!<>&|]+|\[\s*'(?:[^'\\])*'\s*\])*)|(==|!=|<=|>=|<|>)|(&&)|(\|\|)|"""
    r"""(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"|(true|false|null)|(\))|(\())"""
)
_WORDS: dict[str, Any] = {"true": True, "false": False, "null": None}


def _filter(text: str, at: int) -> tuple[Segment, int]:
    reader = _Filter(text, at)
    test = reader.either()
    if not reader.take(9) or not text.startswith("]", reader.at):
        raise PathProblem("a filter has the form [?(@.key op literal)]")
    return Segment("filter", test=test), reader.at + 1


class _Filter:
    def __init__(self, text: str, at: int) -> None:
        self.text = text
        self.at = at

    def take(self, *groups: int) -> re.Match[str] | None:
        match = _TOKEN.match(self.text, self.at)
        if match is None or match.lastindex not in groups:
            return None
        self.at = match.end()
        return match

    def either(self) -> Test:
        tests = [self.both()]
        while self.take(4):
            tests.append(self.both())
        if len(tests) == 1:
            return tests[0]
        return lambda item, budget: any(test(item, budget) for test in tests)

    def both(self) -> Test:
        tests = [self.compared()]
        while self.take(3):
            tests.append(self.compared())
        if len(tests) == 1:
            return tests[0]
        return lambda item, budget: all(test(item, budget) for test in tests)

    def compared(self) -> Test:
        path = self.take(1)
        if path is None:
            raise PathProblem("a filter compares @.key with a literal")
        get = evaluator(read_path(path.group(1)[1:], []))
        operator = self.take(2)
        if operator is None:
            return lambda item, budget: get(item, (), budget) is not None
        literal = self.literal()
        compare = COMPARE[operator.group(2)]
        return lambda item, budget: compare(get(item, (), budget), literal, budget)

    def literal(self) -> Any:
        match = self.take(5, 6, 7, 8)
        if match is None:
            raise PathProblem("a filter compares @.key with a literal")
        if match.group(8) is not None:
            return _WORDS[match.group(8)]
        if match.group(5) is not None:
            text = match.group(5)
            return float(text) if any(mark in text for mark in ".eE") else int(text)
        quoted = match.group(6) if match.group(6) is not None else match.group(7)
        return re.sub(r"\\(.)", r"\1", quoted)


def same(one: Any, other: Any, budget: Budget) -> bool:
    """JSON equality; nothing is equal to a secret."""
    if isinstance(one, Sealed) or isinstance(other, Sealed):
        return False
    return equals(one, other, budget)


def below(one: Any, other: Any, budget: Budget) -> int | None:
    """-1, 0 or 1 for two numbers or two texts, None for all else: those have no order."""
    numbers = (int, float)
    if (one.__class__ in numbers and other.__class__ in numbers) or (one.__class__ is str and other.__class__ is str):
        return order(one, other, budget)
    return None


def _ordered(accepted: tuple[int, ...]) -> Callable[[Any, Any, Budget], bool]:
    return lambda one, other, budget: below(one, other, budget) in accepted


COMPARE: dict[str, Callable[[Any, Any, Budget], bool]] = {
    "==": same,
    "!=": lambda one, other, budget: not same(one, other, budget),
    "<": _ordered((-1,)),
    "<=": _ordered((-1, 0)),
    ">": _ordered((1,)),
    ">=": _ordered((0, 1)),
}
